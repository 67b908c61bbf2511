"""An nbgrader course of our exercises: they look as ours do, and its marks are our grader's."""

import json
import os
import shutil
import sys
from pathlib import Path

from ae_course.cli import main
from ae_course.grading.batch import nbgrader as ours
from ae_course.grading.batch.journal import PARTIAL, NotWritten

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from traitlets.config import Config

ROOT = Path(__file__).parents[2]
NAME = "01_basic_structure"
SOLUTION = ROOT / f"solutions/{NAME}.ipynb"
CHECKS = {f"check-1-{number}": points for number, points in enumerate((20, 15, 15, 15, 15, 20), 1)}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with one assignment and four learners' notebooks."""
    folder = tmp_path_factory.mktemp("course")
    assert main(["nbgrader", str(folder), "1"]) == 0
    text = SOLUTION.read_text("utf-8")
    hand_in(folder, "solver", text)
    hand_in(folder, "starter", (folder / f"release/{NAME}/{NAME}.ipynb").read_text("utf-8"))
    hand_in(folder, "half", text.replace("64 / 8", "56"))
    hand_in(folder, "cheat", says_that_all_is_well(folder))
    return folder


def hand_in(course, learner, text, name=f"{NAME}.ipynb"):
    folder = course / "submitted" / learner / NAME
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, "utf-8")
    (folder / "timestamp.txt").write_text("2026-02-03 10:00:00 UTC")


def says_that_all_is_well(course):
    """The untouched exercise with one line more."""
    notebook = nbformat.read(course / f"release/{NAME}/{NAME}.ipynb", 4)
    given = next(cell for cell in notebook.cells if "grading import check" in cell.source)
    given.source += "\ncheck = lambda *_: None"
    return nbformat.writes(notebook)


@pytest.fixture(scope="module")
def grade(course, tmp_path_factory):
    """Grade the course; return the exit code and the report."""
    output = tmp_path_factory.mktemp("grades")

    def run(*more):
        code = main(["grade", "--nbgrader", str(course), "--output", str(output), "--quiet", *more])
        return code, json.loads((output / "grades.json").read_text())

    return run


def autograde(course, learner, **settings):
    """Have nbgrader itself grade one learner's notebook."""
    config = Config()
    config.CourseDirectory.root = str(course)
    config.Execute.timeout = 1800
    for name, value in settings.items():
        config[name].enabled = value
    done = NbGraderAPI(config=config).autograde(NAME, learner, force=True)
    assert done["success"], done["log"]


def scores(course, column="score"):
    """Points by learner and cell, as the gradebook has them."""
    with Gradebook(f"sqlite:///{course}/gradebook.db", "") as gradebook:
        return {
            one.student.id: {
                grade.name: getattr(grade, column)
                for notebook in one.notebooks
                for grade in notebook.grades
                if grade.name.startswith("check-")
            }
            for one in gradebook.assignment_submissions(NAME)
        }


def test_an_assignment_looks_as_the_exercise_does(course):
    released = nbformat.read(course / f"release/{NAME}/{NAME}.ipynb", 4)
    exercise = nbformat.read(ROOT / f"exercises/{NAME}.ipynb", 4)
    assert [c.source for c in released.cells] == [c.source for c in exercise.cells]
    assert released.cells[0].source.startswith("# Exercise 1")
    text = "".join(cell.source for cell in released.cells)
    assert "learned_1_5 = ..." in text and "SOLUTION" not in text
    graded = [c for c in released.cells if c.metadata.get("nbgrader", {}).get("grade")]
    points = {c.metadata["nbgrader"]["grade_id"]: c.metadata["nbgrader"]["points"] for c in graded}
    assert {name: points[name] for name in CHECKS} == CHECKS


def test_the_marks_are_the_graders_and_not_the_notebooks_own(course, grade):
    with pytest.MonkeyPatch.context() as patch:  # nbgrader calls `alembic` by its bare name
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        autograde(course, "cheat")
        assert sum(scores(course)["cheat"].values()) == 100  # which is why
    code, report = grade()
    assert code == 0
    assert scores(course) == {
        "solver": CHECKS,
        "starter": dict.fromkeys(CHECKS, 0),
        "half": {**CHECKS, "check-1-5": 10},
        "cheat": dict.fromkeys(CHECKS, 0),
    }
    for one in scores(course, "needs_manual_grade").values():
        assert not any(one.values())
    assert {one["path"] for one in report["submissions"]} == {
        f"{learner}/{NAME}/{NAME}.ipynb" for learner in ("solver", "starter", "half", "cheat")
    }
    assert not report["remarks"]
    with Gradebook(f"sqlite:///{course}/gradebook.db", "") as gradebook:
        assert gradebook.find_submission(NAME, "half").timestamp.year == 2026


def test_with_the_pages_settings_autograde_runs_nothing_and_leaves_the_marks(course, grade):
    """They stand in `book/teaching.md`."""
    page = (ROOT / "book/teaching.md").read_text("utf-8")
    settings = {"Execute": False, "SaveAutoGrades": False}
    for name in settings:
        assert f"c.{name}.enabled = False" in page
    if not scores(course):  # this test alone
        grade()
    before = scores(course)
    autograde(course, "cheat", **settings)
    assert scores(course) == before
    ran = nbformat.read(course / f"autograded/cheat/{NAME}/{NAME}.ipynb", 4)
    assert not any(cell.get("outputs") for cell in ran.cells)


# --- what needs no notebook to be run -----------------------------------------------------------


@pytest.fixture
def empty(tmp_path):
    """A course with an assignment; nothing was handed in."""
    assert main(["nbgrader", str(tmp_path / "course"), "1"]) == 0
    return tmp_path / "course"


def entry(path, points=20, **more):
    tasks = [
        {"id": name[6:].replace("-", "."), "max_points": most, "points": min(points, most)}
        for name, most in CHECKS.items()
    ]
    facts = {"exercise": NAME, "graded": True, "sandbox_lost": False, "tasks": tasks}
    return {"path": path, **facts, **more}


def report(*submissions):
    return {"submissions": list(submissions), "remarks": [], "unread": []}


def test_a_teachers_manual_score_stays_and_is_looked_at_again(empty):
    path = f"ann/{NAME}/{NAME}.ipynb"
    assert ours.enter(report(entry(path)), empty) == 1
    with Gradebook(f"sqlite:///{empty}/gradebook.db", "") as gradebook:
        gradebook.find_grade("check-1-1", NAME, NAME, "ann").manual_score = 7
        gradebook.db.commit()
    ours.enter(report(entry(path)), empty)
    assert not scores(empty, "needs_manual_grade")["ann"]["check-1-1"]
    ours.enter(report(entry(path, points=5)), empty)
    assert scores(empty)["ann"] == {**dict.fromkeys(CHECKS, 5), "check-1-1": 7}
    assert scores(empty, "needs_manual_grade")["ann"]["check-1-1"]
    assert not scores(empty, "needs_manual_grade")["ann"]["check-1-2"]


@pytest.mark.parametrize("lost", [{"graded": False}, {"sandbox_lost": True}])
def test_what_has_no_verdict_gets_no_score(empty, lost):
    path = f"ann/{NAME}/{NAME}.ipynb"
    ours.enter(report(entry(path)), empty)
    ours.enter(report(entry(path, **lost)), empty)
    assert set(scores(empty, "auto_score")["ann"].values()) == {None}
    assert set(scores(empty, "needs_manual_grade")["ann"].values()) == {True}


def test_a_renamed_notebook_is_entered_and_what_can_be_none_is_named(empty):
    whole = report(
        entry(f"ann/{NAME}/{NAME} (1).ipynb"),
        entry(f"bob/{NAME}/{NAME}.ipynb"),
        entry(f"bob/{NAME}/copy.ipynb", points=5),
        entry(f"cid/week1/{NAME}.ipynb"),
        entry(f"{NAME}.ipynb"),
        entry(f"dan/{NAME}/notes.ipynb", exercise=None, tasks=[]),
        entry(f"eve/{NAME}/{NAME}.ipynb", exercise="02_encoder_and_decoder", tasks=[]),
    )
    assert ours.enter(whole, empty) == 2
    assert scores(empty) == {"ann": CHECKS, "bob": CHECKS}
    words = {
        f"bob/{NAME}/copy.ipynb": "is the same notebook of the same learner",
        "cid/week1": "no assignment week1",
        f"{NAME}.ipynb. ": "submitted/learner/assignment/notebook.ipynb",
        "dan/": f"has the notebooks {NAME}; this is none of them",
        "eve/": "are not those of exercise 02_encoder_and_decoder: check-1-1",
    }
    assert len(whole["remarks"]) == len(words)
    for path, says in words.items():
        assert any(f"gradebook: {path}" in r and says in r for r in whole["remarks"]), path


def test_a_gradebook_that_takes_nothing_keeps_the_results(empty):
    book = empty / "gradebook.db"
    book.write_bytes(b"This is no database. " * 100)
    with pytest.raises(NotWritten, match="nbgrader's gradebook sqlite"):
        ours.enter(report(entry(f"ann/{NAME}/{NAME}.ipynb")), empty)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["grade"], "Expected PATHs, or --nbgrader FOLDER alone; came neither"),
        (["grade", "a.ipynb", "--nbgrader", "."], "came both"),
        (["grade", "--nbgrader", "nowhere"], "nowhere is no nbgrader course with a gradebook"),
        (["nbgrader", ".", "77"], f"there are {NAME}"),
    ],
)
def test_an_error_says_what_was_expected(arguments, says, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert says in capsys.readouterr().err
    assert not [*tmp_path.rglob(PARTIAL)]


def test_a_course_without_hand_ins_says_so(empty, capsys):
    assert main(["grade", "--nbgrader", str(empty)]) == 2
    assert "Nothing was collected" in capsys.readouterr().err


def test_another_notebook_in_the_sources_place_stays(empty, capsys):
    source = empty / f"source/{NAME}/{NAME}.ipynb"
    shutil.copy(SOLUTION, source)
    assert main(["nbgrader", str(empty), NAME]) == 2
    assert "is another notebook than the exercise" in capsys.readouterr().err
    assert source.read_bytes() == SOLUTION.read_bytes()


def test_without_nbgrader_the_extra_is_named(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(ours, "find_spec", lambda name: None)
    for arguments in (["nbgrader", str(tmp_path)], ["grade", "--nbgrader", str(tmp_path)]):
        assert main(arguments) == 2
        assert "ae-course[nbgrader]" in capsys.readouterr().err
