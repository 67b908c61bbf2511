"""One denoiser for all levels of noise and its samplers, against densities in closed form."""

from ae_course import data, fit, seed_everything
from ae_course.models.diffusion import (
    NoiseConditionedDenoiser,
    noise_levels,
    sample_by_langevin,
    sample_by_ode,
)

import keras
import numpy as np
import pytest
from keras import ops

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 6)).astype("float32")
MEAN, VARIANCE = np.array([1.0, -2.0, 0.5]), 0.49


def small(**kwargs):
    seed_everything(0)
    return NoiseConditionedDenoiser.dense(6, hidden=(8, 7), **kwargs)


def best_for_a_gaussian(x, s):
    """E[x | x̃] for data from N(MEAN, VARIANCE I)."""
    return MEAN + VARIANCE / (VARIANCE + s**2) * (x - MEAN)


class Shrink(keras.Model):
    """A network that returns its first input times a weight, for samples of any shape."""

    def __init__(self):
        super().__init__(name="shrink")
        self.factor = self.add_weight(shape=(), initializer="ones")

    def build(self, input_shape):
        self.built = True

    def call(self, inputs):
        return self.factor * inputs[0]


def test_levels_fall_by_the_same_factor_from_the_highest_to_the_lowest():
    levels = noise_levels(5, lowest=0.01, highest=100.0)
    np.testing.assert_allclose(levels, [100, 10, 1, 0.1, 0.01])
    np.testing.assert_allclose(noise_levels(1, highest=3.0), [3.0])


def test_the_noise_has_log_uniform_levels_and_is_independent():
    model = small(lowest=0.1, highest=10.0)
    noisy, level = map(ops.convert_to_numpy, model.corrupt(ops.zeros((20_000, 6))))
    share = (np.log(level) - np.log(0.1)) / np.log(100)
    assert share.min() >= 0 and share.max() <= 1
    np.testing.assert_allclose(np.quantile(share, [0.25, 0.5, 0.75]), [0.25, 0.5, 0.75], atol=0.02)
    epsilon = noisy / level[:, None]
    np.testing.assert_allclose(epsilon.T @ epsilon / 20_000, np.eye(6), atol=0.04)
    assert abs(np.corrcoef(share, epsilon[:, 0])[0, 1]) < 0.03


def known(spread, bias):
    """A model of one level, 0.3, whose network returns the same number everywhere."""
    model = small(lowest=0.3, highest=0.3001, spread=spread)
    model.network.layers[-1].set_weights([np.zeros((7, 6)), np.full(6, bias)])
    return model


def test_what_it_returns_is_a_share_of_its_input_and_a_scaled_network():
    model = known(spread=0.4, bias=-2.0)  # √(s² + spread²) = 0.5
    expected = 0.64 * X - 2 * 0.24
    np.testing.assert_allclose(model.denoise(X, 0.3), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        ops.convert_to_numpy(model(X, level=0.3)), expected, rtol=1e-5, atol=1e-6
    )


def test_without_a_network_it_is_the_best_denoiser_of_a_round_gaussian():
    model, x = known(spread=0.4, bias=0.0), 0.4 * RNG.normal(size=(20_000, 6))
    off = model.denoise(x + 0.3 * RNG.normal(size=x.shape), 0.3) - x
    np.testing.assert_allclose((off**2).mean(), 0.24**2, rtol=0.02)  # the scale, squared


def test_the_loss_is_the_squared_error_of_the_clean_samples_over_the_scale():
    model = known(spread=0.4, bias=0.5)
    model.compile("sgd")
    x = np.repeat(X, 300, axis=0)
    noisy = x + 0.3 * np.random.default_rng(1).normal(size=x.shape)
    expected = ((0.64 * noisy + 0.5 * 0.24 - x) ** 2).sum(axis=1).mean()
    loss, error = model.evaluate(x, batch_size=len(x), verbose=0)
    assert error == pytest.approx(expected, rel=0.02)
    assert loss == pytest.approx(error / 0.24**2, rel=1e-3)


def test_every_step_of_training_draws_new_noise():
    model = small()
    model.compile(keras.optimizers.SGD(0.0))
    losses = model.fit(X, batch_size=64, shuffle=False, epochs=3, verbose=0).history["loss"]
    assert np.ptp(losses) > 1e-3 * losses[0]


@pytest.mark.parametrize("compiled", [None, False])
def test_it_learns_the_best_denoiser_of_a_gaussian(compiled):
    x = (MEAN + VARIANCE**0.5 * RNG.normal(size=(2048, 3))).astype("float32")
    seed_everything(0)
    model = NoiseConditionedDenoiser.dense(3, (32,), lowest=0.2, highest=2.0, spread=1.0)
    fit(model, x, epochs=30, batch_size=64, learning_rate=3e-3, compiled=compiled)
    for s in (0.3, 1.0):
        noisy = (x + s * RNG.normal(size=x.shape)).astype("float32")
        off = model.denoise(noisy, s) - best_for_a_gaussian(noisy, s)
        assert (off**2).mean() < 0.03 * VARIANCE


def test_the_level_makes_a_difference_and_one_a_sample_is_as_good_as_one_for_all():
    model = small()
    assert np.abs(model.denoise(X, 0.1) - model.denoise(X, 5.0)).max() > 0.01
    mixed = ops.convert_to_numpy(model(X, level=np.repeat([0.1, 5.0], 32).astype("float32")))
    np.testing.assert_allclose(mixed[:32], model.denoise(X[:32], 0.1), atol=1e-5)
    np.testing.assert_allclose(mixed[32:], model.denoise(X[32:], 5.0), atol=1e-5)
    np.testing.assert_allclose(
        model.denoise(X, 5.0, batch_size=7), model.denoise(X, 5.0), atol=1e-5
    )


@pytest.mark.parametrize("heun", [False, True])
def test_the_ode_turns_noise_into_the_gaussian_of_the_data(heun):
    levels = noise_levels(200, lowest=0.01, highest=50.0)
    x = sample_by_ode(best_for_a_gaussian, (4000, 3), levels, heun, seed=1)
    assert x.dtype == np.float32
    np.testing.assert_allclose(x.mean(axis=0), MEAN, atol=0.06)
    np.testing.assert_allclose(x.var(axis=0), VARIANCE, rtol=0.08)


def test_the_ode_follows_its_solution_and_heun_follows_it_more_closely():
    levels = noise_levels(40, lowest=0.01, highest=5.0)
    start = 5 * np.random.default_rng(3).standard_normal((500, 3), "float32")
    shrunk = np.sqrt(VARIANCE / (VARIANCE + 5.0**2))
    exact = MEAN + shrunk * (start - MEAN)
    off = [
        np.abs(sample_by_ode(best_for_a_gaussian, (500, 3), levels, heun, seed=3) - exact).max()
        for heun in (False, True)
    ]
    assert off[1] < off[0] / 5 and off[1] < 0.02


def test_one_step_is_the_denoiser_of_noise():
    start = 3 * np.random.default_rng(5).standard_normal((4, 3), "float32")
    x = sample_by_ode(best_for_a_gaussian, (4, 3), [3.0], seed=5)
    np.testing.assert_allclose(x, best_for_a_gaussian(start, 3.0), rtol=1e-5)


def test_langevin_at_many_levels_gets_the_weights_of_far_modes_right():
    density = data.GaussianMixture([[-2.0, 0], [2, 0], [2, 0], [2, 0]], 0.1)
    x = sample_by_langevin(
        lambda x, s: x + s**2 * density.smoothed(s).score(x),
        (3000, 2), noise_levels(15, 0.05, 10.0), steps=20, step_size=0.2, seed=0,
    )  # fmt: skip
    assert (x[:, 0] > 0).mean() == pytest.approx(0.75, abs=0.04)
    assert np.abs(np.abs(x[:, 0]) - 2).max() < 0.7


def test_langevin_calls_the_denoiser_as_often_as_it_says():
    calls = []

    def f(x, s):
        calls.append(s)
        return best_for_a_gaussian(x, s)

    sample_by_langevin(f, (2, 3), [2.0, 1.0], steps=3)
    assert calls == [2.0, 2.0, 2.0, 1.0, 1.0, 1.0, 1.0]


def test_samples_depend_on_the_seed_alone():
    for sample in (sample_by_ode, sample_by_langevin):
        draw = [sample(best_for_a_gaussian, (5, 3), [2.0, 1.0], seed=s) for s in (1, 1, 2)]
        np.testing.assert_array_equal(draw[0], draw[1])
        assert not np.allclose(draw[0], draw[2])


def test_samples_of_any_shape_are_denoised_and_drawn():
    images = RNG.random((12, 4, 5, 2), dtype="float32")
    model = NoiseConditionedDenoiser(Shrink())
    fit(model, images, epochs=2, batch_size=4, learning_rate=0.1)
    assert model.denoise(images, 0.5).shape == images.shape
    assert float(ops.convert_to_numpy(model.network.factor)) != 1
    assert sample_by_ode(model.denoise, (3, 4, 5, 2), [2.0, 0.5]).shape == (3, 4, 5, 2)


def test_saved_and_loaded_it_is_the_same_model(tmp_path):
    model = small(lowest=0.2, highest=5.0, spread=0.4, seed=3)
    model.compile("adam")
    model.fit(X, verbose=0)
    model.save(tmp_path / "denoiser.keras")
    again = keras.models.load_model(tmp_path / "denoiser.keras")
    assert isinstance(again, NoiseConditionedDenoiser)
    np.testing.assert_array_equal(again.denoise(X, 0.7), model.denoise(X, 0.7))
    own = ("lowest", "highest", "spread", "seed")
    assert [again.get_config()[key] for key in own] == [0.2, 5.0, 0.4, 3]


def test_the_loss_is_in_float32_under_a_policy_of_16_bits():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = small()
        model.compile("sgd")
        loss = ops.convert_to_numpy(model.compute_loss(1000 + X))
        assert loss.dtype == np.float32 and np.isfinite(loss)
        assert model.denoise(X, 1.0).dtype == np.float32
    finally:
        keras.config.set_dtype_policy("float32")


def test_weights_of_samples_count():
    model = known(spread=1e-3, bias=0.0)  # returns next to nothing; the scale is the spread
    weights = np.arange(64, dtype="float32")
    loss = 1e-6 * ops.convert_to_numpy(model.compute_loss(X, sample_weight=weights))
    assert loss == pytest.approx(((X**2).sum(axis=1) * weights).mean(), rel=1e-3)


@pytest.mark.parametrize(
    ("levels", "words"),
    [([1.0, 2.0], "fall"), ([1.0, 1.0], "fall"), ([1.0, 0.0], "fall"), ([np.inf, 1.0], "finite")],
)
def test_levels_that_do_not_fall_are_refused(levels, words):
    with pytest.raises(ValueError, match=words):
        sample_by_ode(best_for_a_gaussian, (2, 3), levels)


def test_bounds_in_the_wrong_order_are_refused():
    with pytest.raises(ValueError, match="lowest must be below highest"):
        noise_levels(3, lowest=2.0, highest=1.0)
    with pytest.raises(ValueError, match="lowest must be below highest"):
        small(lowest=2.0, highest=1.0)


def test_a_denoiser_that_returns_another_shape_is_refused():
    with pytest.raises(ValueError, match="output of denoise must have shape"):
        sample_by_ode(lambda x, s: x[:, :1], (2, 3), [1.0])
    with pytest.raises(ValueError, match=r"shape must be \(n, features\)"):
        sample_by_ode(best_for_a_gaussian, (3,), [1.0])
    with pytest.raises(ValueError, match="must have shape"):
        small().denoise(X[:, :3], 1.0)
