"""The prior of code grids: it looks back only, and its bits and its draws are one distribution."""

from itertools import product

from ae_course import fit
from ae_course.models.code_prior import (
    MaskedConvolution,
    bits_of_codes,
    masked_prior,
    sample_codes,
)

import keras
import numpy as np
import pytest
from keras import ops

RNG = np.random.default_rng(0)
LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def numpy_call(layer, x):
    return ops.convert_to_numpy(layer(x.astype("float32")))


@pytest.mark.parametrize("own", [False, True])
def test_a_masked_convolution_sees_what_comes_before_and_nothing_else(own):
    layer, x = MaskedConvolution(2, 3, own), RNG.normal(size=(1, 5, 5, 3))
    before = numpy_call(layer, x)
    x[0, 2, 2] += 1
    changed = np.abs(numpy_call(layer, x) - before).max(axis=-1)[0] > 1e-6
    expected = np.zeros((5, 5), bool)
    expected[3, 1:4] = expected[2, 3] = True
    expected[2, 2] = own
    np.testing.assert_array_equal(changed, expected)


def test_it_is_the_sum_over_the_neighborhood():
    layer, x = MaskedConvolution(2, 3), RNG.normal(size=(1, 4, 4, 3))
    out, kernel = numpy_call(layer, x), ops.convert_to_numpy(layer.kernel)
    above = sum(x[0, 1, j] @ kernel[0, j - 1] for j in (1, 2, 3))
    np.testing.assert_allclose(out[0, 2, 2], above + x[0, 2, 1] @ kernel[1, 0], rtol=1e-4)


def test_no_logits_depend_on_their_own_place_or_a_later_one():
    prior = masked_prior((4, 3), codes=5, width=8)
    indices = RNG.integers(5, size=(1, 4, 3))
    before = numpy_call(prior, indices)
    for place in range(12):
        other = indices.copy()
        other.flat[place] = (other.flat[place] + 1) % 5
        changed = np.abs(numpy_call(prior, other) - before).max(axis=-1).ravel() > 1e-7
        assert not changed[: place + 1].any()
        assert place == 11 or changed[place + 1 :].any()


def test_the_probabilities_of_all_grids_add_up_to_one():
    prior = masked_prior((2, 2), codes=3, width=4)
    grids = np.array([*product(range(3), repeat=4)]).reshape(-1, 2, 2)
    assert np.isclose((2.0 ** -bits_of_codes(prior, grids)).sum(), 1, atol=1e-5)


def test_draws_come_as_often_as_the_bits_say():
    prior = masked_prior((2, 2), codes=2, width=4)
    prior.set_weights([w + RNG.normal(size=w.shape) for w in prior.get_weights()])
    drawn = sample_codes(prior, 4_000, seed=1).reshape(-1, 4) @ [8, 4, 2, 1]
    grids = np.array([*product(range(2), repeat=4)]).reshape(-1, 2, 2)
    shares = np.bincount(drawn, minlength=16) / 4_000
    np.testing.assert_allclose(shares, 2.0 ** -bits_of_codes(prior, grids), atol=0.03)


def test_draws_depend_on_the_seed_alone():
    prior = masked_prior((3, 2), codes=4)
    first = sample_codes(prior, 5, seed=3)
    assert first.shape == (5, 3, 2) and first.min() >= 0 and first.max() < 4
    np.testing.assert_array_equal(first, sample_codes(prior, 5, seed=3))
    assert (first != sample_codes(prior, 5, seed=4)).any()


@pytest.mark.parametrize("by", ["ours", "keras"])
def test_training_lowers_the_bits_to_what_the_grids_hold(by):
    first = RNG.integers(2, size=(256, 1, 1))
    grids = np.broadcast_to(first, (256, 2, 2)).copy()  # one bit a grid
    prior = masked_prior((2, 2), codes=2, width=8)
    assert bits_of_codes(prior, grids).mean() > 2
    prior.compile(keras.optimizers.Adam(0.02), LOSS)
    options = {"epochs": 10, "batch_size": 32}
    if by == "ours":
        fit(prior, grids, grids, **options)
    else:
        prior.fit(grids, grids, **options, verbose=0)
    assert 0.9 < bits_of_codes(prior, grids).mean() < 1.1


def test_the_loss_is_the_bits():
    prior, grids = masked_prior((3, 3), codes=4), RNG.integers(4, size=(8, 3, 3))
    prior.compile("sgd", LOSS)
    nats = prior.evaluate(grids, grids, verbose=0)
    assert np.isclose(nats * 9 / np.log(2), bits_of_codes(prior, grids).mean(), rtol=1e-4)


def test_saved_and_loaded_it_is_the_same(tmp_path):
    prior, grids = masked_prior((3, 3), codes=4), RNG.integers(4, size=(8, 3, 3))
    prior.save(tmp_path / "prior.keras")
    again = keras.saving.load_model(tmp_path / "prior.keras")
    np.testing.assert_array_equal(bits_of_codes(again, grids), bits_of_codes(prior, grids))


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="size must be odd"):
        MaskedConvolution(2, 4)
    with pytest.raises(ValueError, match=r"shape must be \(rows, columns\)"):
        masked_prior((7, 7, 1), 4)
    with pytest.raises(ValueError, match="indices must be whole numbers from 0 to 3"):
        bits_of_codes(masked_prior((2, 2), 4), np.full((1, 2, 2), 4))
    with pytest.raises(ValueError, match=r"indices must have shape \(n, 2, 2\)"):
        bits_of_codes(masked_prior((2, 2), 4), np.zeros((1, 3, 2)))
    with pytest.raises(TypeError, match="prior must be a model"):
        sample_codes("prior", 3)
