/* Chapter 11: noise becomes samples of a known density, by its exact denoiser. */
"use strict";

/** E[x | x̃] at noise s: to each Gaussian its own shrinkage, weighted by how likely it is. */
function labDenoised({ means, scale }, points, s) {
  const [clean, variance] = [new Float64Array(points.length), scale ** 2 + s ** 2];
  const squares = new Float64Array(means.length / 2);
  for (let k = 0; k < points.length; k += 2) {
    let nearest = Infinity;
    for (let j = 0; j < means.length; j += 2) {
      const square = (points[k] - means[j]) ** 2 + (points[k + 1] - means[j + 1]) ** 2;
      squares[j / 2] = square;
      nearest = Math.min(nearest, square);
    }
    let [sum, a, b] = [0, 0, 0];
    for (let j = 0; j < means.length; j += 2) {
      const likely = Math.exp((nearest - squares[j / 2]) / (2 * variance));
      [sum, a, b] = [sum + likely, a + likely * means[j], b + likely * means[j + 1]];
    }
    const kept = scale ** 2 / variance; // of the way from the mean
    clean[k] = (1 - kept) * (a / sum) + kept * points[k];
    clean[k + 1] = (1 - kept) * (b / sum) + kept * points[k + 1];
  }
  return clean;
}

/** Levels of noise from 10 to 0.02, each the same share of the one before. */
function labFallingLevels(count) {
  return Array.from({ length: count }, (_, k) => 10 * 0.002 ** (k / Math.max(1, count - 1)));
}

/**
 * The samples before each level of noise and at the end: { level, points, clean, calls }.
 *   points: noise of the first level; normal: draws the kicks of Langevin's steps.
 */
function labDiffusion(mixture, levels, { way, steps, c }, points, normal) {
  const frames = [];
  let calls = 0;
  const denoised = (x, s) => ((calls += 1), labDenoised(mixture, x, s));
  let x = points;
  levels.forEach((s, k) => {
    frames.push({ level: s, points: x, clean: labDenoised(mixture, x, s), calls });
    if (way === "ode") {
      const [clean, next] = [denoised(x, s), levels[k + 1] ?? 0];
      x = x.map((value, i) => (next / s) * value + (1 - next / s) * clean[i]);
    } else {
      for (let step = 0; step < steps; step++) {
        const clean = denoised(x, s);
        x = x.map((value, i) => value + c * (clean[i] - value) + s * Math.sqrt(2 * c) * normal());
      }
    }
  });
  if (way !== "ode") x = denoised(x, levels[levels.length - 1]);
  frames.push({ level: 0, points: x, clean: x, calls });
  return frames;
}

/** 2 E‖a − b‖ − E‖a − a′‖ − E‖b − b′‖ of two lists of points. */
function labEnergyDistance(one, other) {
  const mean = (a, b, pairs) => {
    let sum = 0;
    for (let i = 0; i < a.length; i += 2) {
      for (let j = 0; j < b.length; j += 2) {
        sum += Math.sqrt((a[i] - b[j]) ** 2 + (a[i + 1] - b[j + 1]) ** 2);
      }
    }
    return sum / pairs;
  };
  const [n, m] = [one.length / 2, other.length / 2];
  const within = mean(one, one, n * (n - 1)) + mean(other, other, m * (m - 1));
  return 2 * mean(one, other, n * m) - within;
}

/** All frames at these settings, and the truth beside them. */
function labDiffusionRun({ kind, way, levels, steps, c, seed }, count = 500) {
  const [mixture, random] = [labMixture(kind), labRandom(seed)];
  const start = Float64Array.from({ length: 2 * count }, () => 10 * random.normal());
  const ladder = labFallingLevels(levels);
  const frames = labDiffusion(mixture, ladder, { way, steps, c }, start, random.normal);
  return { frames, truth: labMixtureSamples(mixture, count, labRandom(seed + 1000)) };
}

labDefine("diffusion", {
  settings: {
    kind: { label: "density", value: "spiral", choices: { ring: "eight clusters", spiral: "a spiral" } },
    way: {
      label: "way", value: "ode", choices: { ode: "ODE, Euler's steps", langevin: "Langevin, with noise" },
    },
    levels: { label: "levels of noise", value: 20, values: [3, 5, 10, 20, 40] },
    steps: { label: "Langevin: steps a level", value: 1, values: [1, 2, 5] },
    c: { label: "Langevin: step size c", value: 0.5, values: [0.1, 0.3, 0.5, 0.7, 0.9] },
    seed: { label: "seed", value: 1, min: 1, max: 20 },
    done: { label: "levels done", value: 100, min: 0, max: 100, unit: " %" },
  },
  build(bench) {
    const { settings } = bench;
    const moving = labCanvas(labFrame(bench.stage, "The samples (the frame shrinks)"),
      "The plane: moving samples, and lines to where the denoiser sees some of them.", 320);
    const seen = labCanvas(labFrame(bench.stage, "What the denoiser makes of them"),
      "The plane: denoised samples over faint draws of the density.", 320);
    const read = ["noise s", "calls of the denoiser", "energy distance to the truth"]
      .map((label) => labReading(bench.readings, label));
    let run = null;

    function draw() {
      const { frames, truth } = run;
      const frame = frames[Math.round((settings.done / 100) * (frames.length - 1))];
      const wide = 1.5 * Math.hypot(1, 1.4 * frame.level);
      moving.paint((...on) => labCloudOf(...on, wide, frame.points, frame.clean));
      seen.paint((...on) => {
        labCloudOf(...on, 1.5, truth, null, "faint");
        labCloudOf(...on, 1.5, frame.clean);
      });
      const distance = labEnergyDistance(frame.points, truth);
      [frame.level.toPrecision(2), frame.calls, distance.toFixed(4)].forEach((text, k) => read[k](text));
    }

    const player = labPlayer(bench, "done", () => {
      const { levels } = settings;
      return [Math.ceil(100 / levels / 2), 1500 / Math.min(levels, 20)];
    });
    bench.changed = (name) => {
      if (name !== "done") {
        player.stop();
        run = labDiffusionRun(settings);
      }
      draw();
    };
    bench.changed();
    return { run: player.play };
  },
});
