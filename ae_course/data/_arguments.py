"""The checks of arguments, and the seeded generators, that every data set shares."""

import math
from numbers import Integral, Real

from ae_course.validation import positive_int

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
    number = isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
    if not number or value < 0 or (above_zero and value == 0):
        raise ValueError(
            f"{name} must be a finite number {'> 0' if above_zero else '≥ 0'}, got {value!r}."
        )
    return float(value)


def check_seed(seed: int) -> int:
    """Return `seed` as an int in [0, 2³² − 1], the seeds that NumPy and scikit-learn both take.

    Raises:
        ValueError: if it is anything else.
    """
    if isinstance(seed, bool) or not isinstance(seed, Integral) or not 0 <= seed < 2**32:
        raise ValueError(f"seed must be a whole number between 0 and 2**32 - 1, got {seed!r}.")
    return int(seed)


def generators(seed: int, count: int = 2) -> list[np.random.Generator]:
    """Independent generators from one seed: the first for training, the second for test data.

    So the test set stays the same when the training set grows, and the other way round. A data
    set that needs more asks for them by `count`; the first ones stay the same.
    """
    return [np.random.default_rng(s) for s in np.random.SeedSequence(check_seed(seed)).spawn(count)]
