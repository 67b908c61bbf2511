/* Curves that grow while a network is trained. */
"use strict";

/** Return `curves(step, values)`, which keeps the values of some lines and gives back their points;
    a step below the last one begins anew. */
function labCurves(count) {
  let lines = [];
  return (step, values) => {
    const last = lines[0]?.at(-1)?.[0] ?? Infinity;
    if (step < last) lines = Array.from({ length: count }, () => []);
    if (step !== last) lines.forEach((line, k) => Number.isFinite(values[k]) && line.push([step, values[k]]));
    if (lines[0].length > 600) lines = lines.map((line) => line.filter((_, k) => k % 2 === 0));
    return lines;
  };
}
