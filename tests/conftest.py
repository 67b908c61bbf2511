"""What all tests share: threads, and the browser that a process can start once, with axe in it."""

import os
from importlib.resources import files

import pytest
from browsers import find, launch

workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1))
if workers > 1:  # before NumPy and TensorFlow start: more threads than cores wait for each other
    threads = str(max(1, os.cpu_count() // workers))
    for name in ("OMP_NUM", "OPENBLAS_NUM", "TF_NUM_INTRAOP", "TF_NUM_INTEROP"):
        os.environ.setdefault(f"{name}_THREADS", threads)


@pytest.fixture(scope="session")
def browser():
    """A headless browser, or a skip where the machine has none."""
    executable = find()
    if executable is None:
        pytest.skip("no Chromium or Chrome on this machine: install one to test the pages")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = launch(playwright, executable)
        yield browser
        browser.close()


LOOK = """async (colorsOnly) => {
    const groundOf = (element) => {
        for (let e = element; e; e = e.parentElement) {
            const { backgroundColor, backgroundImage } = getComputedStyle(e);
            if (backgroundColor !== "rgba(0, 0, 0, 0)" || backgroundImage !== "none")
                return backgroundColor + backgroundImage;
        }
    };
    document.querySelectorAll("[data-look]").forEach((e) => e.removeAttribute("data-look"));
    const seen = new Set();
    for (const element of document.body.querySelectorAll("*")) {
        const text = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
        if (!(text || "placeholder" in element) || !element.checkVisibility()) continue;
        const { color, fontSize, fontWeight, opacity } = getComputedStyle(element);
        const token = element.closest("pre") ? element.className : "";
        const look = [color, fontSize, fontWeight, opacity, groundOf(element), token].join();
        if (!seen.has(look)) element.dataset.look = seen.add(look).size;
    }
    for (const code of document.querySelectorAll("pre:not(:has([data-look]))"))
        code.textContent = code.textContent;
    for (const glyphs of document.querySelectorAll("mjx-math:has(*)")) {
        const { width, height } = glyphs.getBoundingClientRect();
        glyphs.style.cssText += `; width: ${width}px; height: ${height}px`;
        glyphs.replaceChildren();
    }
    axe.configure({ rules: [{ id: "color-contrast", selector: "[data-look]" }] });
    const options = { resultTypes: ["violations"] };
    if (colorsOnly) options.runOnly = ["color-contrast"];
    return (await axe.run(document, options)).violations;
}"""
"""All rules in one run, and what passed is neither looked up nor brought back: on a long page that
takes a third of the time. So does leaving out what repeats itself: words of code after the first of
each color, and the drawn glyphs of formulas, which are hidden from those who are read to."""


@pytest.fixture(scope="session")
def violations():
    """What axe-core finds wrong in a tab, of any impact: `violations(tab, colors_only=False)`.

    The contrast is measured for one element of each look: text and ground of the same colors.
    """
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")

    def look(tab, colors_only: bool = False) -> list[str]:
        if not tab.evaluate("'axe' in window"):
            tab.evaluate(axe)
        return [
            f"{rule['id']} ({rule['impact']}): {node['failureSummary']}: {node['html'][:200]}"
            for rule in tab.evaluate(LOOK, colors_only)
            for node in rule["nodes"]
        ]

    return look
