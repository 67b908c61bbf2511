"""Neighbors by hand on a line, and against scikit-learn on digits."""

import tracemalloc

from ae_course import data
from ae_course.evaluation.neighbors import knn_accuracy, nearest, precision_at_k

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

STORED = np.array([[0.0], [1.0], [2.0], [10.0], [11.0]])
LABELS = np.array([0, 0, 1, 1, 1])


def test_the_nearest_come_first():
    np.testing.assert_array_equal(nearest(STORED, [[0.9], [10.8]], 3), [[1, 0, 2], [4, 3, 2]])


def test_a_stored_query_finds_itself():
    codes = np.random.default_rng(0).normal(size=(50, 4))
    np.testing.assert_array_equal(nearest(codes, codes)[:, 0], np.arange(50))


def test_codes_far_from_zero_lose_no_neighbors():
    codes = np.random.default_rng(0).integers(0, 99, size=(50, 4)).astype(float)
    np.testing.assert_array_equal(nearest(codes + 1e4, codes + 1e4, 3), nearest(codes, codes, 3))


@pytest.mark.parametrize("d", [2, 20])  # scikit-learn searches these in two ways
def test_equal_distances_are_in_the_order_of_the_rows(d):
    rng = np.random.default_rng(0)
    stored, queries = (rng.integers(0, 2, size=(n, d)).astype(float) for n in (200, 30))
    distances = ((queries[:, None] - stored) ** 2).sum(axis=2)
    for k in (1, 7, 200):
        expected = np.argsort(distances, axis=1, kind="stable")[:, :k]
        np.testing.assert_array_equal(nearest(stored, queries, k), expected)


def test_a_search_among_many_holds_no_matrix_of_all_distances():
    rng = np.random.default_rng(0)
    stored, queries = rng.normal(size=(8000, 20)), rng.normal(size=(2000, 20))
    tracemalloc.start()
    nearest(stored, queries, 5)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8000 * 2000 * 8 / 4


def test_the_majority_decides():
    assert knn_accuracy(STORED, LABELS, [[0.9], [10.8]], np.array([0, 1]), k=3) == 1
    assert knn_accuracy(STORED, LABELS, [[0.9], [10.8]], np.array([1, 1]), k=3) == 0.5


def test_it_agrees_with_scikit_learn_on_digits():
    digits = data.digits()
    parts = digits.train, digits.train_labels, digits.test, digits.test_labels
    reference = KNeighborsClassifier(5).fit(*parts[:2]).score(*parts[2:])
    assert knn_accuracy(*parts) == pytest.approx(reference, abs=2 / 360)  # ties


def test_precision_counts_the_right_ones_among_the_first_k():
    assert precision_at_k(STORED, LABELS, [[0.9]], np.array([0]), k=3) == pytest.approx(2 / 3)
    assert precision_at_k(STORED, LABELS, [[0.9], [10.8]], np.array([0, 0]), k=2) == 0.5


def test_codes_without_information_have_the_precision_of_chance():
    rng = np.random.default_rng(0)
    labels = np.arange(2000) % 10
    codes = rng.normal(size=(2000, 3))
    assert precision_at_k(codes, labels, rng.normal(size=(500, 3)), labels[:500]) == pytest.approx(
        0.1, abs=0.02
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((STORED, LABELS, [[1.0]], np.array([0]), 6), "k must be ≤ the 5 stored codes, got 6"),
        ((STORED, LABELS, [[1.0]], np.array([0]), 0), "k must be a whole number ≥ 1"),
        ((STORED, LABELS[:4], [[1.0]], np.array([0]), 1), "_labels must be 5 integers"),
        ((STORED, LABELS, [[1.0]], np.array([0.5]), 1), "_labels must be 1 integers"),
        ((STORED, LABELS - 1, [[1.0]], np.array([0]), 1), "integers ≥ 0"),
        ((STORED, LABELS, [[1.0, 2.0]], np.array([0]), 1), "_codes must have shape"),
    ],
)
@pytest.mark.parametrize("measure", [knn_accuracy, precision_at_k])
def test_bad_input_is_refused(measure, arguments, says):
    with pytest.raises(ValueError, match=says):
        measure(*arguments)
