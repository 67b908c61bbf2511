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
    "mnist_small": {},
    "photos": {"train": 60, "validation": 30, "test": 30},
    "patches": {"train": 300, "test": 60},
    "curves": {"train": 60, "test": 30},
    "swiss_roll": {"train": 60, "test": 30},
    "spirals": {"train": 60, "test": 30},
    "moons": {"train": 60, "test": 30},
    "sparse_features": {"train": 60, "test": 30, "probability": 0.5},  # no sample all zero
}
SIZED = sorted(set(SMALL) - {"digits", "mnist_small"})
FILES = set(SMALL) - {"swiss_roll", "spirals", "moons"}  # the sets with a file of their own
ONLINE = {"mnist", "fashion_mnist", "curves_2006"}


def test_the_small_examples_cover_every_offline_set():
    assert set(SMALL) == set(data.OFFLINE)


@pytest.mark.parametrize("name", SMALL)
def test_every_offline_set_is_what_the_record_says(name):
    loaded = data.load(name, **SMALL[name])
    assert loaded.name == name
    assert "\n" not in loaded.description
    assert loaded.description
    for part in ("train", "validation", "test"):
        x = getattr(loaded, part)
        if part == "validation" and x is None:
            continue
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
def test_no_sample_is_twice_in_a_set_or_in_two_parts(name):
    loaded = data.load(name, **SMALL[name])
    parts = (loaded.train, loaded.validation, loaded.test)
    rows = np.concatenate([x for x in parts if x is not None])
    assert len(np.unique(rows, axis=0)) == len(rows)


@pytest.mark.parametrize("name", SMALL)
def test_the_same_seed_gives_the_same_data_and_another_seed_others(name):
    first, again = (data.load(name, **SMALL[name], seed=3) for _ in range(2))
    other = data.load(name, **SMALL[name], seed=4)
    for field in ("train", "test", "validation", "train_labels", "test_factors"):
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
    assert set(data.NAMES) - set(data.OFFLINE) == ONLINE


def test_importing_the_data_sets_imports_nothing_heavy():
    heavy = ["keras", "tensorflow", "sklearn", "matplotlib", "scipy", "skimage", "pandas", "pooch"]
    code = (
        "import sys, ae_course.data as data; data.moons(train=5, test=5)\n"
        f"print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_submodule_imported_first_does_not_hide_the_function_of_its_name():
    code = "import ae_course.data.curves; from ae_course import data; data.curves(train=1, test=1)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "name",
    ["", ".dataset", ".densities", ".manifolds", *(f".{name}" for name in sorted(FILES))],
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


@pytest.mark.parametrize("name", sorted(set(SMALL) - {"mnist_small", "photos"}))
def test_every_set_can_set_samples_apart_for_validation(name):
    whole = data.load(name, **SMALL[name])
    split = whole.with_validation(20, seed=1)
    assert len(split.validation) == 20
    np.testing.assert_array_equal(split.test, whole.test)
    assert split.value_range == whole.value_range
    for kind in ("", "_labels", "_factors"):
        if (before := getattr(whole, f"train{kind}")) is not None:
            parts = getattr(split, f"train{kind}"), getattr(split, f"validation{kind}")
            assert len(parts[1]) == 20
            after = np.concatenate(parts)
            np.testing.assert_array_equal(np.sort(after, axis=0), np.sort(before, axis=0))
    again, other = (whole.with_validation(20, seed=seed).validation for seed in (1, 2))
    np.testing.assert_array_equal(split.validation, again)
    assert not np.array_equal(split.validation, other)


def test_samples_set_apart_keep_their_labels_and_the_shares_of_the_classes():
    whole = data.digits()
    split = whole.with_validation(200)
    label_of = {x.tobytes(): y for x, y in zip(whole.train, whole.train_labels, strict=True)}
    pairs = zip(split.validation, split.validation_labels, strict=True)
    assert all(label_of[x.tobytes()] == y for x, y in pairs)
    expected = np.bincount(whole.train_labels) * 200 / len(whole.train)
    assert np.abs(np.bincount(split.validation_labels) - expected).max() <= 1
    assert "1237 train, 200 validation, 360 test" in repr(split)


@pytest.mark.parametrize("size", [0, 9, 1428, 0.2, None])
def test_a_validation_part_without_every_class_is_refused(size):
    with pytest.raises(ValueError, match=r"^size must be"):
        data.digits().with_validation(size)


def test_a_second_validation_part_is_refused():
    with pytest.raises(ValueError, match="digits has 20 validation samples already"):
        data.digits().with_validation(20).with_validation(20)


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
        ({"validation": X[:, :5].copy()}, ValueError, r"validation .* shape \(4, 6\)"),
        ({"validation_labels": np.zeros(4, int)}, ValueError, "need validation samples"),
        ({"image_shape": (2, 2)}, ValueError, r"image_shape \(2, 2\) does not hold d = 6"),
    ],
)
def test_fields_that_do_not_fit_are_refused(fields, error, says):
    with pytest.raises(error, match=says):
        data.Dataset(**({"name": "x", "train": X, "test": X} | fields))
