/* Drawing: sharp on every screen, and in the colors of the page, light or dark. */
"use strict";

const labCanvases = new Set();

let labPalette = null;

/** The colors that lab.css gives the page's theme, asked for once: the answer costs a layout. */
function labColors() {
  return (labPalette ??= labReadColors());
}

function labReadColors() {
  const style = getComputedStyle(document.querySelector(".lab-live"));
  const color = (name) => style.getPropertyValue(`--lab-${name}`).trim();
  const names = ["ink", "faint", "paper", "first", "second", "third"];
  return Object.fromEntries(names.map((name) => [name, color(name)]));
}

/** Paint everything again when the page turns dark or light. */
new MutationObserver(() => {
  labPalette = null;
  labCanvases.forEach((repaint) => repaint());
}).observe(document.documentElement, {
  attributes: true,
  attributeFilter: ["data-theme", "data-mode"],
});

/**
 * A canvas that is `height` pixels high and as wide as its place.
 * `paint(draw)` calls `draw(context, width, height, colors)` now and whenever needed.
 */
function labCanvas(parent, label, height) {
  const canvas = labElement("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  canvas.style.height = `${height}px`;
  parent.append(canvas);
  let draw = () => {};

  function repaint() {
    const width = canvas.clientWidth;
    const scale = devicePixelRatio;
    if (canvas.width !== Math.round(width * scale)) {
      [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
    }
    const context = canvas.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = "13px system-ui, sans-serif";
    const colors = labColors();
    context.fillStyle = context.strokeStyle = colors.ink;
    context.lineWidth = 1;
    draw(context, width, height, colors);
  }

  labCanvases.add(repaint);
  new ResizeObserver(repaint).observe(canvas);
  return {
    canvas,
    paint: (how) => {
      draw = how;
      repaint();
    },
  };
}

/** Rows of 8×8 pictures with a gap of one pixel, one canvas pixel a pixel, scaled up by CSS.
    Values from 0, paper, to 1, ink. */
function labPictures(parent, label, columns, rows = 1, side = 8, more = "") {
  const canvas = labElement("canvas", { className: `lab-pictures ${more}` });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  canvas.width = columns * (side + 1) - 1;
  canvas.height = rows * (side + 1) - 1;
  parent.append(canvas);
  let shown = [];

  function repaint() {
    const context = canvas.getContext("2d");
    const image = context.createImageData(canvas.width, canvas.height);
    const colors = labColors();
    const [paper, ink] = [labRgb(colors.paper), labRgb(colors.ink)];
    shown.forEach((pixels, row) => {
      for (let k = 0; k < pixels.length; k++) {
        const [picture, pixel] = [Math.floor(k / side ** 2), k % side ** 2];
        const left = picture * (side + 1) + (pixel % side);
        const top = row * (side + 1) + Math.floor(pixel / side);
        const value = Math.min(Math.max(pixels[k], 0), 1);
        const at = 4 * (top * canvas.width + left);
        for (let c = 0; c < 3; c++) image.data[at + c] = paper[c] + value * (ink[c] - paper[c]);
        image.data[at + 3] = 255;
      }
    });
    context.putImageData(image, 0, 0);
  }

  labCanvases.add(repaint);
  return (...pictures) => {
    shown = pictures;
    repaint();
  };
}

/** The three parts of a color written #rrggbb. */
function labRgb(color) {
  return [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
}

/** A picture's or chart's heading above it, and the place for it. */
function labFrame(parent, heading) {
  const frame = labElement("div", { className: "lab-frame" });
  frame.append(labElement("p", { className: "lab-heading", textContent: heading }));
  parent.append(frame);
  return frame;
}

/**
 * Lines in a chart. `lines`: { label, color, points: [[x, y], …] }, or `level` for a dashed line.
 * x and y run from 0, or from `low`, to the largest.
 */
function labChart(context, width, height, colors, { lines, xlabel, low = 0, top }) {
  const [left, bottom] = [48, 22];
  const drawn = lines.flatMap(({ points }) => points ?? []);
  const right = Math.max(1, ...drawn.map(([x]) => x));
  const high = top ?? 1.05 * Math.max(...drawn.map(([, y]) => y), ...lines.map((l) => l.level ?? 0));
  const across = (x) => left + (x / right) * (width - left - 8);
  const up = (y) => height - bottom - ((y - low) / (high - low)) * (height - bottom - 8);
  context.textBaseline = "middle";
  context.textAlign = "right";
  const tick = labTick125((high - low) / 4);
  for (let y = Math.ceil(low / tick) * tick; y <= high; y += tick) {
    context.fillText(Number(y.toPrecision(3)), left - 6, up(y));
    context.strokeStyle = colors.faint;
    context.strokeRect(left, up(y), width - left - 8, 0);
  }
  context.fillText(right, width - 8, height - 9);
  context.textAlign = "left";
  context.fillText(xlabel, left, height - 9);
  context.save();
  context.beginPath();
  context.rect(left, 0, width - left, height - bottom + 1);
  context.clip();
  for (const { points, level, color, dots } of lines) {
    context.strokeStyle = context.fillStyle = colors[color];
    context.lineWidth = 2;
    context.setLineDash(level === undefined ? [] : [6, 4]);
    context.beginPath();
    const path = points ?? [[0, level], [right, level]];
    path.forEach(([x, y]) => context.lineTo(across(x), up(y)));
    context.stroke();
    if (dots) for (const [x, y] of path) context.fillRect(across(x) - 4, up(y) - 4, 8, 8);
  }
  context.restore();
  labKey(context, width, colors, lines);
}

/** The names of a chart's lines, at its upper right. */
function labKey(context, width, colors, lines) {
  context.setLineDash([]);
  context.textAlign = "right";
  lines.forEach(({ label, color }, row) => {
    context.fillStyle = colors[color];
    context.fillText(label, width - 10, 14 + 18 * row);
  });
}

/** 1, 2 or 5 times a power of ten, near to x. */
function labTick125(x) {
  const power = 10 ** Math.floor(Math.log10(x));
  return power * [1, 2, 5, 10].find((m) => m * power >= x * 0.99);
}

/** Call `point(across, down, event)`, each from 0 to 1, while the pointer is pressed on a canvas;
    with `hover`, also while it moves over it. */
function labPoint(canvas, point, hover = false) {
  canvas.classList.add("lab-touch");
  let pressed = false;
  const tell = (event) => {
    const box = canvas.getBoundingClientRect();
    const inside = (part) => Math.min(Math.max(part, 0), 1);
    point(inside((event.clientX - box.left) / box.width),
      inside((event.clientY - box.top) / box.height), event);
  };
  canvas.addEventListener("pointerdown", (event) => {
    pressed = true;
    canvas.setPointerCapture(event.pointerId);
    tell(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (pressed || hover) for (const e of event.getCoalescedEvents?.() ?? [event]) tell(e);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => (pressed = false));
  }
}

function labEllipse(context, x, y, across, down) {
  context.beginPath();
  context.ellipse(x, y, across, down, 0, 0, 2 * Math.PI);
  context.stroke();
}
