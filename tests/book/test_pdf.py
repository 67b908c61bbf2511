"""The book as one PDF: every page is in it, links stay inside, and it has bookmarks."""

import re
from collections import Counter

import pytest
from book_pages import PAGES, ROOT
from write_pdf import merged, write

CHAPTER, EXERCISE = "book/01_basic_structure", "exercises/01_basic_structure"


@pytest.fixture(scope="module")
def whole(book):
    return merged(book.html, PAGES)


def test_every_page_is_in_it_once(whole):
    names = Counter(re.findall(r'<section class="bd-article" id="([^"]+)"', whole))
    assert names == {page.replace("/", "-"): 1 for page in PAGES}


def test_links_inside_lead_to_a_place_in_it(whole):
    places = {*re.findall(r' id="([^"]+)"', whole)}
    led_to = {*re.findall(r'href="#([^"]+)"', whole)}
    assert len(led_to) > 100 and not led_to - places
    assert f"{CHAPTER.replace('/', '-')}--check-yourself" in places
    assert not re.findall(r'<a [^>]*href="(?!#|https?:|mailto:)[^"]*"', whole)


def test_pictures_are_there_and_folded_answers_open(whole, book):
    sources = {*re.findall(r'<img [^>]*src="([^"]+)"', whole)}
    assert sources and all((book.html / source).is_file() for source in sources)
    assert "<details" in whole and not re.findall(r"<details(?![^>]* open)[^>]*>", whole)


def test_it_is_printed_with_bookmarks(book, tmp_path, browser):
    pages, pdf = [CHAPTER, EXERCISE], tmp_path / "book.pdf"
    write(book.html, pdf, browser, pages)
    data = pdf.read_bytes()
    assert data.startswith(b"%PDF") and b"/Outlines" in data and b"/StructTreeRoot" in data
    assert len(re.findall(rb"/Type /Page\b", data)) > 5
    assert not (book.html / "whole.html").exists()


def test_the_makefile_makes_it_from_the_book():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert re.search(r"^pdf: book.*\n\t\$\(BIN\)/python tests/book/write_pdf\.py$", makefile, re.M)
