"""The command's exit codes and files."""

import contextlib
import csv
import functools
import io
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

from ae_course import cli
from ae_course.grading.batch import grade as batch
from ae_course.grading.sandbox.host import isolation

import pytest
from hostile_cases import HONEST, notebook
from hostile_exercise import STEM, load


@pytest.fixture
def run(monkeypatch, tmp_path):
    """The command on the small exercise."""
    small = functools.partial(batch.grade, load=load, libraries=("numpy",))
    monkeypatch.setattr(batch, "grade", small)
    monkeypatch.setattr(batch, "stems", lambda: [STEM])
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        return cli.main(["grade", *map(str, arguments)])

    return run


@pytest.fixture
def folder(tmp_path):
    for name, cells in {"ada": HONEST, "bob": HONEST[:1]}.items():
        (tmp_path / "in" / name).mkdir(parents=True)
        (tmp_path / "in" / name / f"{STEM}.ipynb").write_bytes(notebook(cells))
    return tmp_path / "in"


def test_all_graded_is_0(run, folder, capsys):
    assert run(folder) == 0
    printed = capsys.readouterr()
    assert "100 / 100" in printed.out and "30 / 100" in printed.out
    assert "2 submissions" in printed.err


COMMANDS = {
    "doctor": [],
    "next": ["自"],
    "reset": ["1.1", "自", "--yes"],
    "release": ["--check", "--root", "自"],
    "reproduce": ["curves", "--seeds", "0", "--out", "自"],
    "grade": ["自"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_stream_that_cannot_encode_a_letter_gets_another(command, run, folder):
    target = folder.rename(folder.parent / "自")
    if command in ("next", "reset"):
        shutil.copy(Path(__file__).parents[3] / "exercises" / "01_basic_structure.ipynb", target)
    stream = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")  # Windows in Western Europe
    with contextlib.redirect_stdout(stream):
        assert cli.main([command, *COMMANDS[command]]) in (0, 2)
        printed = stream.buffer.getvalue().decode("cp1252")
        with pytest.raises(SystemExit):
            cli.main([command, "--help"])
    assert printed or command == "reproduce"
    assert command not in ("next", "reset", "release") or "?" in printed
    assert command != "grade" or "v correct" in printed


def test_every_command_is_tried_on_such_a_stream(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    assert set(re.findall(r"^    (\w+)", capsys.readouterr().out, re.M)) == set(COMMANDS)


def test_below_the_minimum_is_1(run, folder):
    assert run(folder, "--min-score", 50, "--quiet") == 1
    assert run(folder, "--min-score", 30, "--quiet") == 0


def test_nothing_to_grade_or_no_such_path_is_2(run, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert run(tmp_path / "empty") == 2
    assert run(tmp_path / "nowhere") == 2
    assert "nowhere" in capsys.readouterr().err


def test_an_unknown_exercise_is_2(run, folder):
    assert run(folder, "--exercise", "99_unknown") == 2


def test_a_file_that_is_no_notebook_is_3_and_the_others_are_graded(run, folder, tmp_path):
    (folder / "ada" / "other.ipynb").write_text("{")
    (folder / "ada" / "strange.ipynb").write_bytes(notebook(HONEST))
    assert run(folder, "--output", "out", "--quiet") == 3
    report = json.loads((tmp_path / "out" / "grades.json").read_text())
    assert len(report["submissions"]) == 4
    problems = {one["path"]: one["problem"] for one in report["submissions"]}
    assert "not JSON" in problems["ada/other.ipynb"]
    assert "which exercise" in problems["ada/strange.ipynb"]
    assert problems[f"ada/{STEM}.ipynb"] == ""


def test_missing_isolation_is_4(run, folder, monkeypatch, capsys):
    offered = {"limits": "", "fs": "no Landlock", "full": "bubblewrap is not installed"}
    monkeypatch.setattr(isolation, "available", lambda: offered)
    assert run(folder, "--require-isolation", "full") == 4
    assert "bubblewrap is not installed" in capsys.readouterr().err


def test_interrupted_is_130(run, folder, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(batch, "grade", interrupt)
    assert run(folder) == 130


def test_every_form_of_the_report_is_written(run, folder, tmp_path):
    run(folder, "--output", "out", "--seed", 3, "--quiet")
    out = tmp_path / "out"
    report = json.loads((out / "grades.json").read_text())
    assert report["seed"] == 3 and report["isolation"] in isolation.LEVELS
    assert len(ET.parse(out / "junit.xml").getroot().findall("testsuite/testcase")) == 8
    rows = list(csv.DictReader((out / "grades.csv").open()))
    assert [(row["learner"], row["score"]) for row in rows] == [("ada", "100"), ("bob", "30")]
    assert "90.1 Double" in (out / "grades.html").read_text()
    assert "| 100 / 100 |" in (out / "grades.md").read_text()
    (results,) = out.glob("feedback/bob*/results.json")
    told = json.loads(results.read_text())
    assert told["score"] == 30 and len(told["tests"]) == 4
    page = results.with_name("feedback.html").read_text()
    assert "bob" in page and "ada" not in page


def test_the_same_seed_gives_the_same_report(run, folder, tmp_path):
    for out in ("one", "two"):
        run(folder, "--output", out, "--seed", 3, "--quiet")
    one, two = (json.loads((tmp_path / out / "grades.json").read_text()) for out in ("one", "two"))
    for report in (one, two):
        for entry in report["submissions"]:
            del entry["seconds"], entry["peak_mb"]
    assert one == two


def test_help_answers_at_once_and_tells_the_exit_codes():
    before = os.times()
    command = [sys.executable, "-m", "ae_course.cli", "grade", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    after = os.times()
    cpu = sum(getattr(after, k) - getattr(before, k) for k in ("children_user", "children_system"))
    assert cpu < 1  # 0.2 s of processor time
    assert "exit codes:" in done.stdout and "130" in done.stdout
