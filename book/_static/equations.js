/* An equation that is wider than the page goes on in the next line: between formulas that stand side by
   side, then before =, ≤ and ≥, and if it is far too wide, before + and −. If that is not enough, it is
   set smaller, as far as it can be read, and at last scrolls, reached by the keyboard. */
"use strict";

const SMALLEST = 0.55;
const ROW = "mjx-math > mjx-mtable > mjx-table > mjx-itable > mjx-mtr > mjx-mtd"; // of Sphinx' split
const WIDE_SPACE = 'mjx-mstyle:has(> mjx-mspace:is([style*="width: 1em"], [style*="width: 2em"]))';
const RELATIONS = "mjx-mo[space]:has(.mjx-c3D, .mjx-c2264, .mjx-c2265)";
const SUMS = "mjx-mo[space]:has(.mjx-c2B, .mjx-c2212)";

const tooWide = (box) => box.scrollWidth > box.clientWidth;

function breakLines(box, places) {
  for (const place of box.querySelectorAll(`:is(:scope > mjx-math, :scope > ${ROW}) > ${places}`)) {
    const line = document.createElement("span");
    line.className = "line-break";
    place.before(line);
  }
}

function fit(box) {
  box.dataset.size ??= parseFloat(box.style.fontSize) || 100;
  box.style.fontSize = `${box.dataset.size}%`;
  box.querySelectorAll(".line-break").forEach((line) => line.remove());
  for (const places of [WIDE_SPACE, RELATIONS]) if (tooWide(box)) breakLines(box, places);
  if (box.clientWidth / box.scrollWidth < 0.75) breakLines(box, SUMS);
  for (let share = 1; tooWide(box) && share > SMALLEST; ) {
    share = Math.max(0.99 * share * (box.clientWidth / box.scrollWidth), SMALLEST);
    box.style.fontSize = `${box.dataset.size * share}%`;
  }
  if (tooWide(box)) box.tabIndex = 0;
  else box.removeAttribute("tabindex");
}

function fitEquations() {
  document.querySelectorAll('mjx-container[display="true"]').forEach(fit);
}

addEventListener("load", async () => {
  await window.MathJax?.startup?.promise;
  const article = document.querySelector(".bd-article");
  if (!article) return;
  let width;
  new ResizeObserver(() => {
    if (article.clientWidth === width) return; // it has only become longer
    width = article.clientWidth;
    fitEquations();
  }).observe(article);
});
