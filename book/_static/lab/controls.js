/* Controls: native inputs with names, whose values the page's address keeps. */
"use strict";

/** Create an element with properties and children. */
function labElement(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** The settings that the address holds for this laboratory: `#lab-name?rate=0.01&…`, or null. */
function labSettingsFromAddress(id) {
  const [name, query] = decodeURIComponent(location.hash.slice(1)).split("?");
  return name === id && query !== undefined ? new URLSearchParams(query) : null;
}

/**
 * Build inputs from their descriptions and keep their values in `values` and in the address.
 *   settings: { name: { label, value, and min, max, step | choices | neither: a tick box } };
 *     with `values` a slider runs through that list.
 *   change: called with the name of a setting that the reader changed.
 */
function labControls(id, parent, settings, change) {
  const [values, write] = [{}, {}];
  const given = labSettingsFromAddress(id);

  function remember() {
    history.replaceState(null, "", `#${id}?${new URLSearchParams(values)}`);
  }

  for (const [name, setting] of Object.entries(settings)) {
    const control = labInput(setting, (value) => {
      values[name] = value;
      remember();
      change(name);
    });
    parent.append(control.element);
    write[name] = (value) => (values[name] = control.write(value));
    write[name]((given?.has(name) ? control.read(given.get(name)) : undefined) ?? setting.value);
  }

  /** Change a setting from outside its input, as by a drag in a figure. */
  function set(name, value) {
    write[name](value);
    remember();
    change(name);
  }

  return { values, set };
}

let labCount = 0;

/** A label and what it names, in one element. */
function labNamed(className, label, ...parts) {
  labCount += 1;
  parts[0].id = `lab-control-${labCount}`;
  const name = labElement("label", { htmlFor: parts[0].id, textContent: label });
  return labElement("span", { className }, name, ...parts);
}

/** One named input: its element, `write(value)`, which returns the value it took, and
    `read(text)`, the value that a text in an address stands for, undefined where it is none. */
function labInput(setting, changed) {
  if (setting.choices) return labChoice(setting, changed);
  if ("max" in setting || setting.values) return labSlider(setting, changed);
  return labTick(setting, changed);
}

function labSlider({ label, min = 0, max, step = 1, values, unit = "" }, changed) {
  const range = { type: "range", min, max: values ? values.length - 1 : max, step };
  const input = labElement("input", range);
  const output = labElement("output");
  const show = () => {
    const value = values ? values[input.value] : Number(input.value);
    output.value = `${value}${unit}`;
    input.setAttribute("aria-valuetext", output.value);
    return value;
  };
  input.addEventListener("input", () => changed(show()));
  const write = (value) => {
    input.value = values ? values.indexOf(value) : value;
    return show();
  };
  const read = (text) => {
    const value = Number(text);
    return (values ? values.includes(value) : value >= min && value <= max) ? value : undefined;
  };
  return { element: labNamed("lab-control", label, input, output), write, read };
}

function labChoice({ label, choices }, changed) {
  const options = Object.entries(choices).map(([value, text]) =>
    labElement("option", { value, textContent: text }),
  );
  const input = labElement("select", {}, ...options);
  input.addEventListener("change", () => changed(input.value));
  const write = (value) => (input.value = value);
  const read = (text) => (text in choices ? text : undefined);
  return { element: labNamed("lab-control", label, input), write, read };
}

function labTick({ label }, changed) {
  const input = labElement("input", { type: "checkbox" });
  input.addEventListener("change", () => changed(input.checked));
  const write = (value) => (input.checked = value);
  const read = (text) => text === "true";
  return { element: labNamed("lab-control", label, input), write, read };
}

const labLatest = new Map(); // output → what it shall show
let labShown = 0;

/** Show numbers together and no more than six times a second: faster they cannot be read, and each
    time the page is laid out anew. */
function labShowLater(output, value) {
  if (labLatest.size === 0) setTimeout(labShowLatest, Math.max(0, labShown + 160 - performance.now()));
  labLatest.set(output, value);
}

function labShowLatest() {
  labLatest.forEach((value, output) => (output.value = value));
  labLatest.clear();
  labShown = performance.now();
}

/** A named number that changes: the function returned shows it. */
function labReading(parent, label) {
  const output = labElement("output");
  parent.append(labNamed("lab-reading", label, output));
  return (value) => labShowLater(output, value);
}
