"""The one place that looks at data."""

from collections import UserDict

from ae_course import data
from ae_course.validation import (
    as_samples,
    as_weights,
    check_seed,
    check_shape,
    in_unit_interval,
    positive_int,
    positive_ints,
    real_number,
)

import numpy as np
import pandas
import pytest
from scipy import sparse


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


@pytest.mark.parametrize(
    ("value", "ints"), [(3, (3,)), ((3, 4), (3, 4)), ([], ()), (np.arange(1, 3), (1, 2))]
)
def test_positive_ints_takes_one_or_several(value, ints):
    assert positive_ints(value, "hidden") == ints


@pytest.mark.parametrize("value", ["12", 1.5, (3, 0), None, {3: 4}])
def test_positive_ints_takes_nothing_else(value):
    with pytest.raises(ValueError, match="hidden must be a whole number ≥ 1"):
        positive_ints(value, "hidden")


@pytest.mark.parametrize("value", [0, 1, 0.5, np.float32(0.25), np.int64(1)])
def test_a_real_number_within_its_range_becomes_a_float(value):
    assert type(real_number(value, "share", high=1)) is float


@pytest.mark.parametrize("value", [-0.1, 1.1, np.nan, np.inf, "0.3", True, None, [0.3]])
def test_a_real_number_is_nothing_else(value):
    with pytest.raises(ValueError, match="share must be a finite number from 0 to 1, got"):
        real_number(value, "share", high=1)


@pytest.mark.parametrize("value", [-1, 2**32, 1.0, True, "1", None])
def test_a_seed_is_nothing_else(value):
    with pytest.raises(ValueError, match="seed must be a whole number between"):
        check_seed(value)


def test_positive_int_takes_numpy_integers():
    assert positive_int(np.int64(3), "epochs") == 3


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        ({"a": [1, 2]}, TypeError, "got a dict with the keys"),
        (sparse.eye(3).tocsr(), TypeError, r"got a csr_matrix|got a dia.*: pass x.toarray\(\)"),
        (sparse.coo_array(np.eye(3)), TypeError, r"got a coo_array: pass x.toarray\(\)"),
        (data.moons(9, 9), TypeError, "got a Dataset: pass a part of it, as x.train"),
        (iter([np.eye(3)]), TypeError, "brings batches, which fit alone takes"),
        (np.eye(2).astype(object), TypeError, r"got dtype object. If all are numbers, .*\(float\)"),
        ([[1, 2], [3]], ValueError, "samples of one shape, got a ragged list"),
        (np.ma.masked_less(np.ones((2, 2)), 2), ValueError, "masked values"),
        (np.full((2, 2), 1e300), ValueError, "1e\\+300, which float32 cannot hold"),
        (np.array([["a", "b"]]), TypeError, "real numbers"),
        (pandas.DataFrame({"a": [1.0], "city": ["x"]}), TypeError, "column 'city' has dtype"),
        (
            pandas.DataFrame({"a": [1.0, None]}),
            ValueError,
            "column 'a' has a missing value in row 1",
        ),
        (pandas.DataFrame({"a": [1.0, np.inf]}), ValueError, "column 'a' holds inf in row 1"),
        (pandas.DataFrame({"a": [1e300, 0]}), ValueError, r"column 'a' holds 1e\+300 in row 0"),
        ([np.ma.masked_less(np.ones(2), 2), np.ones(2)], ValueError, "masked values"),
        (UserDict(a=[1, 2]), TypeError, "got a UserDict with the keys"),
    ],
)
def test_what_holds_no_samples_is_told_by_name(x, error, message):
    with pytest.raises(error, match=message):
        as_samples(x)


class Polars:
    """What a table of Polars has of pandas' names."""

    def __init__(self, table):
        self.table, self.columns, self.dtypes = table, list(table), [float] * table.shape[1]

    def to_pandas(self):
        return self.table


def test_a_table_of_polars_is_taken_as_pandas_has_it():
    table = pandas.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    np.testing.assert_array_equal(as_samples(Polars(table)), table)
    with pytest.raises(ValueError, match=r"its column 'a' holds inf in row 0\.$"):
        as_samples(pandas.DataFrame({"a": [np.inf, 2.0]}))


def test_a_table_of_numbers_booleans_and_nullable_columns_is_taken():
    table = pandas.DataFrame(
        {
            "size": [1.5, 2.0],
            "count": pandas.array([1, 2], dtype="Int64"),
            "share": pandas.array([0.1, 0.2], dtype="Float64"),
            "red": [True, False],
            "blue": pandas.array([True, False], dtype="boolean"),
        }
    )
    expected = [[1.5, 1, 0.1, 1, 1], [2, 2, 0.2, 0, 0]]
    np.testing.assert_allclose(as_samples(table), expected, rtol=1e-6)
    table.loc[0, "count"] = pandas.NA
    with pytest.raises(ValueError, match="its column 'count' has a missing value in row 0"):
        as_samples(table)


@pytest.mark.parametrize(
    ("got", "shape"),
    [
        ((5, 6), (6,)),
        ((None, 6), (6,)),
        ((5, 6), (None,)),
        ((None, None), (6,)),
        ((5, 3, 4), (3, 4)),
    ],
)
def test_sizes_that_are_not_known_match(got, shape):
    check_shape(got, shape, "x")


@pytest.mark.parametrize(("got", "shape"), [((5, 6), (7,)), ((6,), (6,)), ((5, 6), (6, 1))])
def test_other_shapes_are_told(got, shape):
    with pytest.raises(ValueError, match=r"x must have shape \(n, .*\), got \("):
        check_shape(got, shape, "x")


@pytest.mark.parametrize("shape", [(3,), (3, 1)])
def test_weights_of_samples_come_back_flat(shape):
    assert as_weights(np.ones(shape), 3).shape == (3,)


@pytest.mark.parametrize("shape", [(2,), (4,), (1, 3), (3, 2), ()])
def test_weights_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"sample_weight must have shape \(3,\)"):
        as_weights(np.ones(shape), 3)


def test_weights_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match=r"sample_weight\[1\] is nan"):
        as_weights([1, np.nan, 1], 3)


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
