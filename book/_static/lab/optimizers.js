/* How a step follows from the gradients, exactly as Keras takes it. */
"use strict";

/** Return a function that changes all parameters by one step. */
function labOptimizer(name, rate, parameters) {
  const zeros = () => parameters.map(({ value }) => new value.constructor(value.length));
  const each = (change) =>
    parameters.forEach(({ value, gradient }, p) => {
      for (let k = 0; k < value.length; k++) change(value, gradient[k], p, k);
    });

  function sgd() {
    return () => each((w, g, p, k) => (w[k] -= rate * g));
  }

  function momentum() {
    const velocity = zeros();
    return () =>
      each((w, g, p, k) => {
        velocity[p][k] = 0.9 * velocity[p][k] - rate * g;
        w[k] += velocity[p][k];
      });
  }

  /** Kingma and Ba 2015. Keras keeps β in float32, and ε stands outside the bias correction. */
  function adam() {
    const [mean, square] = [zeros(), zeros()];
    const [beta1, beta2] = [Math.fround(0.9), Math.fround(0.999)];
    let t = 0;
    return () => {
      t += 1;
      const correction = Math.sqrt(1 - beta2 ** t) / (1 - beta1 ** t);
      const alpha = rate * correction;
      each((w, g, p, k) => {
        mean[p][k] += (g - mean[p][k]) * (1 - 0.9);
        square[p][k] += (g * g - square[p][k]) * (1 - 0.999);
        w[k] -= (alpha * mean[p][k]) / (Math.sqrt(square[p][k]) + 1e-7);
      });
    };
  }

  return { sgd, momentum, adam }[name]();
}
