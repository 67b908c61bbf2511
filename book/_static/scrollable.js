/* What scrolls by itself can be reached by the keyboard: equations that are wider than the page. */
"use strict";

function markScrollable() {
  for (const box of document.querySelectorAll('mjx-container[display="true"]')) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

addEventListener("load", () => window.MathJax?.startup?.promise.then(markScrollable));
addEventListener("resize", markScrollable);
