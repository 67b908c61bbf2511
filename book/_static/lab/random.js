/* Random numbers that follow from a seed, the same here and in Python (tests/lab/twin.py). */
"use strict";

/**
 * Return a generator of random numbers: mulberry32, whose whole state is one 32-bit number.
 * The function stands on its own, so that its text can be handed to a worker.
 */
function labRandom(seed) {
  let state = seed >>> 0;

  /** A number spread evenly over [0, 1). */
  function uniform() {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** A standard normal number from two uniform ones (Box and Muller), rounded to float32. */
  function normal() {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    return Math.fround(radius * Math.cos(2 * Math.PI * uniform()));
  }

  /** The numbers 0 … n − 1 in random order (Fisher and Yates). */
  function order(n) {
    const all = Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = Math.floor(uniform() * (i + 1));
      [all[i], all[j]] = [all[j], all[i]];
    }
    return all;
  }

  /** A kernel of inputs × units weights, as Keras draws it by default (Glorot and Bengio). */
  function glorot(inputs, units, Numbers) {
    const limit = Math.sqrt(6 / (inputs + units));
    return Numbers.from({ length: inputs * units }, () => Math.fround((2 * uniform() - 1) * limit));
  }

  return { uniform, normal, order, glorot };
}
