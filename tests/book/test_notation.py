"""The page of symbols lists every symbol of the chapters and their exercises, each once."""

import json
import re
from collections import Counter

import pytest
from book_pages import ROOT
from symbols import mathematics, symbols

CHAPTERS = sorted((ROOT / "book").glob("[0-9][0-9]_*.ipynb"))
EXERCISES = sorted((ROOT / "solutions").glob("[0-9][0-9]_*.ipynb"))
PAGE = (ROOT / "book/notation.md").read_text("utf-8")


def explained(page: str) -> list[str]:
    """Every formula in the first column of a table of the page."""
    rows = re.findall(r"^\| (\$.*?) \| ", page, re.MULTILINE)
    return [formula.strip() for row in rows for formula in mathematics(row)]


def chapters(column: str) -> set[int]:
    """The chapters of a cell such as `1–3, 7`."""
    spans = [[int(end) for end in part.split("–")] for part in column.split(", ")]
    return {chapter for span in spans for chapter in range(span[0], span[-1] + 1)}


def rows(page: str) -> list[tuple[list[str], set[int]]]:
    """For each row of the tables: its formulas, and the chapters that its last column names."""
    found = re.findall(r"^\| (\$.*?) \| .*\| ([\d–, ]+) \|$", page, re.MULTILINE)
    return [(mathematics(formulas), chapters(last)) for formulas, last in found]


def texts(notebook: dict):
    """For each cell with prose: its id, and the prose, captions of figures among it."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            yield cell["id"], "".join(cell["source"])
        else:
            yield (
                cell["id"],
                cell["metadata"].get("mystnb", {}).get("figure", {}).get("caption", ""),
            )


def used(notebook: dict) -> dict[str, set[str]]:
    """Symbols, and the cells in which they stand."""
    found: dict[str, set[str]] = {}
    for name, text in texts(notebook):
        for formula in mathematics(text):
            for symbol in symbols(formula):
                found.setdefault(symbol, set()).add(name)
    return found


def listed(page: str) -> set[str]:
    return set().union(*map(symbols, explained(page)))


@pytest.mark.parametrize("path", CHAPTERS, ids=[path.stem for path in CHAPTERS])
def test_every_symbol_of_a_chapter_is_on_the_page(path):
    found = used(json.loads(path.read_text("utf-8")))
    missing = {symbol: sorted(found[symbol]) for symbol in found.keys() - listed(PAGE)}
    assert missing == {}


@pytest.mark.parametrize("path", EXERCISES, ids=[path.stem for path in EXERCISES])
def test_an_exercise_uses_the_symbols_of_its_chapter_and_of_those_before(path):
    chapter, allowed = int(path.name[:2]), set()
    for formulas, where in rows(PAGE):
        if where & set(range(chapter + 1)):
            allowed |= set().union(*map(symbols, formulas))
    found = used(json.loads(path.read_text("utf-8")))
    assert {symbol: sorted(found[symbol]) for symbol in found.keys() - allowed} == {}


@pytest.mark.parametrize("path", CHAPTERS, ids=[path.stem for path in CHAPTERS])
def test_a_chapter_uses_a_symbol_only_where_the_page_says_so(path):
    """A letter that gets a second meaning in another chapter is found by the chapter's number."""
    chapter, allowed = int(path.name[:2]), set()
    for formulas, where in rows(PAGE):
        if chapter in where:
            allowed |= set().union(*map(symbols, formulas))
    found = used(json.loads(path.read_text("utf-8")))
    assert {symbol: sorted(found[symbol]) for symbol in found.keys() - allowed} == {}


def test_every_row_names_chapters_in_which_its_symbols_stand():
    found = {}
    for path in [*CHAPTERS, *EXERCISES]:
        symbols_of = used(json.loads(path.read_text("utf-8")))
        found.setdefault(int(path.name[:2]), set()).update(symbols_of)
    assert len(rows(PAGE)) == len(re.findall(r"^\| \$", PAGE, re.MULTILINE))
    for formulas, where in rows(PAGE):
        for chapter in where:
            assert any(symbols(f) <= found[chapter] for f in formulas), (formulas, chapter)


def test_the_column_of_chapters_is_read_as_meant():
    page = "| $W$, $b$ | weights | 1–3, 7 |\n"
    assert rows(page) == [(["W", "b"], {1, 2, 3, 7})]


def test_no_symbol_is_explained_twice():
    assert [formula for formula, times in Counter(explained(PAGE)).items() if times > 1] == []


def test_every_symbol_of_the_page_is_used_by_a_chapter():
    found = set().union(*(used(json.loads(path.read_text("utf-8"))) for path in CHAPTERS))
    assert listed(PAGE) - found == set()


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (r"x' = \sigma'(W'h + b')", {"x", r"\sigma", "W", "h", "b"}),
        (r"\lVert\tilde x - \bar{x}\rVert^2", {r"\tilde x", r"\bar x"}),
        (r"\bar{\mathcal{L}}(\theta) \le \frac{1}{2}", {r"\bar \mathcal{L}", r"\theta"}),
        (r"\dot\sigma'(a'_i)", {r"\dot \sigma", "a", "i"}),
        (r"\mathbb{E}_{x \sim p_{\mathrm{data}}}", {r"\mathbb{E}", "x", "p", r"\mathrm{data}"}),
        (r"h \text{ is large}", {"h"}),
    ],
)
def test_symbols_of_a_formula(formula, expected):
    assert symbols(formula) == expected


def test_code_and_roles_hold_no_mathematics():
    text = "`cost $5` and {ref}`a$b` but $x$, {math}`W` and\n```bash\necho $HOME $PATH\n```\n"
    assert mathematics(text) == ["x", "W"]


def test_a_symbol_that_nobody_explains_is_found():
    notebook = {"cells": [{"id": "new", "cell_type": "markdown", "source": [r"Let $\zeta = x$."]}]}
    assert used(notebook)[r"\zeta"] == {"new"}
    assert r"\zeta" not in listed(PAGE)
