"""An exercise outside the package: two tasks about rotations."""

from ae_course.grading.judging.kinds import Calls, Choice
from ae_course.grading.judging.task import Exercise, Mistake, Task

import numpy as np


def rotate(x, angle):
    """Turn points (n, 2) by an angle."""
    c, s = np.cos(angle), np.sin(angle)
    return x @ np.array([[c, s], [-s, c]])


def back(x, angle):
    return rotate(x, -angle)


def transposed(x, angle):
    return rotate(x, angle).T


def in_degrees(x, angle):
    return rotate(x, np.deg2rad(angle))


def points_and_angle(rng):
    return {
        "x": rng.normal(size=(rng.integers(3, 9), 2)),
        "angle": rng.uniform(1, 3),
    }


ROTATE = Task(
    id="20.1",
    title="Turn points",
    points=60,
    level="easy",
    target="rotate",
    checks=(
        Calls(
            points=60,
            asks="points (n, 2) turned by an angle against the clock",
            inputs=points_and_angle,
            expect=rotate,
            mistakes=(
                Mistake("This turns the other way", back),
                Mistake("Points stay rows", transposed),
                Mistake("The angle is in radians", in_degrees),
            ),
        ),
    ),
    hints=("The first row of the matrix, as x @ M, is (cos, sin).",),
)

MEANING = Task(
    id="20.2",
    title="What a rotation keeps",
    points=40,
    level="easy",
    target="kept_20_2",
    checks=(
        Choice(
            points=40,
            asks="what every rotation keeps",
            expect="b",
            why={
                "a": "The coordinates change; only the origin stays.",
                "b": "Lengths, and so distances, stay.",
                "c": "The mean turns with the points.",
                "d": "Each variance changes; only their sum stays.",
            },
        ),
    ),
    hints=("Compute x @ x before and after.",),
)

EXERCISE = Exercise(
    stem="20_rotations",
    title="Rotations",
    provides=(),
    tasks=(ROTATE, MEANING),
)
