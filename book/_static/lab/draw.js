/* Chapter 1: draw a digit; see what a trained network sees, its code and its reconstruction. */
"use strict";

labDefine("draw", {
  settings: { example: { label: "or a digit from the data", value: 3, min: 1, max: 200 } },
  build(bench) {
    const network = labDrawnNetwork(labDrawnWeights);
    const { validation } = labDigits(labDigitData);
    const middle = network.layers.length / 2;
    const paper = labPaper(bench, bench.stage, see);
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

    function see(image) {
      const code = network.run(image, 1, null, 0, middle);
      const rebuilt = network.run(code, 1, null, middle);
      show([...image, ...rebuilt]);
      bars.paint((...on) => labCodeBars(...on, code));
      read[0](network.error(image, rebuilt, 1).toFixed(2));
    }

    bench.changed = () => {
      paper.clear();
      see(validation.subarray((bench.settings.example - 1) * 64, bench.settings.example * 64));
    };
    bench.changed();
  },
});

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
