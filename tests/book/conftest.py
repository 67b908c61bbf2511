"""One build of the book and one browser, shared by the tests of this folder."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from book_pages import ROOT


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Keep these tests on one worker of pytest-xdist, so that the book is built once."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("book"))


@dataclass(frozen=True)
class Book:
    """What a build left: its folder of pages, what it said, and what it cost."""

    html: Path
    returncode: int
    log: str
    cpu_seconds: float


@pytest.fixture(scope="session")
def book(tmp_path_factory) -> Book:
    """Build the book from nothing, with the options that the Makefile gives `make book`."""
    out = tmp_path_factory.mktemp("book")
    makefile = (ROOT / "Makefile").read_text("utf-8")
    build = re.search(r"/jupyter-book (build .*) --path-output", makefile).group(1).split()
    strict = re.search(r"\$\(BOOK\) (.+)", makefile).group(1).split()
    program = Path(sys.executable).with_name("jupyter-book")
    before = os.times()
    run = subprocess.run(
        [program, *build, "--path-output", out, *strict],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )
    after = os.times()
    cpu = sum(getattr(after, k) - getattr(before, k) for k in ("children_user", "children_system"))
    return Book(out / "_build/html", run.returncode, run.stdout, cpu)
