"""Each page as its reader sees it: in a browser, from disk, with the network off."""

import pytest
from book_pages import PAGES, soup_of

PHONE = {"width": 390, "height": 844}
LOCAL = ("file:", "data:", "blob:")
TYPESET = "() => window.MathJax ? MathJax.startup.promise.then(() => true) : true"
PAGE_WIDTH = "document.documentElement.scrollWidth"
CUT_OFF = """async ([width, medium]) => {
    const frame = () => new Promise(requestAnimationFrame);
    while (innerWidth !== width || !matchMedia(medium).matches) await frame();
    const article = document.querySelector(".bd-article") ?? document.body;
    for (let same = 0, last; same < 20; last = article.clientWidth) {  // sidebars come and go
        await frame();
        same = article.clientWidth === last ? same + 1 : 0;
    }
    const kinds = ["pre", "code", "table", "mjx-container[display]"];
    const all = document.querySelectorAll(kinds.map((kind) => `.bd-article ${kind}`).join());
    return [...all]
        .filter((e) => e.checkVisibility() && e.clientWidth && e.scrollWidth > e.clientWidth + 1)
        .map((e) => `${e.tagName}: ${e.textContent.trim().slice(0, 60)}`);
}"""
LIGHTNESS = """() => {
    const rgb = getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3);
    return rgb.reduce((sum, part) => sum + Number(part), 0) / (3 * 255);
}"""


@pytest.fixture(scope="module")
def phone(browser):
    context = browser.new_context(viewport=PHONE, color_scheme="light", service_workers="block")
    context.set_default_timeout(600_000)
    yield context
    context.close()


@pytest.fixture
def visit(phone, book):
    """Open a page of the book; return the tab and what went wrong in it, kept up to date."""
    tab, wrong = phone.new_page(), []

    def let_through_if_local(route):
        if route.request.url.startswith(LOCAL):
            route.continue_()
        else:
            wrong.append(f"asked the network for {route.request.url}")
            route.abort()

    def open_page(page, query=""):
        tab.goto((book.html / f"{page}.html").as_uri() + query)
        tab.wait_for_function(TYPESET)
        return tab, wrong

    tab.route("**/*", let_through_if_local)
    tab.on("requestfailed", lambda request: wrong.append(f"could not load {request.url}"))
    tab.on("pageerror", lambda error: wrong.append(f"script error: {error}"))
    tab.on("console", lambda m: wrong.append(f"console: {m.text}") if m.type == "error" else None)
    yield open_page
    tab.close()


GENERATED = ["genindex", "prf-prf", "py-modindex"]


@pytest.mark.parametrize("page", [*PAGES, *GENERATED])
def test_page_reads_well_without_a_network(visit, book, page):
    tab, wrong = visit(page)
    html = soup_of(book, page)
    formulas = html.select("span.math, div.math")
    assert tab.locator("mjx-container").count() >= len(formulas), "a formula was not typeset"
    assert tab.locator("mjx-merror, [data-mjx-error]").count() == 0, "MathJax reports an error"
    text = tab.locator("article").inner_text()
    assert not any(raw in text for raw in (r"\(", r"\[", "$$", "{eq}`", "{numref}`", "{cite:"))
    assert tab.evaluate(PAGE_WIDTH) <= PHONE["width"], "the page scrolls sideways on a phone"
    assert tab.evaluate(LIGHTNESS) > 0.9
    tab.emulate_media(color_scheme="dark")
    tab.wait_for_function(f"({LIGHTNESS})() < 0.2", timeout=120_000)
    assert tab.evaluate(PAGE_WIDTH) <= PHONE["width"], "the page scrolls sideways in the dark"
    broken = "[...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)"
    assert tab.evaluate(broken) == []
    for width, medium in ((390, "screen"), (1280, "screen"), (700, "print")):
        tab.set_viewport_size({"width": width, "height": 900})
        tab.emulate_media(media=medium)
        assert tab.evaluate(CUT_OFF, [width, medium]) == [], f"cut off: {medium}, {width} px"
    assert wrong == []


def test_search_finds_a_term_without_a_network(visit):
    tab, _ = visit("search", "?q=encoder")
    tab.wait_for_selector("#search-results li a", timeout=120_000)
    assert tab.locator("#search-results li").count() > 1
