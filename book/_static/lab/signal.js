/* Chapter 7: what of a difference between samples reaches each layer, and what of the gradient. */
"use strict";

/** 64 → 32 → 24 → 16 → 4 and back; the code is linear, the output σ of the units or linear. */
function labSignalSpecs(activation) {
  const sizes = [64, 32, 24, 16, 4, 16, 24, 32, 64];
  const sigma = (k) => (k === 3 || (k === 7 && activation === "relu") ? "linear" : activation);
  return sizes.slice(1).map((units, k) => ({ inputs: sizes[k], units, activation: sigma(k) }));
}

/** The model in the worker. By stages, outer layers first, each pair of layers is an autoencoder of
    what reaches it, `each` steps long; then all are trained together. */
function labSignalModel({ activation, way, seed, each = 300 }, digits) {
  const network = labNetwork(labSignalSpecs(activation), "squared_error", labRandom(seed));
  const { layers } = network;
  const stages = way === "stages" ? layers.length / 2 : 0;
  const next = labBatches(digits.train, seed + 1);
  const { validation } = digits;
  const n = validation.length / 64;
  const batch = validation.subarray(0, 64 * 64);
  const run = { network, steps: 0, loss: NaN, stage: 0 };
  let trainer;

  function begin(stage) {
    run.stage = stage;
    const below = stage < stages ? stage : 0;
    const chosen = stage < stages ? [layers[stage], layers.at(-1 - stage)] : layers;
    trainer = labTrainer({
      network: labStack(chosen, "squared_error"), optimizer: "adam", rate: 0.003, seed,
      next: () => network.run(next(), 64, null, 0, below),
    });
  }

  run.step = () => {
    if (run.stage < stages && run.steps === (run.stage + 1) * each) begin(run.stage + 1);
    run.loss = trainer.step();
    run.steps += 1;
    return run.loss;
  };
  run.frame = () => {
    const spreads = [labSpread(batch, 64)];
    layers.reduce((h, layer) => {
      const y = layer.forward(h, 64);
      spreads.push(labSpread(y, 64));
      return y;
    }, batch);
    const y = network.run(validation, n);
    const error = network.error(validation, y, n);
    network.lossAndGradients(batch, 64);
    return {
      loss: run.loss,
      error,
      stage: run.stage,
      stages,
      spreads,
      gradients: layers.map(({ kernel }) => labSize(kernel.gradient)),
      rebuilt: y.slice(0, 8 * 64),
    };
  };
  run.finished = () => run.steps >= 6000;
  begin(0);
  return run;
}

/** The root mean square of some numbers. */
function labSize(values) {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

/** How much a unit's value varies over n samples, root mean square over the units. */
function labSpread(values, n) {
  const units = values.length / n;
  const mean = new Float64Array(units);
  values.forEach((value, k) => (mean[k % units] += value / n));
  return labSize(Float64Array.from(values, (value, k) => value - mean[k % units]));
}

labDefine("signal", {
  settings: {
    activation: {
      label: "units", value: "sigmoid", choices: { sigmoid: "logistic", relu: "ReLU" },
    },
    way: {
      label: "training", value: "jointly",
      choices: { jointly: "all layers jointly", stages: "stage by stage, then jointly" },
    },
    seed: { label: "seed", value: 1, min: 1, max: 20 },
  },
  build(bench) {
    const digits = labDigits(labDigitData);
    const level = labMeanImageLoss(digits);
    const chart = labCanvas(labFrame(bench.stage, "Squared error on validation digits"),
      "Chart: the error against the steps; a dashed line marks the mean image's.", 200);
    const show = labPictures(labFrame(bench.stage, "Digits; below, their reconstructions"),
      "Two rows of eight digits: above validation digits, below their reconstructions.", 8, 2);
    const forward = labCanvas(labFrame(bench.stage, "Spread of the units over the digits"),
      "Bars on a logarithmic scale: how much the units of each layer vary; input first.", 180);
    const backward = labCanvas(labFrame(bench.stage, "Gradient of each layer's weights"),
      "Bars on a logarithmic scale: the size of the gradient, from the first layer to the last.", 180);
    const read = ["steps", "what is trained", "squared error", "mean image"]
      .map((label) => labReading(bench.readings, label));
    const curves = labCurves(1);

    function draw(frame) {
      const [points] = curves(frame.steps, [frame.error]);
      chart.paint((...on) => labChart(...on, {
        xlabel: "steps",
        top: 1.5 * level,
        lines: [
          { label: "mean image", color: "second", level },
          { label: "network", color: "first", points },
        ],
      }));
      show(digits.validation.subarray(0, 8 * 64), frame.rebuilt);
      const names = ["x", 1, 2, 3, "h", 5, 6, 7, "x′"];
      forward.paint((...on) => labLogBars(...on, frame.spreads, names, [-8, 1]));
      backward.paint((...on) => labLogBars(...on, frame.gradients, names.slice(1), [-8, 1]));
      const part = frame.stage < frame.stages ? `stage ${frame.stage + 1} of ${frame.stages}` : "all layers";
      [frame.steps, part, frame.error.toFixed(2), level.toFixed(2)].forEach((text, k) => read[k](text));
    }

    const training = labTraining(bench, {
      functions: [labSignalSpecs, labSize, labSpread], model: labSignalModel, draw,
    });
    bench.changed = () => {
      training.restart();
      training.run();
    };
    return training;
  },
});

/** Bars of numbers over many powers of ten, from 10^low to 10^high. */
function labLogBars(context, width, height, colors, values, names, [low, high]) {
  const [left, bottom] = [44, 22];
  const up = (power) => (height - bottom - 8) * (Math.max(power, low) - low) / (high - low);
  context.textBaseline = "middle";
  context.textAlign = "right";
  context.strokeStyle = colors.faint;
  for (let power = low; power <= high; power += 2) {
    const y = height - bottom - up(power);
    context.fillText(`1e${power}`, left - 6, y);
    context.strokeRect(left, y, width - left - 8, 0);
  }
  const slot = (width - left - 8) / values.length;
  context.textAlign = "center";
  values.forEach((value, k) => {
    const tall = up(Math.log10(value));
    context.fillStyle = colors.first;
    context.fillRect(left + (k + 0.2) * slot, height - bottom - tall, 0.6 * slot, tall);
    context.fillStyle = colors.ink;
    context.fillText(names[k], left + (k + 0.5) * slot, height - 9);
  });
}
