"""Models that are trained together become what each becomes alone, and must be alike."""
# ruff: noqa: NPY002 - the generator that `fit` takes its orders from

from ae_course.models.autoencoder import Autoencoder
from ae_course.models.denoising import DenoisingAutoencoder
from ae_course.training import together
from ae_course.training.fit import fit
from ae_course.training.together import fit_together

import keras
import numpy as np
import pytest

X = np.random.default_rng(0).uniform(size=(50, 12)).astype("float32")


def build(seed, rate=1e-2, kind=Autoencoder, optimizer=keras.optimizers.Adam, code=3, **arguments):
    keras.utils.set_random_seed(seed)
    model = kind.dense(12, hidden=(6,), code=code, **arguments)
    model.compile(optimizer(rate))
    return model


def alone(settings, epochs):
    """Losses and weights of models trained one after another on the orders that they get together.

    On JAX every epoch draws an order for each model; elsewhere the models are trained in turn.
    """
    models, losses = [build(*setting) for setting in settings], [[] for _ in settings]
    np.random.seed(5)
    if keras.backend.backend() != "jax":
        options = {"epochs": epochs, "batch_size": 16}
        return models, [fit(model, X, **options).history["loss"] for model in models]
    for _ in range(epochs):
        for model, loss in zip(models, losses, strict=True):
            rows = np.random.permutation(len(X))
            loss += fit(model, X[rows], epochs=1, batch_size=16, shuffle=False).history["loss"]
    return models, losses


def test_each_becomes_what_it_becomes_alone():
    settings = [(0, 1e-2), (1, 1e-2), (0, 3e-2)]  # two seeds, and two learning rates
    trained = [build(*setting) for setting in settings]
    np.random.seed(5)
    losses = fit_together(trained, X, epochs=2, batch_size=16)
    expected, expected_losses = alone(settings, 2)
    for k, model in enumerate(trained):
        assert losses[k] == pytest.approx(expected_losses[k], rel=1e-5)
        for a, b in zip(model.get_weights(), expected[k].get_weights(), strict=True):
            np.testing.assert_allclose(a, b, atol=2e-5)
        assert int(model.optimizer.iterations) == 8
    assert losses[0] != losses[1]


def test_each_may_have_data_and_targets_of_its_own():
    own = [X, 1 - X]
    models = [build(0), build(0)]
    losses = fit_together(models, own, own[::-1], epochs=30, batch_size=25)
    assert len(losses) == 2 and all(loss[-1] < loss[0] for loss in losses)
    errors = [
        np.square(m.reconstruct(own[k]) - own[1 - k]).sum(1).mean() for k, m in enumerate(models)
    ]
    straight = [
        np.square(m.reconstruct(own[k]) - own[k]).sum(1).mean() for k, m in enumerate(models)
    ]
    assert max(errors) < min(straight)


def test_noise_in_the_models_is_drawn_for_each():
    arguments = {"kind": DenoisingAutoencoder, "amount": 0.5}
    models = [build(0, **arguments), build(0, **arguments)]
    models[1].set_weights(models[0].get_weights())
    models[1].seed_generator.state.assign(models[1].seed_generator.state + 1)
    first, second = fit_together(models, X, epochs=2, batch_size=50)
    assert first != second


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="there they are trained as one")
def test_one_that_fails_leaves_each_model_its_own(monkeypatch):
    models, calls = [build(seed) for seed in range(3)], []

    def fails_at_the_second(model, *data, **options):
        calls.append(model)
        if len(calls) == 2:
            model.set_weights([0 * weights for weights in model.get_weights()])
            raise KeyboardInterrupt
        return fit(model, *data, **options)

    monkeypatch.setattr(together, "fit", fails_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        fit_together(models, X, epochs=2, batch_size=16)
    assert calls[0] is calls[1]  # one model's steps are compiled
    trained, stopped, waiting = models
    assert int(trained.optimizer.iterations) == 8
    assert not any(weights.any() for weights in stopped.get_weights())
    for a, b in zip(waiting.get_weights(), build(2).get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_progress_is_told():
    told = []
    fit_together(
        [build(0), build(1)],
        X,
        epochs=2,
        on_epoch_end=lambda epoch, loss: told.append((epoch, loss)),
    )
    assert told[-1][0] == 2 and len(told[-1][1]) == 2


def test_models_that_are_not_alike_are_refused_before_one_is_trained():
    models = [build(0), build(0, code=4)]
    with pytest.raises(ValueError, match="one class and architecture"):
        fit_together(models, X, epochs=1)
    assert not any(int(model.optimizer.iterations) for model in models)


@pytest.mark.parametrize("y", [X[:5], np.concatenate([X, X]), [X[:5], X[:5]]])
def test_targets_of_another_length_are_told(y):
    with pytest.raises(ValueError, match="x and y must have as many samples, got 50 and"):
        fit_together([build(0), build(1)], X, y, epochs=1)
