"""Trained models are judged so that a solution passes and nothing that only remembers does."""

import json

from ae_course.grading.judging.task import exercise_of

import pytest
from calibrate import TABLE, TASKS, cheats_for, credits
from trained import STYLES

CHEATS = [(task_id, what) for task_id in TASKS for what in cheats_for(task_id)]
RIGHT = [(task_id, style) for task_id in TASKS for style in STYLES[task_id]]


@pytest.mark.parametrize(("task_id", "what"), CHEATS)
def test_what_only_remembers_earns_nothing(task_id, what):
    assert credits(task_id, cheats_for(task_id)[what], range(3)) == [0, 0, 0]


@pytest.mark.parametrize(("task_id", "style"), RIGHT)
def test_a_right_model_in_another_style_gets_all_points(task_id, style):
    made = {TASKS[task_id][0]: STYLES[task_id][style]()}
    assert credits(task_id, lambda: made, range(3)) == [1, 1, 1]


def test_the_stored_table_is_about_these_tasks_and_says_the_same():
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    assert set(table) == set(TASKS) and min(map(len, STYLES.values())) >= 3
    for task_id, row in table.items():
        assert row["seeds"] >= 200 and row["commit"] and row["date"]
        worst = {f"{style}, worst": 1 for style in ("solution", *STYLES[task_id])}
        best = {f"{what}, best": 0 for what in cheats_for(task_id)}
        assert row["credit"] == worst | best


def test_the_check_that_is_measured_is_about_the_model():
    for task_id, (name, place, _) in TASKS.items():
        task = exercise_of(task_id)[task_id]
        assert (task.checks[place].target or task.target) == name
