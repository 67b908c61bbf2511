/* Chapter 2: one unit of an encoder in the plane, h = σ(w·x + b), and its decoder x′ = w′h + b′. */
"use strict";

labDefine("unit", {
  settings: {
    activation: {
      label: "activation σ",
      value: "linear",
      choices: { linear: "linear", relu: "ReLU", sigmoid: "sigmoid" },
    },
    w1: { label: "w₁", value: 0.4, min: -2, max: 2, step: 0.05 },
    w2: { label: "w₂", value: 1, min: -2, max: 2, step: 0.05 },
    b: { label: "b", value: 0, min: -2, max: 2, step: 0.05 },
    tied: { label: "tie the weights, w′ = w", value: false },
    v1: { label: "w′₁", value: 0.9, min: -2, max: 2, step: 0.05 },
    v2: { label: "w′₂", value: 0.1, min: -2, max: 2, step: 0.05 },
    c1: { label: "b′₁", value: 0, min: -2, max: 2, step: 0.05 },
    c2: { label: "b′₂", value: 0, min: -2, max: 2, step: 0.05 },
  },
  build(bench) {
    const { settings } = bench;
    const points = labCloud();
    const plane = labCanvas(labFrame(bench.stage, "The encoder: drag the tip of w"),
      "The plane: shading shows the activation, a line where w·x + b = 0, an arrow w.", 320);
    const rebuilt = labCanvas(labFrame(bench.stage, "The decoder: each point goes to its x′"),
      "The plane: points joined to their reconstructions, which lie on one line.", 320);
    const read = ["mean squared distance |x − x′|²", "best any line can do"]
      .map((label) => labReading(bench.readings, label));
    read[1](labBestLine(points).toFixed(3));

    function draw() {
      const unit = labUnit(settings);
      plane.paint((...on) => labPlane(...on, points, unit));
      rebuilt.paint((...on) => labRebuilt(...on, points, unit));
      const errors = points.map((x) => {
        const y = unit.decode(unit.encode(x));
        return (x[0] - y[0]) ** 2 + (x[1] - y[1]) ** 2;
      });
      read[0]((errors.reduce((sum, e) => sum + e, 0) / points.length).toFixed(3));
    }

    bench.changed = (name) => {
      if (settings.tied && (name === "tied" || name === "w1")) bench.set("v1", settings.w1);
      if (settings.tied && (name === "tied" || name === "w2")) bench.set("v2", settings.w2);
      if (settings.tied && name === "v1" && settings.v1 !== settings.w1) bench.set("w1", settings.v1);
      if (settings.tied && name === "v2" && settings.v2 !== settings.w2) bench.set("w2", settings.v2);
      draw();
    };
    labPoint(plane.canvas, (across, down) => {
      const { clientWidth: width, clientHeight: height } = plane.canvas;
      const round = (value) => Math.min(2, Math.max(-2, Math.round(value * 20) / 20));
      bench.set("w1", round(((across - 0.5) * width) / labPlaneUnit(height)));
      bench.set("w2", round(((0.5 - down) * height) / labPlaneUnit(height)));
    });
    draw();
  },
});

/** The unit that the settings describe. */
function labUnit({ activation, w1, w2, b, v1, v2, c1, c2 }) {
  const [sigma] = labActivation(activation);
  return {
    weights: [w1, w2],
    bias: b,
    encode: ([x1, x2]) => sigma(w1 * x1 + w2 * x2 + b),
    decode: (h) => [v1 * h + c1, v2 * h + c2],
  };
}

/** Sixty points around a slanted line. */
function labCloud() {
  const random = labRandom(7);
  return Array.from({ length: 60 }, () => {
    const [along, beside] = [0.9 * random.normal(), 0.25 * random.normal()];
    return [0.8 * along - 0.6 * beside, 0.6 * along + 0.8 * beside];
  });
}

/** The mean squared distance to the best line: the smaller eigenvalue of the covariance. */
function labBestLine(points) {
  const mean = [0, 1].map((i) => points.reduce((sum, x) => sum + x[i], 0) / points.length);
  const entry = (i, j) =>
    points.reduce((sum, x) => sum + (x[i] - mean[i]) * (x[j] - mean[j]), 0) / points.length;
  const [a, b, c] = [entry(0, 0), entry(0, 1), entry(1, 1)];
  return (a + c) / 2 - Math.hypot((a - c) / 2, b);
}

/** Screen pixels of one unit of length. */
function labPlaneUnit(height) {
  return height / 5;
}

function labDots(context, width, height, colors, points) {
  const unit = labPlaneUnit(height);
  context.fillStyle = colors;
  for (const [a, b] of points) {
    context.beginPath();
    context.arc(width / 2 + a * unit, height / 2 - b * unit, 3, 0, 7);
    context.fill();
  }
}

function labPlane(context, width, height, colors, points, { weights: [w1, w2], bias, encode }) {
  const unit = labPlaneUnit(height);
  const cell = 8;
  for (let x = 0; x < width; x += cell) {
    for (let y = 0; y < height; y += cell) {
      const h = encode([(x + cell / 2 - width / 2) / unit, (height / 2 - y - cell / 2) / unit]);
      context.globalAlpha = Math.min(Math.abs(h) / 3, 0.6);
      context.fillStyle = h < 0 ? colors.first : colors.second;
      context.fillRect(x, y, cell, cell);
    }
  }
  context.globalAlpha = 1;
  labDots(context, width, height, colors.ink, points);
  const length = Math.hypot(w1, w2);
  if (length === 0) return;
  const [footX, footY] = [(-bias * w1) / length ** 2, (-bias * w2) / length ** 2];
  const segment = (a, b, c, d) => {
    context.beginPath();
    context.moveTo(width / 2 + a * unit, height / 2 - b * unit);
    context.lineTo(width / 2 + c * unit, height / 2 - d * unit);
    context.stroke();
  };
  const far = 9 / length;
  context.lineWidth = 2;
  context.setLineDash([6, 4]);
  segment(footX - far * w2, footY + far * w1, footX + far * w2, footY - far * w1);
  context.setLineDash([]);
  context.lineWidth = 3;
  segment(0, 0, w1, w2);
  labDots(context, width, height, colors.ink, [[w1, w2]]);
  labEllipse(context, width / 2 + w1 * unit, height / 2 - w2 * unit, 9, 9);
}

function labRebuilt(context, width, height, colors, points, { encode, decode }) {
  const unit = labPlaneUnit(height);
  const images = points.map((x) => decode(encode(x)));
  context.strokeStyle = colors.faint;
  points.forEach(([a, b], k) => {
    context.beginPath();
    context.moveTo(width / 2 + a * unit, height / 2 - b * unit);
    context.lineTo(width / 2 + images[k][0] * unit, height / 2 - images[k][1] * unit);
    context.stroke();
  });
  labDots(context, width, height, colors.ink, points);
  labDots(context, width, height, colors.second, images);
}
