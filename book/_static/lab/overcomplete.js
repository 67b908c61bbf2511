/* Chapter 5: a code wide enough to copy; digits against pixels that were shuffled. */
"use strict";

/** 64 → p → 64. */
function labOvercompleteSpecs(activation, p) {
  return [{ inputs: 64, units: p, activation }, { inputs: p, units: 64 }];
}

/** Each pixel permuted over the samples on its own: its grays stay, what joins it to others goes. */
function labShuffled(x, d, random) {
  const n = x.length / d;
  const shuffled = x.slice();
  for (let i = 0; i < d; i++) {
    random.order(n).forEach((from, to) => (shuffled[to * d + i] = x[from * d + i]));
  }
  return shuffled;
}

/** The mean over samples of the 64 × 64 derivatives of x′ by x: W′ diag(share of units on) W. */
function labMeanJacobian([inner, outer], x, n) {
  const { units: p } = inner;
  const on = new Float64Array(p).fill(1);
  if (inner.activation === "relu") {
    on.fill(0);
    inner.forward(x, n).forEach((h, k) => (on[k % p] += (h > 0) / n));
  }
  const map = new Float32Array(64 * 64); // row: a pixel of x′, column: one of x
  for (let i = 0; i < 64; i++) {
    for (let j = 0; j < p; j++) {
      const w = on[j] * inner.kernel.value[i * p + j];
      for (let o = 0; o < 64; o++) map[o * 64 + i] += w * outer.kernel.value[j * 64 + o];
    }
  }
  return map;
}

/** The model in the worker. */
function labOvercompleteModel({ activation, p, seed }, digits) {
  const specs = labOvercompleteSpecs(activation, p);
  const next = labBatches(digits.train, seed + 1);
  const run = labTrainer({ specs, optimizer: "adam", rate: 0.003, seed, next });
  const { network } = run;
  const { validation } = digits;
  const n = validation.length / 64;
  const noise = labShuffled(validation, 64, labRandom(5));
  const mean = network.error(validation, labMeanOf(validation, 64), n); // of the noise as well

  run.frame = () => {
    const [onDigits, onNoise] = [validation, noise].map((x) => network.run(x, n));
    return {
      loss: run.loss,
      shares: [network.error(validation, onDigits, n), network.error(noise, onNoise, n)].map((e) => e / mean),
      pictures: [validation, onDigits, noise, onNoise].map((x) => x.slice(0, 8 * 64)),
      map: labMeanJacobian(network.layers, validation, n),
    };
  };
  run.finished = () => run.steps >= 3000;
  return run;
}

/** Every sample replaced by the mean of all. */
function labMeanOf(x, d) {
  const mean = new Float64Array(d);
  x.forEach((value, k) => (mean[k % d] += value / (x.length / d)));
  return x.map((_, k) => mean[k % d]);
}

labDefine("overcomplete", {
  settings: {
    p: { label: "code size p", value: 128, values: [2, 4, 8, 16, 32, 64, 128, 256] },
    activation: {
      label: "units of the code", value: "linear", choices: { linear: "linear", relu: "ReLU" },
    },
    seed: { label: "seed", value: 1, min: 1, max: 20 },
  },
  build(bench) {
    const left = labElement("div");
    bench.stage.append(left);
    const chart = labCanvas(labFrame(left, "Error, as a share of the mean image's"),
      "Chart: the errors on digits and on shuffled pixels against the steps.", 220);
    const show = labPictures(labFrame(left, "Digits, rebuilt; shuffled pixels, rebuilt"),
      "Four rows: digits, their reconstructions, shuffled pixels, their reconstructions.", 8, 4);
    const map = labPictures(labFrame(bench.stage, "How x′ (rows) depends on x (columns)"),
      "A square of 64 by 64; a dark diagonal means that each pixel is copied.", 1, 1, 64, "lab-square");
    const read = ["steps", "error on digits", "on shuffled pixels (identity distance)"]
      .map((label) => labReading(bench.readings, label));
    const curves = labCurves(2);

    function draw({ steps, shares, pictures, map: jacobian }) {
      const [digits, noise] = curves(steps, shares);
      chart.paint((...on) => labChart(...on, {
        xlabel: "steps",
        top: 1.2,
        lines: [
          { label: "shuffled pixels", color: "second", points: noise },
          { label: "digits", color: "first", points: digits },
        ],
      }));
      show(...pictures);
      map(jacobian);
      [steps, ...shares.map((share) => share.toFixed(3))].forEach((text, k) => read[k](text));
    }

    const training = labTraining(bench, {
      functions: [labOvercompleteSpecs, labShuffled, labMeanJacobian, labMeanOf],
      model: labOvercompleteModel,
      draw,
    });
    bench.changed = () => {
      training.restart();
      training.run();
    };
    return training;
  },
});
