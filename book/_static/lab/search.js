/* Chapter 8: search by a drawn digit, in codes of eight numbers and in pixels. */
"use strict";

/** The numbers of the k nearest rows of `stored`, the nearest first. */
function labNearest(query, stored, k) {
  const d = query.length;
  const squares = Float64Array.from({ length: stored.length / d }, (_, row) =>
    query.reduce((sum, value, i) => sum + (value - stored[row * d + i]) ** 2, 0));
  return [...squares.keys()].sort((a, b) => squares[a] - squares[b]).slice(0, k);
}

/** Precision at k: the share of the k nearest that have the query's label, over all queries. */
function labPrecision(queries, labels, stored, storedLabels, d, k = 8) {
  let right = 0;
  for (let q = 0; q < labels.length; q++) {
    const found = labNearest(queries.subarray(q * d, (q + 1) * d), stored, k);
    right += found.filter((row) => storedLabels[row] === labels[q]).length;
  }
  return right / (k * labels.length);
}

labDefine("search", {
  settings: { example: { label: "or a digit from the data", value: 3, min: 1, max: 200 } },
  build(bench) {
    const network = labDrawnNetwork(labDrawnWeights);
    const { train, validation, labels, training } = labDigits(labDigitData);
    const encode = (x) => network.run(x, x.length / 64, null, 0, network.layers.length / 2);
    const codes = encode(train);
    const paper = labPaper(bench, bench.stage, see);
    const right = labElement("div");
    bench.stage.append(right);
    const show = labPictures(labFrame(right, "The query, in 8×8 pixels"),
      "The query as the network sees it.", 1, 1, 8, "lab-single");
    const [byCode, byPixels] = ["code, 8 numbers", "pixels, 64 numbers"].map((what) =>
      labPictures(labFrame(right, `The nearest by ${what}`),
        `Eight of ${training} stored digits, the nearest to the query by ${what}.`, 8));
    const read = ["found by code", "found by pixels", "right in 200 queries, by code", "right, by pixels"]
      .map((label) => labReading(bench.readings, label));
    const known = [encode(validation), labels.slice(training)];
    const percent = (share) => `${(100 * share).toFixed(0)} %`;
    read[2](percent(labPrecision(...known, codes, labels, 8)));
    read[3](percent(labPrecision(validation, known[1], train, labels, 64)));

    function see(image) {
      const code = encode(image);
      const found = [labNearest(code, codes, 8), labNearest(image, train, 8)];
      show(image);
      [byCode, byPixels].forEach((pictures, k) =>
        pictures(found[k].flatMap((row) => [...train.subarray(row * 64, row * 64 + 64)])));
      found.forEach((rows, k) => read[k](rows.map((row) => labels[row]).join(" ")));
    }

    bench.changed = () => {
      paper.clear();
      see(validation.slice((bench.settings.example - 1) * 64, bench.settings.example * 64));
    };
    bench.changed();
  },
});
