"""axe finds nothing on any page that a build makes: wide and phone-wide, light and dark.

A page is opened on a phone and then widened: opening takes as long as looking.
"""

import pytest

WIDTHS = (390, 1280)
TYPESET = "() => window.MathJax ? MathJax.startup.promise.then(() => true) : true"
SETTLED = """(wait) => new Promise((done) =>
    setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done)), wait))"""
"""The page has waited by its own clock, since by ours a busy machine may not have begun, and drawn
itself twice. Half a second after a new size the theme lets the keyboard reach what scrolls."""
NO_FADING = "*, ::before, ::after { transition: none !important; animation: none !important }"
GENERATED = ["genindex", "prf-prf", "py-modindex", "search"]


@pytest.fixture(scope="module")
def tab(browser):
    context = browser.new_context(service_workers="block", bypass_csp=True)
    context.set_default_timeout(600_000)
    yield context.new_page()
    context.close()


def test_nothing_is_found_on_any_page(tab, book, violations):
    pages = [p for p in sorted(book.html.rglob("*.html")) if "_static" not in p.parts]
    pages.remove(book.html / "index.html")  # leads on to the introduction
    assert {p.stem for p in pages} >= {"intro", *GENERATED}
    addresses = {page: page.as_uri() for page in pages}
    addresses["search results"] = (book.html / "search.html").as_uri() + "?q=code"
    addresses["words found"] = (book.html / "book/intro.html").as_uri() + "?highlight=code"
    found = {}
    for page, address in addresses.items():
        for width in WIDTHS:
            tab.set_viewport_size({"width": width, "height": 844})
            tab.emulate_media(color_scheme="light")
            if width == WIDTHS[0]:
                tab.goto(address)
                tab.add_style_tag(content=NO_FADING)
                tab.wait_for_function(TYPESET)
            for scheme in ("light", "dark"):
                tab.emulate_media(color_scheme=scheme)
                tab.evaluate(SETTLED, 500 if scheme == "light" else 0)
                for wrong in violations(tab, colors_only=scheme == "dark"):
                    found.setdefault(wrong, []).append(f"{page} {scheme} {width}")
    assert found == {}


@pytest.mark.parametrize(
    ("wrong", "rule", "colors_only"),
    [
        ("<button></button>", "button-name", False),
        ("<p style='color: #999'>gray</p>", "color-contrast", False),
        ("<p style='color: #999'>gray</p>", "color-contrast", True),
    ],
)
def test_it_would_be_found(tab, violations, wrong, rule, colors_only):
    page = '<html lang="en"><title>t</title><body style="background: white"><main><h1>t</h1>'
    for body, rules in {"<p>dark</p>": set(), "<p>dark</p>" + wrong: {rule}}.items():
        tab.set_content(page + body)
        found = violations(tab, colors_only=colors_only)
        assert {complaint.split()[0] for complaint in found} == rules
