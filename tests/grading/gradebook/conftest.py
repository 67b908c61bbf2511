"""A small class, made up by the bench's program, and a book of it."""

import importlib.util
import json
from pathlib import Path

from ae_course.grading.gradebook.intake import find_notebooks, read_report, take_in
from ae_course.grading.gradebook.roster import enroll, read_roster
from ae_course.grading.gradebook.store import Book

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def bench():
    """The program under bench/ as a module."""
    spec = importlib.util.spec_from_file_location("bench_gradebook", ROOT / "bench/gradebook.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def made(bench, tmp_path_factory):
    """A folder with the roster and hand-ins of 12 learners in two chapters, and its reports."""
    folder = tmp_path_factory.mktemp("class")
    return folder, bench.make_class(folder, 12, 2)


@pytest.fixture
def book(made, tmp_path):
    """A book with the made-up class."""
    folder, reports = made
    with Book(tmp_path / "class.sqlite", create=True) as book:
        enroll(book, read_roster(folder / "roster.csv"))
        for path in reports:
            take_in(book, read_report(path), find_notebooks([path.parent / "hand-ins"]))
        yield book


@pytest.fixture
def empty(tmp_path):
    """A book with three learners and nothing handed in."""
    roster = tmp_path / "roster.csv"
    roster.write_text(
        "id,name,email,group\nada,Ada Lovelace,ada@x.org,a\nbo,Bo Åkesson,bo@x.org,a\n"
        "cy,Cy Young,cy@x.org,b\n",
        encoding="utf-8",
    )
    with Book(tmp_path / "empty.sqlite", create=True) as book:
        enroll(book, read_roster(roster))
        yield book


def entry(path, points=10.0, exercise="01_basic_structure", sha256=None, **more):
    """What a report says of a hand-in with one task of 20 points."""
    status = "correct" if points == 20 else "partly"
    task = {
        "id": "1.1", "title": "Encoder step", "status": status, "points": points,
        "max_points": 20, "messages": ["<b>Look</b> once more."],
    }  # fmt: skip
    return {
        "id": "0", "path": path, "learner": path.split("/")[0], "exercise": exercise,
        "sha256": sha256 or f"{abs(hash(path)):x}", "graded": True, "problem": "",
        "score": points, "max_score": 20, "tasks": [task], "notes": [], "output": "",
        "seconds": 1.0, "peak_mb": 1, "sandbox_lost": False, **more,
    }  # fmt: skip


def report(*entries, **more):
    """A report as `ae-course grade` writes it, read back."""
    whole = {
        "format": "ae-course-grades", "version": 1, "seed": 5, "isolation": "full", "caution": "",
        "remarks": [], "limits": {}, "versions": {"keras": "3.15"}, "submissions": list(entries),
        "unread": [], "statistics": {}, **more,
    }  # fmt: skip
    return json.loads(json.dumps(whole))


@pytest.fixture
def make():
    """What makes reports and entries."""
    return type("Make", (), {"report": staticmethod(report), "entry": staticmethod(entry)})
