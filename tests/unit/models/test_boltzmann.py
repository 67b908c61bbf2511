"""Contrastive divergence is its definition's, and the machine learns and pretrains."""

from ae_course.models.boltzmann import RestrictedBoltzmannMachine
from ae_course.training.stacked import pretrain_greedily, unroll

import keras
import numpy as np
import pytest
from keras import ops

RNG = np.random.default_rng(0)
X = RNG.uniform(size=(64, 9)).astype("float32")


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


@pytest.mark.parametrize("kind", ["sigmoid", "linear"])
def test_one_step_is_contrastive_divergence(kind, monkeypatch):
    """W moves by η(⟨x h⟩ − ⟨x′ h′⟩), the biases by η⟨h − h′⟩ and η⟨x − x′⟩."""
    model = RestrictedBoltzmannMachine.dense(9, code=4, code_activation=kind)
    uniform, normal = RNG.uniform(size=(64, 4)), RNG.normal(size=(64, 4))
    path = "ae_course.models.boltzmann.random"
    monkeypatch.setattr(f"{path}.uniform", lambda *_: keras.ops.array(uniform, "float32"))
    monkeypatch.setattr(f"{path}.normal", lambda *_: keras.ops.array(normal, "float32"))
    model.compile(keras.optimizers.SGD(0.1))
    w, c, b = (np.array(value, "float64") for value in model.get_weights())
    sigma = sigmoid if kind == "sigmoid" else np.asarray
    h = sigma(X @ w + c)
    drawn = (uniform < h).astype("float64") if kind == "sigmoid" else h + normal
    back = sigmoid(drawn @ w.T + b)
    again = sigma(back @ w + c)
    model.train_on_batch(X)
    steps = [(X.T @ h - back.T @ again) / len(X), (h - again).mean(0), (X - back).mean(0)]
    for before, step, after in zip((w, c, b), steps, model.get_weights(), strict=True):
        np.testing.assert_allclose(after, before + 0.1 * step, atol=1e-6)


def test_it_learns_what_goes_together():
    """Two groups of pixels, each all on or all off: what is hidden follows from what is seen."""
    on = RNG.integers(0, 2, size=(600, 2)).astype("float32")
    x = np.repeat(on, 4, axis=1)
    model = RestrictedBoltzmannMachine.dense(8, code=6)
    model.compile(keras.optimizers.SGD(0.3, momentum=0.9))
    model.fit(x, epochs=60, batch_size=50, verbose=0)
    half = x.copy()
    half[:, [0, 4]] = 0.5  # one pixel of each group unknown
    for _ in range(3):
        half[:, [0, 4]] = model.reconstruct(half)[:, [0, 4]]
    assert np.abs(half - x)[:, [0, 4]].mean() < 0.2


def test_it_is_a_stage_of_a_deep_autoencoder(tmp_path):
    def stage(d, **arguments):
        model = RestrictedBoltzmannMachine.dense(d, **arguments)
        model.compile(keras.optimizers.SGD(0.01, momentum=0.9))
        return model

    stages = pretrain_greedily(X, (6, 2), make_stage=stage, epochs=2)
    deep = unroll(stages, loss="binary_crossentropy")
    np.testing.assert_allclose(
        deep.encode(X), stages[1].encode(stages[0].encode(X)), rtol=1e-5, atol=1e-6
    )
    stages[0].save(tmp_path / "stage.keras")
    loaded = keras.saving.load_model(tmp_path / "stage.keras")
    np.testing.assert_array_equal(loaded.reconstruct(X), stages[0].reconstruct(X))


@pytest.mark.parametrize("sigmas", [("relu", "sigmoid"), ("sigmoid", "linear")])
def test_other_units_are_refused(sigmas):
    with pytest.raises(ValueError, match="code_activation must be 'sigmoid' or 'linear'"):
        RestrictedBoltzmannMachine.dense(
            9, code=4, code_activation=sigmas[0], output_activation=sigmas[1]
        )


def test_weights_of_samples_and_replicas_count(monkeypatch):
    """Twice the weight is twice the loss, and a loss that two replicas add up is halved."""
    module = "ae_course.models.boltzmann"
    monkeypatch.setattr(f"{module}.random.uniform", lambda shape, *_: ops.zeros(shape) + 0.3)
    model = RestrictedBoltzmannMachine.dense(9, code=4)

    def loss(**weights):
        return float(ops.convert_to_numpy(model.compute_loss(x=X, **weights)))

    whole, first = loss(), np.arange(len(X)) < len(X) // 2
    assert loss(sample_weight=np.full(len(X), 2.0)) == pytest.approx(2 * whole, rel=1e-5)
    parts = [loss(sample_weight=1.0 * part[:, None]) for part in (first, ~first)]
    assert sum(parts) == pytest.approx(whole, rel=1e-4) and parts[0] != pytest.approx(whole)
    monkeypatch.setattr(f"{module}.replicas_of", lambda model: 2)
    assert loss() == pytest.approx(whole / 2, rel=1e-5)
