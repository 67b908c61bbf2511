/* A map of codes: points colored by digit, and a handle whose code the decoder draws. */
"use strict";

/** Ten colors that stay apart for most eyes; the digit is also written at its points' middle. */
function labDigitColor(digit) {
  return `hsl(${36 * digit} 65% ${digit % 2 ? 42 : 58}%)`;
}

/**
 * Build the pad. The settings `first` and `second`, sliders from −100 to 100, hold the handle's
 * place in hundredths of the map's half width; a drag changes them.
 * Return `paint({ codes, labels, reach, center })`: two numbers a code, their digits, and what the
 * map shows, `reach` to each side of its center.
 */
function labPad(bench, heading, circle = false) {
  const { canvas, paint } = labCanvas(labFrame(bench.stage, heading),
    "Map of the codes of validation digits, colored by digit; sliders move the handle.", 300);
  labPoint(canvas, (across, down) => {
    const { clientWidth: width, clientHeight: height } = canvas;
    const inside = (part) => Math.max(-100, Math.min(100, Math.round(part)));
    const scale = 200 / Math.min(width, height);
    bench.set("first", inside((across - 0.5) * width * scale));
    bench.set("second", inside((0.5 - down) * height * scale));
  });

  function draw(context, width, height, colors, { codes, labels, reach, center }) {
    const side = Math.min(width, height); // both axes have one scale
    const at = (a, b) => [
      width / 2 + ((a - center[0]) / reach / 2) * side,
      height / 2 - ((b - center[1]) / reach / 2) * side,
    ];
    context.fillStyle = colors.faint;
    context.fillRect(at(0, 0)[0], 0, 1, height);
    context.fillRect(0, at(0, 0)[1], width, 1);
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
    const radius = (2 * side) / reach / 2; // two standard deviations of the prior
    if (circle) labEllipse(context, ...at(0, 0), radius, radius);
    context.lineWidth = 3;
    labEllipse(context, ...at(...labPadCode(bench.settings, reach, center)), 9, 9);
  }

  return { paint: (what) => paint((...on) => draw(...on, what)) };
}

/** The code under the ring. */
function labPadCode({ first, second }, reach, center) {
  return [first, second].map((part, i) => center[i] + (part / 100) * reach);
}

/** The settings of the handle. */
function labPadSettings() {
  return {
    first: { label: "handle, code unit 1", value: 20, min: -100, max: 100, unit: " %" },
    second: { label: "handle, code unit 2", value: 20, min: -100, max: 100, unit: " %" },
  };
}

/** What a map of codes shows: the middle of them, and all but the outermost few. */
function labReach(codes) {
  const [center, sizes] = [[0, 0], []];
  codes.forEach((value, k) => (center[k % 2] += value / (codes.length / 2)));
  codes.forEach((value, k) => sizes.push(Math.abs(value - center[k % 2])));
  sizes.sort((a, b) => a - b);
  return { center, reach: Math.max(0.5, 1.15 * sizes[Math.floor(0.98 * sizes.length)]) };
}
