"""Sparse features: as sparse as asked for, along the directions that are told."""

import dataclasses

from ae_course import data

import numpy as np
import pytest


def overlaps(directions):
    cosines = np.abs(directions @ directions.T)
    return cosines[~np.eye(len(cosines), dtype=bool)]


@pytest.mark.parametrize("probability", [0.02, 0.05, 0.5, 1.0])
def test_features_are_active_as_often_as_asked_for_and_uniform(probability):
    factors = data.sparse_features(probability=probability).train_factors
    active = factors[factors > 0]
    assert active.size / factors.size == pytest.approx(probability, rel=0.02)
    assert np.quantile(active, [0.25, 0.5, 0.75]) == pytest.approx([0.25, 0.5, 0.75], abs=0.01)
    counts = (factors > 0).sum(axis=1)
    assert counts.var() == pytest.approx(64 * probability * (1 - probability), rel=0.05, abs=0.02)


def test_samples_are_sums_of_the_directions():
    d = data.sparse_features(train=500, test=50)
    assert d.train == pytest.approx(d.train_factors @ d.directions, abs=1e-6)
    assert d.test == pytest.approx(d.test_factors @ d.directions, abs=1e-6)
    assert np.linalg.norm(d.directions, axis=1) == pytest.approx(1, abs=1e-6)


def test_a_sample_of_one_active_feature_tells_which_it_is():
    d = data.sparse_features(probability=0.02)
    alone = (d.test_factors > 0).sum(axis=1) == 1
    found = np.argmax(d.test[alone] @ d.directions.T, axis=1)
    np.testing.assert_array_equal(found, np.argmax(d.test_factors[alone], axis=1))


def test_spread_directions_overlap_less_than_random_ones():
    options = {"train": 10, "test": 10}
    spread = overlaps(data.sparse_features(**options).directions)
    by_chance = overlaps(data.sparse_features(**options, spread=False).directions)
    welch = np.sqrt((64 - 16) / (16 * 63))  # no 64 directions in 16 dimensions overlap less
    assert welch <= spread.max() < 0.36
    assert by_chance.max() > 0.6


def test_five_directions_in_the_plane_are_a_pentagon():
    directions = data.sparse_features(5, 2, train=10, test=10).directions
    axes = np.sort(np.degrees(np.arctan2(*directions.T)) % 180)  # a direction or its opposite
    assert np.diff(axes) == pytest.approx(36, abs=0.1)


def test_with_room_for_all_the_directions_are_orthogonal():
    directions = data.sparse_features(6, 8, train=10, test=10).directions
    assert overlaps(directions) == pytest.approx(0, abs=1e-6)


def test_more_activity_keeps_what_is_active():
    few, more = (data.sparse_features(probability=p, train=100, test=10) for p in (0.1, 0.3))
    active = few.train_factors > 0
    np.testing.assert_array_equal(few.train_factors[active], more.train_factors[active])
    assert (more.train_factors > 0).sum() > 2 * active.sum()
    np.testing.assert_array_equal(few.directions, more.directions)


def test_importance_decays_with_the_number_of_the_feature():
    d = data.sparse_features(5, 2, decay=0.9, train=10, test=10)
    assert d.importance == pytest.approx([1, 0.9, 0.81, 0.729, 0.6561])
    assert data.sparse_features(5, 2, train=10, test=10).importance.tolist() == [1.0] * 5


def test_a_validation_part_keeps_the_directions():
    d = data.sparse_features(train=100, test=10)
    split = d.with_validation(20)
    assert isinstance(split, data.SparseFeatures)
    assert split.validation_factors.shape == (20, 64)
    assert split.validation == pytest.approx(split.validation_factors @ d.directions, abs=1e-6)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"features": 0}, "features must be"),
        ({"dimensions": 1}, "dimensions must be at least 2"),
        ({"probability": 0}, "probability must be"),
        ({"probability": 1.1}, "probability must be at most 1"),
        ({"decay": -1}, "decay must be"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(options, says):
    with pytest.raises(ValueError, match=f"^{says}"):
        data.sparse_features(**options)


def test_directions_that_do_not_fit_are_refused():
    d = data.sparse_features(5, 2, train=10, test=10)
    with pytest.raises(ValueError, match=r"directions must be .* shape \(5, 2\)"):
        dataclasses.replace(d, directions=d.directions[:4])
