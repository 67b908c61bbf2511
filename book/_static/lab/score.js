/* Chapter 6: where a denoiser moves points of the plane, beside the best answer there is. */
"use strict";

/** 2 → 32 → 32 → 32 → 2, tanh. */
function labScoreSpecs() {
  const bent = { units: 32, activation: "tanh" };
  return [{ inputs: 2, ...bent }, { inputs: 32, ...bent }, { inputs: 32, ...bent },
    { inputs: 32, units: 2 }];
}

/** 400 points near a ring, or in three heaps. */
function labScorePoints(kind) {
  const random = labRandom(11);
  const points = Array.from({ length: 400 }, (_, k) => {
    const angle = 2 * Math.PI * (kind === "ring" ? random.uniform() : (k % 3) / 3 + 0.25);
    const [radius, spread] = kind === "ring" ? [1, 0.05] : [0.9, 0.15];
    return [Math.cos(angle), Math.sin(angle)].map((part) => radius * part + spread * random.normal());
  });
  return Float32Array.from(points.flat());
}

/** E[x | x̃] for the points themselves: their mean, weighted by how likely each became x̃. */
function labBestDenoiser(points, places, s) {
  const best = new Float32Array(places.length);
  for (let k = 0; k < places.length; k += 2) {
    let [sum, a, b] = [1e-300, 0, 0];
    for (let i = 0; i < points.length; i += 2) {
      const square = (points[i] - places[k]) ** 2 + (points[i + 1] - places[k + 1]) ** 2;
      const likely = Math.exp(-square / (2 * s * s));
      [sum, a, b] = [sum + likely, a + likely * points[i], b + likely * points[i + 1]];
    }
    [best[k], best[k + 1]] = [a / sum, b / sum];
  }
  return best;
}

/** The model in the worker. */
function labScoreModel({ kind, damage, seed }) {
  const points = labScorePoints(kind);
  const random = labRandom(seed + 1);
  const size = 128;
  const next = () => {
    const batch = new Float64Array(2 * size);
    for (let row = 0; row < size; row++) {
      const i = 2 * Math.floor(random.uniform() * (points.length / 2));
      batch.set(points.subarray(i, i + 2), 2 * row);
    }
    return batch;
  };
  const specs = labScoreSpecs();
  const run = labTrainer({ specs, optimizer: "adam", rate: 0.003, seed, next, size, damage });
  const { network } = run;
  const places = Float32Array.from({ length: 2 * 15 * 15 }, (_, k) =>
    ((k % 2 ? Math.floor(k / 30) : (k >> 1) % 15) - 7) / 4.5);
  const best = labBestDenoiser(points, places, damage);

  run.frame = () => {
    const moved = network.run(places, places.length / 2);
    return { loss: run.loss, points, places, best, moved, alike: labCosine(places, moved, best) };
  };
  run.finished = () => run.steps >= 6000;
  return run;
}

/** The cosine between two fields of arrows, both from the same places. */
function labCosine(places, one, other) {
  let [product, a, b] = [0, 1e-30, 1e-30];
  places.forEach((from, k) => {
    const [d, e] = [one[k] - from, other[k] - from];
    [product, a, b] = [product + d * e, a + d * d, b + e * e];
  });
  return product / Math.sqrt(a * b);
}

labDefine("score", {
  settings: {
    kind: { label: "points", value: "ring", choices: { ring: "a ring", heaps: "three heaps" } },
    damage: { label: "noise s", value: 0.2, values: [0.1, 0.2, 0.3, 0.5] },
    seed: { label: "seed", value: 1, min: 1, max: 20 },
  },
  build(bench) {
    const learned = labCanvas(labFrame(bench.stage, "The denoiser: from x̃ to f(x̃)"),
      "Arrows over the plane, from each place to where the network moves it.", 320);
    const exact = labCanvas(labFrame(bench.stage, "The best there is: from x̃ to E[x | x̃]"),
      "Arrows over the plane, from each place to the mean of the points that it may have been.", 320);
    const read = ["steps", "loss of the last batch", "cosine between the two fields"]
      .map((label) => labReading(bench.readings, label));

    let shown = [];

    function draw({ steps, loss, points, places, best, moved, alike }) {
      learned.paint((...on) => labField(...on, points, places, moved));
      if (best.some((value, k) => value !== shown[k])) {
        shown = best;
        exact.paint((...on) => labField(...on, points, places, best));
      }
      [steps, loss.toFixed(4), alike.toFixed(3)].forEach((text, k) => read[k](text));
    }

    const training = labTraining(bench, {
      functions: [labScoreSpecs, labScorePoints, labBestDenoiser, labCosine],
      model: labScoreModel,
      draw,
    });
    bench.changed = () => {
      training.restart();
      training.run();
    };
    return training;
  },
});

function labField(context, width, height, colors, points, places, moved) {
  const unit = height / 3.6;
  const at = (list, k) => [width / 2 + list[k] * unit, height / 2 - list[k + 1] * unit];
  const [dots, lines, heads] = [new Path2D(), new Path2D(), new Path2D()];
  for (let k = 0; k < points.length; k += 2) {
    const [x, y] = at(points, k);
    dots.rect(x - 1, y - 1, 2, 2);
  }
  for (let k = 0; k < places.length; k += 2) {
    const [from, to] = [at(places, k), at(moved, k)];
    lines.moveTo(...from);
    lines.lineTo(...to);
    heads.rect(to[0] - 2, to[1] - 2, 4, 4);
  }
  context.fillStyle = colors.second;
  context.fill(dots);
  context.strokeStyle = context.fillStyle = colors.first;
  context.stroke(lines);
  context.fill(heads);
}
