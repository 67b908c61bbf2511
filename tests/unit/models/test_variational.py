"""The variational autoencoder against closed forms, quadrature and finite samples."""

from ae_course import Autoencoder, fit, seed_everything
from ae_course.models.own_loss import inside_autoencoder
from ae_course.models.variational import GaussianCode, VariationalAutoencoder, kl_to_standard_normal

import keras
import numpy as np
import pytest
from keras import ops

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 6)).astype("float32")


def normal_density(h, mean, variance):
    return np.exp(-((h - mean) ** 2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)


def numpy_kl(mean, log_variance):
    return ops.convert_to_numpy(kl_to_standard_normal(mean, log_variance))


def small(**kwargs):
    seed_everything(0)
    return VariationalAutoencoder.dense(6, hidden=(5,), code=2, **kwargs)


def linear_gaussian(mean_weight, log_variance, w=0.8, b=0.3, beta=1.0):
    """p(x|h) = N(w h + b, β/2), h ~ N(0, 1), one-dimensional, and q(h|x) linear."""
    model = VariationalAutoencoder.dense(1, code=1, beta=beta)
    code, out = model.encoder.layers[-1], model.decoder.layers[-1]
    code.mean.set_weights([np.array([[mean_weight]]), np.array([-mean_weight * b])])
    code.log_variance.set_weights([np.zeros((1, 1)), np.array([log_variance])])
    out.set_weights([np.array([[w]]), np.array([b])])
    return model


@pytest.mark.parametrize("mean, variance", [(0.0, 1.0), (1.5, 0.2), (-0.7, 3.0)])
def test_kl_agrees_with_quadrature(mean, variance):
    h = np.linspace(-30, 30, 200_001)
    q = normal_density(h, mean, variance)
    ratio = np.log(variance**-0.5) - (h - mean) ** 2 / (2 * variance) + h**2 / 2
    assert np.isclose(
        numpy_kl(mean, np.log(variance)), (q * ratio).sum() * (h[1] - h[0]), atol=1e-6
    )


def test_kl_agrees_with_monte_carlo_in_several_dimensions():
    mean, log_variance = np.array([0.5, -1.0, 0.0]), np.array([-1.0, 0.3, 0.0])
    h = mean + np.exp(log_variance / 2) * RNG.normal(size=(400_000, 3))
    ratio = (h**2 - (h - mean) ** 2 / np.exp(log_variance) - log_variance).sum(axis=1) / 2
    assert np.isclose(ratio.mean(), numpy_kl(mean, log_variance).sum(), atol=0.01)


def test_kl_is_zero_for_the_prior_and_positive_elsewhere():
    mean, log_variance = RNG.normal(size=(2, 100, 3))
    assert (numpy_kl(mean, log_variance) > 0).all()
    assert np.allclose(numpy_kl(np.zeros(3), np.zeros(3)), 0, atol=1e-6)


def test_at_inference_the_code_is_the_mean_and_always_the_same():
    model = small()
    assert np.array_equal(model.encode(X), model.encode(X))
    assert np.allclose(model.encode(X), model.posterior(X)[0], atol=1e-6)


def test_in_training_the_code_is_a_sample_with_that_mean_and_variance():
    model = small()
    mean, log_variance = model.posterior(X[:1])
    with inside_autoencoder():
        drawn = ops.convert_to_numpy(model.encoder(np.repeat(X[:1], 40_000, 0), training=True))
    assert np.allclose(drawn.mean(axis=0), mean[0], atol=0.03)
    assert np.allclose(drawn.var(axis=0), np.exp(log_variance[0]), rtol=0.05)


def test_the_loss_is_the_error_plus_beta_times_the_kl():
    model = small(beta=0.7)
    model.compile("sgd")
    error = ((X - model.reconstruct(X)) ** 2).sum(axis=1).mean()
    kl = numpy_kl(*model.posterior(X)).sum(axis=1).mean()
    assert np.isclose(model.evaluate(X, batch_size=64, verbose=0)[0], error + 0.7 * kl, rtol=1e-5)


def test_losses_of_earlier_calls_do_not_pile_up():
    model = small()
    for _ in range(3):
        model.encode(X)
        model(X)
    assert len(model.losses) == 1


@pytest.mark.parametrize("beta", [0.5, 1.0])
def test_elbo_of_the_exact_posterior_is_the_evidence(beta):
    w, b, s2 = 0.8, 0.3, beta / 2
    model = linear_gaussian(w / (w**2 + s2), np.log(s2 / (w**2 + s2)), w, b, beta)
    x = np.array([[-1.0], [0.4], [2.0]])
    evidence = np.log(normal_density(x[:, 0], b, w**2 + s2))
    bound = model.elbo(np.repeat(x, 50_000, axis=0), samples=1).reshape(3, -1).mean(axis=1)
    assert np.allclose(bound, evidence, atol=0.02)


def test_elbo_agrees_with_quadrature_and_stays_below_the_evidence():
    w, b, m, v = 0.8, 0.3, 0.2, 0.6
    model = linear_gaussian(m, np.log(v), w, b)
    x = 1.5
    h = np.linspace(-12, 12, 100_001)
    q = normal_density(h, m * (x - b), v)
    integrand = np.log(normal_density(x, w * h + b, 0.5)) + np.log(normal_density(h, 0, 1))
    bound = (q * (integrand - np.log(q + 1e-300))).sum() * (h[1] - h[0])
    assert np.isclose(model.elbo(np.full((50_000, 1), x), samples=1).mean(), bound, atol=0.03)
    assert bound < np.log(normal_density(x, b, w**2 + 0.5)) - 0.05


def test_elbo_with_the_bernoulli_decoder_is_minus_the_loss():
    model = small(loss="binary_crossentropy", output_activation="sigmoid")
    x = RNG.uniform(size=(8, 6)).astype("float32")
    model.encoder.layers[-1].log_variance.set_weights([np.zeros((5, 2)), np.full(2, -60.0)])
    model.compile("sgd")
    loss = model.evaluate(x, batch_size=8, verbose=0)[0]
    assert np.isclose(-model.elbo(x, samples=1).mean(), loss, rtol=1e-4)


def test_gradients_reach_every_weight_of_the_encoder():
    model = small()
    model.compile(keras.optimizers.SGD(0.01))
    before = [ops.convert_to_numpy(w).copy() for w in model.encoder.trainable_weights]
    model.fit(X, epochs=1, verbose=0)
    after = [ops.convert_to_numpy(w) for w in model.encoder.trainable_weights]
    assert len(before) == 6
    assert all(not np.allclose(a, b) for a, b in zip(before, after, strict=True))


def test_every_step_of_training_draws_a_new_sample_of_the_code():
    model = small()
    model.compile(keras.optimizers.SGD(0.0))
    losses = model.fit(X, batch_size=len(X), shuffle=False, epochs=3, verbose=0).history["loss"]
    assert np.ptp(losses) > 1e-3 * losses[0]


def test_a_large_beta_lets_the_code_collapse_to_the_prior():
    model = small(beta=50.0)
    fit(model, X, epochs=80, learning_rate=0.03)
    assert numpy_kl(*model.posterior(X)).mean() < 0.01


def test_saved_and_loaded_it_is_the_same_model(tmp_path):
    model = small(beta=0.3, seed=4)
    model.compile("adam")
    model.fit(X, verbose=0)
    model.save(tmp_path / "vae.keras")
    again = keras.models.load_model(tmp_path / "vae.keras")
    assert isinstance(again, VariationalAutoencoder)
    assert again.encoder.layers[-1].get_config()["beta"] == 0.3
    assert np.array_equal(again.reconstruct(X), model.reconstruct(X))
    assert np.array_equal(again.sample(5, seed=1), model.sample(5, seed=1))


def test_samples_depend_on_the_seed_alone():
    model = small()
    assert model.sample(7, seed=1).shape == (7, 6)
    assert np.array_equal(model.sample(7, seed=1), model.sample(7, seed=1))
    assert not np.allclose(model.sample(7, seed=1), model.sample(7, seed=2))


def test_a_convolutional_encoder_works_as_well():
    layers = keras.layers
    encoder = keras.Sequential(
        [keras.Input((4, 4, 1)), layers.Conv2D(3, 3, 2, "same"), layers.Flatten(), GaussianCode(2)]
    )
    decoder = keras.Sequential([keras.Input((2,)), layers.Dense(16), layers.Reshape((4, 4, 1))])
    model = VariationalAutoencoder(encoder, decoder)
    fit(model, RNG.normal(size=(32, 4, 4, 1)), epochs=1)
    assert model.sample(3).shape == (3, 4, 4, 1)
    assert model.elbo(np.zeros((2, 4, 4, 1))).shape == (2,)


@pytest.mark.parametrize("frozen", [True, False])
@pytest.mark.parametrize("training", [True, False])
def test_in_another_model_the_encoder_is_the_map_to_the_mean(frozen, training):
    model = small(beta=5.0)
    model.encoder.trainable = not frozen
    head = keras.Sequential([model.encoder, keras.layers.Dense(2, "softmax")])
    model(X, training=True)  # leaves its loss behind
    once, again = (ops.convert_to_numpy(head(X, training=training)) for _ in range(2))
    np.testing.assert_array_equal(once, again)
    assert head.losses == []
    np.testing.assert_allclose(
        ops.convert_to_numpy(model.encoder(X, training=training)), model.encode(X), atol=1e-6
    )


@pytest.mark.parametrize("frozen", [True, False])
@pytest.mark.parametrize("by", ["keras", "ours"])
def test_a_new_heads_loss_is_the_heads_alone(frozen, by):
    model, labels = small(beta=5.0), (X[:, :1] > 0).astype("float32")
    before = model.encode(X)
    model.encoder.trainable = not frozen
    head = keras.Sequential([model.encoder, keras.layers.Dense(1, "sigmoid")])
    head.compile("sgd", "binary_crossentropy")
    p = head.predict(X, verbose=0)
    expected = -np.log(np.where(labels == 1, p, 1 - p)).mean()
    options = {"epochs": 1, "batch_size": len(X)}
    history = (
        fit(head, X, labels, **options)
        if by == "ours"
        else head.fit(X, labels, **options, verbose=0)
    )
    assert history.history["loss"][0] == pytest.approx(expected, rel=1e-4)
    assert np.allclose(model.encode(X), before, atol=1e-7) is frozen


def test_who_asks_for_the_divergence_elsewhere_gets_it():
    class Head(keras.Model):
        def __init__(self, encoder):
            super().__init__()
            self.encoder = encoder

        def call(self, x, training=False):
            with inside_autoencoder():
                return self.encoder(x, training=training)

    model = small(beta=0.7)
    head = Head(model.encoder)
    drawn = ops.convert_to_numpy(head(X, training=True))
    (loss,) = head.losses
    assert np.abs(drawn - model.encode(X)).max() > 0.1
    kl = numpy_kl(*model.posterior(X)).sum(axis=1).mean()
    assert float(ops.convert_to_numpy(loss)) == pytest.approx(0.7 * kl, rel=1e-5)


@pytest.mark.parametrize(
    "make", [VariationalAutoencoder.dense, VariationalAutoencoder.convolutional]
)
def test_a_loaded_one_is_built_and_can_be_exported_before_a_first_call(make, tmp_path):
    if keras.backend.backend() == "torch":
        pytest.skip("Keras exports no SavedModel from torch without further packages")
    tf = pytest.importorskip("tensorflow")
    model = make(6 if make == VariationalAutoencoder.dense else (2, 3), code=2)
    model.save(tmp_path / "vae.keras")
    again = keras.saving.load_model(tmp_path / "vae.keras")
    again.export(tmp_path / "vae", verbose=False)
    loaded = tf.saved_model.load(str(tmp_path / "vae"))
    np.testing.assert_allclose(loaded.serve(X), model.reconstruct(X), atol=1e-5)


def test_an_encoder_without_a_gaussian_code_is_refused():
    parts = Autoencoder.dense(6, code=2)
    with pytest.raises(ValueError, match=r"must be a .* that ends in a GaussianCode"):
        VariationalAutoencoder(parts.encoder, parts.decoder)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="beta must be a finite number ≥ 0"):
        GaussianCode(2, beta=-1)
    with pytest.raises(ValueError, match="code must be a whole number"):
        GaussianCode(0)
    with pytest.raises(ValueError, match="beta is 0"):
        small(beta=0).elbo(X)
