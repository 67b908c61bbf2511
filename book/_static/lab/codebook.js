/* Chapter 10: a codebook in the plane, by running means, k-means or rounding; the vectors stay. */
"use strict";

/** The entry that each point takes: the nearest; with a price, the one where the squared distance
    plus the price of its bits is least. An entry has the more bits, the fewer points chose it. */
function labChosen(points, { codebook, counts }, price = 0) {
  const chosen = new Int32Array(points.length / 2);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const cost = counts.map((count) => (price ? -price * Math.log2(count / total) : 0));
  chosen.forEach((_, s) => {
    let least = Infinity;
    for (let j = 0; j < counts.length; j++) {
      const [a, b] = [points[2 * s] - codebook[2 * j], points[2 * s + 1] - codebook[2 * j + 1]];
      const sum = a * a + b * b + cost[j];
      if (sum < least) [least, chosen[s]] = [sum, j];
    }
  });
  return chosen;
}

/** The number and the sum of the points that chose each entry. */
function labGathered(points, chosen, k) {
  const [number, sums] = [new Float64Array(k), new Float64Array(2 * k)];
  chosen.forEach((j, s) => {
    number[j] += 1;
    for (let i = 0; i < 2; i++) sums[2 * j + i] += points[2 * s + i];
  });
  return { number, sums };
}

/** One batch of running means: what the count and the entries become. `uniform` draws the vectors
    in whose place dead entries are put; without it they stay dead. */
function labFollow({ codebook, counts }, batch, gamma, uniform = null) {
  const { number, sums } = labGathered(batch, labChosen(batch, { codebook, counts }), counts.length);
  const now = counts.map((count, j) => gamma * count + (1 - gamma) * number[j]);
  const moved = codebook.map((value, i) => {
    const j = i >> 1;
    return value + ((1 - gamma) / Math.max(now[j], 1e-8)) * (sums[i] - number[j] * value);
  });
  now.forEach((count, j) => {
    if (!uniform || count >= 1) return;
    const row = Math.floor(uniform() * (batch.length / 2));
    moved.set(batch.subarray(2 * row, 2 * row + 2), 2 * j);
    now[j] = 1;
  });
  return { codebook: moved, counts: now };
}

/** One step of k-means with all points; the counts are those of the choice that it made. */
function labCentered({ codebook, counts }, points, price = 0) {
  const chosen = labChosen(points, { codebook, counts }, price);
  const { number, sums } = labGathered(points, chosen, counts.length);
  const means = codebook.map((value, i) => (number[i >> 1] ? sums[i] / number[i >> 1] : value));
  return { codebook: means, counts: number };
}

/** All combinations of evenly spread values from −1 to 1, half of the bits for each direction. */
function labGrid(k) {
  const levels = [2 ** Math.ceil(Math.log2(k) / 2), 2 ** Math.floor(Math.log2(k) / 2)];
  const value = (l, n) => (n === 1 ? 0 : (2 * l) / (n - 1) - 1);
  return Float64Array.from({ length: 2 * k }, (_, i) => {
    const [l, m] = [Math.floor((i >> 1) / levels[1]), (i >> 1) % levels[1]];
    return i % 2 ? value(m, levels[1]) : value(l, levels[0]);
  });
}

/** What a codebook costs and loses: entries in use, entropy in bits, mean squared distance. */
function labRateAndError(state, points, price = 0) {
  const chosen = labChosen(points, state, price);
  const { number } = labGathered(points, chosen, state.counts.length);
  const shares = Array.from(number, (n) => n / chosen.length).sort((a, b) => b - a);
  const entropy = shares.reduce((sum, p) => sum - (p && p * Math.log2(p)), 0);
  const squares = points.map((value, i) => (value - state.codebook[2 * chosen[i >> 1] + (i % 2)]) ** 2);
  const error = squares.reduce((sum, square) => sum + square, 0) / chosen.length;
  return { shares, used: shares.filter((p) => p > 0).length, entropy, error };
}

/** The codebook at the start and after each of 200 batches of 64 new vectors, or steps of k-means
    with the 500 vectors until nothing moves. */
function labCodebookRun({ kind, k, rule, start, gamma, revive, price, seed }) {
  const [mixture, random] = [labMixture(kind), labRandom(seed)];
  const points = labMixtureSamples(mixture, 500, labRandom(seed + 1000));
  const rows = random.order(500).slice(0, k);
  const first = Float64Array.from({ length: 2 * k }, (_, i) =>
    start === "data" ? points[2 * rows[i >> 1] + (i % 2)] : 1.5 + 0.1 * random.normal());
  const counts = new Float64Array(k).fill(1);
  const states = [{ codebook: rule === "grid" ? labGrid(k) : first, counts }];
  const steps = {
    means: (last) => labFollow(last, labMixtureSamples(mixture, 64, random), gamma, revive && random.uniform),
    kmeans: (last) => labCentered(last, points, price),
    grid: (last) => last,
  };
  for (let step = 0, moved = true; step < 200 && moved; step++) {
    const [last, next] = [states[step], steps[rule](states[step])];
    moved = next.codebook.some((value, i) => value !== last.codebook[i]);
    if (moved) states.push(next);
  }
  return { points, states };
}

labDefine("codebook", {
  settings: {
    kind: { label: "vectors", value: "spiral", choices: { ring: "eight clusters", spiral: "a spiral" } },
    k: { label: "entries k", value: 16, values: [2, 4, 8, 16, 32, 64] },
    rule: {
      label: "entries", value: "means",
      choices: { means: "running means", kmeans: "k-means", grid: "none: rounding to a grid" },
    },
    start: {
      label: "start", value: "corner", choices: { data: "at vectors", corner: "far, in a corner" },
    },
    gamma: { label: "running means: γ", value: 0.9, values: [0.8, 0.9, 0.95, 0.99] },
    revive: { label: "revive dead entries", value: false },
    price: { label: "k-means: price of a bit", value: 0, values: [0, 0.01, 0.02, 0.05, 0.1, 0.2] },
    seed: { label: "seed", value: 1, min: 1, max: 20 },
    done: { label: "batches done", value: 200, min: 0, max: 200 },
  },
  build(bench) {
    const { settings } = bench;
    const plane = labCanvas(labFrame(bench.stage, "Vectors, entries, and who takes whom"),
      "The plane: vectors as dots, entries as squares, hollow where dead, borders between them.", 340);
    const shares = labCanvas(labFrame(bench.stage, "Share of each entry, in order"),
      "Bars, one an entry; a dashed line where all would be equal.", 200);
    const names = ["bits at equal shares", "entropy in bits", "perplexity", "entries in use",
      "mean squared distance"];
    const read = names.map((label) => labReading(bench.readings, label));
    let run = null;

    function draw() {
      const { points, states } = run;
      const state = states[Math.min(settings.done, states.length - 1)];
      const price = settings.rule === "kmeans" ? settings.price : 0;
      const found = labRateAndError(state, points, price);
      plane.paint((...on) => labCodebookOf(...on, state, points, price));
      shares.paint((...on) => labShares(...on, found.shares));
      [Math.log2(settings.k), found.entropy.toFixed(2), (2 ** found.entropy).toFixed(1),
        `${found.used} of ${settings.k}`, found.error.toFixed(4)].forEach((text, i) => read[i](text));
    }

    const player = labPlayer(bench, "done", () => [2, 40], 200);
    bench.changed = (name) => {
      if (name !== "done") {
        player.stop();
        run = labCodebookRun(settings);
      }
      draw();
    };
    bench.changed();
    return { run: player.play };
  },
});

/** Points, borders between the entries' regions, and the entries. */
function labCodebookOf(context, width, height, colors, { codebook, counts }, points, price) {
  const [wide, cell] = [1.75, 3];
  const unit = height / (2 * wide);
  const [columns, rows] = [Math.ceil(width / cell), Math.ceil(height / cell)];
  const middles = Float64Array.from({ length: 2 * columns * rows }, (_, i) => {
    const [column, row] = [(i >> 1) % columns, Math.floor((i >> 1) / columns)];
    return i % 2 ? (height / 2 - (row + 0.5) * cell) / unit : ((column + 0.5) * cell - width / 2) / unit;
  });
  const owner = labChosen(middles, { codebook, counts }, price);
  const borders = new Path2D();
  owner.forEach((j, s) => {
    const [x, y] = [(s % columns) * cell, Math.floor(s / columns) * cell];
    if ((s + 1) % columns && owner[s + 1] !== j) borders.rect(x + cell, y, 0, cell);
    if (s + columns < owner.length && owner[s + columns] !== j) borders.rect(x, y + cell, cell, 0);
  });
  context.strokeStyle = colors.ink;
  context.globalAlpha = 0.45;
  context.stroke(borders);
  context.globalAlpha = 1;
  labCloudOf(context, width, height, colors, wide, points);
  const { number } = labGathered(points, labChosen(points, { codebook, counts }, price), counts.length);
  context.strokeStyle = context.fillStyle = colors.second;
  context.lineWidth = 2;
  number.forEach((n, j) => {
    const at = [width / 2 + codebook[2 * j] * unit - 5, height / 2 - codebook[2 * j + 1] * unit - 5];
    context[n ? "fillRect" : "strokeRect"](...at, 10, 10);
  });
}

/** Bars for shares that fall, and a dashed line at the share of equals. */
function labShares(context, width, height, colors, shares) {
  const [slot, high] = [width / shares.length, Math.max(...shares, 2 / shares.length)];
  const up = (share) => height - 8 - (share / high) * (height - 30);
  context.fillStyle = colors.first;
  shares.forEach((share, j) => {
    context.fillRect((j + 0.1) * slot, up(share), 0.8 * slot, height - 8 - up(share));
  });
  context.strokeStyle = colors.ink;
  context.setLineDash([6, 4]);
  context.beginPath();
  context.moveTo(0, up(1 / shares.length));
  context.lineTo(width, up(1 / shares.length));
  context.stroke();
  context.setLineDash([]);
  context.fillStyle = colors.ink;
  context.textAlign = "right";
  context.fillText(`equal: ${(1 / shares.length).toFixed(3)}`, width - 4, up(1 / shares.length) - 8);
  context.fillText(`largest: ${shares[0].toFixed(3)}`, width - 4, 14);
}
