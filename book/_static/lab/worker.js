/* Training in the background. A page opened from disk may not start a worker from a file, nor may
   the worker load one; so the worker is made from the text of the functions it needs. */
"use strict";

/** What runs in the worker: it trains in slices of 8 ms, and listens between two of them. */
function labWorkerMain(make, interval) {
  const channel = new MessageChannel(); // comes back at once, where a timer would wait
  let model, running = false, drawn = true, shown = 0;

  function show(extra = {}) {
    [drawn, shown] = [false, performance.now()];
    postMessage({ ...model.frame(), steps: model.steps, running, ...extra });
  }

  function slice() {
    if (!running) return;
    const start = performance.now();
    if (model.pause) model.step();
    else while (performance.now() - start < 8) model.step();
    if (model.finished?.() || !Number.isFinite(model.loss)) running = false;
    if ((drawn && performance.now() - shown > interval) || !running) show();
    if (model.pause) setTimeout(slice, model.pause);
    else channel.port2.postMessage(0);
  }

  const answers = {
    make: (settings) => {
      running = false;
      model = make(settings);
      show();
    },
    run: () => {
      if (running) return;
      running = true;
      slice();
    },
    stop: () => {
      running = false;
      show({ stopped: true });
    },
    step: () => {
      running = false;
      model.step();
      show();
    },
    set: (settings) => {
      model.set(settings);
      if (!running) show();
    },
    drawn: () => (drawn = true),
  };
  channel.port1.onmessage = slice;
  onmessage = ({ data: [name, value] }) => answers[name](value);
}

/** The page's side: start a worker around a function `model(settings, digits)` and those that it
    calls; call `draw(frame)` with the latest frame, once a screen refresh at most. */
function labWorker(functions, model, draw) {
  // Who asked the system for less motion sees a picture a second.
  const interval = matchMedia("(prefers-reduced-motion: reduce)").matches ? 1000 : 33;
  const core = [labRandom, labActivation, labDense, labGaussian, labMeasure, labNetwork,
    labStack, labOptimizer, labDigits, labBatches, labTrainer, labWorkerMain];
  const make = `const digits = labDigits(${JSON.stringify(labDigitData)});
    labWorkerMain((settings) => ${model.name}(settings, digits), ${interval});`;
  const text = ['"use strict";', ...core, ...functions, model, make].join("\n");
  const worker = new Worker(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
  let latest = null;
  worker.onmessage = ({ data }) => {
    if (!latest) requestAnimationFrame(refresh);
    latest = data;
  };

  function refresh() {
    const frame = latest;
    latest = null;
    draw(frame);
    worker.postMessage(["drawn"]);
  }

  return { tell: (name, value) => worker.postMessage([name, value]) };
}
