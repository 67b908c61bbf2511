"""A learner's folder: the next open task, and a task started afresh."""

import io
import json
import os
import re
import shutil
from pathlib import Path

from ae_course.cli import main
from ae_course.grading.authoring import workspace
from ae_course.grading.authoring.release import read, write
from ae_course.grading.authoring.reset import reset

import pytest

ROOT = Path(__file__).parents[2]
NAME, OTHER = "01_basic_structure.ipynb", "02_encoder_and_decoder.ipynb"


@pytest.fixture
def folder(tmp_path):
    shutil.copy(ROOT / "exercises" / NAME, tmp_path)
    return tmp_path


def cell(notebook, cell_id):
    return next(c for c in notebook.cells if c.id == cell_id)


def edit(folder, name=NAME, **sources):
    notebook = read(folder / name)
    for cell_id, source in sources.items():
        cell(notebook, cell_id.replace("_", "-")).source = source
    write(notebook, folder / name)


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
    "text", ["", "{", "[]", "{}", '{"cells": 3}', '{"cells": [{"outputs": 1}]}', "\0"]
)
def test_next_reads_no_broken_notebook_silently(folder, text, capsys):
    (folder / NAME).write_text(text)
    assert main(["next", str(folder / NAME)]) == 3
    assert "not a notebook that can be read" in capsys.readouterr().err
    assert main(["next", str(folder)]) == 2
    assert "not a notebook that can be read" in capsys.readouterr().err
    shutil.copy(ROOT / "exercises" / OTHER, folder / "renamed.ipynb")
    for command in ("next", "progress"):
        assert main([command, str(folder)]) == 0
        out = capsys.readouterr().out
        assert "renamed.ipynb" in out and "not a notebook that can be read" in out
    assert main(["reset", "2.1", str(folder), "--yes"]) == 0


def test_next_needs_an_exercise(tmp_path, capsys):
    assert main(["next", str(tmp_path)]) == 2
    assert "no exercise" in capsys.readouterr().err


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
    reset("1.5", folder / NAME)
    assert [c.id for c in read(folder / NAME).cells] == ids


def test_reset_asks_first(folder, monkeypatch, capsys):
    before = (folder / NAME).read_bytes()
    monkeypatch.setattr("builtins.input", lambda: "n")
    assert main(["reset", "1.1", str(folder)]) == 1
    assert (folder / NAME).read_bytes() == before
    assert not list(folder.glob("*.bak"))
    monkeypatch.setattr("builtins.input", lambda: "y")
    assert main(["reset", "1.1", str(folder)]) == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["9.9"], "There is no task 9.9"),
        (["1.1", "nowhere"], "is not there"),
        (["2.1", NAME], "is exercise 01_basic_structure; task 2.1 is one of 02_encoder"),
        (["2.1", "."], "The notebook of 02_encoder_and_decoder is not in"),
    ],
)
def test_reset_says_what_it_cannot_find(folder, monkeypatch, arguments, words, capsys):
    monkeypatch.chdir(folder)
    assert main(["reset", *arguments, "--yes"]) == 2
    assert words in capsys.readouterr().err
    assert not list(folder.glob("*.bak"))


def test_reset_without_a_terminal_changes_nothing_and_says_how(folder, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert main(["reset", "1.1", str(folder)]) == 1
    assert "say `--yes`" in capsys.readouterr().out
    assert not list(folder.glob("*.bak"))


def test_reset_without_the_given_exercises_says_what_it_needs(folder, monkeypatch, capsys):
    monkeypatch.setattr(workspace, "GIVEN", (folder / "nowhere",))
    assert main(["reset", "1.1", str(folder), "--yes"]) == 2
    assert "came without 01_basic_structure.ipynb" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_said(folder, monkeypatch, capsys):
    def refuse(*_):
        raise PermissionError(13, "Permission denied", "here")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    assert main(["reset", "1.1", str(folder), "--yes"]) == 5
    assert "Permission denied: here" in capsys.readouterr().err


def test_reset_leaves_a_broken_notebook_alone(folder, capsys):
    (folder / NAME).write_text("{")
    assert main(["reset", "1.1", str(folder), "--yes"]) == 2
    assert main(["reset", "1.1", str(folder / NAME), "--yes"]) == 3
    assert (folder / NAME).read_text() == "{"


def test_the_verdict_that_next_reads_is_the_one_stored_in_the_notebook(folder):
    cells = json.loads((folder / NAME).read_text("utf-8"))["cells"]
    stored = [
        o["metadata"]["ae_course"] for c in cells for o in c.get("outputs", []) if o["metadata"]
    ]
    assert [s["task"] for s in stored] == ["1.1", "1.2", "1.3", "1.4", "1.5", "1.6"]


@pytest.mark.parametrize("name", ["mine.ipynb", "Untitled.IPYNB", "02_encoder_and_decoder.ipynb"])
def test_a_renamed_notebook_is_found_by_its_cells(folder, name, capsys):
    (folder / NAME).rename(folder / name)
    assert main(["next", str(folder)]) == 0
    assert "Next: 1.1" in capsys.readouterr().out
    edit(folder, name, solution_1_1="mine")
    assert main(["reset", " 1.1 ", str(folder), "--yes"]) == 0
    assert cell(read(folder / name), "solution-1-1").source != "mine"


def test_of_two_copies_the_named_or_the_later_one_counts_and_the_other_is_said(folder, capsys):
    shutil.copy(folder / NAME, folder / "copy.ipynb")
    assert main(["next", str(folder)]) == 0
    out = capsys.readouterr().out
    assert f"Open {folder / NAME}" in out and "copy.ipynb is exercise 01_basic_structure" in out
    (folder / NAME).rename(folder / "older.ipynb")
    os.utime(folder / "older.ipynb", (0, 0))
    assert main(["next", str(folder)]) == 0
    assert f"Open {folder / 'copy.ipynb'}" in capsys.readouterr().out


def test_progress_shows_the_saved_verdicts(folder, capsys):
    shutil.copy(ROOT / "solutions" / OTHER, folder)
    assert main(["progress", str(folder)]) == 0
    out = capsys.readouterr().out
    assert f"{NAME}: 0 of 100 points" in out and f"{OTHER}: 100 of 100 points" in out
    assert "○ 1.1 Encoder step: not done yet, 0 points" in out
    assert "✓ 2.1 A Keras layer in NumPy: correct, 15 points" in out


def test_odd_outputs_are_no_verdicts(folder, capsys):
    notebook = json.loads((folder / NAME).read_text("utf-8"))
    for one, odd in zip(
        notebook["cells"], [3, [3], [{"metadata": 3}], [{"metadata": {}}]], strict=False
    ):
        one["outputs"] = odd
    notebook["cells"].append(None)
    (folder / NAME).write_text(json.dumps(notebook), encoding="utf-8")
    assert main(["next", str(folder)]) == 0
    assert main(["reset", "1.1", str(folder), "--yes"]) == 0


@pytest.mark.parametrize(
    ("source", "code", "says"),
    [
        ("def encode(x, W, b):\n    return 1 / (1 + np.exp(-(x @ W.T + b)))", 0, "correct, 20 of"),
        ("def encode(x, W, b):\n    return x @ W.T + b", 1, "The activation is missing"),
        ("def encode(x, W, b):\n    raise NotImplementedError()", 1, "ae-course hint 1.1"),
        ("def encode(x, W, b)\n    return x", 1, "SyntaxError"),
        ("%%time\ndef encode(x, W, b):\n    return 1 / (1 + np.exp(-(x @ W.T + b)))", 0, "correct"),
        ("raise SystemExit", 1, "SystemExit|not there yet"),
    ],
)
def test_check_runs_the_saved_notebook_in_its_folder(folder, capsys, source, code, says):
    edit(folder, imports="import numpy as np\nopen('here', 'w').close()", solution_1_1=source)
    (folder / NAME).rename(folder / "mine.ipynb")
    here = Path.cwd()
    assert main(["check", "1.1", str(folder)]) == code
    printed = capsys.readouterr()
    assert re.search(says, printed.out), printed.out
    assert "Traceback" not in printed.out + printed.err
    assert (folder / "here").exists() and Path.cwd() == here


@pytest.mark.parametrize("command", ["check", "hint"])
def test_an_unknown_task_is_2(folder, command, capsys):
    path = [str(folder)] if command == "check" else []
    assert main([command, "77.1", *path]) == 2
    assert "There is no task 77.1" in capsys.readouterr().err


def test_hints_are_numbered(capsys):
    for number, says in ((None, "Hint 1 of 3"), (2, "Hint 2 of 3"), (0, "Hint 1"), (9, "Hint 3")):
        assert main(["hint", "1.1", *map(str, filter(lambda n: n is not None, [number]))]) == 0
        out = capsys.readouterr().out
        assert says in out
    assert main(["hint", "1.1"]) == 0
    assert "`ae-course hint 1.1 2`" in capsys.readouterr().out
