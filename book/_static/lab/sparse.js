/* A sparse code: of a wide layer a sample uses little, by a price or by a count. */
"use strict";

/**
 * A dense layer whose units cost `weight` · Σ|h|, averaged over the batch, and of which only the
 * `keep` largest of each sample remain (0: all).
 */
function labSparse({ weight = 0, keep = 0, ...spec }, random, Numbers) {
  const dense = labDense(spec, random, Numbers);
  const { units } = spec;
  const layer = { ...dense, weight, keep, penalty: 0, forward, backward };
  let h;

  function forward(x, n) {
    h = dense.forward(x, n).slice();
    if (layer.keep) for (let s = 0; s < n; s++) labTop(h.subarray(s * units, (s + 1) * units), layer.keep);
    layer.penalty = (layer.weight / n) * h.reduce((sum, value) => sum + Math.abs(value), 0);
    return h;
  }

  /** What was set to zero passes no gradient on. */
  function backward(dh, n) {
    const price = layer.weight / n;
    return dense.backward(dh.map((d, k) => (h[k] === 0 ? 0 : d + price * Math.sign(h[k]))), n);
  }

  return layer;
}

/** Set all but the k largest of some numbers to zero, in place; of equal ones the first stay. */
function labTop(h, k) {
  if (k >= h.length) return;
  const bound = h.slice().sort()[h.length - k];
  let ties = k - h.reduce((count, value) => count + (value > bound), 0);
  h.forEach((value, j) => {
    if (value < bound || (value === bound && ties-- <= 0)) h[j] = 0;
  });
}
