// Slides of a chapter: spread over pages of one size, shown one at a time. Arrow keys, Page Up and Down,
// Space, Home and End turn pages, f fills the screen; the number in the address is the page.
(() => {
  "use strict";
  const WIDTH = 1280, HEIGHT = 720, BOTTOM = 48;
  const SMALLEST = 0.55; // of its own size, before an item may run over the edge
  const NO_PAGE_TURN = "summary, a, button";
  let pages = [], now = 0;

  // before the pages are scaled
  const isBelow = item => item.getBoundingClientRect().bottom
    > item.parentElement.getBoundingClientRect().top + HEIGHT - BOTTOM;
  const isWide = item => [item, ...item.querySelectorAll("pre, table, mjx-container")]
    .some(part => part.clientWidth > 0 && part.scrollWidth > part.clientWidth + 1);
  const isQuiz = page => page.querySelector("h2")?.textContent.endsWith("Check yourself");

  /** Put a page of the same heading behind another one. */
  function follow(page) {
    const next = page.cloneNode(false);
    next.append(page.querySelector("h1, h2").cloneNode(true));
    page.after(next);
    return next;
  }

  /** Shrink an item that is too large for a page of its own. */
  function fit(item) {
    for (let size = 0.95; size > SMALLEST && (isBelow(item) || isWide(item)); size -= 0.05)
      item.style.zoom = size;
  }

  /** Move items that do not fit to further pages; a line in bold stays with what follows it. */
  function spread(page) {
    const items = [...page.querySelectorAll(":scope > .item")];
    let lead = null;
    items.forEach(item => item.remove());
    for (const item of items) {
      page.append(item);
      const isFirst = page.querySelector(":scope > .item") === item;
      const asks = isQuiz(page) && item.querySelector("p > strong:first-child");
      if (!isFirst && (isBelow(item) || asks)) {
        page = follow(page);
        if (lead && lead !== lead.parentElement.querySelector(":scope > .item")) page.append(lead);
        page.append(item);
      }
      fit(item);
      lead = item.querySelector(":scope > .lead") ? item : null;
    }
  }

  function scale() {
    const size = Math.min(innerWidth / WIDTH, innerHeight / HEIGHT);
    document.documentElement.style.setProperty("--scale", size);
  }

  function show(number) {
    now = Math.max(0, Math.min(pages.length - 1, number));
    pages.forEach((page, i) => page.classList.toggle("now", i === now));
    document.getElementById("place").value = `${now + 1} / ${pages.length}`;
    if (location.hash !== `#${now + 1}`) history.replaceState(null, "", `#${now + 1}`);
  }

  const fromAddress = () => (parseInt(location.hash.slice(1), 10) || 1) - 1;

  function turn(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " && event.target.closest?.(NO_PAGE_TURN)) return;
    const to = {
      ArrowRight: now + 1, PageDown: now + 1, " ": now + 1, ArrowLeft: now - 1, PageUp: now - 1,
      Home: 0, End: pages.length - 1,
    }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      show(to);
    } else if (event.key === "f") document.documentElement.requestFullscreen?.();
  }

  async function start() {
    await window.MathJax?.startup?.promise;
    await Promise.all([...document.images].map(image => image.decode().catch(() => {})));
    document.documentElement.classList.add("spread");
    document.querySelectorAll("main > section").forEach(spread);
    pages = [...document.querySelectorAll("main > section")];
    scale();
    show(fromAddress());
    addEventListener("resize", scale);
    addEventListener("hashchange", () => show(fromAddress()));
    addEventListener("keydown", turn);
    document.getElementById("back").onclick = () => show(now - 1);
    document.getElementById("on").onclick = () => show(now + 1);
    document.documentElement.dataset.ready = "yes";
  }

  addEventListener("load", start);
})();
