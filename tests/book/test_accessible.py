"""What the theme, Sphinx and docutils leave unusable to a screen reader is mended on every page."""

from collections import Counter

import pytest
from book_pages import PAGES, soup_of

LANDMARKS = ["nav", "header", "main", "footer", "aside"]


@pytest.fixture(scope="module")
def soups(book):
    pages = [*PAGES, "genindex", "search"]
    return {page: soup_of(book, page) for page in pages}


def test_every_expander_has_a_name(soups):
    unnamed = [
        page
        for page, soup in soups.items()
        for summary in soup.find_all("summary")
        if not summary.get_text(strip=True) and not summary.get("aria-label")
    ]
    assert unnamed == []


def test_the_name_of_an_expander_is_that_of_its_chapter(soups):
    names = {s.get("aria-label") for s in soups["book/intro"].select(".bd-sidenav summary")}
    assert "Pages below Basic structure" in {name.replace("1. ", "") for name in names}
    assert len(names) >= 10


def test_the_mark_of_the_book_stands_in_a_landmark(soups):
    for soup in soups.values():
        assert soup.select_one("a.navbar-brand").find_parent(LANDMARKS)


def test_a_list_of_terms_has_terms_and_definitions(soups):
    for page, soup in soups.items():
        for terms in soup.find_all("dl"):
            assert terms.find("dt", recursive=False) and terms.find("dd", recursive=False), page


def test_the_bibliography_has_no_role_that_is_gone(soups):
    page = soups["book/bibliography"]
    assert len(page.select(".citation")) > 50
    assert page.select("[role=doc-biblioentry], .citation-list[role]") == []


def test_no_two_parts_of_a_page_share_an_id(soups):
    for page, soup in soups.items():
        ids = Counter(element["id"] for element in soup.find_all(id=True))
        assert [name for name, count in ids.items() if count > 1] == [], page
