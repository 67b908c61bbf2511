/* The laboratory: under a static picture a button, and on Run the live figure in its place. */
"use strict";

const labDefinitions = {};

/** Name a laboratory: its settings, as `labControls` takes them, and `build(bench)`. */
function labDefine(name, definition) {
  labDefinitions[name] = definition;
}

/** What a laboratory is built on: its places, its settings, and a line that is read aloud. */
function labBench(mount, { settings = {}, build }) {
  const place = (className) => {
    const element = labElement("div", { className });
    mount.append(element);
    return element;
  };
  const bench = { changed: () => {} };
  bench.buttons = place("lab-buttons");
  bench.controls = place("lab-controls");
  bench.stage = place("lab-stage");
  bench.readings = place("lab-readings");
  bench.status = labElement("p", { className: "lab-status", role: "status" });
  mount.append(bench.status);
  const id = mount.closest("figure").id;
  const controls = labControls(id, bench.controls, settings, (name) => bench.changed(name));
  Object.assign(bench, { settings: controls.values, set: controls.set });
  bench.button = (label, action) => {
    const button = labElement("button", { type: "button", textContent: label, onclick: action });
    bench.buttons.append(button);
    return button;
  };
  return build(bench);
}

/**
 * Buttons that train in a worker: Run or Pause, One step, Start again.
 *   model: the function that the worker calls, (settings, digits) → model; functions: those it uses.
 *   draw: called with each frame.
 */
function labTraining(bench, { functions = [], model, draw }) {
  let running = false;
  const worker = labWorker(functions, model, (frame) => {
    if (running !== frame.running || frame.stopped) {
      running = frame.running;
      const diverged = frame.steps > 0 && !Number.isFinite(frame.loss);
      const stopped = `${diverged ? "Diverged" : "Stopped"} after ${frame.steps} steps.`;
      bench.status.textContent = running ? "Training …" : stopped;
      toggle.textContent = running ? "Pause" : "Run";
    }
    draw(frame);
  });
  const toggle = bench.button("Run", () => worker.tell(running ? "stop" : "run"));
  bench.button("One step", () => worker.tell("step"));
  bench.button("Start again", restart);

  function restart() {
    worker.tell("make", { ...bench.settings });
  }

  restart();
  return { tell: worker.tell, restart, run: () => worker.tell("run") };
}

/**
 * A button that plays a figure whose frames are computed: it moves a slider to its end, at once for
 * who wants no motion.
 *   pace: called at the start, returns by how much the slider moves and after how many milliseconds.
 */
function labPlayer(bench, name, pace, last = 100) {
  let timer = null;

  function stop() {
    clearInterval(timer);
    timer = null;
    toggle.textContent = "Play";
  }

  function play() {
    stop();
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return bench.set(name, last);
    const [step, wait] = pace();
    toggle.textContent = "Pause";
    bench.set(name, 0);
    timer = setInterval(() => {
      if (bench.settings[name] >= last) return stop();
      bench.set(name, Math.min(last, bench.settings[name] + step));
    }, wait);
    return undefined;
  }

  const toggle = bench.button("Play", () => (timer ? stop() : play()));
  return { play, stop };
}

/** Put a button under every picture that stands for a laboratory. */
function labMount(mount) {
  const definition = labDefinitions[mount.dataset.lab];
  const figure = mount.closest("figure");
  const open = labElement("button", { type: "button", className: "lab-open" }, "▶ Run");
  open.setAttribute("aria-label", `Run the laboratory: ${mount.dataset.title}`);

  function start() {
    open.remove();
    mount.classList.add("lab-live");
    mount.setAttribute("role", "group");
    mount.setAttribute("aria-label", mount.dataset.title);
    const run = labBench(mount, definition);
    mount.querySelector("button, input, select, canvas").focus({ preventScroll: true });
    return run;
  }

  open.addEventListener("click", () => start()?.run?.());
  mount.append(open);
  if (labSettingsFromAddress(figure.id)) {
    start(); // at the settings shared, and not yet running
    figure.scrollIntoView();
  }
}

addEventListener("DOMContentLoaded", () => document.querySelectorAll(".lab").forEach(labMount));
