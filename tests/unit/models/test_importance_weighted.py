"""The bounds are ordered, rise towards log p(x), and equal it where it is known."""

from ae_course.models.importance_weighted import ImportanceWeightedAutoencoder, log_mean_exp
from ae_course.models.variational import GaussianCode, VariationalAutoencoder
from ae_course.training.fit import fit

import keras
import numpy as np
import pytest
from keras import ops

RNG = np.random.default_rng(0)
X = (RNG.uniform(size=(40, 6)) < RNG.uniform(size=6)).astype("float32")


def build(seed=0, d=6, p=2, **arguments):
    keras.utils.set_random_seed(seed)
    return ImportanceWeightedAutoencoder.dense(
        d, (8,), code=p, activation="tanh", loss="binary_crossentropy", **arguments
    )


def to_numpy(value):
    return keras.ops.convert_to_numpy(value)


def test_log_mean_exp_does_not_overflow():
    values = np.array([[1000.0, -1000.0], [1000.0, -1000.0 + np.log(3)]])
    np.testing.assert_allclose(to_numpy(log_mean_exp(values)), [1000, -1000 + np.log(2)], rtol=1e-6)


def test_weights_are_what_their_definition_says(monkeypatch):
    from scipy.stats import norm

    model = build()
    drawn = RNG.normal(size=(3, len(X), 2)).astype("float32")
    monkeypatch.setattr(
        "ae_course.models.importance_weighted.random.normal", lambda *_: keras.ops.array(drawn)
    )
    mean, log_variance = model.posterior(X)
    h = mean + np.exp(log_variance / 2) * drawn
    means = np.stack([model.decode(own) for own in h]).astype("float64")
    log_p = (X * np.log(means) + (1 - X) * np.log1p(-means)).sum(-1) + norm.logpdf(h).sum(-1)
    log_q = norm.logpdf(h, mean, np.exp(log_variance / 2)).sum(-1)
    np.testing.assert_allclose(to_numpy(model.log_weights(X, 3)), log_p - log_q, atol=1e-4)


def test_with_one_code_it_is_the_variational_autoencoders_bound():
    model = build()
    plain = VariationalAutoencoder(model.encoder, model.decoder, "binary_crossentropy")
    bounds = np.mean([to_numpy(model.bound(X, 1)) for _ in range(400)], axis=0)
    np.testing.assert_allclose(bounds.mean(), plain.elbo(X, samples=400).mean(), atol=0.05)


def test_the_bound_rises_with_the_number_of_codes_to_log_p():
    """One code unit: log p(x) by the sum over a fine grid of h."""
    model = build(p=1)
    fit(model, X, epochs=60, batch_size=20, learning_rate=3e-2)
    grid = np.linspace(-8, 8, 4001)
    means = model.decode(grid[:, None]).astype("float64")
    log_p = X @ np.log(means).T + (1 - X) @ np.log1p(-means).T
    density = np.exp(-(grid**2) / 2) / np.sqrt(2 * np.pi) * (grid[1] - grid[0])
    truth = np.log(np.exp(log_p) @ density).mean()
    mean = {
        k: np.mean([to_numpy(model.bound(X, k)).mean() for _ in range(200)]) for k in (1, 5, 50)
    }
    assert mean[1] < mean[5] < mean[50] <= truth + 0.01
    assert model.log_likelihood(X, codes=2000).mean() == pytest.approx(truth, abs=0.02)


def test_groups_of_codes_count_by_their_size(monkeypatch):
    """100 codes of weight 1 and 30 of weight 14: the mean is 4."""

    def weights(self, x, codes):
        return keras.ops.full((codes, keras.ops.shape(x)[0]), 0.0 if codes == 100 else np.log(14.0))

    monkeypatch.setattr(ImportanceWeightedAutoencoder, "log_weights", weights)
    found = build().log_likelihood(X, codes=130, batch_size=7)
    np.testing.assert_allclose(found, np.full(len(X), np.log(4.0)), rtol=1e-6)


@pytest.mark.parametrize("inside", [True, False])
def test_it_trains_saves_and_loads(inside, tmp_path):
    model = build(codes=4, inside=inside)
    history = fit(model, X, epochs=30, learning_rate=1e-2)
    assert history.history["loss"][-1] < history.history["loss"][0]
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert (loaded.codes, loaded.inside) == (4, inside)
    np.testing.assert_array_equal(loaded.reconstruct(X), model.reconstruct(X))


def test_more_codes_inside_train_to_a_tighter_bound_on_the_same_model():
    """The loss is the negative bound: smaller for k = 50 than for k = 1 at the same weights."""
    losses = {}
    for codes in (1, 50):
        model = build(codes=codes)
        model.compile("adam")
        losses[codes] = np.mean(
            [model.evaluate(X, verbose=0, return_dict=True)["loss"] for _ in range(30)]
        )
    assert losses[50] < losses[1]


def test_another_beta_is_refused():
    encoder = keras.Sequential([keras.Input((6,)), GaussianCode(2, beta=0.5)])
    decoder = keras.Sequential([keras.Input((2,)), keras.layers.Dense(6, "sigmoid")])
    with pytest.raises(ValueError, match="beta must be 1"):
        ImportanceWeightedAutoencoder(encoder, decoder)


def test_weights_of_samples_and_replicas_count(monkeypatch):
    """Twice the weight is twice the loss, and a loss that two replicas add up is halved."""
    module = "ae_course.models.importance_weighted"
    monkeypatch.setattr(f"{module}.random.normal", lambda shape, *_: ops.zeros(shape) + 0.3)
    model = build()

    def loss(**weights):
        return float(ops.convert_to_numpy(model.compute_loss(x=X, **weights)))

    whole, first = loss(), np.arange(len(X)) < len(X) // 2
    assert loss(sample_weight=np.full(len(X), 2.0)) == pytest.approx(2 * whole, rel=1e-5)
    parts = [loss(sample_weight=1.0 * part[:, None]) for part in (first, ~first)]
    assert sum(parts) == pytest.approx(whole, rel=1e-4) and parts[0] != pytest.approx(whole)
    monkeypatch.setattr(f"{module}.replicas_of", lambda model: 2)
    assert loss() == pytest.approx(whole / 2, rel=1e-5)
