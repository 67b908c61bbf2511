"""The browser that tests of pages share: a process can start it once."""

import shutil

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
