/* Chapter 6: a wide code kept from copying by a price, a count or damage; its filters. */
"use strict";

/** 64 → 64 → 64, tied, with ReLU units. */
function labRegularizedSpecs({ weight, keep }) {
  return [
    { inputs: 64, units: 64, activation: "relu", weight, keep },
    { inputs: 64, units: 64, tied: 0 },
  ];
}

/** The model in the worker. Weight, k and damage may change while it is trained. */
function labRegularizedModel({ weight, keep, damage, seed }, digits) {
  const next = labBatches(digits.train, seed + 1);
  const specs = labRegularizedSpecs({ weight, keep });
  const run = labTrainer({ specs, optimizer: "adam", rate: 0.003, seed, next, damage });
  const { network } = run;
  const [code] = network.layers;
  const { validation } = digits;
  const n = validation.length / 64;
  const random = labRandom(7);
  const noisy = validation.map((x) => x + 0.3 * random.normal());

  run.frame = () => {
    const repaired = network.run(noisy, n);
    const rebuilt = network.run(validation, n);
    const h = network.run(validation, n, null, 0, 1);
    const alive = new Set();
    h.forEach((value, k) => value !== 0 && alive.add(k % 64));
    return {
      loss: run.loss,
      errors: [rebuilt, repaired].map((y) => network.error(validation, y, n)),
      used: h.reduce((count, value) => count + (value !== 0), 0) / n,
      dead: 64 - alive.size,
      filters: labFilters(code.kernel.value, 64, 64),
      pictures: [noisy, repaired].map((x) => x.slice(0, 8 * 64)),
    };
  };
  run.set = (settings) => {
    [code.weight, code.keep, run.damage] = [settings.weight, settings.keep, settings.damage];
  };
  return run;
}

/** The weights of each unit as a picture: gray is 0, the largest in size is ink or paper. */
function labFilters(kernel, inputs, units) {
  const pictures = new Float32Array(inputs * units);
  for (let j = 0; j < units; j++) {
    const w = Float32Array.from({ length: inputs }, (_, i) => kernel[i * units + j]);
    const largest = w.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
    w.forEach((value, i) => (pictures[j * inputs + i] = 0.5 + value / largest / 2));
  }
  return pictures;
}

labDefine("regularized", {
  settings: {
    weight: { label: "price λ", value: 0, values: [0, 0.01, 0.03, 0.1, 0.3, 1] },
    keep: { label: "units kept, k", value: 8, values: [1, 2, 4, 8, 16, 32, 64] },
    damage: { label: "input noise s", value: 0, values: [0, 0.1, 0.2, 0.3, 0.5] },
    seed: { label: "seed", value: 1, min: 1, max: 20 },
  },
  build(bench) {
    const filters = labPictures(labFrame(bench.stage, "The filters: the weights of 64 units"),
      "Eight rows of eight pictures, the weights of each unit; gray is zero.", 8, 8);
    const right = labElement("div");
    bench.stage.append(right);
    const chart = labCanvas(labFrame(right, "Squared error on validation digits"),
      "Chart: the error on clean digits, and after noise, against the steps.", 180);
    const show = labPictures(labFrame(right, "Noisy digits; what becomes of them"),
      "Two rows: noisy digits, and their reconstructions.", 8, 2);
    const read = ["steps", "error", "error after noise", "units a digit uses", "units no digit uses"]
      .map((label) => labReading(bench.readings, label));
    const curves = labCurves(2);

    function draw(frame) {
      const [clean, noisy] = curves(frame.steps, frame.errors);
      chart.paint((...on) => labChart(...on, {
        xlabel: "steps",
        top: 6,
        lines: [
          { label: "after noise", color: "second", points: noisy },
          { label: "clean", color: "first", points: clean },
        ],
      }));
      filters(...Array.from({ length: 8 }, (_, row) => frame.filters.subarray(row * 512, (row + 1) * 512)));
      show(...frame.pictures);
      const [error, after] = frame.errors.map((e) => e.toFixed(2));
      [frame.steps, error, after, frame.used.toFixed(1), frame.dead].forEach((text, k) => read[k](text));
    }

    const training = labTraining(bench, {
      functions: [labRegularizedSpecs, labSparse, labTop, labFilters], model: labRegularizedModel, draw,
    });
    bench.changed = (name) => {
      if (name === "seed") training.restart();
      else training.tell("set", { ...bench.settings });
    };
    return training;
  },
});
