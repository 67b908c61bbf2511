/* A map of codes: points colored by digit, and a handle whose code the decoder draws. */
"use strict";

/** Ten colors that stay apart for most eyes; the digit is also written at its points' middle. */
function labDigitColor(digit) {
  return `hsl(${36 * digit} 65% ${digit % 2 ? 42 : 58}%)`;
}

/**
 * Build the pad. The settings `first` and `second`, sliders from −100 to 100, hold the handle's
 * place in hundredths of the map's half width; a drag changes them.
 * Return `paint(codes, labels, reach)`, with two numbers a code, and `code(reach)`.
 */
function labPad(bench, heading, circle = false) {
  const { canvas, paint } = labCanvas(labFrame(bench.stage, heading),
    "Map of the codes of validation digits, colored by digit; sliders move the handle.", 300);
  labPoint(canvas, (across, down) => {
    bench.set("first", Math.round(200 * across - 100));
    bench.set("second", Math.round(100 - 200 * down));
  });

  function draw(context, width, height, colors, { codes, labels, reach }) {
    const at = (a, b) => [(0.5 + a / reach / 2) * width, (0.5 - b / reach / 2) * height];
    context.fillStyle = colors.faint;
    context.fillRect(width / 2, 0, 1, height);
    context.fillRect(0, height / 2, width, 1);
    const middles = Array.from({ length: 10 }, () => [0, 0, 0]);
    for (let s = 0; s < codes.length / 2; s++) {
      const [a, b, digit] = [codes[2 * s], codes[2 * s + 1], labels[s]];
      const [x, y] = at(a, b);
      context.fillStyle = labDigitColor(digit);
      context.fillRect(x - 2.5, y - 2.5, 5, 5);
      [a, b, 1].forEach((value, k) => (middles[digit][k] += value));
    }
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.font = "bold 17px system-ui, sans-serif";
    middles.forEach(([a, b, n], digit) => {
      const [x, y] = at(a / n, b / n);
      context.lineWidth = 4;
      context.strokeStyle = colors.paper;
      context.strokeText(digit, x, y);
      context.fillStyle = colors.ink;
      context.fillText(digit, x, y);
    });
    context.lineWidth = 1;
    context.strokeStyle = colors.ink;
    if (circle) labEllipse(context, ...at(0, 0), width / reach, height / reach);
    context.lineWidth = 3;
    labEllipse(context, ...at(...place(reach)), 9, 9);
  }

  const place = (reach) => [bench.settings.first, bench.settings.second].map((k) => (k / 100) * reach);
  return {
    paint: (what) => paint((...on) => draw(...on, what)),
    code: place,
  };
}

/** The settings of the handle. */
function labPadSettings() {
  return {
    first: { label: "handle, code unit 1", value: 20, min: -100, max: 100, unit: " %" },
    second: { label: "handle, code unit 2", value: 20, min: -100, max: 100, unit: " %" },
  };
}

/** How far the map reaches: what holds all but the outermost 2 % of the numbers, rounded up. */
function labReach(codes) {
  const sizes = Array.from(codes, Math.abs).sort((a, b) => a - b);
  const step = 0.5;
  return Math.max(step, Math.ceil((1.15 * sizes[Math.floor(0.98 * sizes.length)]) / step) * step);
}
