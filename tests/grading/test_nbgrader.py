"""A teacher who runs nbgrader can use the notebooks as they are."""

import os
import shutil
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from traitlets.config import Config

ROOT = Path(__file__).parents[2]
NAME = "01_basic_structure"


@pytest.fixture(scope="module")
def scores(tmp_path_factory):
    """Points by student and cell after nbgrader's own assign and autograde."""
    with pytest.MonkeyPatch.context() as patch:  # nbgrader calls `alembic` by its bare name
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        return grade_with_nbgrader(tmp_path_factory.mktemp("nbgrader"))


def grade_with_nbgrader(folder):
    config = Config()
    config.CourseDirectory.root = str(folder)
    config.Execute.timeout = 1800
    nbgrader = NbGraderAPI(config=config)
    _copy(ROOT / f"solutions/{NAME}.ipynb", folder / "source/chapter")
    result = nbgrader.generate_assignment("chapter")
    assert result["success"], result["log"]
    _copy(ROOT / f"solutions/{NAME}.ipynb", folder / "submitted/solver/chapter")
    _copy(ROOT / f"exercises/{NAME}.ipynb", folder / "submitted/starter/chapter")
    _copy(folder / f"release/chapter/{NAME}.ipynb", folder / "submitted/theirs/chapter")
    half = (ROOT / f"solutions/{NAME}.ipynb").read_text("utf-8").replace("64 / 8", "56")
    _copy(ROOT / f"solutions/{NAME}.ipynb", folder / "submitted/half/chapter").write_text(half)
    for student in ("solver", "starter", "theirs", "half"):
        result = nbgrader.autograde("chapter", student)
        assert result["success"], result["log"]
    with Gradebook(nbgrader.coursedir.db_url) as gradebook:
        return {
            submission.student.id: {
                grade.name: grade.auto_score for n in submission.notebooks for grade in n.grades
            }
            for submission in gradebook.assignment_submissions("chapter")
        }


def _copy(source, folder):
    folder.mkdir(parents=True)
    return Path(shutil.copy(source, folder / f"{NAME}.ipynb"))


def checks(scores):
    return {name: points for name, points in scores.items() if name.startswith("check-")}


def test_the_solution_gets_full_marks(scores):
    assert sum(checks(scores["solver"]).values()) == 100


@pytest.mark.parametrize("student", ["starter", "theirs"])
def test_the_untouched_exercise_gets_none(scores, student):
    """Ours, and the one that nbgrader makes of our solution."""
    assert set(checks(scores[student]).values()) == {0}


def test_a_part_of_a_task_gets_its_part_of_the_points(scores):
    assert checks(scores["half"])["check-1-5"] == 10
    assert sum(checks(scores["half"]).values()) == 95
