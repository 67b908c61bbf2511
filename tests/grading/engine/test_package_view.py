"""A submission sees the whole course, and of the grader names that it cannot use."""

import subprocess
import sys
from pathlib import Path

import ae_course
from ae_course.grading.sandbox.child.withheld import OPEN
from ae_course.grading.sandbox.host.package_view import PackageView

import pytest


@pytest.fixture(scope="module")
def view(tmp_path_factory):
    return PackageView(tmp_path_factory.mktemp("package") / "view", ["metrics"])


def run(view, code):
    prepared = f"import sys; sys.path.insert(0, {str(view.folder)!r})\n{code}"
    command = [sys.executable, "-c", prepared]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_holds_no_task_no_solution_and_no_grader(view):
    grading = view.folder / "ae_course" / "grading"
    files = {path.relative_to(grading) for path in grading.rglob("*.py")}
    inits = {Path("__init__.py"), Path("sandbox", "__init__.py")}
    assert all(path.is_relative_to("sandbox/child") for path in files - inits)
    text = "".join(path.read_text() for path in view.folder.rglob("*.py"))
    assert "EXERCISE" not in text


def test_every_name_of_the_course_can_be_imported(view):
    names = ", ".join(dir(ae_course))
    done = run(
        view, f"from ae_course import {names}\nimport ae_course.models.linear, ae_course.cli"
    )
    assert (done.returncode, done.stderr.count("Error")) == (0, 0), done.stderr


def test_the_grader_is_silent(view):
    calls = "check('1.1'); hint('1.1'); progress(); next_task(); reset('1.1'); print(done('1.1'))"
    done = run(view, f"from ae_course.grading import {', '.join(OPEN)}; {calls}")
    assert (done.stdout, done.stderr) == ("False\n", "")


@pytest.mark.parametrize(
    "imports",
    [
        "from ae_course.grading import load_exercise as x",
        "from ae_course.grading.judging.task import load_exercise as x",
        "import ae_course.grading.tasks as x",
        "import ae_course.grading.judging.task; x = ae_course.grading.judging.task.load_exercise",
    ],
)
def test_a_name_of_the_grader_can_be_imported_and_not_used(view, imports):
    done = run(view, f"{imports}\nprint('there')\nx.anything('01_basic_structure')")
    assert done.stdout == "there\n"
    assert "part of the grader, which no answer may use" in done.stderr


def test_an_unknown_module_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="secrets"):
        PackageView(tmp_path / "view", ["secrets"])
