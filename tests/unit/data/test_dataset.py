"""The record and the way to it: fields that fit together, lazy imports, names, arguments."""

import dataclasses
import doctest
import importlib
import subprocess
import sys

from ae_course import data

import numpy as np
import pytest

SMALL = {
    "digits": {},
    "patches": {"train": 300, "test": 60},
    "curves": {"train": 60, "test": 30},
    "swiss_roll": {"train": 60, "test": 30},
    "spirals": {"train": 60, "test": 30},
    "moons": {"train": 60, "test": 30},
}
SIZED = sorted(set(SMALL) - {"digits"})


def test_the_small_examples_cover_every_offline_set():
    assert set(SMALL) == set(data.OFFLINE)


@pytest.mark.parametrize("name", SMALL)
def test_every_offline_set_is_what_the_record_says(name):
    loaded = data.load(name, **SMALL[name])
    assert loaded.name == name
    assert "\n" not in loaded.description
    assert loaded.description
    for part in ("train", "test"):
        x = getattr(loaded, part)
        assert x.dtype == np.float32
        assert x.flags.c_contiguous
        assert x.ndim == 2
        assert np.isfinite(x).all()
        assert loaded.value_range[0] <= x.min() <= x.max() <= loaded.value_range[1]
        if part in SMALL[name]:
            assert len(x) == SMALL[name][part]
    if loaded.image_shape:
        assert np.prod(loaded.image_shape) == loaded.train.shape[1]


@pytest.mark.parametrize("name", SMALL)
def test_no_sample_is_twice_in_a_set_or_in_both_train_and_test(name):
    loaded = data.load(name, **SMALL[name])
    rows = np.concatenate([loaded.train, loaded.test])
    assert len(np.unique(rows, axis=0)) == len(rows)


@pytest.mark.parametrize("name", SMALL)
def test_the_same_seed_gives_the_same_data_and_another_seed_others(name):
    first, again = (data.load(name, **SMALL[name], seed=3) for _ in range(2))
    other = data.load(name, **SMALL[name], seed=4)
    for field in ("train", "test", "train_labels", "test_factors"):
        np.testing.assert_array_equal(getattr(first, field), getattr(again, field))
    assert not np.array_equal(first.train, other.train)
    assert not np.array_equal(first.test, other.test)


@pytest.mark.parametrize("name", sorted(set(SIZED) - {"patches"}))
def test_the_test_set_does_not_depend_on_the_size_of_the_training_set(name):
    small, large = (data.load(name, train=n, test=20).test for n in (10, 50))
    np.testing.assert_array_equal(small, large)


@pytest.mark.parametrize("name", SIZED)
@pytest.mark.parametrize("size", [0, -1, 2.0, True, "10", None])
@pytest.mark.parametrize("part", ["train", "test"])
def test_a_size_that_is_no_positive_integer_is_refused_by_name(name, part, size):
    with pytest.raises(ValueError, match=rf"^{part} must be"):
        data.load(name, **{part: size})


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("seed", [-1, 1.5, None, True, 2**32])
def test_a_seed_that_is_none_is_refused(name, seed):
    with pytest.raises(ValueError, match=r"^seed must be"):
        data.load(name, **SMALL[name], seed=seed)


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match="no data set 'curve'") as error:
        data.load("curve")
    assert all(name in str(error.value) for name in data.NAMES)


def test_names_are_the_functions_of_the_package():
    assert all(callable(getattr(data, name)) for name in data.NAMES)
    assert set(data.NAMES) - set(data.OFFLINE) == {"mnist", "fashion_mnist"}


def test_importing_the_data_sets_imports_neither_keras_nor_scikit_learn():
    code = (
        "import sys, ae_course.data as data; data.moons(train=5, test=5)\n"
        "print([m for m in ('keras', 'tensorflow', 'sklearn', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_submodule_imported_first_does_not_hide_the_function_of_its_name():
    code = "import ae_course.data.curves; from ae_course import data; data.curves(train=1, test=1)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "name", ["", ".dataset", ".digits", ".patches", ".curves", ".manifolds", ".densities"]
)
def test_the_examples_in_the_docstrings_are_true(name):
    found = doctest.testmod(importlib.import_module(f"ae_course.data{name}"))
    assert found.attempted
    assert not found.failed


X = np.zeros((4, 6), np.float32)


def test_the_repr_is_one_short_line():
    named = data.Dataset(
        name="bars",
        train=X,
        test=X[:2] + 1,
        train_labels=np.array([0, 1, 1, 0]),
        test_labels=np.array([0, 1]),
        train_factors=X[:, :2].copy(),
        test_factors=X[:2, :2].copy(),
        image_shape=(2, 3),
    )
    assert repr(named) == (
        "<Dataset bars: 4 train, 2 test, d = 6 (2×3 images), values in [0, 1], 2 classes, "
        "true parameters: 2>"
    )


def test_the_record_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        data.Dataset(name="x", train=X, test=X).train = X


@pytest.mark.parametrize(
    ("fields", "error", "says"),
    [
        ({"train": X.astype(np.float64)}, TypeError, "train must be .* float32, got float64"),
        ({"test": X.tolist()}, TypeError, "test must be a NumPy array .* got list"),
        ({"test": X[:, :5].copy()}, ValueError, r"test .* shape \(4, 6\), got shape \(4, 5\)"),
        ({"train": X[:, 0].copy()}, ValueError, r"train .* got shape \(4,\)"),
        ({"train": np.asfortranarray(X)}, ValueError, "train must be a C-contiguous"),
        ({"train_labels": np.zeros(3, int)}, ValueError, r"train_labels .* shape \(4,\)"),
        ({"test_labels": np.zeros(4)}, TypeError, "test_labels must be .* integer"),
        ({"train_factors": X[:3]}, ValueError, r"train_factors .* shape \(4, 6\)"),
        ({"image_shape": (2, 2)}, ValueError, r"image_shape \(2, 2\) does not hold d = 6"),
    ],
)
def test_fields_that_do_not_fit_are_refused(fields, error, says):
    with pytest.raises(error, match=says):
        data.Dataset(**({"name": "x", "train": X, "test": X} | fields))
