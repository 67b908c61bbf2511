"""The command's exit codes and files."""

import contextlib
import csv
import functools
import io
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

from ae_course import cli
from ae_course.grading.batch import grade as batch
from ae_course.grading.batch import slot
from ae_course.grading.batch.journal import PARTIAL
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
    "start": ["自"],
    "update": ["自"],
    "check": ["1.1", "自"],
    "hint": ["1.1"],
    "progress": ["自"],
    "next": ["自"],
    "reset": ["1.1", "自", "--yes"],
    "release": ["--check", "--root", "自"],
    "prove": ["1", "--root", "自"],
    "reproduce": ["curves", "--seeds", "0", "--out", "自"],
    "grade": ["自"],
    "nbgrader": ["自", "1"],
    "gradescope": ["1", "--out", "自/autograder.zip"],
    "gradebook": ["show", "自.sqlite"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_stream_that_cannot_encode_a_letter_gets_another(command, run, folder):
    target = folder.rename(folder.parent / "自")
    if command in ("check", "progress", "next", "reset", "update"):
        shutil.copy(Path(__file__).parents[3] / "exercises" / "01_basic_structure.ipynb", target)
    stream = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")  # Windows in Western Europe
    with contextlib.redirect_stdout(stream):
        assert cli.main([command, *COMMANDS[command]]) in (0, 1, 2)
        printed = stream.buffer.getvalue().decode("cp1252")
        with pytest.raises(SystemExit):
            cli.main([command, "--help"])
    assert printed or command in ("reproduce", "gradebook")  # which say why on stderr
    assert command not in ("next", "reset", "release", "prove") or "?" in printed
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


def test_other_files_are_7_and_named(run, folder, capsys):
    (folder / "ada" / "answer.py").write_text("x = 1")
    (folder / "ada" / ".DS_Store").write_text("")
    assert run(folder) == 7
    printed = capsys.readouterr()
    assert "ada/answer.py: not read. This is no notebook." in printed.out
    assert "1 other files were found" in printed.err
    for name in ("grades.md", "grades.html"):
        assert "answer" in Path("grades", name).read_text()


def test_what_systems_leave_behind_is_named_and_0(run, folder, capsys):
    (folder / "ada" / ".DS_Store").write_text("")
    assert run(folder) == 0
    assert "ada/.DS_Store: not read." in capsys.readouterr().out


def test_results_beside_the_submissions_are_none_of_them(run, folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert run(".", "--quiet") == run(".", "--quiet") == 0


def test_only_other_files_is_nothing_to_grade(run, tmp_path, capsys):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "answer.py").touch()
    assert run(tmp_path / "in") == 2
    assert "no notebook was found among 1 files" in capsys.readouterr().err


def test_a_file_that_was_not_read_counts_before_a_low_score(run, folder):
    (folder / "ada" / "other.ipynb").write_text("{")
    assert run(folder, "--min-score", 50, "--quiet") == 3


@pytest.mark.parametrize("deaths", [1, 2])
def test_a_sandbox_that_dies_is_started_again_once_and_then_is_6(
    run, folder, monkeypatch, tmp_path, deaths
):
    died = []

    class Dying(slot.RemoteLearner):
        def __init__(self, sandbox, cells, limits):
            super().__init__(sandbox, cells, limits)
            if [*cells] == [*HONEST[:1]] and len(died) < deaths:  # bob's
                died.append(self)
                raise isolation.SandboxError("The sandbox was lost.")

    monkeypatch.setattr(slot, "RemoteLearner", Dying)
    assert run(folder, "--quiet", "--jobs", 1) == (0 if deaths == 1 else 6)
    ada, bob = json.loads(Path("grades/grades.json").read_text())["submissions"]
    assert ada["score"] == 100 and not ada["sandbox_lost"]
    assert bob["sandbox_lost"] is (deaths == 2)
    assert bob["score"] == (30 if deaths == 1 else 0)
    assert len(bob["notes"]) == deaths and "was lost" in bob["notes"][0]


def blocked_report(out):
    (out / "grades.json" / "x").mkdir(parents=True)


def blocked_feedback(out):
    out.mkdir()
    (out / "feedback").touch()


def blocked_folder(out):
    out.touch()


@pytest.mark.parametrize("block", [blocked_report, blocked_feedback, blocked_folder])
def test_results_that_cannot_be_written_are_5_and_kept(run, folder, tmp_path, capsys, block):
    out = tmp_path / "out"
    block(out)
    assert run(folder, "--output", out, "--quiet") == 5
    assert "can't be written" in capsys.readouterr().err
    kept = [path.read_text().splitlines() for path in out.glob(PARTIAL)]
    assert [len(lines) for lines in kept] == ([3] if out.is_dir() else [])
    for path in (out / "grades.json", out / "feedback", out):
        if path.is_file():
            path.unlink()
    shutil.rmtree(out / "grades.json", ignore_errors=True)
    assert run(folder, "--output", out, "--quiet") == 0
    assert not (out / PARTIAL).exists()


@pytest.mark.parametrize("size", [0, 300, 1_000, 2_000, 3_000])
def test_a_disk_that_is_full_at_any_time_is_5_and_the_batch_goes_on(
    run, folder, tmp_path, capsys, size
):
    out, before = tmp_path / "out", resource.getrlimit(resource.RLIMIT_FSIZE)

    @contextlib.contextmanager
    def unlimited():
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        yield
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))

    class Unlimited(slot.Sandbox):
        """One that starts as if it were on a disk of its own."""

        def __init__(self, *arguments):
            with unlimited():
                super().__init__(*arguments)

        def launch(self):
            with unlimited():
                return super().launch()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slot, "Sandbox", Unlimited)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        try:
            code = run(folder, "--output", out, "--quiet", "--jobs", 1)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert code == 5, capsys.readouterr().err
    assert not (out / "grades.json").exists()
    kept = (out / PARTIAL).read_text().splitlines()[1:]
    assert run(folder, "--output", out, "--quiet") == 0
    report = json.loads((out / "grades.json").read_text())
    assert [one["score"] for one in report["submissions"]] == [100, 30]
    assert all(json.loads(line)["entry"] in report["submissions"] for line in kept)


def test_feedback_of_what_was_withdrawn_goes(run, folder, tmp_path):
    run(folder, "--output", "out", "--quiet")
    shutil.rmtree(folder / "bob")
    (tmp_path / "out/feedback/mine").mkdir()
    (tmp_path / "out/.part-cut-off").mkdir()
    run(folder, "--output", "out", "--quiet")
    assert len(list((tmp_path / "out/feedback").glob("*"))) == 2
    assert len(list((tmp_path / "out/feedback").glob("ada*"))) == 1
    assert not (tmp_path / "out/.part-cut-off").exists()


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
