"""Sparse codes: the penalties against closed forms and finite differences, top-k exactly."""

from ae_course.models.autoencoder import Autoencoder
from ae_course.models.sparse import SparseAutoencoder, TopK, kl_to_target_activity

import keras
import numpy as np
import pytest
from keras import ops

X = np.random.default_rng(0).uniform(size=(60, 12)).astype("float32")


def kl(h, target):
    """The formula, in double precision."""
    activity = h.mean(axis=0, dtype=float)
    on = target * np.log(target / activity)
    return (on + (1 - target) * np.log((1 - target) / (1 - activity))).sum()


def codes(model):
    return model.encode(X)


def test_kl_is_the_formula_and_zero_at_the_target():
    h = np.random.default_rng(1).uniform(size=(40, 5))
    assert float(kl_to_target_activity(h, 0.1)) == pytest.approx(kl(h, 0.1), rel=1e-5)
    assert float(kl_to_target_activity(np.full((4, 3), 0.2), 0.2)) == pytest.approx(0, abs=1e-6)


def test_kl_of_one_unit_agrees_with_a_number_worked_by_hand():
    h = np.array([[0.5], [0.5]])  # 0.25 log 0.5 + 0.75 log 1.5
    assert float(kl_to_target_activity(h, 0.25)) == pytest.approx(0.1308, abs=1e-4)


def test_kl_stays_finite_for_units_that_are_always_off_or_always_on():
    h = np.concatenate([np.zeros((9, 1)), np.ones((9, 1))], axis=1)
    assert 1 < float(kl_to_target_activity(h, 0.1)) < 100


@pytest.mark.parametrize("policy", ["float32", "mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("z", [-5.0, -14.0, -30.0, -200.0, 30.0, 200.0])
def test_kl_pushes_a_unit_however_silent_or_loud_it_is(z, policy):
    """∂KL/∂z = ρ̂ − ρ of a sigmoid unit that shows the same for every sample."""
    keras.config.set_dtype_policy(policy)
    model = SparseAutoencoder.dense(2, code=1, code_activation="sigmoid", weight=1.0, target=0.05)
    model.decoder.layers[-1].set_weights([np.zeros((1, 2)), np.zeros(2)])
    model.encoder.layers[-1].set_weights([np.zeros((2, 1)), np.array([z])])
    model.compile(keras.optimizers.SGD(1.0), auto_scale_loss=False)
    model.train_on_batch(np.zeros((8, 2), "float32"))
    moved = model.encoder.layers[-1].get_weights()[1][0] - z
    activity = 1 / (1 + np.exp(-max(z, -700.0)))
    # Where a unit is always on, 1 − ρ̂ is five steps of float32, and backends differ by one.
    assert moved == pytest.approx(0.05 - activity, rel=0.2 if z > 0 else 0.05)


@pytest.mark.parametrize("target", [0, 1, -0.1, 1.5, float("nan")])
def test_a_target_outside_0_to_1_is_refused(target):
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        kl_to_target_activity(np.full((2, 2), 0.5), target)
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        SparseAutoencoder.dense(12, code=3, weight=1.0, target=target)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"weight": 0.5}, lambda h: 0.5 * np.abs(h).sum(axis=1).mean()),
        ({"weight": 2.0, "target": 0.1}, lambda h: 2.0 * kl(h, 0.1)),
    ],
)
def test_the_penalty_is_added_to_the_loss(arguments, expected):
    model = SparseAutoencoder.dense(12, code=5, code_activation="sigmoid", **arguments)
    model.compile()
    result = model.evaluate(X, batch_size=60, verbose=0, return_dict=True)
    gap = result["loss"] - result["squared_error"]
    assert gap == pytest.approx(expected(codes(model)), rel=1e-4)


@pytest.mark.parametrize("target", [None, 0.1])
def test_training_follows_the_penaltys_gradient(target):
    """One step of SGD, against central differences of error and penalty in double precision."""
    model = SparseAutoencoder.dense(
        12, code=5, code_activation="sigmoid", weight=3.0, target=target
    )
    model.compile(keras.optimizers.SGD(1.0))
    theta = [ops.convert_to_numpy(w).astype(float) for w in model.trainable_weights]

    def loss(bias):
        h = 1 / (1 + np.exp(-(X @ theta[0] + bias)))
        error = ((X - h @ theta[2] - theta[3]) ** 2).sum(axis=1).mean()
        return error + 3 * (h.sum(axis=1).mean() if target is None else kl(h, target))

    eye = 1e-4 * np.eye(5)
    slopes = [(loss(theta[1] + e) - loss(theta[1] - e)) / 2e-4 for e in eye]
    model.train_on_batch(X)
    moved = ops.convert_to_numpy(model.trainable_weights[1]) - theta[1]
    np.testing.assert_allclose(-moved, slopes, rtol=1e-3, atol=1e-4)


def test_a_penalty_makes_codes_sparser():
    def activity(weight):
        keras.utils.set_random_seed(0)
        model = SparseAutoencoder.dense(12, code=20, code_activation="relu", weight=weight)
        model.compile(keras.optimizers.Adam(1e-2))
        model.fit(X, epochs=30, verbose=0)
        return (codes(model) > 1e-3).mean()

    assert activity(1.0) < 0.5 * activity(0.0)


def test_a_negative_weight_is_refused():
    with pytest.raises(ValueError, match="weight must be a finite number ≥ 0"):
        SparseAutoencoder.dense(12, code=3, weight=-1.0)


@pytest.mark.parametrize("k", [1, 3, 8])
def test_top_k_keeps_exactly_the_k_largest(k):
    h = np.random.default_rng(2).normal(size=(50, 8)).astype("float32")
    kept = ops.convert_to_numpy(TopK(k)(h))
    assert ((kept != 0).sum(axis=1) == k).all()
    assert all(
        (row[row != 0] >= np.sort(full)[-k]).all() for row, full in zip(kept, h, strict=True)
    )
    assert np.array_equal(kept[kept != 0], h[kept != 0])


def test_top_k_keeps_no_more_than_k_among_equals():
    assert (ops.convert_to_numpy(TopK(2)(np.ones((3, 6), "float32"))).sum(axis=1) == 2).all()


@pytest.mark.parametrize("k", [0, 2.0, True])
def test_top_k_needs_a_whole_number(k):
    with pytest.raises(ValueError, match="whole number ≥ 1"):
        TopK(k)


def test_top_k_of_too_few_units_is_refused():
    with pytest.raises(ValueError, match="cannot be kept of a code of 3"):
        TopK(4)(np.ones((2, 3)))


def test_gradients_flow_through_the_kept_units_only():
    model = Autoencoder.dense(12, code=8, code_activation=TopK(2))
    model.compile(keras.optimizers.SGD(0.1))
    x = X[:1]
    used = codes(model)[0] != 0
    before = ops.convert_to_numpy(model.encoder.layers[-1].kernel).copy()
    model.train_on_batch(x)
    moved = np.abs(ops.convert_to_numpy(model.encoder.layers[-1].kernel) - before).sum(axis=0)
    assert (moved[~used] == 0).all() and (moved[used] > 0).all()


@pytest.mark.parametrize(
    "make",
    [
        lambda: SparseAutoencoder.dense(12, code=5, weight=0.3),
        lambda: SparseAutoencoder.dense(
            12, code=5, code_activation="sigmoid", weight=0.3, target=0.1
        ),
        lambda: Autoencoder.dense(12, code=5, code_activation=TopK(2)),
        lambda: SparseAutoencoder.dense(12, code=5, tied=True, weight=0.3),
    ],
)
def test_saved_and_loaded_it_is_the_same_and_trains_on(make, tmp_path):
    model = make()
    model.compile("adam")
    model.fit(X, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert type(loaded) is type(model)
    np.testing.assert_array_equal(codes(loaded), codes(model))
    losses = [m.fit(X, shuffle=False, verbose=0).history["loss"] for m in (model, loaded)]
    np.testing.assert_allclose(*losses, rtol=1e-5)
