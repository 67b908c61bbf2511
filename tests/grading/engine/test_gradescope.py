"""The autograder's zip, built and run in a clean folder as Gradescope's harness does it."""

import io
import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

from ae_course.cli import main
from ae_course.grading.batch.gradescope_run import results
from ae_course.grading.sandbox.host.isolation import strongest

import pytest
from hostile_cases import notebook

ROOT = Path(__file__).parents[3]
NAME = "01_basic_structure"
WHOLE = {"score", "output", "output_format", "execution_time", "extra_data", "tests"}
TEST = {"name", "score", "max_score", "status", "output", "output_format"}
"""Keys that Gradescope's specification has, of which these are used."""


class Harness:
    """What Gradescope does: builds the image once, then runs it for each submission."""

    def __init__(self, root):
        self.root = root
        self._environment = {
            name: value for name, value in os.environ.items() if name != "PYTHONPATH"
        }
        self._environment |= {"AUTOGRADER_ROOT": str(root), "PIP_NO_INDEX": "1"}

    def build(self, archive):
        zipfile.ZipFile(archive).extractall(self.root / "source")
        shutil.copy(self.root / "source/run_autograder", self.root)
        (self.root / "run_autograder").chmod(0o755)
        # in place of the environment that setup.sh would make with apt-get and the network
        (self.root / "venv").symlink_to(sys.prefix)
        return self._call(["bash", str(self.root / "source/setup.sh")])

    def grade(self, files):
        for name in ("submission", "results"):
            shutil.rmtree(self.root / name, ignore_errors=True)
            (self.root / name).mkdir()
        for name, data in files.items():
            (self.root / "submission" / name).write_bytes(data)
        done = self._call([str(self.root / "run_autograder")])
        written = self.root / "results/results.json"
        return done, json.loads(written.read_text()) if written.exists() else None

    def _call(self, command):
        return subprocess.run(
            command,
            cwd=self.root,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )


@pytest.fixture(scope="module")
def harness(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gradescope")
    assert main(["gradescope", "1", "--out", str(folder / "autograder.zip")]) == 0
    harness = Harness(folder / "autograder")
    done = harness.build(folder / "autograder.zip")
    assert done.returncode == 0, done.stderr
    return harness


def test_a_submission_gets_its_points_from_the_package_in_the_zip(harness):
    solution = (ROOT / f"solutions/{NAME}.ipynb").read_bytes()
    done, came = harness.grade({"my work.ipynb": solution, "notes.txt": b"Hello"})
    assert done.returncode == 0, done.stderr
    assert f"ae-course at {harness.root.resolve()}/course/ae_course, isolation" in done.stdout
    assert came["score"] == 100
    assert set(came) == WHOLE and all(set(test) == TEST for test in came["tests"])
    assert [test["name"][:3] for test in came["tests"]] == [f"1.{n}" for n in range(1, 7)]
    assert {test["status"] for test in came["tests"]} == {"passed"}
    assert came["extra_data"]["isolation"] == strongest()
    assert "notes.txt: not read" in came["output"]


def test_a_submission_cannot_read_the_answers(harness):
    tasks = harness.root / f"course/ae_course/grading/tasks/{NAME}.py"
    assert tasks.exists()
    cell = f"""
for path in ({str(tasks)!r}, {str(harness.root / "source/requirements.txt")!r}):
    try:
        open(path).close()
    except OSError:
        continue
    import numpy as np
    def encode(x, W, b):
        return 1 / (1 + np.exp(-(x @ W.T + b)))
"""
    done, came = harness.grade({f"{NAME}.ipynb": notebook([cell])})
    assert done.returncode == 0, done.stderr
    assert came["score"] == 0
    for name in ("course", "source"):
        assert stat.S_IMODE((harness.root / name).stat().st_mode) == 0o700


def test_a_submission_without_a_notebook_is_told_so(harness):
    done, came = harness.grade({"notes.txt": b"Hello"})
    assert done.returncode == 0, done.stderr
    assert came["score"] == 0
    assert "Expected a Jupyter notebook (.ipynb); came notes.txt." in came["output"]


def test_where_the_grader_fails_there_is_no_score(harness):
    shutil.rmtree(harness.root / "submission", ignore_errors=True)
    shutil.rmtree(harness.root / "results", ignore_errors=True)
    done = harness._call([str(harness.root / "run_autograder")])
    assert done.returncode == 4
    assert "Nothing was graded. There is no" in done.stderr
    assert not (harness.root / "results/results.json").exists()


def entry(path, exercise=NAME):
    task = {"id": "1.1", "title": "T", "status": "partly", "points": 5.5, "max_points": 20}
    return {
        "path": path,
        "exercise": exercise,
        "score": 5.5,
        "problem": "",
        "notes": [],
        "seconds": 1.4,
        "tasks": [{**task, "messages": ["◐ asked"]}],
    }


def report(*submissions):
    return {
        "submissions": list(submissions),
        "unread": [],
        "seed": 7,
        "isolation": "fs",
        "versions": {"python": "3.12.1"},
    }


def test_several_exercises_add_up_and_one_twice_is_refused():
    both = results(report(entry("a.ipynb"), entry("b.ipynb", "02_encoder_and_decoder")))
    assert both["score"] == 11 and len(both["tests"]) == 2 and both["execution_time"] == 3
    twice = results(report(entry("a.ipynb"), entry("b.ipynb")))
    assert twice["score"] == 0 and "tests" not in twice
    assert "Expected one notebook an exercise; came a.ipynb, b.ipynb." in twice["output"]


def test_the_zip_holds_what_gradescope_needs_and_is_the_same_each_time(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["gradescope"]) == 0
    assert main(["gradescope", "--out", "again/other.zip"]) == 0
    assert Path("autograder.zip").read_bytes() == Path("again/other.zip").read_bytes()
    archive = zipfile.ZipFile("autograder.zip")
    (wheel,) = [name for name in archive.namelist() if name.endswith(".whl")]
    assert {"setup.sh", "run_autograder", "requirements.txt", wheel} == set(archive.namelist())
    package = zipfile.ZipFile(io.BytesIO(archive.read(wheel))).namelist()
    assert {"ae_course/grading/batch/style.css", "ae_course/cli.py"} <= {*package}
    for name in ("setup.sh", "run_autograder"):
        assert archive.getinfo(name).external_attr >> 16 & 0o111
        done = subprocess.run(["bash", "-n"], input=archive.read(name), capture_output=True)
        assert done.returncode == 0, done.stderr
    pins = archive.read("requirements.txt").decode().splitlines()
    assert all(pin.count("==") == 1 for pin in pins)
    assert {"keras", "numpy", "tensorflow"} <= {pin.partition("==")[0] for pin in pins}
    assert not [pin for pin in pins if pin.startswith(("ae-course", "pytest", "distributed"))]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["gradescope", "77"], 2, f"There is no exercise '77'; there are {NAME}"),
        (["gradescope", "--out", "file/autograder.zip"], 5, "can't be written"),
    ],
)
def test_an_error_says_what_to_do(arguments, code, says, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("")
    assert main(arguments) == code
    assert says in capsys.readouterr().err
