"""Dictionaries: thresholds and their slopes by hand, unit directions, dead units revived."""

from ae_course.models.autoencoder import Autoencoder
from ae_course.models.dense import dense_encoder
from ae_course.models.dictionary import JumpReLU, dictionary_decoder, revive_dead
from ae_course.training.fit import fit

import keras
import numpy as np
import pytest
from keras import ops

A = np.random.default_rng(0).normal(0.3, 0.3, size=(200, 4)).astype("float32")
X = np.random.default_rng(1).normal(size=(80, 6)).astype("float32")


def rows_of(model):
    return ops.convert_to_numpy(model.decoder.layers[-1].kernel)


def jumping(weight=0.1):
    """A JumpReLU autoencoder of 6 features and 9 units."""
    encoder = dense_encoder(6, (9,), JumpReLU(weight), "linear")
    return Autoencoder(encoder, dictionary_decoder(9, 6))


def relu():
    encoder = dense_encoder(6, (), 9, code_activation="relu")
    return Autoencoder(encoder, dictionary_decoder(9, 6))


def test_a_unit_passes_what_is_above_its_threshold():
    h = ops.convert_to_numpy(JumpReLU(threshold=0.5)(np.array([[0.4, 0.6, -2.0]], "float32")))
    np.testing.assert_allclose(h, [[0, 0.6, 0]])


@pytest.mark.parametrize(("tau", "epsilon", "price"), [(0.3, 0.2, 0.5), (0.1, 0.4, 0.0)])
def test_a_step_moves_the_thresholds_by_the_published_slope(tau, epsilon, price):
    encoder = keras.Sequential([keras.Input((4,)), JumpReLU(price, tau, epsilon)])
    copy = keras.Sequential([keras.Input((4,)), keras.layers.Activation("linear")])
    model = Autoencoder(encoder, copy)
    model.compile(keras.optimizers.SGD(1.0))
    h, near = A * (tau < A), np.abs(A - tau) < epsilon / 2
    error = ((h - 0.4) ** 2).sum(axis=1).mean()
    counted = price * (tau < A).sum(axis=1).mean()
    history = model.fit(A, np.full_like(A, 0.4), batch_size=200, verbose=0)
    moved = ops.convert_to_numpy(encoder.layers[-1].log_threshold) - np.log(tau)
    slope = (near * (-2 * (h - 0.4) * tau - price) / epsilon).mean(axis=0)
    assert history.history["loss"][0] == pytest.approx(error + counted, rel=1e-4)
    np.testing.assert_allclose(-moved, tau * slope, atol=1e-5)


def test_gradients_of_its_input_pass_active_units_only():
    model = jumping(0.0)
    model.compile(keras.optimizers.SGD(0.1))
    used = model.encode(X[:1])[0] != 0
    before = ops.convert_to_numpy(model.encoder.layers[0].kernel).copy()
    model.train_on_batch(X[:1])
    moved = np.abs(ops.convert_to_numpy(model.encoder.layers[0].kernel) - before).sum(axis=0)
    assert used.any() and not used.all()
    assert (moved[~used] == 0).all() and (moved[used] > 0).all()


def test_outside_an_autoencoder_it_costs_nothing():
    net = keras.Sequential([keras.Input((4,)), JumpReLU(weight=1.0)])
    net(A)
    assert net.losses == []


def test_a_price_makes_codes_sparser():
    def active(weight):
        keras.utils.set_random_seed(0)
        model = jumping(weight)
        fit(model, X, epochs=60, batch_size=20, learning_rate=1e-2)
        return (model.encode(X) != 0).mean()

    assert active(2.0) < 0.6 * active(0.0)


@pytest.mark.parametrize("compiled", [True, False])
def test_directions_keep_length_1(compiled):
    if compiled and keras.backend.backend() == "torch":
        pytest.skip("torch has no compiled loop")
    model = relu()
    np.testing.assert_allclose(np.linalg.norm(rows_of(model), axis=1), 1, rtol=1e-5)
    before = rows_of(model).copy()
    fit(model, X, epochs=3, learning_rate=1e-2, compiled=compiled)
    np.testing.assert_allclose(np.linalg.norm(rows_of(model), axis=1), 1, rtol=1e-4)
    assert np.abs(rows_of(model) - before).max() > 1e-3


def with_dead(model, dead):
    """Give these units a bias that keeps them at zero."""
    bias = ops.convert_to_numpy(model.encoder.layers[0].bias).copy()
    bias[dead] = -1e3
    model.encoder.layers[0].bias.assign(bias)
    return model


@pytest.mark.parametrize("make", [relu, jumping])
def test_dead_units_get_the_directions_of_samples(make):
    dead = [2, 5]
    model = with_dead(make(), dead)
    kernel, rows = ops.convert_to_numpy(model.encoder.layers[0].kernel).copy(), rows_of(model)
    assert revive_dead(model, X, scale=0.5, seed=3) == 2
    new_kernel, new_rows = ops.convert_to_numpy(model.encoder.layers[0].kernel), rows_of(model)
    alive = np.delete(np.arange(9), dead)
    np.testing.assert_array_equal(new_kernel[:, alive], kernel[:, alive])
    np.testing.assert_array_equal(new_rows[alive], rows[alive])
    cosines = new_rows[dead] @ (X / np.linalg.norm(X, axis=1, keepdims=True)).T
    np.testing.assert_allclose(cosines.max(axis=1), 1, rtol=1e-5)
    length = 0.5 * np.linalg.norm(kernel[:, alive], axis=0).mean()
    np.testing.assert_allclose(new_kernel[:, dead], length * new_rows[dead].T, rtol=1e-4)
    assert (ops.convert_to_numpy(model.encoder.layers[0].bias)[dead] == 0).all()
    assert (model.encode(X) != 0).any(axis=0)[dead].all()


def test_badly_fitted_samples_are_drawn_most():
    x = X.copy()
    x[7] *= 100
    model = with_dead(relu(), [0, 1, 2, 3])
    revive_dead(model, x)
    np.testing.assert_allclose(rows_of(model)[:4] @ x[7] / np.linalg.norm(x[7]), 1, rtol=1e-4)


def test_where_no_unit_is_dead_nothing_changes():
    model = relu()
    before = [w.copy() for w in model.get_weights()]
    assert revive_dead(model, X) == 0
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_model_where_all_are_dead_is_revived():
    model = with_dead(relu(), list(range(9)))
    assert revive_dead(model, X) == 9
    assert (model.encode(X) != 0).any(axis=0).all()


def test_what_is_no_autoencoder_is_refused():
    with pytest.raises(TypeError, match="must be an Autoencoder"):
        revive_dead(keras.Sequential([keras.Input((6,))]), X)


def test_a_deep_encoder_is_refused():
    model = Autoencoder.dense(6, (8,), code=4)
    with pytest.raises(ValueError, match="one dense layer"):
        revive_dead(model, X)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"weight": -1.0}, "weight must be a finite number ≥ 0"),
        ({"threshold": 0.0}, "threshold must be"),
        ({"bandwidth": 0.0}, "bandwidth must be"),
    ],
)
def test_prices_thresholds_and_windows_are_checked(arguments, says):
    with pytest.raises(ValueError, match=says):
        JumpReLU(**arguments)


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_saved_and_loaded_it_is_the_same_and_trains_on(policy, tmp_path):
    keras.config.set_dtype_policy(policy)
    model = jumping()
    model.compile("adam")
    model.fit(X, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.encode(X), model.encode(X))
    losses = [m.fit(X, shuffle=False, verbose=0).history["loss"] for m in (model, loaded)]
    np.testing.assert_allclose(*losses, rtol=1e-4)
    lengths = np.linalg.norm(rows_of(loaded), axis=1)
    np.testing.assert_allclose(lengths, 1, rtol=1e-4)
