"""Points come from the definition alone, and a result comes back whatever the submission does."""

import subprocess
import sys

from ae_course.grading.judging.kinds import Number, Property
from ae_course.grading.judging.task import (
    Exercise,
    Finding,
    Task,
    exercise_of,
    grade_task,
    load_exercise,
    stems,
)
from ae_course.grading.sandbox.child.in_process import LocalLearner
from ae_course.grading.sandbox.child.learner import LearnerError

import numpy as np
import pytest


def number(points, target, expect=1):
    return Number(points=points, asks=f"`{target}` is {expect}", expect=expect, target=target)


def task(*checks, id="2.1"):
    points = sum(check.points for check in checks)
    return Task(id, "A task", points, "easy", "a", checks, ("A hint.",))


def grade(some_task, learner):
    if isinstance(learner, dict):
        learner = LocalLearner(learner)
    return grade_task(some_task, learner, np.random.default_rng(0))


TWO = task(number(6, "a"), number(4, "b"))


@pytest.mark.parametrize(
    ("variables", "status", "points"),
    [
        ({"a": 1, "b": 1}, "correct", 10),
        ({"a": 1, "b": 2}, "partly", 6),
        ({"a": 2, "b": 1}, "partly", 4),
        ({"a": 2, "b": 2}, "incorrect", 0),
        ({"a": 2}, "incorrect", 0),
        ({"a": 1}, "partly", 6),
        ({"a": ..., "b": ...}, "not attempted", 0),
        ({}, "not attempted", 0),
    ],
)
def test_the_status_follows_from_the_checks(variables, status, points):
    result = grade(TWO, variables)
    assert (result.status, result.points, result.max_points) == (status, points, 10)
    assert len(result.messages) == 2


def test_credit_is_a_part_of_the_points():
    half = Property(points=5, asks="half", test=lambda learner, rng: Finding(0.5, "Nearly."))
    result = grade(task(half), {"a": 1})
    assert (result.status, result.points) == ("partly", 2.5)
    assert result.messages == ["◐ half\nNearly."]


def test_later_checks_on_a_broken_target_are_not_asked():
    asked = []
    check = Property(points=5, asks="more", test=lambda learner, rng: asked.append(1), target="f")
    first = Property(points=5, asks="f", test=lambda learner, rng: learner.call("f"), target="f")

    def f():
        raise ZeroDivisionError("by zero")

    result = grade(task(first, check), {"f": f})
    assert (result.status, result.points, asked) == ("incorrect", 0, [])
    assert "ZeroDivisionError: by zero" in result.messages[0]
    assert "first the line above" in result.messages[1]


@pytest.mark.parametrize("kind", ["timeout", "memory", "killed"])
def test_a_child_that_dies_costs_its_own_points(kind):
    class Dying:
        def get(self, target):
            if target == "b":
                raise LearnerError(kind, "It ended.")
            return 1

    result = grade(TWO, Dying())
    assert (result.status, result.points) == ("error", 6)
    assert "It ended." in result.messages[1]


def test_an_answer_that_the_check_stumbles_over_gains_nothing():
    check = Property(points=5, asks="odd", test=lambda learner, rng: learner.get("a")["nothing"])
    result = grade(task(check), {"a": 1})
    assert (result.status, result.points) == ("error", 0)


def test_the_same_generator_asks_the_same_questions():
    seen = []

    def test(learner, rng):
        seen.append(rng.integers(1 << 40))
        return Finding(1)

    some_task = task(Property(points=5, asks="", test=test))
    for _ in range(2):
        grade(some_task, {})
    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"id": "two"}, "chapter.number"),
        ({"points": 11}, "give 10 points, not 11"),
        ({"level": "tricky"}, "level"),
        ({"hints": ()}, "hint"),
    ],
)
def test_a_task_that_does_not_add_up_is_refused(change, words):
    good = {"id": "2.1", "title": "T", "points": 10, "level": "easy", "target": "a"}
    good |= {"checks": TWO.checks, "hints": ("A hint.",)}
    Task(**good)
    with pytest.raises(ValueError, match=words):
        Task(**good | change)


HUNDRED = task(number(100, "a"))


@pytest.mark.parametrize(
    ("stem", "tasks", "words"),
    [
        ("encoder", (HUNDRED,), "stem"),
        ("02_encoder", (TWO,), "sum to 10"),
        ("02_encoder", (HUNDRED, HUNDRED), "twice"),
        ("03_loss", (HUNDRED,), "another chapter"),
    ],
)
def test_an_exercise_that_does_not_add_up_is_refused(stem, tasks, words):
    with pytest.raises(ValueError, match=words):
        Exercise(stem, "T", (), tasks)


def test_exercises_are_found_by_stem_and_by_task():
    assert "01_basic_structure" in stems()
    assert exercise_of("1.1") is load_exercise("01_basic_structure")
    for unknown in ("99.1", "1.99", "", "../1", "one.1", "²"):
        with pytest.raises(KeyError, match="There is no task"):
            exercise_of(unknown)
    with pytest.raises(KeyError, match="There is no exercise"):
        load_exercise("../task")


def test_definitions_load_without_keras():
    code = (
        "import sys; from ae_course.grading.judging.task import load_exercise, stems;"
        "[load_exercise(stem) for stem in stems()];"
        "assert not {'keras', 'tensorflow', 'sklearn', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
