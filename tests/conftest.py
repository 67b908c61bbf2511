"""The browser that tests of pages share, and what axe finds in it; a process can start it once."""

import shutil
from importlib.resources import files

import pytest
from browsers import BROWSERS, QUIET


@pytest.fixture(scope="session")
def browser():
    """A headless browser, or a skip where the machine has none."""
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        pytest.skip("no Chromium or Chrome on this machine: install one to test the pages")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=QUIET)
        yield browser
        browser.close()


LOOK = """async () => {
    const { violations } = await axe.run(document, { resultTypes: ["violations"] });
    const why = ({ any, all, none }) => [...any, ...all, ...none][0].message;
    const where = ({ target, html }) => `${target.join(" ")}: ${html.slice(0, 200)}`;
    return violations.flatMap(({ id, impact, nodes }) =>
        nodes.map((node) => `${id} (${impact}): ${why(node)}: ${where(node)}`));
}"""


@pytest.fixture(scope="session")
def violations():
    """A function from an open tab to what axe-core finds wrong there, of any impact."""
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")

    def look(tab) -> list[str]:
        if not tab.evaluate("'axe' in window"):
            tab.evaluate(axe)
        return tab.evaluate(LOOK)

    return look
