"""The learner's tools work from a wheel, in an empty folder, without the repository."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NEEDED = ("ae_course", "exercises", "pyproject.toml", "setup.py", "MANIFEST.in", "README.md")


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with what the wheel holds."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in (*NEEDED, "LICENSE", "LICENSE-TEXT"):
        if (ROOT / name).is_dir():
            leave_out = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
            shutil.copytree(ROOT / name, source / name, ignore=leave_out)
        else:
            shutil.copy(ROOT / name, source)
    command = "from setuptools.build_meta import build_wheel; build_wheel('..')"
    done = subprocess.run(
        [sys.executable, "-c", command], cwd=source, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "site")
    shutil.rmtree(source)
    return folder / "site"


@pytest.fixture
def learner(installed, tmp_path):
    """The command as a learner's terminal runs it, without anything on its standard input."""

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "ae_course.cli", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(installed)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )

    return run


def test_the_wheel_holds_every_file_of_the_package(installed):
    """Templates, styles and scripts as well as modules."""
    ours = {p.relative_to(ROOT) for p in (ROOT / "ae_course").rglob("*") if p.is_file()}
    ours = {p for p in ours if not {"__pycache__", ".ipynb_checkpoints"} & {*p.parts}}
    assert len(ours) > 100 and not [path for path in ours if not (installed / path).exists()]


def test_a_learners_first_hour(learner, installed, tmp_path):
    code = "import ae_course; print(ae_course.__file__)"
    where = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
    )
    assert where.stdout.startswith(str(installed))
    steps = [
        (["next"], 2, "`ae-course start` puts them there"),
        (["start"], 0, "03_loss_and_training.ipynb: new"),
        (["next"], 0, "Next: 1.1"),
        (["hint", "1.1"], 0, "Hint 1 of 3"),
        (["check", "1.3"], 1, "not done yet"),
        (["reset", "1.3"], 1, "say `--yes`"),
        (["reset", "1.3", "--yes"], 0, "is as it was given"),
        (["progress"], 0, "09_generative.ipynb: 0 of 100 points"),
        (["update"], 0, "Nothing is newer"),
    ]
    for arguments, code, says in steps:
        done = learner(*arguments)
        assert done.returncode == code, (arguments, done.stderr)
        assert says in done.stdout + done.stderr, (arguments, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
    given = sorted(path.name for path in (ROOT / "exercises").glob("*.ipynb"))
    brought = sorted(path.name for path in (tmp_path / "exercises").glob("*.ipynb"))
    assert brought == [*given, "progress.ipynb"]
