/* Principal components, by Jacobi's rotations: each turns two axes until they are uncorrelated. */
"use strict";

/** Return the mean (d) of the samples and their d axes, the one of most variance first. */
function labPrincipal(x, d) {
  const n = x.length / d;
  const mean = new Float64Array(d);
  x.forEach((value, k) => (mean[k % d] += value / n));
  const matrix = Array.from({ length: d }, () => new Float64Array(d));
  for (let s = 0; s < n; s++) {
    for (let i = 0; i < d; i++) {
      const xi = x[s * d + i] - mean[i];
      for (let j = 0; j < d; j++) matrix[i][j] += (xi * (x[s * d + j] - mean[j])) / n;
    }
  }
  const axes = matrix.map((_, i) => new Float64Array(d).fill(1, i, i + 1)); // rows
  for (let sweep = 0; sweep < 10; sweep++) {
    for (let p = 0; p < d; p++) for (let q = p + 1; q < d; q++) labRotate(matrix, axes, p, q);
  }
  const order = Array.from(axes, (_, i) => i).sort((a, b) => matrix[b][b] - matrix[a][a]);
  return { mean, axes: order.map((i) => axes[i]) };
}

/** Turn axes p and q so that entry (p, q) of the symmetric matrix becomes 0. */
function labRotate(matrix, axes, p, q) {
  if (Math.abs(matrix[p][q]) < 1e-14) return;
  const angle = 0.5 * Math.atan2(2 * matrix[p][q], matrix[q][q] - matrix[p][p]);
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const turn = (row, i, j) => ([row[i], row[j]] = [c * row[i] - s * row[j], s * row[i] + c * row[j]]);
  for (const row of matrix) turn(row, p, q);
  for (const table of [matrix, axes]) {
    for (let k = 0; k < matrix.length; k++) {
      const [a, b] = [table[p][k], table[q][k]];
      [table[p][k], table[q][k]] = [c * a - s * b, s * a + c * b];
    }
  }
}

/** The samples rebuilt from their coordinates along the first p axes. */
function labProject(x, { mean, axes }, p) {
  const d = mean.length;
  const rebuilt = Float32Array.from(x, (_, k) => mean[k % d]);
  for (let s = 0; s < x.length / d; s++) {
    for (const axis of axes.slice(0, p)) {
      const along = axis.reduce((sum, a, i) => sum + a * (x[s * d + i] - mean[i]), 0);
      for (let i = 0; i < d; i++) rebuilt[s * d + i] += along * axis[i];
    }
  }
  return rebuilt;
}
