"""The class page and a learner's page: text stays text, offline, sortable, readable by all."""

import re

from ae_course.grading.gradebook.chapters import set_chapter, set_policy
from ae_course.grading.gradebook.intake import take_in
from ae_course.grading.gradebook.marks import add_mark
from ae_course.grading.gradebook.pages import class_page, feedback_pages, write_pages
from ae_course.grading.gradebook.roster import Learner, Roster, enroll
from ae_course.grading.gradebook.similar import Group, similar
from ae_course.grading.gradebook.standing import standing

import pytest
from bs4 import BeautifulSoup

EVIL = "</script><script>alert(1)</script><b onclick='x'>{{ 'seven' * 7 }}"
FIRST = "01_basic_structure"


def soup(text):
    return BeautifulSoup(text, "html.parser")


@pytest.fixture
def hostile(empty, make):
    enroll(empty, Roster((Learner("eve", EVIL, "", EVIL, section=EVIL),)))
    one = make.entry("eve/1.ipynb", 10, notes=[EVIL])
    one["tasks"][0].update(title=EVIL, messages=[EVIL])
    take_in(empty, make.report(one, isolation=EVIL))
    add_mark(empty, "eve", "1.5", None, EVIL)
    add_mark(empty, "eve", "1", -1, EVIL)
    return empty


def test_whatever_anybody_writes_is_text(hostile):
    now = standing(hostile)
    group = Group(FIRST, "", "similar", 0.9, 50, (1,), EVIL)
    pages = [class_page(hostile, now, [group]), *(text for _, text in feedback_pages(hostile, now))]
    for text in pages:
        page = soup(text)
        assert not page.find("b") and not [t for t in page.find_all(True) if "onclick" in t.attrs]
        assert len(page.find_all("script")) == text.count("script-src")
        assert "sevenseven" not in page.text
    shown = "".join(soup(text).text for text in pages)
    assert shown.count(EVIL) >= 8


def test_no_page_reaches_outside_itself_or_has_events_in_attributes(hostile):
    now = standing(hostile)
    for text in [class_page(hostile, now, []), *(t for _, t in feedback_pages(hostile, now))]:
        page = soup(text)
        assert "default-src 'none'" in text
        assert not re.search(r"\son\w+\s*=\s*[\"']", text.replace("onclick", ""))
        links = [tag.get("href") or tag.get("src") for tag in page.find_all(["a", "link", "img"])]
        assert all(re.fullmatch(r"feedback/P-\w+\.html", link) for link in links)


def test_tables_have_headers_with_scope_and_buttons_with_names(hostile):
    page = soup(class_page(hostile, standing(hostile), []))
    assert page.html["lang"] == "en" and page.title.text
    for table in page.find_all("table"):
        assert table.caption.text
        assert all(th.get("scope") in ("col", "row") for th in table.find_all("th"))
        assert all(row.find("th", scope="row") for row in table.tbody.find_all("tr"))
    assert page.find_all("button") and all(b.text.strip() for b in page.find_all("button"))
    labels = {label["for"] for label in page.find_all("label")}
    assert labels == {tag["id"] for tag in page.find_all(["input", "select"])}


def test_feedback_shows_the_text_with_its_mark_the_chapter_and_the_hint(book):
    set_chapter(book, FIRST, free_text={"1.5": 5}, due="2026-01-01T00:00:00+00:00")
    set_policy(book, pages="https://example.org/ae/")
    who = book.rows("SELECT id FROM learner ORDER BY id")[0]["id"]
    add_mark(book, who, "1.5", 4, "Nearly.")
    now = standing(book)
    text = next(text for row, text in feedback_pages(book, now) if row.learner["id"] == who)
    shown = soup(text).text
    assert "Because of reason 0." in shown and "Nearly." in shown and "4 of 5 points" in shown
    assert 'hint("1.' in shown
    links = [a["href"] for a in soup(text).find_all("a")]
    assert f"https://example.org/ae/book/{FIRST}.html" in links
    assert "seed 0, isolation full" in shown and "notebook " in shown


def test_pages_are_written_and_linked(book, tmp_path):
    count = write_pages(book, standing(book), tmp_path, similar(book))
    page = soup((tmp_path / "class.html").read_text("utf-8"))
    links = [a["href"] for a in page.select("#learners a")]
    assert len(links) == count == 12 and all((tmp_path / link).is_file() for link in links)
    assert [d.summary.text for d in page.find_all("details")]


def test_an_anonymous_page_names_nobody(book):
    now = standing(book, anonymous=True)
    pages = [class_page(book, now, similar(book)), *(text for _, text in feedback_pages(book, now))]
    for learner in book.rows("SELECT * FROM learner"):
        for text in pages:
            shown = soup(text).text
            assert not any(learner[key] in shown for key in ("id", "last", "email"))


def test_the_class_page_sorts_and_filters_in_a_browser(book, tmp_path, browser):
    write_pages(book, standing(book), tmp_path)
    tab, wrong = browser.new_page(), []
    tab.set_default_timeout(120_000)
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    tab.goto((tmp_path / "class.html").as_uri())
    totals = "[...document.querySelectorAll('#learners tbody tr')].map(r => +r.dataset.total)"
    names = (
        "[...document.querySelectorAll('#learners tbody tr')].map(r => r.cells[0].textContent"
        ".trim().toLowerCase())"
    )
    total = tab.get_by_role("button", name="Total in %")
    total.click()
    assert tab.evaluate(totals) == sorted(tab.evaluate(totals), reverse=True)
    header = "document.querySelectorAll('#learners th')[2].getAttribute('aria-sort')"
    assert tab.evaluate(header) == "descending"
    total.press("Enter")
    assert tab.evaluate(totals) == sorted(tab.evaluate(totals))
    assert tab.evaluate(header) == "ascending"
    tab.get_by_role("button", name="Learner").click()
    assert tab.evaluate(header) is None
    assert tab.evaluate(f"{names}.every((n, i, a) => !i || a[i - 1].localeCompare(n) <= 0)")
    tab.get_by_label("Name, id or address").fill("s10003")
    assert tab.get_by_role("status").inner_text() == "1 of 12 learners"
    tab.get_by_label("Name, id or address").fill("")
    tab.get_by_label("Total below, in percent").fill("60")
    below = sum(value < 60 for value in tab.evaluate(totals))
    assert tab.get_by_role("status").inner_text() == f"{below} of 12 learners"
    tab.get_by_label("Total below, in percent").fill("")
    tab.get_by_label("Section").select_option("group 1")
    assert tab.get_by_role("status").inner_text() == "3 of 12 learners"
    assert wrong == []
    tab.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_on_the_pages(book, tmp_path, browser, violations, width, scheme):
    set_chapter(book, FIRST, free_text={"1.5": 5})
    add_mark(book, book.rows("SELECT id FROM learner")[0]["id"], "1.5", 4, "Nearly.")
    write_pages(book, standing(book), tmp_path, similar(book))
    with browser.new_context(bypass_csp=True, color_scheme=scheme) as context:
        tab = context.new_page()
        tab.set_default_timeout(120_000)
        tab.set_viewport_size({"width": width, "height": 844})
        for page in [tmp_path / "class.html", next((tmp_path / "feedback").glob("*.html"))]:
            tab.goto(page.as_uri())
            assert violations(tab) == []
