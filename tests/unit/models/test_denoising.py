"""Denoising: what the noise does, and that it acts in training only."""

from ae_course.models.denoising import DenoisingAutoencoder, gaussian_noise, masking_noise

import keras
import numpy as np
import pytest
from keras import ops

X = np.random.default_rng(0).uniform(0.5, 1, size=(400, 12)).astype("float32")


def small(**kwargs):
    return DenoisingAutoencoder.dense(12, code=5, **{"amount": 0.3, **kwargs})


@pytest.mark.parametrize("amount", [0.1, 3.0])
def test_gaussian_noise_has_any_standard_deviation(amount):
    noise = ops.convert_to_numpy(gaussian_noise(X, amount, seed=1)) - X
    assert noise.std() == pytest.approx(amount, rel=0.05)
    assert abs(noise.mean()) < 0.05 * amount


@pytest.mark.parametrize("amount", [0.0, 0.3, 1.0])
def test_masking_loses_that_share_and_leaves_the_rest_alone(amount):
    masked = ops.convert_to_numpy(masking_noise(X, amount, seed=1))
    lost = masked == 0
    assert lost.mean() == pytest.approx(amount, abs=0.03)
    assert np.array_equal(masked[~lost], X[~lost])


@pytest.mark.parametrize("corruption", ["gaussian", "masking"])
def test_each_call_brings_fresh_noise_and_a_seed_repeats_it(corruption):
    model, twin = (small(corruption=corruption, seed=3) for _ in range(2))
    first, second = (ops.convert_to_numpy(model.corrupt(X)) for _ in range(2))
    assert not np.array_equal(first, second)
    assert np.array_equal(first, ops.convert_to_numpy(twin.corrupt(X)))


def test_the_noise_follows_the_general_seed():
    noisy = []
    for _ in range(2):
        keras.utils.set_random_seed(5)
        noisy.append(ops.convert_to_numpy(small().corrupt(X)))
    assert np.array_equal(*noisy)


def test_noise_acts_in_training_only():
    model = small(amount=5.0)
    model.compile()
    clean = ((X - model.reconstruct(X)) ** 2).sum(axis=1).mean()
    result = model.evaluate(X, verbose=0, return_dict=True)
    assert result["squared_error"] == pytest.approx(clean, rel=1e-5)
    trained = ops.convert_to_numpy(model(X, training=True))
    assert np.abs(trained - model.reconstruct(X)).max() > 0.1


def test_the_target_is_the_clean_sample():
    """With an input of which nothing is left, the best answer is the mean of the clean data."""
    model = small(corruption="masking", amount=1.0)
    model.compile(keras.optimizers.SGD(0.1))
    model.fit(X, epochs=40, batch_size=100, verbose=0)
    answer = model.reconstruct(np.zeros((1, 12), "float32"))[0]
    np.testing.assert_allclose(answer, X.mean(axis=0), atol=0.05)  # the mean of damaged data is 0


def test_trained_with_noise_it_removes_noise():
    rng = np.random.default_rng(0)
    line = rng.normal(size=(2000, 1)) @ np.ones((1, 12)) + 0.0
    keras.utils.set_random_seed(0)
    model = DenoisingAutoencoder.dense(12, code=12, amount=0.5)
    model.compile(keras.optimizers.Adam(1e-2))
    model.fit(line.astype("float32"), epochs=10, verbose=0)
    noisy = line + rng.normal(scale=0.5, size=line.shape)
    assert ((model.reconstruct(noisy) - line) ** 2).mean() < 0.3 * ((noisy - line) ** 2).mean()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"corruption": "salt"}, "one of .*gaussian.*masking.*got 'salt'"),
        ({"amount": -0.1}, "got -0.1"),
        ({"corruption": "masking", "amount": 1.5}, "from 0 to 1, got 1.5"),
    ],
)
def test_impossible_noise_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        small(**arguments)


def test_saved_and_loaded_it_is_the_same_and_trains_on(tmp_path):
    model = small(corruption="masking", seed=7)
    model.compile("adam")
    model.fit(X, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert (loaded.corruption, loaded.amount) == ("masking", 0.3)
    np.testing.assert_array_equal(loaded.reconstruct(X), model.reconstruct(X))
    assert loaded.fit(X, verbose=0).history["loss"][0] < 20
