"""Contraction: the Jacobian's norm against finite differences, in closed form and estimated."""

from ae_course.models.contractive import (
    ContractiveAutoencoder,
    jacobian_norm,
    sigmoid_jacobian_norm,
)

import keras
import numpy as np
import pytest
from keras import ops

X = np.random.default_rng(0).uniform(size=(60, 6)).astype("float32")
KERNEL = np.random.default_rng(1).normal(size=(6, 4))
BIAS = np.random.default_rng(2).normal(size=4)


def sigmoid_layer(x, kernel=KERNEL, bias=BIAS):
    return 1 / (1 + np.exp(-(x @ kernel + bias)))


def norms_by_differences(function, x, step=1e-4):
    """‖J‖_F² of each sample, column by column of J, in double precision."""
    columns = [
        (function(x + step * e) - function(x - step * e)) / (2 * step) for e in np.eye(x.shape[1])
    ]
    return np.square(columns).sum(axis=(0, 2))


def test_the_closed_form_agrees_with_finite_differences():
    x = X.astype(float)
    closed = ops.convert_to_numpy(sigmoid_jacobian_norm(sigmoid_layer(x), KERNEL))
    np.testing.assert_allclose(closed, norms_by_differences(sigmoid_layer, x), rtol=1e-4)


def test_the_estimate_of_a_linear_map_converges_to_its_squared_norm():
    matrix = ops.convert_to_tensor(KERNEL.astype("float32"))
    estimate = jacobian_norm(lambda x: ops.matmul(x, matrix), X, directions=300, seed=0)
    assert float(ops.mean(estimate)) == pytest.approx((KERNEL**2).sum(), rel=0.05)


def test_the_estimate_holds_for_deep_encoders_where_the_closed_form_does_not():
    keras.utils.set_random_seed(0)
    model = ContractiveAutoencoder.dense(
        6, (8,), code=4, activation="tanh", code_activation="sigmoid", weight=1.0, directions=1
    )
    first, last = ([ops.convert_to_numpy(w) for w in m.weights] for m in model.encoder.layers)

    def encoder(x):
        return sigmoid_layer(np.tanh(x @ first[0] + first[1]), *last)

    truth = norms_by_differences(encoder, X.astype(float)).mean()
    estimate = jacobian_norm(model.encoder, X, directions=200, seed=0)
    last_layer_only = sigmoid_jacobian_norm(model.encoder(X), last[0])
    assert float(ops.mean(estimate)) == pytest.approx(truth, rel=0.05)
    assert abs(float(ops.mean(last_layer_only)) / truth - 1) > 0.1


def test_images_are_welcome():
    images = X.reshape(60, 3, 2, 1)
    estimate = jacobian_norm(lambda x: 2 * x, images, directions=200, seed=0)
    assert float(ops.mean(estimate)) == pytest.approx(4 * 6, rel=0.05)


@pytest.mark.parametrize("directions", [0, 1.5])
def test_the_number_of_directions_must_be_whole(directions):
    with pytest.raises(ValueError, match="whole number ≥ 1"):
        jacobian_norm(lambda x: x, X, directions)


def test_the_penalty_is_added_to_the_loss():
    model = ContractiveAutoencoder.dense(6, code=4, code_activation="sigmoid", weight=0.7)
    model.compile()
    result = model.evaluate(X, batch_size=60, verbose=0, return_dict=True)
    kernel, bias = (ops.convert_to_numpy(w) for w in model.encoder.weights)
    norms = norms_by_differences(lambda x: sigmoid_layer(x, kernel, bias), X.astype(float))
    gap = result["loss"] - result["squared_error"]
    assert gap == pytest.approx(0.7 * norms.mean(), rel=1e-3)


def test_training_follows_the_penaltys_gradient():
    """One step of SGD, against central differences of error and penalty in double precision."""
    model = ContractiveAutoencoder.dense(6, code=4, code_activation="sigmoid", weight=2.0)
    model.compile(keras.optimizers.SGD(1.0))
    kernel, bias, up, up_bias = (
        ops.convert_to_numpy(w).astype(float) for w in model.trainable_weights
    )

    def loss(kernel):
        h = sigmoid_layer(X, kernel, bias)
        error = ((X - h @ up - up_bias) ** 2).sum(axis=1).mean()
        return error + 2 * ((h * (1 - h)) ** 2 @ (kernel**2).sum(axis=0)).mean()

    steps = 1e-4 * np.eye(24).reshape(24, 6, 4)
    slopes = [(loss(kernel + e) - loss(kernel - e)) / 2e-4 for e in steps]
    model.train_on_batch(X)
    moved = ops.convert_to_numpy(model.trainable_weights[0]) - kernel
    np.testing.assert_allclose(-moved.ravel(), slopes, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("directions", [None, 1])
def test_a_penalty_contracts(directions):
    def norm(weight):
        keras.utils.set_random_seed(0)
        model = ContractiveAutoencoder.dense(
            6, code=8, code_activation="sigmoid", weight=weight, directions=directions
        )
        model.compile(keras.optimizers.Adam(1e-2))
        model.fit(X, epochs=40, verbose=0)
        kernel = model.encoder.layers[-1].kernel
        return float(ops.mean(sigmoid_jacobian_norm(model.encoder(X), kernel)))

    assert norm(1.0) < 0.5 * norm(0.0)


@pytest.mark.parametrize("sizes", [{"hidden": (5,)}, {"code_activation": "relu"}])
def test_an_encoder_without_a_closed_form_is_refused_with_the_way_out(sizes):
    arguments = {"code_activation": "sigmoid", **sizes}
    with pytest.raises(ValueError, match="directions=1"):
        ContractiveAutoencoder.dense(6, code=4, weight=1.0, **arguments)


@pytest.mark.parametrize("directions", [0, -1, 1.5, True, "1"])
def test_an_impossible_number_of_directions_is_refused(directions):
    with pytest.raises(ValueError, match="directions must be a whole number ≥ 1"):
        ContractiveAutoencoder.dense(6, code=4, weight=1.0, directions=directions)


def test_a_negative_weight_is_refused():
    with pytest.raises(ValueError, match="weight must be a finite number ≥ 0"):
        ContractiveAutoencoder.dense(6, code=4, code_activation="sigmoid", weight=-1.0)


@pytest.mark.parametrize("directions", [None, 2])
def test_saved_and_loaded_it_is_the_same_and_trains_on(directions, tmp_path):
    model = ContractiveAutoencoder.dense(
        6, code=4, code_activation="sigmoid", weight=0.5, directions=directions
    )
    model.compile("adam")
    model.fit(X, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert (loaded.weight, loaded.directions) == (0.5, directions)
    np.testing.assert_array_equal(loaded.encode(X), model.encode(X))
    state = ops.convert_to_numpy(model.seed_generator.state)  # which Keras does not save
    loaded.seed_generator.state.assign(state)
    losses = [m.fit(X, shuffle=False, verbose=0).history["loss"][0] for m in (model, loaded)]
    np.testing.assert_allclose(*losses, rtol=1e-5)
