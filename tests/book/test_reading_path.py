"""Where a page leads, what a solution shows at first, and what shared links say."""

import re

import pytest
from book_pages import PAGES, soup_of

ENDS = {"left": "a.left-prev", "right": "a.right-next"}


def leads_to(book, page, end):
    """The page that a link at the end of a page opens, or None."""
    link = soup_of(book, page).select_one(ENDS[end])
    here = (book.html / page).parent
    return link and (here / link["href"]).resolve().relative_to(book.html.resolve()).as_posix()


def test_one_walks_through_all_pages_but_solutions_and_back(book):
    walked, page = [], PAGES[0]
    while page:
        walked.append(page)
        page = leads_to(book, page, "right")
        page = page and page.removesuffix(".html")
    assert walked == [page for page in PAGES if not page.startswith("solutions/")]
    back = [leads_to(book, page, "left") for page in walked]
    assert back == [None, *(f"{page}.html" for page in walked[:-1])]


def test_a_solution_is_opened_by_a_click(book):
    for page in filter(lambda page: page.startswith("solutions/"), PAGES):
        cells = soup_of(book, page).select("div.cell")
        held = [cell for cell in cells if "### BEGIN SOLUTION" in cell.get_text()]
        assert len(held) >= 5
        for cell in held:
            details = cell.select_one("details")
            assert "### BEGIN SOLUTION" in details.get_text() and not details.has_attr("open")
            assert "Show a solution" in details.summary.get_text()


def test_exercises_and_solutions_have_no_section_number_beside_their_tasks(book):
    numbers = [
        number.parent.get_text()
        for page in PAGES
        for number in soup_of(book, page).select(".section-number, .sectnum")
    ]
    assert len(numbers) > 100
    assert [title for title in numbers if re.search(r"(Exercise|Solution) \d", title)] == []
    assert not soup_of(book, "exercises/05_overcomplete").select("article .section-number")


@pytest.mark.parametrize("page", [page for page in PAGES if not page.startswith("solutions/")])
def test_a_shared_link_says_what_the_page_says_first(book, page):
    soup = soup_of(book, page)
    tags = {tag["property"]: tag["content"] for tag in soup.select('meta[property^="og:"]')}
    [description] = soup.select('meta[name="description"]')
    assert tags["og:description"] == description["content"]
    assert len(description["content"]) > 30
    text = " ".join(soup.select_one("article").get_text().split())
    first = description["content"].removesuffix(" …").split("…")[0][:40].strip()
    assert first in text
    assert "Package" not in first
    assert tags["og:url"].endswith(f"/{page}.html") and tags["og:title"]
    assert (book.html / tags["og:image"].split("/ae-course/")[1]).read_bytes()[1:4] == b"PNG"
