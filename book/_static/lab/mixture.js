/* Points in the plane from a known density, a ring of clusters or a spiral. */
"use strict";

/** The means, two numbers each, and the width of the Gaussians of a ring or a spiral. */
function labMixture(kind) {
  const count = kind === "ring" ? 8 : 100;
  const place = (k) => {
    const along = kind === "ring" ? 1 : 0.25 + (0.75 * k) / 99;
    const angle = kind === "ring" ? (2 * Math.PI * k) / count : 4 * Math.PI * along;
    const radius = kind === "ring" ? 1 : 1.2 * along;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  };
  const means = Float64Array.from(Array.from({ length: count }, (_, k) => place(k)).flat());
  return { means, scale: kind === "ring" ? 0.1 : 0.05 };
}

/** Independent samples of the density. */
function labMixtureSamples({ means, scale }, count, random) {
  const points = new Float64Array(2 * count);
  for (let k = 0; k < count; k++) {
    const j = 2 * Math.floor(random.uniform() * (means.length / 2));
    for (let i = 0; i < 2; i++) points[2 * k + i] = means[j + i] + scale * random.normal();
  }
  return points;
}

/** Points in a frame that reaches from −wide to wide, and lines from some to other places. */
function labCloudOf(context, width, height, colors, wide, points, goals = null, color = "first") {
  const unit = height / (2 * wide);
  const at = (list, k) => [width / 2 + list[k] * unit, height / 2 - list[k + 1] * unit];
  const [dots, lines] = [new Path2D(), new Path2D()];
  for (let k = 0; k < points.length; k += 2) {
    const [x, y] = at(points, k);
    dots.rect(x - 1.5, y - 1.5, 3, 3);
    if (goals && k < 80) {
      lines.moveTo(x, y);
      lines.lineTo(...at(goals, k));
    }
  }
  context.strokeStyle = colors.second;
  context.stroke(lines);
  context.fillStyle = colors[color];
  context.fill(dots);
}
