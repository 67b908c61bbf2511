"""The checks of arguments, and the seeded generators, that every data set shares."""

import math

from ae_course.validation import check_seed, positive_int, real_number

import numpy as np


def check_count(name: str, value: int, low: int = 1, high: float = math.inf) -> int:
    """Return `value` as an int in [`low`, `high`].

    Raises:
        ValueError: if it is not a whole number, or outside.
    """
    count = positive_int(value, name)
    if not low <= count <= high:
        allowed = f"at least {low}" if math.isinf(high) else f"between {low} and {high}"
        raise ValueError(f"{name} must be {allowed}, got {count}.")
    return count


def check_number(name: str, value: float, above_zero: bool = False) -> float:
    """Return `value` as a finite float ≥ 0, or > 0 if `above_zero`.

    Raises:
        ValueError: if it is anything else.
    """
    number = real_number(value, name)
    if above_zero and number == 0:
        raise ValueError(f"{name} must be a finite number > 0, got {value!r}.")
    return number


def generators(seed: int, count: int = 2) -> list[np.random.Generator]:
    """Independent generators from one seed: the first for training, the second for test data.

    So the test set stays the same when the training set grows, and the other way round. A data
    set that needs more asks for them by `count`; the first ones stay the same.
    """
    return [np.random.default_rng(s) for s in np.random.SeedSequence(check_seed(seed)).spawn(count)]
