"""The book as one PDF: every page is in it, links stay inside, and it has bookmarks."""

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
from book_pages import PAGES, ROOT
from bs4 import BeautifulSoup
from write_pdf import link, merged, write

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


def test_it_has_a_cover_and_the_parts_of_the_contents(whole):
    pages = BeautifulSoup(whole, "html.parser").select("body > section")
    parts = [page.h1.text for page in pages if "part" in page["class"]]
    assert "part" in pages[0]["class"] and "Version" in pages[0].text
    assert pages[0].h1.text == "Autoencoders"
    assert "Foundations" in parts and len(parts) > 5
    follows = pages[1 + next(i for i, page in enumerate(pages) if page.h1.text == "Foundations")]
    assert follows["id"] == CHAPTER.replace("/", "-")


def test_the_introduction_links_to_it_once_it_is_there(book, tmp_path):
    page = Path(f"{PAGES[0]}.html")
    (tmp_path / page).parent.mkdir(parents=True)
    shutil.copy(book.html / page, tmp_path / page)
    assert "autoencoders.pdf" not in (tmp_path / page).read_text("utf-8")
    pdf = tmp_path / "autoencoders.pdf"
    pdf.write_bytes(b"%PDF" + bytes(3_000_000))
    for _ in range(2):  # the second time changes nothing
        link(tmp_path, pdf)
        (found,) = BeautifulSoup((tmp_path / page).read_text("utf-8"), "html.parser").select(
            "#whole-book a"
        )
        assert found.text == "The whole book as one PDF, 3 MB"
        assert ((tmp_path / page).parent / found["href"]).resolve() == pdf


def test_the_makefile_makes_it_from_the_book():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert re.search(r"^pdf: book.*\n\t\$\(BIN\)/python tests/book/write_pdf\.py$", makefile, re.M)
