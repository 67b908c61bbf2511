"""Superposition: loss and gradient against NumPy, copies that do not touch, the known solutions."""

from ae_course.models.superposition import SuperpositionModels, weighted_squared_error
from ae_course.training.fit import fit

import keras
import numpy as np
import pytest
from keras import ops

RNG = np.random.default_rng(0)
X = (RNG.random((60, 5)) * (RNG.random((60, 5)) < 0.4)).astype("float32")
IMPORTANCE = 0.9 ** np.arange(5)


def loss_and_gradients(x, W, b, importance):
    """The formulas of the chapter in double precision."""
    h = x @ W.T
    a = h @ W + b
    error = x - np.maximum(a, 0)
    delta = -2 * importance * error * (a > 0) / len(x)
    loss = (importance * error**2).sum(axis=1).mean()
    return loss, h.T @ delta + W @ delta.T @ x, delta.sum(axis=0)


def weights(model, copy=0):
    return (ops.convert_to_numpy(w)[copy].astype(float) for w in (model.kernel, model.bias))


def test_the_error_weighs_the_features():
    error = weighted_squared_error(np.ones((1, 2)), np.zeros((1, 2)), np.array([1.0, 0.5]))
    np.testing.assert_allclose(ops.convert_to_numpy(error), [1.5])


def test_a_step_follows_the_gradient():
    model = SuperpositionModels(5, 2, importance=IMPORTANCE, seed=1)
    model.bias.assign(np.full((1, 5), 0.1, "float32"))
    W, b = weights(model)
    loss, of_W, of_b = loss_and_gradients(X.astype(float), W, b, IMPORTANCE)
    model.compile(keras.optimizers.SGD(1.0))
    history = model.fit(X, batch_size=60, verbose=0)
    moved_W, moved_b = weights(model)
    assert history.history["loss"][0] == pytest.approx(loss, rel=1e-5)
    np.testing.assert_allclose(W - moved_W, of_W, atol=1e-5)
    np.testing.assert_allclose(b - moved_b, of_b, atol=1e-5)


def test_a_copy_learns_as_it_would_alone():
    many = SuperpositionModels(5, 2, copies=3, importance=IMPORTANCE, seed=0)
    alone = SuperpositionModels(5, 2, importance=IMPORTANCE)
    alone.kernel.assign(many.kernel[1:2])
    for model in (many, alone):
        model.compile(keras.optimizers.Adam(0.01))
        model.fit(X, batch_size=60, epochs=20, shuffle=False, verbose=0)
    np.testing.assert_allclose(many.directions()[1], alone.directions()[0], atol=1e-4)
    np.testing.assert_allclose(many.errors(X)[1], alone.errors(X)[0], rtol=1e-4)


def test_each_copy_may_have_samples_and_an_importance_of_its_own():
    model = SuperpositionModels(5, 2, copies=2, importance=np.stack([IMPORTANCE, np.ones(5)]))
    x = np.stack([X, X[::-1]], axis=1)
    expected = [
        loss_and_gradients(x[:, k], *weights(model, k), w)[0]
        for k, w in enumerate((IMPORTANCE, np.ones(5)))
    ]
    np.testing.assert_allclose(model.errors(x), expected, rtol=1e-4)
    assert model(x).shape == (60, 2, 5)


def test_outputs_are_relu_units_unless_it_is_linear():
    def least(**settings):
        return ops.convert_to_numpy(SuperpositionModels(5, 2, seed=0, **settings)(X)).min()

    assert least() == 0 > least(relu=False)


def test_five_sparse_features_make_a_pentagon():
    rng = np.random.default_rng(1)
    x = (rng.random((5000, 5)) * (rng.random((5000, 5)) < 0.1)).astype("float32")
    models = SuperpositionModels(5, 2, copies=8, seed=0)
    fit(models, x, epochs=40, learning_rate=0.01)
    v = models.directions()
    lengths = np.linalg.norm(v, axis=2)
    angles = np.sort(np.degrees(np.arctan2(v[..., 1], v[..., 0])), axis=1)
    regular = (np.abs(np.diff(angles, axis=1) - 72) < 6).all(axis=1) & (lengths > 0.8).all(axis=1)
    assert regular.sum() >= 5


def test_a_linear_model_keeps_the_important_features():
    rng = np.random.default_rng(1)
    model = SuperpositionModels(5, 2, importance=[1, 1, 0.1, 0.1, 0.1], relu=False, seed=0)
    fit(model, rng.random((2000, 5)), epochs=40, learning_rate=0.02)
    lengths = np.linalg.norm(model.directions()[0], axis=1)
    assert lengths[:2].min() > 0.9 > 0.3 > lengths[2:].max()


def test_saved_and_loaded_it_is_the_same_and_trains_on(tmp_path):
    model = SuperpositionModels(5, 2, copies=3, importance=IMPORTANCE)
    model.compile("adam")
    model.fit(X, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.directions(), model.directions())
    losses = [m.fit(X, shuffle=False, verbose=0).history["loss"] for m in (model, loaded)]
    np.testing.assert_allclose(*losses, rtol=1e-5)


def test_the_loss_is_full_precision_under_mixed_policies():
    keras.config.set_dtype_policy("mixed_bfloat16")
    model = SuperpositionModels(5, 2, copies=2)
    model.compile("adam")
    assert model.errors(X).dtype == np.float32
    assert np.isfinite(model.fit(X, verbose=0).history["loss"][0])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"features": 0, "dimensions": 2}, "features must be a whole number ≥ 1"),
        ({"features": 5, "dimensions": 2.5}, "dimensions must be a whole number ≥ 1"),
        ({"features": 5, "dimensions": 2, "copies": 0}, "copies must be a whole number ≥ 1"),
        ({"features": 5, "dimensions": 2, "importance": [1, 1]}, r"importance must have shape"),
        ({"features": 2, "dimensions": 1, "importance": [1, -1]}, "finite numbers ≥ 0"),
        ({"features": 2, "dimensions": 1, "importance": [1, np.nan]}, "finite numbers ≥ 0"),
    ],
)
def test_wrong_sizes_and_weights_are_refused(arguments, says):
    with pytest.raises(ValueError, match=says):
        SuperpositionModels(**arguments)


def test_samples_of_another_size_are_refused():
    with pytest.raises(ValueError, match=r"x must have shape \(n, 5\) or \(n, 2, 5\)"):
        SuperpositionModels(5, 2, copies=2)(np.ones((3, 4), "float32"))
