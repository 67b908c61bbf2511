"""Models that are trained together become what each becomes alone, and must be alike."""
# ruff: noqa: NPY002 - the generator that `fit` takes its orders from

from ae_course.models.autoencoder import Autoencoder
from ae_course.models.denoising import DenoisingAutoencoder
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
    together = [build(*setting) for setting in settings]
    np.random.seed(5)
    losses = fit_together(together, X, epochs=2, batch_size=16)
    expected, expected_losses = alone(settings, 2)
    for k, model in enumerate(together):
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


def test_progress_is_told():
    told = []
    fit_together(
        [build(0), build(1)],
        X,
        epochs=2,
        on_epoch_end=lambda epoch, loss: told.append((epoch, loss)),
    )
    assert told[-1][0] == 2 and len(told[-1][1]) == 2


@pytest.mark.parametrize(
    "models, x, words",
    [
        (lambda: [], X, "models is empty"),
        (lambda: [build(0), build(0, code=4)], X, "one class and architecture"),
        (lambda: [build(0), build(0, kind=DenoisingAutoencoder, amount=0.1)], X, "one class"),
        (lambda: [build(0), build(0, optimizer=keras.optimizers.SGD)], X, "optimizers may differ"),
        (lambda: [Autoencoder.dense(12, code=3)], X, "must be compiled"),
        (lambda: [build(0), build(1)], [X], "an array of one shape for each of the 2"),
        (lambda: [build(0), build(1)], [X, X[:9]], "an array of one shape for each of the 2"),
    ],
)
def test_what_does_not_fit_together_is_refused(models, x, words):
    with pytest.raises(ValueError, match=words):
        fit_together(models(), x, epochs=1)
