"""The one place that looks at data."""

from ae_course.validation import as_samples, in_unit_interval, positive_int

import numpy as np
import pytest


def test_float32_samples_are_not_copied():
    x = np.ones((2, 3), "float32")
    assert as_samples(x) is x


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float16", "float64"])
def test_any_real_dtype_becomes_float32(dtype):
    assert as_samples(np.ones((2, 3), dtype)).dtype == np.float32


def test_a_wanted_shape_may_leave_an_axis_open():
    assert as_samples(np.ones((2, 3, 4)), (None, 4)).shape == (2, 3, 4)
    with pytest.raises(ValueError, match=r"must have shape \(n, any, 4\), got \(2, 3, 5\)"):
        as_samples(np.ones((2, 3, 5)), (None, 4))


def test_the_first_bad_value_is_named():
    x = np.ones((2, 3))
    x[1, 2] = np.inf
    with pytest.raises(ValueError, match=r"pixels\[1, 2\] is inf"):
        as_samples(x, name="pixels")


@pytest.mark.parametrize("value", [0, -1, 1.0, True, "3", None])
def test_positive_int_takes_nothing_else(value):
    with pytest.raises(ValueError, match="epochs must be a whole number ≥ 1"):
        positive_int(value, "epochs")


def test_positive_int_takes_numpy_integers():
    assert positive_int(np.int64(3), "epochs") == 3


@pytest.mark.parametrize(
    "x", [[[0, 1]], np.array([[True]]), np.array([[1 + 1e-7]]), np.empty((0, 2))]
)
def test_values_in_the_unit_interval_pass(x):
    in_unit_interval(x)


@pytest.mark.parametrize(
    "x", [[[0, 2]], np.array([[-0.1]]), np.array([[np.nan]]), np.uint8([[255]])]
)
def test_values_outside_the_unit_interval_are_named(x):
    with pytest.raises(ValueError, match=r"pixels goes from .* to .*pixels / 255"):
        in_unit_interval(x, "pixels")


def test_values_that_are_not_known_yet_pass():
    class Traced:
        def __array__(self, *args, **kwargs):
            raise NotImplementedError

    in_unit_interval(Traced())
    in_unit_interval(iter([np.array([[255]])]))
