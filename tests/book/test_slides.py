"""Slides: every section of a chapter with what it shows, on pages that hold it, from disk."""

import json

import pytest
from book_pages import ROOT, soup_of
from bs4 import BeautifulSoup

STEMS = sorted(path.stem for path in (ROOT / "book").glob("[0-9][0-9]_*.ipynb"))
LAST = "Further reading"
READY = "html[data-ready]"
OVER_THE_EDGE = """() => [...document.querySelectorAll("main > section")].flatMap((page, i) => {
    const edge = page.getBoundingClientRect();
    return [...page.querySelectorAll(":scope > .item")]
        .map(item => item.getBoundingClientRect())
        .filter(box => box.bottom > edge.bottom || box.right > edge.right)
        .map(box => `slide ${i + 1}: ${Math.round(box.bottom - edge.bottom)} pixels`);
})"""
PAGE = """
<article><section><h1>1. Title</h1><p>Prose.</p>
<section><h2>1.1. First<a class="headerlink" href="#x">#</a></h2>
<p>A sentence. Does it <em>hold</em> for $x$? More prose.</p>
<p><strong>What then?</strong> Prose.</p>
<div class="proof theorem admonition"><p>The theorem.</p></div>
<div class="proof admonition"><p>The proof.</p></div>
<div class="cell"><div class="cell_input"><pre>code = 1</pre></div>
<div class="cell_output"><pre>one line</pre></div></div>
<div class="cell"><div class="cell_output"><pre>1\n2\n3 <a href="02.html#y">y</a></pre></div></div>
<div class="cell"><div class="cell_input"><pre>show_source(f)</pre></div>
<div class="cell_output"><pre>def f():\n    a\n    b</pre></div></div>
<div class="cell tag_no-slide"><div class="cell_output"><pre>4\n5\n6</pre></div></div>
<div class="important admonition"><p>What to remember</p><p>All.</p></div>
</section><section><h2>1.2. Further reading</h2><p>Books.</p></section></section></article>
"""

each_chapter = pytest.mark.parametrize("stem", STEMS)


def words(tag):
    return " ".join(tag.get_text().replace("#", "").split())


@each_chapter
def test_the_slides_hold_every_section_and_every_figure(book, stem):
    chapter, slides = soup_of(book, f"book/{stem}"), soup_of(book, f"slides/{stem}")
    there = [words(h) for h in chapter.select("article :is(h1, h2, h3)")]
    shown = [words(h) for h in slides.select("main > section > :is(h1, h2)")]
    assert [h for h in shown if h != "What to remember"] == [h for h in there if LAST not in h]
    assert shown.count("What to remember") == 1
    assert slides.title.get_text() == f"Slides: {there[0]}"
    figures = [image["src"] for image in chapter.select("article figure img")]
    cells = json.loads((ROOT / f"book/{stem}.ipynb").read_text("utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    drawn = sum("image/png" in output.get("data", {}) for output in outputs)
    assert len(figures) >= drawn > 0
    assert [image["src"] for image in slides.select("figure img")] == figures
    assert "import numpy" not in slides.get_text()


def test_what_is_shown_and_what_is_left_to_the_speaker(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "book/_ext"))
    import slides

    title, html = slides.slides_of(PAGE, "01_title")
    assert title == "1. Title"
    page = BeautifulSoup(html, "html.parser")
    items = [words(item) for item in page.select(".item")]
    shown = ["Does it hold for $x$?", "What then?", "The theorem.", "1 2 3 y"]
    assert items == ["Prose.", *shown, "All."]
    assert page.find("a")["href"] == "../book/02.html#y"


@pytest.fixture
def deck(browser, book):
    """Open the slides of a chapter; return the tab. Nothing may go wrong in it."""
    wrong = []
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(600_000)

    def open_slides(stem):
        tab = context.new_page()
        tab.on("request", lambda r: wrong.append(r.url) if r.url.startswith("http") else None)
        tab.on("requestfailed", lambda request: wrong.append(request.url))
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        tab.goto((book.html / f"slides/{stem}.html").as_uri())
        tab.wait_for_selector(READY, state="attached")
        return tab

    yield open_slides
    context.close()
    assert wrong == []


@each_chapter
def test_no_slide_runs_over_its_edge_or_is_empty(book, deck, stem):
    tab = deck(stem)
    assert tab.evaluate(OVER_THE_EDGE) == []
    empty = tab.locator("main > section:not(:has(> .item)) > :is(h1, h2)").all_text_contents()
    sections = soup_of(book, f"book/{stem}").select("article section:has(> h2)")
    divided = [one for one in sections if one.h2.find_next_sibling().name == "section"]
    assert empty == [words(one.h2) for one in divided]
    assert tab.locator("mjx-merror").count() == 0
    assert not any(raw in tab.locator("main").inner_text() for raw in (r"\(", r"\["))


def test_keys_turn_pages_the_address_keeps_them_and_answers_open(deck):
    tab = deck(STEMS[0])
    place = tab.locator("#place")
    total = tab.locator("main > section").count()
    assert place.inner_text() == f"1 / {total}"
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("PageDown")
    assert place.inner_text() == f"3 / {total}" and tab.url.endswith("#3")
    assert tab.locator("main > section:visible").count() == 1
    tab.keyboard.press("ArrowLeft")
    tab.get_by_role("button", name="Previous slide").click()
    assert place.inner_text() == f"1 / {total}"
    tab.keyboard.press("End")
    assert place.inner_text() == f"{total} / {total}"
    quiz = tab.locator("main > section").filter(has=tab.locator("details")).first
    number = tab.evaluate(
        "s => [...document.querySelectorAll('main > section')].indexOf(s)", quiz.element_handle()
    )
    tab.goto(tab.url.partition("#")[0] + f"#{number + 1}")
    quiz.locator("summary").click()
    assert quiz.locator("details > *").last.is_visible()
