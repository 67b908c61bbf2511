/* Chapter 8: the error as an alarm; a threshold, and what it finds, misses and calls in vain. */
"use strict";

/** 64 → 32 → 8 → 32 → 64. */
function labAlarmSpecs() {
  return [
    { inputs: 64, units: 32, activation: "relu" },
    { inputs: 32, units: 8 },
    { inputs: 8, units: 32, activation: "relu" },
    { inputs: 32, units: 64 },
  ];
}

/** The samples whose label is not the digit that shall be unknown. */
function labWithout(digit, { train, labels }) {
  const rows = [...Array(train.length / 64).keys()].filter((row) => Number(labels[row]) !== digit);
  const kept = new Float32Array(rows.length * 64);
  rows.forEach((from, to) => kept.set(train.subarray(from * 64, from * 64 + 64), to * 64));
  return kept;
}

/** The model in the worker: it never sees the unknown digit. */
function labAlarmModel({ digit, seed }, digits) {
  const next = labBatches(labWithout(digit, digits), seed + 1);
  const run = labTrainer({ specs: labAlarmSpecs(), optimizer: "adam", rate: 0.003, seed, next });
  const { validation } = digits;
  const n = validation.length / 64;

  run.frame = () => {
    const y = run.network.run(validation, n);
    const scores = new Float64Array(n);
    validation.forEach((x, k) => (scores[Math.floor(k / 64)] += (x - y[k]) ** 2));
    return { loss: run.loss, scores };
  };
  run.finished = () => run.steps >= 3000;
  return run;
}

/** What a threshold does: rows found, missed and called in vain; precision, recall, false alarms. */
function labJudge(scores, unknown, threshold) {
  const rows = [...scores.keys()];
  const found = rows.filter((row) => unknown[row] && scores[row] > threshold);
  const missed = rows.filter((row) => unknown[row] && scores[row] <= threshold);
  const vain = rows.filter((row) => !unknown[row] && scores[row] > threshold);
  const alarms = found.length + vain.length;
  return {
    found, missed, vain,
    precision: alarms ? found.length / alarms : NaN,
    recall: found.length / (found.length + missed.length),
    falseAlarms: vain.length / (rows.length - found.length - missed.length),
  };
}

/** Recall and precision for every threshold, from the highest score downward. */
function labTrade(scores, unknown) {
  const total = unknown.filter(Boolean).length;
  let [alarms, found] = [0, 0];
  return [...scores.keys()].sort((a, b) => scores[b] - scores[a]).map((row) => {
    alarms += 1;
    found += unknown[row];
    return [found / total, found / alarms];
  });
}

labDefine("alarm", {
  settings: {
    digit: { label: "digit left out", value: 0, min: 0, max: 9 },
    threshold: { label: "threshold τ", value: 2, min: 0, max: 8, step: 0.1 },
    seed: { label: "seed", value: 1, min: 1, max: 20 },
  },
  build(bench) {
    const { validation, labels, training: known } = labDigits(labDigitData);
    const bars = labCanvas(labFrame(bench.stage, "Scores: drag the threshold"),
      "Histogram of the scores of known digits, upward, and of the unknown, downward.", 220);
    const trade = labCanvas(labFrame(bench.stage, "Precision against recall"),
      "Chart: precision against recall; a square marks the threshold.", 220);
    const [found, missed, vain] = ["found", "missed", "called in vain"].map((what) =>
      labPictures(labFrame(bench.stage, `Digits ${what}`), `Up to eight digits ${what}.`, 8));
    const read = ["steps", "precision", "recall", "false alarms"]
      .map((label) => labReading(bench.readings, label));
    let last = null;

    function draw(frame) {
      last = frame;
      const { digit, threshold } = bench.settings;
      const unknown = Array.from(labels.slice(known), (label) => Number(label) === digit);
      const judged = labJudge(frame.scores, unknown, threshold);
      bars.paint((...on) => labHistogram(...on, frame.scores, unknown, threshold));
      const curve = labTrade(frame.scores, unknown);
      trade.paint((...on) => labChart(...on, {
        xlabel: "recall",
        top: 1.1,
        lines: [
          { label: "all thresholds", color: "first", points: curve },
          { label: "this one", color: "second", dots: true,
            points: Number.isNaN(judged.precision) ? [] : [[judged.recall, judged.precision]] },
        ],
      }));
      found(labFirstEight(validation, judged.found));
      missed(labFirstEight(validation, judged.missed));
      vain(labFirstEight(validation, judged.vain));
      const percent = (x) => (Number.isNaN(x) ? "–" : `${(100 * x).toFixed(0)} %`);
      [frame.steps, ...[judged.precision, judged.recall, judged.falseAlarms].map(percent)]
        .forEach((text, k) => read[k](text));
    }

    const training = labTraining(bench, {
      functions: [labAlarmSpecs, labWithout], model: labAlarmModel, draw,
    });
    bench.changed = (name) => {
      if (name === "threshold") return last && draw(last);
      training.restart();
      training.run();
    };
    labPoint(bars.canvas, (across) => {
      bench.set("threshold", Math.round(across * 80) / 10);
    });
    return training;
  },
});

/** Eight pictures, the last of them empty where there are fewer. */
function labFirstEight(x, rows) {
  const shown = new Float32Array(8 * 64);
  rows.slice(0, 8).forEach((row, k) => shown.set(x.subarray(row * 64, row * 64 + 64), k * 64));
  return shown;
}

/** Known digits above the middle line, unknown ones below, in bins of ¼ from 0 to 8. */
function labHistogram(context, width, height, colors, scores, unknown, threshold) {
  const bins = 32;
  const counts = [new Float64Array(bins), new Float64Array(bins)];
  scores.forEach((score, row) => {
    const bin = Math.max(0, Math.min(bins - 1, Math.floor(4 * score)));
    if (Number.isFinite(score)) counts[unknown[row] ? 1 : 0][bin] += 1;
  });
  const totals = counts.map((list) => list.reduce((sum, count) => sum + count, 0));
  const [middle, slot] = [(height - 20) / 2, width / bins];
  counts.forEach((list, below) => list.forEach((count, bin) => {
    const tall = Math.min(1, (3 * count) / totals[below]) * (middle - 4);
    context.fillStyle = below ? colors.second : colors.first;
    context.fillRect(bin * slot + 1, below ? middle : middle - tall, slot - 2, tall);
  }));
  context.fillStyle = colors.ink;
  context.fillRect((threshold / 8) * width - 1, 0, 3, height - 20);
  context.fillText("known digits", width - 100, 14);
  context.fillText("the digit left out", width - 120, height - 28);
  for (let score = 0; score < 8; score += 2) context.fillText(score, (score / 8) * width + 2, height - 5);
}
