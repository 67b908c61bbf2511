"""A small exercise without Keras that the hostile submissions are graded on."""

from ae_course.grading.judging.kinds import Calls, Number, Property
from ae_course.grading.judging.task import Exercise, Finding, Task

import numpy as np

STEM = "90_hostile"


def _rows(rng):
    return {"x": rng.normal(size=(rng.integers(2, 5), 3))}


def _through_one_number(learner, rng):
    """What `encode` saw must come back from its code, told by a process that never saw it."""
    x = rng.normal(size=(5, 1)) * [1.0, 2.0, 3.0]
    h = np.asarray(learner.call("encode", x), dtype=float)
    if h.shape != (5, 1):
        return Finding(0, f"The code should have shape (5, 1), not {h.shape}.")
    came = np.asarray(learner.fresh().call("decode", h), dtype=float)
    if came.shape != x.shape or not np.allclose(came, x, rtol=1e-3):
        return Finding(0, "The code does not tell enough.")
    return Finding(1)


def _task(number, title, points, target, check):
    return Task(f"90.{number}", title, points, "easy", target, (check,), ("Think.",))


EXERCISE = Exercise(
    stem=STEM,
    title="Hostile",
    provides=("data",),
    tasks=(
        _task(
            1,
            "Double",
            30,
            "double",
            Calls(points=30, asks="`double` returns 2x", inputs=_rows, expect=lambda x: 2 * x),
        ),
        _task(2, "Answer", 20, "answer", Number(points=20, asks="the answer", expect=42)),
        _task(
            3,
            "Norm",
            30,
            "norm",
            Calls(
                points=30,
                asks="`norm` returns ‖x‖ of every row",
                inputs=_rows,
                expect=lambda x: np.sqrt((x**2).sum(axis=1)),
            ),
        ),
        _task(
            4,
            "One number",
            20,
            "encode",
            Property(points=20, asks="a row comes back", test=_through_one_number),
        ),
    ),
)


def load(stem):
    """Stands in for `load_exercise`."""
    if stem != STEM:
        raise KeyError(stem)
    return EXERCISE
