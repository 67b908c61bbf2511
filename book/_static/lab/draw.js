/* Chapter 1: draw a digit; see what a trained network sees, its code and its reconstruction. */
"use strict";

/** The network that Keras trained, its weights 128ths in 8 bits (tests/lab/write_data.py). */
function labDrawnNetwork({ specs, weights }) {
  const network = labNetwork(specs, "squared_error", labRandom(0));
  const bytes = Int8Array.from(atob(weights), (letter) => letter.charCodeAt(0));
  const numbers = Float32Array.from(bytes, (k) => k / 128);
  let at = 0;
  for (const { value } of network.parameters) {
    value.set(numbers.subarray(at, at + value.length));
    at += value.length;
  }
  return network;
}

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

labDefine("draw", {
  settings: { example: { label: "or a digit from the data", value: 3, min: 1, max: 200 } },
  build(bench) {
    const network = labDrawnNetwork(labDrawnWeights);
    const { validation } = labDigits(labDigitData);
    const middle = network.layers.length / 2;
    const paper = labCanvas(labFrame(bench.stage, "Draw here"), "Drawing area.", 240);
    const canvas = paper.canvas;
    canvas.classList.add("lab-paper");
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-label",
      "Drawing area. Arrow keys move the pen, the space bar lowers and lifts it.");
    const right = labElement("div");
    bench.stage.append(right);
    const show = labPictures(labFrame(right, "What the network sees, and its reconstruction"),
      "Two pictures: the drawing in 8×8 pixels, and its reconstruction.", 2);
    const bars = labCanvas(labFrame(right, "The code: eight numbers"),
      "Eight bars, up or down, the code of the drawing.", 150);
    const read = ["squared error of this one", "of an average digit"]
      .map((label) => labReading(bench.readings, label));
    const n = validation.length / 64;
    read[1](network.error(validation, network.run(validation, n), n).toFixed(2));
    let strokes = [];
    let waiting = false;

    function see(image) {
      const code = network.run(image, 1, null, 0, middle);
      const rebuilt = network.run(code, 1, null, middle);
      show([...image, ...rebuilt]);
      bars.paint((...on) => labCodeBars(...on, code));
      read[0](network.error(image, rebuilt, 1).toFixed(2));
    }

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

    const pen = { at: [80, 60], down: false };

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

    function example() {
      strokes = [];
      refresh();
      see(validation.subarray((bench.settings.example - 1) * 64, bench.settings.example * 64));
    }

    bench.button("Clear", () => {
      [strokes, pen.down] = [[], false];
      refresh();
      bench.status.textContent = "The paper is empty.";
    });
    bench.changed = example;
    example();
  },
});

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

function labCodeBars(context, width, height, colors, code) {
  const [slot, zero] = [width / code.length, (height - 20) / 2];
  const largest = Math.max(4, ...Array.from(code, Math.abs));
  context.textAlign = "center";
  code.forEach((h, j) => {
    const high = (h / largest) * (zero - 4);
    context.fillStyle = h < 0 ? colors.first : colors.second;
    context.fillRect((j + 0.2) * slot, zero - Math.max(high, 0), 0.6 * slot, Math.abs(high));
    context.fillStyle = colors.ink;
    context.fillText(h.toFixed(1), (j + 0.5) * slot, height - 5);
  });
  context.fillStyle = colors.faint;
  context.fillRect(0, zero, width, 1);
}
