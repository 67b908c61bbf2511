"""A submission sees the exercise's modules, and of the others only that they are withheld."""

import subprocess
import sys
from pathlib import Path

from ae_course.grading.sandbox.host.package_view import PackageView

import pytest


@pytest.fixture
def view(tmp_path):
    return PackageView(tmp_path / "view", ["metrics"])


def run(view, code):
    prepared = f"import sys; sys.path.insert(0, {str(view.folder)!r}); {code}"
    command = [sys.executable, "-c", prepared]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_holds_no_task_no_solution_and_no_grader(view):
    grading = view.folder / "ae_course" / "grading"
    files = {path.relative_to(grading) for path in grading.rglob("*.py")}
    inits = {Path("__init__.py"), Path("sandbox", "__init__.py")}
    assert all(path.is_relative_to("sandbox/child") for path in files - inits)
    text = "".join(path.read_text() for path in view.folder.rglob("*.py"))
    assert "EXERCISE" not in text


def test_a_withheld_module_says_so(view):
    done = run(view, "import ae_course.linear")
    assert "withheld in this exercise: it holds the answer" in done.stderr


def test_the_grader_is_silent(view):
    calls = "check('1.1'); hint('1.1'); progress(); print(done('1.1'))"
    done = run(view, f"from ae_course.grading import check, done, hint, progress; {calls}")
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_what_provided_modules_need_is_hidden_once_it_is_loaded(view):
    assert view.hidden == [
        "ae_course.models.losses",
        "ae_course.models.precision",
        "ae_course.models.tensors",
    ]
    assert run(view, "import ae_course.losses").returncode == 0
    view.close()
    assert "withheld" in run(view, "import ae_course.losses").stderr


def test_an_unknown_module_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="secrets"):
        PackageView(tmp_path / "view", ["secrets"])
