/* The layers: each maps samples forward and carries gradients backward.

   A batch of n samples is one flat array, sample after sample; a kernel is one flat array of
   inputs × units weights, row after row, as Keras stores it. */
"use strict";

/** σ and its derivative, the latter from σ's own value y. */
function labActivation(name) {
  return {
    linear: [(z) => z, () => 1],
    relu: [(z) => (z > 0 ? z : 0), (y) => (y > 0 ? 1 : 0)],
    sigmoid: [(z) => 1 / (1 + Math.exp(-z)), (y) => y * (1 - y)],
    tanh: [Math.tanh, (y) => 1 - y * y],
  }[name];
}

/** y = σ(xW + b). With `tied`, another layer, W is the transposed kernel of that one. */
function labDense({ inputs, units, activation = "linear", bias = true, tied }, random, Numbers) {
  const [sigma, slope] = labActivation(activation);
  const parameter = (value) => ({ value, gradient: new Numbers(value.length) });
  const kernel = tied ? tied.kernel : parameter(random.glorot(inputs, units, Numbers));
  const offset = parameter(new Numbers(units));
  // Where weight (i, j) lies: row after row, or column after column of the other layer's kernel.
  const [row, column] = tied ? [1, inputs] : [units, 1];
  let x, y;

  function forward(batch, n) {
    x = batch;
    y = new Numbers(n * units);
    for (let s = 0; s < n; s++) {
      if (bias) y.set(offset.value, s * units);
      for (let i = 0; i < inputs; i++) {
        const xi = x[s * inputs + i];
        if (xi === 0) continue;
        for (let j = 0; j < units; j++) y[s * units + j] += xi * kernel.value[i * row + j * column];
      }
    }
    for (let k = 0; k < y.length; k++) y[k] = sigma(y[k]);
    return y;
  }

  /** From the loss's gradient by y, add up those by W and b and return that by x. */
  function backward(dy, n) {
    const dz = dy.map((d, k) => d * slope(y[k]));
    const dx = new Numbers(n * inputs);
    for (let s = 0; s < n; s++) {
      if (bias) for (let j = 0; j < units; j++) offset.gradient[j] += dz[s * units + j];
      for (let i = 0; i < inputs; i++) {
        const xi = x[s * inputs + i];
        let sum = 0;
        for (let j = 0; j < units; j++) {
          const d = dz[s * units + j];
          const k = i * row + j * column;
          sum += d * kernel.value[k];
          kernel.gradient[k] += xi * d;
        }
        dx[s * inputs + i] = sum;
      }
    }
    return dx;
  }

  const parameters = [...(tied ? [] : [kernel]), ...(bias ? [offset] : [])];
  return { forward, backward, kernel, offset, parameters, units, activation, penalty: 0 };
}

/** A variational code: μ and log σ² from two dense maps, a sample h = μ + σε in training.
    Its penalty is β times the mean KL divergence to the prior N(0, I). */
function labGaussian({ inputs, units, beta }, random, Numbers) {
  const mean = labDense({ inputs, units }, random, Numbers);
  const logVariance = labDense({ inputs, units }, random, Numbers);
  const layer = { units, beta, penalty: 0, forward, backward };
  layer.parameters = [...mean.parameters, ...logVariance.parameters];
  let mu, logs, noise;

  /** Without a generator of noise the code is μ. */
  function forward(x, n, source) {
    mu = mean.forward(x, n);
    logs = logVariance.forward(x, n);
    layer.divergences = new Float64Array(units); // of each unit, averaged over the batch
    mu.forEach((m, k) => {
      layer.divergences[k % units] += (0.5 * (m * m + Math.exp(logs[k]) - 1 - logs[k])) / n;
    });
    layer.penalty = layer.beta * layer.divergences.reduce((sum, kl) => sum + kl, 0);
    noise = mu.map(() => (source ? source.normal() : 0));
    return mu.map((m, k) => m + Math.exp(0.5 * logs[k]) * noise[k]);
  }

  function backward(dh, n) {
    const beta = layer.beta / n;
    const dlogs = dh.map((d, k) => {
      const variance = Math.exp(logs[k]);
      return 0.5 * (d * Math.sqrt(variance) * noise[k] + beta * (variance - 1));
    });
    const dx = mean.backward(dh.map((d, k) => d + beta * mu[k]), n);
    const more = logVariance.backward(dlogs, n);
    return dx.map((d, k) => d + more[k]);
  }

  return layer;
}
