"""The course's own notebooks through the sandbox: solutions get all points, exercises none."""

import shutil
from pathlib import Path

from ae_course.grading.batch.grade import grade
from ae_course.grading.judging.task import load_exercise, stems

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("stem", stems())
def test_the_solution_gets_full_marks_and_the_untouched_exercise_none(stem, tmp_path):
    for folder in ("solutions", "exercises"):
        (tmp_path / folder).mkdir()
        shutil.copy(ROOT / folder / f"{stem}.ipynb", tmp_path / folder)
    report = grade([tmp_path], jobs=1)
    exercise, solution = report["submissions"]
    assert solution["score"] == 100, (solution["tasks"], solution["notes"])
    assert {task["status"] for task in exercise["tasks"]} == {"not attempted"}, exercise["tasks"]
    assert exercise["score"] == 0
    assert len(solution["tasks"]) == len(load_exercise(stem).tasks)
    assert not solution["notes"]
