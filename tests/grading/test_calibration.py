"""Trained models are judged so that a solution passes and nothing that only remembers does."""

import json

from ae_course.grading.judging.task import exercise_of

import pytest
from calibrate import TABLE, TASKS, cheats_for, credits

CHEATS = [(task_id, what) for task_id in TASKS for what in cheats_for(task_id)]


@pytest.mark.parametrize(("task_id", "what"), CHEATS)
def test_what_only_remembers_earns_nothing(task_id, what):
    assert credits(task_id, cheats_for(task_id)[what], range(3)) == [0, 0, 0]


def test_the_stored_table_is_about_these_tasks_and_says_the_same():
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    assert set(table["tasks"]) == set(TASKS)
    assert table["seeds"] >= 200
    for row in table["tasks"].values():
        assert row.pop("solution, worst") == 1
        assert len(row) == 7 and not any(row.values())


def test_the_check_that_is_measured_is_about_the_model():
    for task_id, (name, place, _) in TASKS.items():
        task = exercise_of(task_id)[task_id]
        assert (task.checks[place].target or task.target) == name
