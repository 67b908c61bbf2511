"""The book without solutions builds without a warning; no page holds an answer or leads to one."""

import re
import subprocess
import sys
from pathlib import Path

from ae_course.grading.authoring.public import (
    answers,
    leaks,
    one_line,
    public_files,
    write_public,
)

import pytest
from book_pages import ROOT
from bs4 import BeautifulSoup


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The text of every page, built as `make book SOLUTIONS=off` builds it."""
    folder = tmp_path_factory.mktemp("public")
    write_public(ROOT, folder)
    makefile = (ROOT / "Makefile").read_text("utf-8")
    build = re.search(r"/jupyter-book (build .*)", makefile).group(1).split()
    program = Path(sys.executable).with_name("jupyter-book")
    run = subprocess.run(
        [program, *build, *re.search(r"\$\(BOOK\) (.+)", makefile).group(1).split()],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )
    assert run.returncode == 0, run.stdout
    html = folder / "book/_build/html"
    return {p.relative_to(html).as_posix(): p.read_text("utf-8") for p in html.rglob("*.html")}


def test_no_page_holds_an_answer_that_its_source_does_not_teach(pages):
    assert len(pages) > 30
    sources, known = public_files(ROOT), answers(ROOT)
    for name, html in pages.items():
        source = f"{name.removesuffix('.html')}.ipynb"
        taught = {where for _, where in leaks({source: sources.get(source, b"")}, ROOT)}
        text = one_line(BeautifulSoup(html, "html.parser").get_text())
        found = {f"{source}: {where}" for where, one in known.items() if one in text}
        assert found - taught == set(), name


def test_no_page_leads_to_a_solution(pages):
    assert not [name for name in pages if "solutions" in name]
    held = re.compile(r"href=\"[^\"]*solutions/|BEGIN SOLUTION")
    assert [name for name, html in pages.items() if held.search(html)] == []
