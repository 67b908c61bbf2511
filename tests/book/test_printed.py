"""What cells print is on the page as printed, each line in an element that is set in where it
goes on."""

import json

import pytest
from book_pages import ROOT, soup_of

NOTEBOOKS = sorted((ROOT / "book").glob("[0-9][0-9]_*.ipynb"))
ROWS = """(line) => {
    const range = document.createRange();
    range.selectNodeContents(line);
    const rows = new Map();
    for (const { top, left, width } of range.getClientRects()) {
        if (width > 1 && !rows.has(top)) rows.set(top, Math.round(left));
    }
    return [...rows.values()];
}"""
STARTS = f"""() => [...document.querySelectorAll("div:not(.printed-table) > * > * > .printed")]
    .map((line) => [line.textContent.trimEnd().length, ...({ROWS})(line)])"""
TABLES = f"""() => [...document.querySelectorAll(".printed-table")].map((table) =>
    [[...table.querySelectorAll(".printed")].map({ROWS}),
        table.clientWidth, table.scrollWidth, table.tabIndex])"""


def printed(path):
    """The texts that a notebook's cells print."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    outputs = [one for cell in cells for one in cell.get("outputs", ())]
    return ["".join(one["text"]) for one in outputs if one["output_type"] == "stream"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_line_is_printed_once_in_its_own_element(book, path):
    outputs = soup_of(book, f"book/{path.stem}").select(".output.stream pre")
    found = [[line.get_text() for line in one.select(".printed")] for one in outputs]
    assert [one.get_text().rstrip() for one in outputs] == [t.rstrip() for t in printed(path)]
    assert ["".join(lines).rstrip() for lines in found] == [t.rstrip() for t in printed(path)]
    assert not any("\n" in line[:-1] for lines in found for line in lines)


@pytest.fixture(scope="module")
def phone(browser, book):
    tab = browser.new_page(viewport={"width": 390, "height": 844})
    tab.goto((book.html / "book/09_generative.html").as_uri())
    yield tab
    tab.close()


def test_a_line_that_goes_on_is_set_in(phone):
    lines = phone.evaluate(STARTS)
    long = [starts for length, *starts in lines if length > 60]
    assert long and all(len(starts) > 1 and min(starts[1:]) > starts[0] for starts in long)
    assert all(len(starts) == 1 for length, *starts in lines if 0 < length < 44)


def test_a_table_scrolls_by_itself_and_by_the_keyboard(phone):
    phone.wait_for_function("document.querySelector('.printed-table').tabIndex === 0")
    tables = phone.evaluate(TABLES)
    assert len(tables) > 5
    for rows, width, inner, focus in tables:
        assert all(len(starts) == 1 for starts in rows), "a row of a table is broken"
        assert inner > width and focus == 0
    phone.set_viewport_size({"width": 1280, "height": 844})
    assert all(inner == width for _, width, inner, _ in phone.evaluate(TABLES))
