"""Manifolds: the parameters given are the ones that made the points."""

from ae_course import data

import numpy as np
import pytest
from sklearn.datasets import make_moons, make_swiss_roll


def test_the_true_parameters_unroll_the_swiss_roll():
    d = data.swiss_roll()
    t, s = d.train_factors.T
    expected = np.stack([t * np.cos(t) / 10, s, t * np.sin(t) / 10], axis=1)
    assert d.train == pytest.approx(expected, abs=1e-5)
    assert t.min() > 1.5 * np.pi
    assert t.max() < 4.5 * np.pi
    assert d.train_labels is None


def test_the_swiss_roll_is_that_of_scikit_learn_shrunk_by_ten():
    theirs, t = make_swiss_roll(500, random_state=0)
    theirs[:, 1] -= 10.5  # its axis starts at 0 and is 21 long
    ours = np.stack([t * np.cos(t), theirs[:, 1], t * np.sin(t)], axis=1)
    assert theirs == pytest.approx(ours)
    radius = np.hypot(*data.swiss_roll(train=500).train[:, ::2].T)
    assert np.hypot(*theirs[:, ::2].T).max() / 10 == pytest.approx(radius.max(), abs=0.02)


def test_the_true_parameter_unwinds_the_spirals():
    d = data.spirals()
    t, sign = d.train_factors[:, 0], 1 - 2 * d.train_labels
    assert np.hypot(*d.train.T) == pytest.approx(t / (3 * np.pi), abs=1e-5)
    turned = d.train * sign[:, None]
    assert np.cos(np.arctan2(turned[:, 1], turned[:, 0]) - t) == pytest.approx(1, abs=1e-5)


def test_the_true_parameter_straightens_the_moons():
    d = data.moons()
    t, lower = d.test_factors[:, 0], d.test_labels == 1
    upper = np.stack([np.cos(t), np.sin(t)], axis=1)
    assert d.test[~lower] == pytest.approx(upper[~lower], abs=1e-5)
    assert d.test[lower] == pytest.approx(([1, 0.5] - upper)[lower], abs=1e-5)


def test_the_moons_lie_where_those_of_scikit_learn_lie():
    theirs, labels = make_moons(400, random_state=0)
    d = data.moons()
    for moon in (0, 1):
        ours = d.train[d.train_labels == moon]
        nearest = np.linalg.norm(theirs[labels == moon][:, None] - ours, axis=2).min(axis=1)
        assert nearest.max() < 0.03


def test_the_angles_of_the_moons_are_drawn_while_those_of_scikit_learn_are_a_grid():
    first, second = (make_moons(200, random_state=seed)[0] for seed in (0, 1))
    np.testing.assert_allclose(np.sort(first, axis=0), np.sort(second, axis=0))
    d = data.moons(train=200, test=200)
    assert not np.isin(d.test[:, 0], d.train[:, 0]).any()


@pytest.mark.parametrize("name", ["spirals", "moons"])
def test_both_classes_are_there_in_equal_shares(name):
    labels = data.load(name).train_labels
    assert set(labels) == {0, 1}
    assert 0.45 < labels.mean() < 0.55


@pytest.mark.parametrize("name", ["swiss_roll", "spirals", "moons"])
def test_noise_has_the_standard_deviation_asked_for_and_moves_the_points_alone(name):
    clean, noisy = (data.load(name, train=20_000, noise=noise) for noise in (0.0, 0.05))
    np.testing.assert_array_equal(clean.train_factors, noisy.train_factors)
    assert (noisy.train - clean.train).std() == pytest.approx(0.05, rel=0.02)


@pytest.mark.parametrize("name", ["swiss_roll", "spirals", "moons"])
@pytest.mark.parametrize("noise", [-0.1, np.nan, np.inf, "0.1", True])
def test_impossible_noise_is_refused(name, noise):
    with pytest.raises(ValueError, match=r"^noise must be a finite number ≥ 0"):
        data.load(name, noise=noise)
