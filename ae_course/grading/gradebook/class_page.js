"use strict";
const table = document.getElementById("learners");
const body = table.tBodies[0];
const headers = [...table.tHead.rows[0].cells];
const rows = [...body.rows];
const status = document.getElementById("status");
const text = document.getElementById("text");
const section = document.getElementById("section");
const below = document.getElementById("below");

function key(row, column) {
  const cell = row.cells[column];
  return headers[column].dataset.kind === "number"
    ? (cell.dataset.value === "" ? -Infinity : Number(cell.dataset.value))
    : cell.textContent.trim().toLowerCase();
}

function sort(column) {
  const header = headers[column];
  const first = header.dataset.kind === "number" ? "descending" : "ascending";
  const other = first === "ascending" ? "descending" : "ascending";
  const order = header.getAttribute("aria-sort") === first ? other : first;
  const sign = order === "ascending" ? 1 : -1;
  for (const one of headers) one.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", order);
  const keyed = rows.map((row, place) => [key(row, column), place, row]);
  keyed.sort(([a, i], [b, j]) => sign * (typeof a === "number"
    ? (a === b ? 0 : a - b) : a.localeCompare(b)) || i - j);
  body.append(...keyed.map(([, , row]) => row));
}

function filter() {
  const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
  const most = below.value === "" ? Infinity : Number(below.value);
  let shown = 0;
  for (const row of rows) {
    const who = row.dataset.who.toLowerCase();
    const visible = words.every((word) => who.includes(word))
      && (section === null || section.value === "" || row.dataset.section === section.value)
      && Number(row.dataset.total) < most;
    row.hidden = !visible;
    shown += visible;
  }
  status.textContent = `${shown} of ${rows.length} learners`;
}

headers.forEach((header, column) => {
  header.querySelector("button").addEventListener("click", () => sort(column));
});
for (const control of [text, section, below]) {
  if (control !== null) control.addEventListener("input", filter);
}
document.getElementById("filter").addEventListener("submit", (event) => event.preventDefault());
filter();
