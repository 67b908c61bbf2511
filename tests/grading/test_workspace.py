"""A learner's folder: the next open task, and a task started afresh."""

import json
import shutil
from pathlib import Path

from ae_course.cli import main
from ae_course.grading.authoring import workspace
from ae_course.grading.authoring.release import read, write

import pytest

ROOT = Path(__file__).parents[2]
NAME = "01_basic_structure.ipynb"


@pytest.fixture
def folder(tmp_path):
    shutil.copy(ROOT / "exercises" / NAME, tmp_path)
    return tmp_path


def cell(notebook, cell_id):
    return next(c for c in notebook.cells if c.id == cell_id)


def edit(folder, **sources):
    notebook = read(folder / NAME)
    for cell_id, source in sources.items():
        cell(notebook, cell_id.replace("_", "-")).source = source
    write(notebook, folder / NAME)


def test_next_names_the_first_open_task(folder, capsys):
    assert main(["next", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "0 of 6 tasks are correct" in out
    assert "Next: 1.1 Encoder step (20 points, easy), not done yet." in out
    notebook = read(folder / NAME)
    cell(notebook, "check-1-1").outputs[0].metadata["ae_course"]["status"] = "correct"
    cell(notebook, "check-1-2").outputs = []
    write(notebook, folder / NAME)
    assert main(["next", str(folder / NAME)]) == 0
    assert "Next: 1.2 Decoder step and the way through (15 points, easy), not checked yet." in (
        capsys.readouterr().out
    )


def test_next_says_when_all_is_done(capsys):
    assert main(["next", str(ROOT / "solutions" / NAME)]) == 0
    assert "All done" in capsys.readouterr().out


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"cells": 3}', '{"cells": [{"outputs": 1}]}']
)
def test_next_reads_no_broken_notebook_silently(folder, text, capsys):
    (folder / NAME).write_text(text)
    assert main(["next", str(folder)]) == 2
    assert "not a notebook that can be read" in capsys.readouterr().out


def test_next_needs_an_exercise(tmp_path, capsys):
    assert main(["next", str(tmp_path)]) == 2
    assert "no exercise" in capsys.readouterr().out


def test_reset_restores_one_task_and_keeps_the_notebook_before_it(folder, capsys):
    edit(folder, solution_1_3="a mess", solution_1_1="mine")
    before = (folder / NAME).read_bytes()
    assert main(["reset", "1.3", str(folder), "--yes"]) == 0
    notebook, given = read(folder / NAME), read(ROOT / "exercises" / NAME)
    assert cell(notebook, "solution-1-3").source == cell(given, "solution-1-3").source
    assert cell(notebook, "check-1-3").outputs == []
    assert cell(notebook, "solution-1-1").source == "mine"
    (backup,) = folder.glob("*.bak")
    assert backup.read_bytes() == before
    assert str(backup) in capsys.readouterr().out
    assert main(["reset", "1.3", str(folder), "--yes"]) == 0
    assert len(list(folder.glob("*.bak"))) == 2


def test_reset_brings_deleted_cells_back_to_their_place(folder):
    notebook = read(folder / NAME)
    ids = [c.id for c in notebook.cells]
    gone = {"solution-1-5", "reasoning-1-5", "check-1-5"}
    notebook.cells = [c for c in notebook.cells if c.id not in gone]
    write(notebook, folder / NAME)
    workspace.reset("1.5", folder / NAME)
    assert [c.id for c in read(folder / NAME).cells] == ids


def test_reset_asks_first(folder, monkeypatch, capsys):
    before = (folder / NAME).read_bytes()
    monkeypatch.setattr("builtins.input", lambda question: "n")
    assert main(["reset", "1.1", str(folder)]) == 1
    assert (folder / NAME).read_bytes() == before
    assert not list(folder.glob("*.bak"))
    monkeypatch.setattr("builtins.input", lambda question: "y")
    assert main(["reset", "1.1", str(folder)]) == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["9.9"], "There is no task 9.9"), (["1.1", "nowhere"], "is not there")],
)
def test_reset_says_what_it_cannot_find(folder, arguments, words, capsys):
    assert main(["reset", *arguments, "--yes"]) == 2
    assert words in capsys.readouterr().out


def test_reset_without_the_course_says_what_it_needs(folder, monkeypatch, capsys):
    monkeypatch.setattr(workspace, "_COURSE", folder)
    assert main(["reset", "1.1", str(folder), "--yes"]) == 2
    assert "needs the course's repository" in capsys.readouterr().out


def test_reset_leaves_a_broken_notebook_alone(folder, capsys):
    (folder / NAME).write_text("{")
    assert main(["reset", "1.1", str(folder), "--yes"]) == 2
    assert (folder / NAME).read_text() == "{"


def test_the_verdict_that_next_reads_is_the_one_stored_in_the_notebook(folder):
    cells = json.loads((folder / NAME).read_text("utf-8"))["cells"]
    stored = [
        o["metadata"]["ae_course"] for c in cells for o in c.get("outputs", []) if o["metadata"]
    ]
    assert [s["task"] for s in stored] == ["1.1", "1.2", "1.3", "1.4", "1.5", "1.6"]
