/* Chapter 3: a network learns; a gradient is checked by a finite difference. */
"use strict";

/** 64 → 32 → 8 → 32 → 64. */
function labTrainingSpecs() {
  return [
    { inputs: 64, units: 32, activation: "relu" },
    { inputs: 32, units: 8 },
    { inputs: 8, units: 32, activation: "relu" },
    { inputs: 32, units: 64 },
  ];
}

/** The model in the worker. */
function labTrainingModel({ optimizer, rate, seed, input, unit }, digits) {
  const specs = labTrainingSpecs();
  const place = () => (input - 1) * 8 + unit - 1;
  const next = labBatches(digits.train, seed + 1);
  const run = labTrainer({ specs, optimizer, rate, seed, next });
  const n = digits.validation.length / 64;
  const examples = digits.validation.slice(0, 8 * 64);
  const { network } = run;
  const batch = digits.validation.slice(0, 64 * 64);

  run.frame = () => ({
    loss: run.loss,
    validation: network.error(digits.validation, network.run(digits.validation, n), n),
    reconstructions: network.run(examples, 8),
    weights: network.layers[1].kernel.value.slice(),
    check: labGradientCheck(specs, network, batch, 2, place()),
  });
  run.set = (chosen) => ({ input, unit } = chosen);
  return run;
}

/** One weight's gradient in float64, by backpropagation and by (ℒ(w + ε) − ℒ(w − ε)) / 2ε. */
function labGradientCheck(specs, network, batch, parameter, weight) {
  const [epsilon, n, x] = [1e-5, batch.length / 64, Float64Array.from(batch)];
  const exact = labNetwork(specs, "squared_error", labRandom(0));
  exact.parameters.forEach(({ value }, p) => value.set(network.parameters[p].value));
  exact.lossAndGradients(x, n);
  const { value, gradient } = exact.parameters[parameter];
  const at = value[weight];
  const loss = (w) => {
    value[weight] = w;
    return exact.error(x, exact.run(x, n), n);
  };
  const difference = (loss(at + epsilon) - loss(at - epsilon)) / (2 * epsilon);
  return { value: at, gradient: gradient[weight], difference };
}

labDefine("training", {
  settings: {
    optimizer: {
      label: "optimizer",
      value: "adam",
      choices: { sgd: "SGD", momentum: "SGD with momentum 0.9", adam: "Adam" },
    },
    rate: {
      label: "learning rate",
      value: 0.001,
      values: [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3],
    },
    seed: { label: "seed", value: 1, min: 1, max: 20 },
    input: { label: "weight from hidden unit", value: 1, min: 1, max: 32 },
    unit: { label: "to code unit", value: 1, min: 1, max: 8 },
  },
  build(bench) {
    const digits = labDigits(labDigitData);
    const level = labMeanImageLoss(digits);
    const losses = labCanvas(labFrame(bench.stage, "Loss on validation digits"),
      "Chart: the loss falls with the steps; a dashed line marks the mean image's loss.", 220);
    const pictures = labFrame(bench.stage, "Eight digits; below, their reconstructions");
    const show = labPictures(pictures,
      "Two rows of eight digits: above validation digits, below their reconstructions.", 8, 2);
    const map = labCanvas(labFrame(bench.stage, "Weights of the code layer: point at one"),
      "Map of 8 by 32 weights; the sliders above choose the same weight.", 132);
    const read = ["steps", "loss of the last batch", "validation loss", "mean image"]
      .map((label) => labReading(bench.readings, label));
    const checks = ["weight", "gradient by backpropagation", "by finite difference"]
      .map((label) => labReading(bench.readings, label));
    let points = [];

    function draw(frame) {
      if (frame.steps < (points.at(-1)?.[0] ?? 0)) points = [];
      if (Number.isFinite(frame.validation)) points.push([frame.steps, frame.validation]);
      if (points.length > 600) points = points.filter((_, k) => k % 2 === 0);
      losses.paint((context, width, height, colors) =>
        labChart(context, width, height, colors, {
          xlabel: "steps",
          top: 1.5 * level,
          lines: [
            { label: "mean image", color: "second", level },
            { label: "network", color: "first", points },
          ],
        }));
      show(digits.validation.subarray(0, 8 * 64), frame.reconstructions);
      map.paint((context, width, height, colors) => labWeightMap(context, width, height, colors,
        frame.weights, bench.settings));
      [frame.steps, frame.loss.toFixed(3), frame.validation.toFixed(3), level.toFixed(3)]
        .forEach((text, k) => read[k](text));
      const { value, gradient, difference } = frame.check;
      [value.toFixed(4), gradient.toFixed(7), difference.toFixed(7)]
        .forEach((text, k) => checks[k](text));
    }

    const training = labTraining(bench, {
      functions: [labTrainingSpecs, labGradientCheck],
      model: labTrainingModel,
      draw,
    });
    bench.changed = (name) => {
      if (name === "input" || name === "unit") training.tell("set", { ...bench.settings });
      else training.restart();
    };
    labPoint(map.canvas, (across, down) => {
      bench.set("input", Math.min(31, Math.floor(across * 32)) + 1);
      bench.set("unit", Math.min(7, Math.floor(down * 8)) + 1);
    }, true);
    return training;
  },
});

/** Blue is negative, orange positive; a frame marks the weight chosen. */
function labWeightMap(context, width, height, colors, weights, { input, unit }) {
  const [across, down] = [width / 32, height / 8];
  const largest = weights.reduce((most, w) => Math.max(most, Math.abs(w)), 1e-9);
  weights.forEach((w, k) => {
    context.globalAlpha = Math.abs(w) / largest;
    context.fillStyle = w < 0 ? colors.first : colors.second;
    context.fillRect(Math.floor(k / 8) * across, (k % 8) * down, across, down);
  });
  context.globalAlpha = 1;
  context.lineWidth = 2;
  context.strokeRect((input - 1) * across, (unit - 1) * down, across, down);
}
