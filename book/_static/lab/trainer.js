/* A training run: batches in an order that the seed fixes, one step after the other. */
"use strict";

/** The digits: one letter a pixel, A for 0 to Q for 16, turned into numbers from 0 to 1. */
function labDigits({ pixels, labels, training }) {
  const x = Float32Array.from(pixels, (letter) => (letter.charCodeAt(0) - 65) / 16);
  return { train: x.subarray(0, training * 64), validation: x.subarray(training * 64), labels, training };
}

/** The squared error, on validation digits, of answering every digit with the mean image. */
function labMeanImageLoss({ train, validation }) {
  const mean = new Float64Array(64);
  train.forEach((value, k) => (mean[k % 64] += value / (train.length / 64)));
  const error = validation.reduce((sum, value, k) => sum + (value - mean[k % 64]) ** 2, 0);
  return error / (validation.length / 64);
}

/** Batches of 64 digits; the order is drawn anew for every epoch, what is left over is dropped. */
function labBatches(x, seed, size = 64) {
  const random = labRandom(seed);
  const n = x.length / 64;
  let order = [];
  return () => {
    if (order.length < size) order = random.order(n);
    const batch = new x.constructor(size * 64);
    order.splice(0, size).forEach((i, row) => batch.set(x.subarray(i * 64, i * 64 + 64), row * 64));
    return batch;
  };
}

/**
 * Train a network. Weights, batches and noise come from three generators: seeds `seed`, + 1, + 2.
 *   specs, measure: as `labNetwork` takes them; optimizer, rate: as `labOptimizer` does.
 *   next: a function that returns the next batch; size: samples in it.
 *   damage: the standard deviation of noise that the network's input gets, and its target does not.
 */
function labTrainer({ specs, measure = "squared_error", optimizer, rate, seed, next, size = 64,
  damage = 0, network = labNetwork(specs, measure, labRandom(seed)) }) {
  const noise = labRandom(seed + 2);
  const update = labOptimizer(optimizer, rate, network.parameters);
  const run = { network, damage, steps: 0, loss: NaN, batch: null, step };

  function step() {
    run.batch = next();
    const hurt = (x) => x + run.damage * noise.normal();
    const shown = run.damage ? run.batch.map(hurt) : run.batch;
    run.loss = network.lossAndGradients(run.batch, size, noise, shown);
    update();
    run.steps += 1;
    return run.loss;
  }

  return run;
}
