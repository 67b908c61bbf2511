"""A teacher's own exercise, outside the package: released, proved, checked and graded as ours."""

import json
import re
import shlex
import shutil
import sys
from pathlib import Path

from ae_course.cli import main
from ae_course.grading import check
from ae_course.grading.authoring.handout import start
from ae_course.grading.authoring.proof import prove
from ae_course.grading.authoring.release import read, release, write
from ae_course.grading.judging.task import load_exercise, stems, use_tasks

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
OWN = ROOT / "book/examples/own_tasks"
STEM = "20_rotations"
ROTATE = """def rotate(x, angle):
    c, s = np.cos(angle), np.sin(angle)
    return x @ np.array([[c, s], [-s, c]])"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A teacher's folder: the definition, and the solution."""
    monkeypatch.setenv("AE_COURSE_TASKS", "")
    folder = tmp_path / "my tasks"
    shutil.copytree(OWN, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_the_page_shows_the_example_and_its_commands_do_what_it_says(folder, tmp_path, monkeypatch):
    page = (ROOT / "book/own_tasks.md").read_text("utf-8")
    assert "{literalinclude} examples/own_tasks/20_rotations.py" in page
    commands = re.findall(r"^ae-course (--tasks mine .+)$", page, re.M)
    done = [shlex.split(line, comments=True) for line in commands]
    assert [line[2] for line in done] == ["release", "prove", "grade"]
    folder.rename(tmp_path / "mine")
    handed_in = tmp_path / "submissions"
    handed_in.mkdir()
    shutil.copy(tmp_path / "mine/solutions" / f"{STEM}.ipynb", handed_in / "ada.ipynb")
    monkeypatch.chdir(tmp_path)
    assert [main(line) for line in done] == [0, 0, 0]
    [path] = tmp_path.rglob("grades.json")
    assert [one["score"] for one in json.loads(path.read_text())["submissions"]] == [100]
    shown = read(tmp_path / "mine/exercises" / f"{STEM}.ipynb")
    assert any("NotImplementedError" in cell.source for cell in shown.cells)


def test_the_example_is_committed_as_release_writes_it(folder):
    use_tasks(folder)
    assert release(STEM, folder, check=True) == [f"exercises/{STEM}.ipynb"]  # which is not there


def command(folder, *arguments):
    return main(["--tasks", str(folder), *arguments])


@pytest.fixture
def released(folder):
    assert command(folder, "release", "20", "--root", str(folder), "--no-execute") == 0
    return folder


def test_it_is_released_and_proved(released, capsys):
    assert command(released, "prove", "20", "--root", str(released)) == 0
    assert f"{STEM}: the solution gets full marks" in capsys.readouterr().out
    exercise = read(released / "exercises" / f"{STEM}.ipynb")
    assert any("raise NotImplementedError" in cell.source for cell in exercise.cells)


def test_it_is_graded_beside_the_courses(released, tmp_path):
    handed_in = tmp_path / "handed in"
    handed_in.mkdir()
    shutil.copy(released / "solutions" / f"{STEM}.ipynb", handed_in / "ada.ipynb")
    shutil.copy(released / "exercises" / f"{STEM}.ipynb", handed_in / "bob.ipynb")
    output = ["--output", str(tmp_path / "out"), "--quiet"]
    assert command(released, "grade", str(handed_in), *output) == 0
    report = json.loads((tmp_path / "out" / "grades.json").read_text())
    assert {o["path"]: o["score"] for o in report["submissions"]} == {
        "ada.ipynb": 100,
        "bob.ipynb": 0,
    }


def test_check_in_the_notebook_and_a_learners_folder_know_it(released, tmp_path, capsys):
    assert use_tasks(released)[-1] == STEM
    the_other_way = ROTATE.replace("[[c, s], [-s, c]]", "[[c, -s], [s, c]]")
    exec(f"{the_other_way}\ncheck('20.1')", {"np": np, "check": check})
    assert "This turns the other way" in capsys.readouterr().out
    assert f"{STEM}.ipynb" in {one.path.name for one in start(tmp_path / "learner")}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "x @ np.array([[c, s], [-s, c]])",
            "x @ np.array([[c, -s], [s, c]])",
            "20.1: the solution",
        ),
        ("- **c**: the mean of the points", "", "20.2: option c is not in the notebook"),
        ('kept_20_2 = "b"', 'kept_20_2 = "a"', "20.2: the solution gets 0 of 40"),
    ],
)
def test_what_is_wrong_with_it_is_said(released, old, new, says):
    path = released / "solutions" / f"{STEM}.ipynb"
    solution = read(path)
    for cell in solution.cells:
        cell.source = cell.source.replace(old, new)
    write(solution, path)
    use_tasks(released)
    assert any("out of step" in one for one in prove(STEM, released)) == (new == "")
    assert command(released, "release", "20", "--root", str(released), "--no-execute") == 0
    assert any(says in one for one in prove(STEM, released))


def test_a_folder_that_is_none_and_a_chapter_that_is_there_are_refused(folder, capsys):
    assert main(["--tasks", str(folder / "nowhere"), "prove"]) == 2
    assert "is no folder; name the one that holds your own tasks" in capsys.readouterr().err
    (folder / f"{STEM}.py").rename(folder / "09_mine.py")
    assert command(folder, "prove") == 2
    assert "Chapter 9 has two exercises" in capsys.readouterr().err


def test_a_file_that_defines_something_else_is_named(folder):
    (folder / "21_empty.py").write_text('"""Nothing."""\n')
    use_tasks(folder)
    with pytest.raises(ValueError, match=r"21_empty.py should define EXERCISE = Exercise\(stem="):
        load_exercise("21_empty")


def test_without_a_folder_there_are_the_courses(monkeypatch):
    monkeypatch.delenv("AE_COURSE_TASKS", raising=False)
    exercises = Path(__file__).parents[2].glob("exercises/[0-9]*.ipynb")
    assert stems() == sorted(path.stem for path in exercises) and STEM not in stems()


@pytest.mark.parametrize("command", ["release", "prove"])
def test_what_runs_notebooks_is_asked_for_where_it_is_missing(command, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "nbformat", None)
    assert main([command, "1"]) == 2
    assert "needs nbformat: pip install 'ae-course[authors]'" in capsys.readouterr().err
