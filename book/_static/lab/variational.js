/* Chapter 9: β, the map of codes, samples from the prior, units that give up. */
"use strict";

/** 64 → 32 → (μ, log σ²) of 2 units → 32 → 64. */
function labVariationalSpecs(beta) {
  return [
    { inputs: 64, units: 32, activation: "relu" },
    { inputs: 32, units: 2, beta },
    { inputs: 2, units: 32, activation: "relu" },
    { inputs: 32, units: 64 },
  ];
}

/** The model in the worker. β may change while it is trained. */
function labVariationalModel({ beta, seed, first, second }, digits) {
  const next = labBatches(digits.train, seed + 1);
  const run = labTrainer({
    specs: labVariationalSpecs(beta), optimizer: "adam", rate: 0.003, seed, next,
  });
  const { network } = run;
  const code = network.layers[1];
  const { validation } = digits;
  const n = validation.length / 64;
  const drawn = labRandom(seed + 3);
  const prior = Float32Array.from({ length: 2 * 16 }, () => drawn.normal());

  run.frame = () => {
    const codes = network.run(validation, n, null, 0, 2);
    const divergences = code.divergences;
    const handle = Float32Array.from(labPadCode({ first, second }, 3, [0, 0]));
    return {
      loss: run.loss,
      codes,
      reach: 3,
      center: [0, 0],
      divergences,
      validation: network.error(validation, network.run(codes, n, null, 2), n),
      samples: network.run(prior, 16, null, 2),
      decoded: network.run(handle, 1, null, 2),
    };
  };
  run.set = (settings) => {
    ({ first, second } = settings);
    code.beta = settings.beta;
  };
  return run;
}

labDefine("variational", {
  settings: {
    beta: { label: "β", value: 0.1, values: [0, 0.01, 0.03, 0.1, 0.3, 1, 2, 4, 8] },
    seed: { label: "seed", value: 1, min: 1, max: 20 },
    ...labPadSettings(),
  },
  build(bench) {
    const digits = labDigits(labDigitData);
    const labels = Array.from(digits.labels.slice(digits.training), Number);
    const pad = labPad(bench, "Mean codes μ; the prior within 2 σ: drag the ring", true);
    const right = labElement("div");
    bench.stage.append(right);
    const sample = labPictures(labFrame(right, "Sixteen codes drawn from the prior, decoded"),
      "Two rows of eight pictures, decoded from codes that the prior drew.", 8, 2);
    const decode = labPictures(labFrame(right, "The code under the ring, decoded"),
      "The picture that the decoder makes of the code under the ring.", 1, 1, 8, "lab-single");
    const names = ["steps", "squared error", "KL of unit 1", "KL of unit 2"];
    const read = names.map((label) => labReading(bench.readings, label));

    function draw(frame) {
      pad.paint({ ...frame, labels });
      sample(frame.samples.subarray(0, 8 * 64), frame.samples.subarray(8 * 64));
      decode(frame.decoded);
      const { steps, validation, divergences } = frame;
      [steps, ...[validation, ...divergences].map((x) => x.toFixed(2))]
        .forEach((text, k) => read[k](text));
    }

    const training = labTraining(bench, {
      functions: [labVariationalSpecs, labPadCode], model: labVariationalModel, draw,
    });
    bench.changed = (name) => {
      if (name === "seed") training.restart();
      else training.tell("set", { ...bench.settings });
    };
    return training;
  },
});
