/* Chapter 12: five features in two dimensions, x′ = ReLU(WᵀWx + b), after Elhage et al. 2022. */
"use strict";

function labSuperpositionSpecs() {
  return [
    { inputs: 5, units: 2, bias: false },
    { inputs: 2, units: 5, activation: "relu", tied: 0 },
  ];
}

/** The model in the worker: a feature is 0 with probability S, else spread over [0, 1). */
function labSuperpositionModel({ sparsity, seed }) {
  const random = labRandom(seed + 1);
  const size = 128;
  const feature = () => {
    const present = random.uniform() >= sparsity;
    const value = random.uniform();
    return present ? value : 0;
  };
  const run = labTrainer({
    specs: labSuperpositionSpecs(),
    optimizer: "adam",
    rate: 0.02,
    seed,
    size,
    next: () => Float32Array.from({ length: size * 5 }, feature),
  });
  run.pause = 16; // 60 steps a second, so that the eye can follow
  run.finished = () => run.steps >= 900;
  run.frame = () => ({
    loss: run.loss,
    weights: run.network.parameters[0].value.slice(),
  });
  return run;
}

labDefine("superposition", {
  settings: {
    sparsity: {
      label: "sparsity S", value: 0.9, values: [0, 0.5, 0.7, 0.8, 0.9, 0.95],
    },
    seed: { label: "seed", value: 1, min: 1, max: 20 },
  },
  build(bench) {
    const arrows = labCanvas(labFrame(bench.stage, "Where each feature points"),
      "Five arrows from the origin, the columns of W; the readings give lengths and angles.", 300);
    const lengths = labCanvas(labFrame(bench.stage, "Length of each feature"),
      "Five bars, the lengths of the arrows.", 160);
    const names = ["steps", "loss of the last batch", "features kept", "gaps between them"];
    const read = names.map((label) => labReading(bench.readings, label));

    function draw({ steps, loss, weights }) {
      const columns = Array.from({ length: 5 }, (_, i) => [weights[2 * i], weights[2 * i + 1]]);
      arrows.paint((...on) => labArrows(...on, columns));
      lengths.paint((...on) => labBars(...on, columns.map(([a, b]) => Math.hypot(a, b))));
      const { kept, gaps } = labGaps(columns);
      const told = [steps, loss.toFixed(4), kept, `${gaps.map((gap) => gap.toFixed(0)).join(", ")}°`];
      told.forEach((text, k) => read[k](text));
    }

    const training = labTraining(bench, {
      functions: [labSuperpositionSpecs], model: labSuperpositionModel, draw,
    });
    bench.changed = () => {
      training.restart();
      training.run();
    };
    return training;
  },
});

/** How many arrows are longer than ½, and the angles between neighbors among them. */
function labGaps(columns) {
  const long = columns.filter(([a, b]) => Math.hypot(a, b) > 0.5);
  const angles = long.map(([a, b]) => (Math.atan2(b, a) * 180) / Math.PI).sort((a, b) => a - b);
  const gaps = angles.map((angle, k) => (angles[k + 1] ?? angles[0] + 360) - angle);
  return { kept: long.length, gaps };
}

function labArrows(context, width, height, colors, columns) {
  const [x, y, unit] = [width / 2, height / 2, height / 2.8];
  context.strokeStyle = colors.faint;
  labEllipse(context, x, y, unit, unit);
  context.textAlign = "center";
  context.textBaseline = "middle";
  columns.forEach(([a, b], k) => {
    const [tipX, tipY] = [x + a * unit, y - b * unit];
    context.strokeStyle = context.fillStyle = colors.first;
    context.lineWidth = 3;
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(tipX, tipY);
    context.stroke();
    context.beginPath();
    context.arc(tipX, tipY, 6, 0, 7);
    context.fill();
    const away = 1 + 0.16 / Math.max(0.2, Math.hypot(a, b));
    context.fillStyle = colors.ink;
    context.fillText(k + 1, x + a * away * unit, y - b * away * unit);
  });
}

function labBars(context, width, height, colors, values) {
  const slot = width / values.length;
  context.textAlign = "center";
  values.forEach((value, k) => {
    const high = (Math.min(value, 1.4) / 1.4) * (height - 46);
    context.fillStyle = colors.first;
    context.fillRect((k + 0.2) * slot, height - 22 - high, 0.6 * slot, high);
    context.fillStyle = colors.ink;
    context.fillText(k + 1, (k + 0.5) * slot, height - 6);
    context.fillText(value.toFixed(2), (k + 0.5) * slot, height - 28 - high);
  });
}
