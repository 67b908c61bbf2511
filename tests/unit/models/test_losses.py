"""The named measures: what each one is, and how they convert into one another."""

from ae_course import losses

import numpy as np
import pytest
from keras import ops

RNG = np.random.default_rng(0)


def as_numpy(tensor):
    return ops.convert_to_numpy(tensor)


def test_squared_error_sums_over_features_and_keeps_samples():
    x, x2 = RNG.random((5, 7)), RNG.random((5, 7))
    np.testing.assert_allclose(
        as_numpy(losses.squared_error(x, x2)), ((x - x2) ** 2).sum(axis=1), rtol=1e-5
    )


def test_images_are_summed_over_all_their_pixels():
    x, x2 = RNG.random((5, 4, 3, 2)), RNG.random((5, 4, 3, 2))
    expected = ((x - x2) ** 2).reshape(5, -1).sum(axis=1)
    np.testing.assert_allclose(as_numpy(losses.squared_error(x, x2)), expected, rtol=1e-5)


def test_binary_crossentropy_is_the_bernoulli_negative_log_likelihood():
    x = RNG.integers(0, 2, (6, 9)).astype(float)
    p = RNG.uniform(0.05, 0.95, (6, 9))
    likelihood = np.prod(np.where(x == 1, p, 1 - p), axis=1)
    np.testing.assert_allclose(
        as_numpy(losses.binary_crossentropy(x, p)), -np.log(likelihood), rtol=1e-5
    )


def test_binary_crossentropy_stays_finite_at_certain_and_wrong():
    value = as_numpy(losses.binary_crossentropy(np.ones((1, 1)), np.zeros((1, 1))))
    assert np.isfinite(value).all() and value > 10


@pytest.mark.parametrize("x", [np.full((2, 3), 255), [[0.5, -0.1]], ops.ones((2, 3)) * 2])
def test_binary_crossentropy_refuses_targets_outside_0_to_1(x):
    with pytest.raises(ValueError, match=r"targets in \[0, 1\], but x goes from"):
        losses.binary_crossentropy(x, np.full(np.shape(x), 0.5))


@pytest.mark.parametrize("measure", [losses.squared_error, losses.binary_crossentropy])
def test_mismatched_shapes_are_refused_and_not_broadcast(measure):
    with pytest.raises(ValueError, match=r"one shape.*\(4, 3\) and \(4, 1\)"):
        measure(np.full((4, 3), 0.5), np.full((4, 1), 0.5))


def test_a_scalar_is_no_sample():
    with pytest.raises(ValueError, match="one shape"):
        losses.squared_error(1.0, 2.0)


def test_keras_mse_is_squared_error_divided_by_the_features():
    import keras

    x, x2 = RNG.random((8, 11)).astype("float32"), RNG.random((8, 11)).astype("float32")
    mse = float(keras.losses.MeanSquaredError()(x, x2))
    ours = float(as_numpy(losses.squared_error(x, x2)).mean())
    assert losses.convert(mse, "mean_squared_error", "squared_error", 11) == pytest.approx(ours)


@pytest.mark.parametrize("source", ["squared_error", "mean_squared_error"])
@pytest.mark.parametrize("target", ["squared_error", "root_mean_squared_error"])
def test_converting_there_and_back_changes_nothing(source, target):
    there = losses.convert(2.5, source, target, 64)
    assert losses.convert(there, target, source, 64) == pytest.approx(2.5)


def test_root_mean_squared_error_of_a_constant_difference_is_that_difference():
    assert losses.convert(64 * 0.3**2, "squared_error", "root_mean_squared_error", 64) == (
        pytest.approx(0.3)
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1.0, "mse", "squared_error", 3), "source, a measure, must be one of"),
        ((-1.0, "squared_error", "squared_error", 3), "value must be a finite number ≥ 0"),
        ((1.0, "squared_error", "mean_squared_error", 0), "features must be a whole number ≥ 1"),
    ],
)
def test_convert_says_what_it_cannot_do(arguments, message):
    with pytest.raises(ValueError, match=message):
        losses.convert(*arguments)


def test_an_unknown_measure_names_the_known_ones():
    with pytest.raises(ValueError, match=r"binary_crossentropy.*a Keras loss or its name.*'sme'"):
        losses.get_measure("sme")
