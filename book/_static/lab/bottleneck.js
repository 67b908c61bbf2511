/* Chapter 4: the code size, against principal components. */
"use strict";

/** Linear: 64 → p → 64. Deep: 64 → 32 → p → 32 → 64. */
function labBottleneckSpecs(kind, p) {
  if (kind === "linear") return [{ inputs: 64, units: p }, { inputs: p, units: 64 }];
  return [
    { inputs: 64, units: 32, activation: "relu" },
    { inputs: 32, units: p },
    { inputs: p, units: 32, activation: "relu" },
    { inputs: 32, units: 64 },
  ];
}

/** The model in the worker. */
function labBottleneckModel({ kind, p, seed, first, second }, digits) {
  const specs = labBottleneckSpecs(kind, p);
  const next = labBatches(digits.train, seed + 1);
  const run = labTrainer({ specs, optimizer: "adam", rate: 0.003, seed, next });
  const { network } = run;
  const { validation } = digits;
  const [n, middle] = [validation.length / 64, specs.length / 2];
  digits.principal ??= labPrincipal(digits.train, 64);
  digits.errors ??= Array.from({ length: 16 }, (_, k) => [
    k + 1, network.error(validation, labProject(validation, digits.principal, k + 1), n),
  ]);
  const examples = validation.subarray(0, 8 * 64);
  const projected = labProject(examples, digits.principal, p);

  run.frame = () => {
    const all = network.run(validation, n, null, 0, middle);
    const codes = new Float32Array(2 * n); // the first two units; of one, the other is 0
    for (let k = 0; k < 2 * n; k++) {
      if (k % 2 < p) codes[k] = all[(k >> 1) * p + (k % 2)];
    }
    const { center, reach } = labReach(codes);
    // The handle's code: units beyond the second are at their mean.
    const ring = labPadCode({ first, second }, reach, center);
    const code = Float32Array.from({ length: p }, (_, j) => {
      if (j < 2) return ring[j];
      return all.reduce((sum, h, k) => (k % p === j ? sum + h / n : sum), 0);
    });
    const y = network.run(all, n, null, middle);
    return {
      loss: run.loss,
      validation: network.error(validation, y, n),
      principal: digits.errors,
      reconstructions: y.slice(0, 8 * 64),
      projected,
      codes,
      reach,
      center,
      decoded: network.run(code, 1, null, middle),
    };
  };
  run.set = (settings) => ({ first, second } = settings);
  run.finished = () => run.steps >= 4000;
  return run;
}

labDefine("bottleneck", {
  settings: {
    p: { label: "code size p", value: 2, min: 1, max: 16 },
    kind: {
      label: "autoencoder",
      value: "deep",
      choices: { linear: "linear, 64 → p → 64", deep: "deep, 64 → 32 → p → 32 → 64" },
    },
    seed: { label: "seed", value: 1, min: 1, max: 20 },
    ...labPadSettings(),
  },
  build(bench) {
    const digits = labDigits(labDigitData);
    const labels = Array.from(digits.labels.slice(digits.training), Number);
    const chart = labCanvas(labFrame(bench.stage, "Squared error on validation digits"),
      "Chart: the error of principal components falls with p; a square marks the autoencoder.", 220);
    const show = labPictures(labFrame(bench.stage, "Digits; by PCA; by the autoencoder"),
      "Three rows: digits, rebuilt by principal components, rebuilt by the autoencoder.", 8, 3);
    const pad = labPad(bench, "Codes: drag the ring");
    const decode = labPictures(labFrame(bench.stage, "The code under the ring, decoded"),
      "The picture that the decoder makes of the code under the ring.", 1, 1, 8, "lab-single");
    const read = ["steps", "autoencoder", "PCA with p components"]
      .map((label) => labReading(bench.readings, label));

    function draw(frame) {
      const { p } = bench.settings;
      chart.paint((context, width, height, colors) =>
        labChart(context, width, height, colors, {
          xlabel: "code size p",
          lines: [
            { label: "PCA", color: "second", points: frame.principal, dots: true },
            { label: "autoencoder", color: "first", points: [[p, frame.validation]], dots: true },
          ],
          top: 1.1 * frame.principal[0][1],
        }));
      show(digits.validation.subarray(0, 8 * 64), frame.projected, frame.reconstructions);
      pad.paint({ ...frame, labels });
      decode(frame.decoded);
      read[0](frame.steps);
      read[1](frame.validation.toFixed(2));
      read[2](frame.principal[p - 1][1].toFixed(2));
    }

    const training = labTraining(bench, {
      functions: [labBottleneckSpecs, labPrincipal, labRotate, labProject, labReach, labPadCode],
      model: labBottleneckModel,
      draw,
    });
    bench.changed = (name) => {
      if (name === "first" || name === "second") training.tell("set", { ...bench.settings });
      else {
        training.restart();
        training.run(); // a new p is seen at work at once
      }
    };
    return training;
  },
});
