/* A network is its layers, one after the other. */
"use strict";

/** The measures: ℒ of a batch, summed over features and averaged over the n samples, and the
    gradient of that by x′. */
function labMeasure(name) {
  const tiny = 1e-7; // as `losses.binary_crossentropy` clips
  const clip = (p) => Math.min(Math.max(p, tiny), 1 - tiny);
  return {
    squared_error: {
      of: (x, y) => (x - y) ** 2,
      slope: (x, y) => 2 * (y - x),
    },
    binary_crossentropy: {
      of: (x, y) => -(x * Math.log(clip(y)) + (1 - x) * Math.log(1 - clip(y))),
      slope: (x, y) => (y < tiny || y > 1 - tiny ? 0 : (y - x) / (y * (1 - y))),
    },
  }[name];
}

/**
 * Build a network.
 *   specs: one object a layer, as `labDense` takes it; `beta` makes it a variational code, `keep` or
 *     `weight` a sparse one, and `tied` is the number of the layer whose kernel is borrowed.
 *   random: the generator that draws the weights.
 *   Numbers: Float64Array, as fast as Float32Array here and further from the rounding at which two
 *     runs part; the weights drawn at the start are float32, as Keras' are.
 */
function labNetwork(specs, measureName, random, Numbers = Float64Array) {
  const layers = [];
  for (const spec of specs) {
    const sparse = "keep" in spec || "weight" in spec;
    const make = "beta" in spec ? labGaussian : sparse ? labSparse : labDense;
    layers.push(make({ ...spec, tied: layers[spec.tied] }, random, Numbers));
  }
  return labStack(layers, measureName);
}

/** A network of layers that exist, which may be part of another network, too. */
function labStack(layers, measureName) {
  const measure = labMeasure(measureName);
  const parameters = layers.flatMap((layer) => layer.parameters);

  /** The outputs of layers `from` up to, not including, `to`. */
  function run(x, n, noise, from = 0, to = layers.length) {
    return layers.slice(from, to).reduce((y, layer) => layer.forward(y, n, noise), x);
  }

  function error(x, y, n) {
    let sum = 0;
    for (let k = 0; k < x.length; k++) sum += measure.of(x[k], y[k]);
    return sum / n;
  }

  /** The loss of a batch, penalties included; with it, every parameter's gradient. The network may
      be shown something else than the batch, a damaged one. */
  function lossAndGradients(x, n, noise, shown = x) {
    const y = run(shown, n, noise);
    for (const { gradient } of parameters) gradient.fill(0);
    const dy = y.map((value, k) => measure.slope(x[k], value) / n);
    [...layers].reverse().reduce((d, layer) => layer.backward(d, n), dy);
    return error(x, y, n) + layers.reduce((sum, layer) => sum + layer.penalty, 0);
  }

  return { layers, parameters, run, error, lossAndGradients };
}
