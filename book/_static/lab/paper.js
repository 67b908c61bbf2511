/* Paper to draw on: strokes by pointer or keys, turned into 8×8 numbers as the data have them. */
"use strict";

/**
 * Turn strokes, lists of points [x, y], into 8×8 numbers as the data have them: the drawing is
 * scaled to fill 32×32 dots and centered; a pixel counts the inked ones of its 4×4 dots.
 */
function labRaster(strokes, pen = 4.4) {
  const image = new Float32Array(64);
  const points = strokes.flat();
  if (points.length === 0) return image;
  const [low, high] = [Math.min, Math.max].map((end) =>
    [0, 1].map((axis) => points.reduce((value, point) => end(value, point[axis]), points[0][axis])));
  const size = Math.max(high[0] - low[0], high[1] - low[1]);
  const scale = size > 0 ? (32 - pen) / size : 0;
  const place = (point) => point.map((v, i) => 16 + scale * (v - (low[i] + high[i]) / 2));
  const lines = strokes.flatMap((stroke) =>
    stroke.map((point, k) => [place(stroke[Math.max(k - 1, 0)]), place(point)]));
  for (let x = 0; x < 32; x++) {
    for (let y = 0; y < 32; y++) {
      const inked = lines.some(([a, b]) => labDistance([x + 0.5, y + 0.5], a, b) <= pen / 2);
      if (inked) image[(y >> 2) * 8 + (x >> 2)] += 1 / 16;
    }
  }
  return image;
}

/** From a point to the segment between a and b. */
function labDistance([x, y], [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1);
  const t = Math.min(Math.max(along, 0), 1);
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}

/** Build the drawing area; `see(image)` is called with the drawing in 64 numbers. Return `clear`. */
function labPaper(bench, parent, see) {
  const paper = labCanvas(labFrame(parent, "Draw here"), "Drawing area.", 240);
  const canvas = paper.canvas;
  canvas.classList.add("lab-paper");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label",
    "Drawing area. Arrow keys move the pen, the space bar lowers and lifts it.");
  const pen = { at: [80, 60], down: false };
  let strokes = [];
  let waiting = false;

  function refresh() {
    waiting = false;
    paper.paint((context, width, height, colors) => {
      labInk(context, colors, strokes);
      if (document.activeElement === canvas) labEllipse(context, ...pen.at, 6, 6);
    });
    if (strokes.length > 0) see(labRaster(strokes));
  }

  function later() {
    if (!waiting) requestAnimationFrame(refresh);
    waiting = true;
  }

  labPoint(canvas, (across, down, event) => {
    const point = [across * canvas.clientWidth, down * canvas.clientHeight];
    if (event.type === "pointerdown") strokes.push([]);
    strokes.at(-1).push(point);
    pen.at = point;
    later();
  });
  canvas.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [-8, 0], ArrowRight: [8, 0], ArrowUp: [0, -8], ArrowDown: [0, 8] };
    if (event.key === " ") {
      pen.down = !pen.down;
      if (pen.down) strokes.push([pen.at]);
      bench.status.textContent = pen.down ? "Pen down." : "Pen up.";
    } else if (moves[event.key]) {
      pen.at = pen.at.map((v, i) => v + moves[event.key][i]);
      if (pen.down) strokes.at(-1).push(pen.at);
    } else return;
    event.preventDefault(); // the page does not scroll
    later();
  });

  function clear() {
    [strokes, pen.down] = [[], false];
    refresh();
  }

  bench.button("Clear", () => {
    clear();
    bench.status.textContent = "The paper is empty.";
  });
  refresh();
  return { clear };
}

function labInk(context, colors, strokes) {
  Object.assign(context, { strokeStyle: colors.ink, lineWidth: 16, lineCap: "round",
    lineJoin: "round" });
  for (const stroke of strokes) {
    context.beginPath();
    for (const point of [stroke[0], ...stroke]) context.lineTo(...point);
    context.stroke();
  }
  Object.assign(context, { strokeStyle: colors.second, lineWidth: 3 });
}
