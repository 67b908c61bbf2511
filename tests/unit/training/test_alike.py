"""What does not fit together is refused before anything is trained."""

from functools import partial

from ae_course.models.autoencoder import Autoencoder
from ae_course.models.denoising import DenoisingAutoencoder
from ae_course.models.masked import MaskedAutoencoder
from ae_course.models.variational import VariationalAutoencoder
from ae_course.training.alike import check_alike, for_each
from ae_course.validation import as_samples

import keras
import numpy as np
import pytest

X = np.random.default_rng(0).uniform(size=(50, 12)).astype("float32")


def build(rate=1e-2, kind=Autoencoder, optimizer=keras.optimizers.Adam, code=3, **arguments):
    model = kind.dense(12, hidden=(6,), code=code, **arguments)
    model.compile(optimizer(rate))
    return model


def noisy(amount=0.1):
    return build(kind=DenoisingAutoencoder, amount=amount)


@pytest.mark.parametrize(
    "makers, words",
    [
        ((), "models is empty"),
        ((build, partial(build, code=4)), "one class and architecture"),
        ((build, noisy), "one class and architecture"),
        ((build, partial(build, optimizer=keras.optimizers.SGD)), "optimizers may differ"),
        ((partial(Autoencoder.dense, 12, code=3),), "must be compiled"),
    ],
)
def test_models_that_are_not_alike_are_refused(makers, words):
    with pytest.raises(ValueError, match=words):
        check_alike([make() for make in makers])


@pytest.mark.parametrize("models", ["ab", [1, 2], Autoencoder.dense(12, code=3)])
def test_what_is_no_list_of_models_is_refused(models):
    with pytest.raises(TypeError, match="a list of Keras models"):
        check_alike(models)


def with_loss(loss):
    model = Autoencoder.dense(12, code=3)
    model.compile(keras.optimizers.Adam(1e-2), loss=loss)
    return model


class Scaled(keras.Model):
    """A model of a user's own, that cannot be saved."""

    def __init__(self, factor):
        super().__init__()
        self.factor, self.last = factor, keras.layers.Dense(12)

    def call(self, x):
        return self.factor * self.last(x)

    def get_config(self):
        raise NotImplementedError


def scaled(factor):
    model = Scaled(factor)
    model.build((None, 12))
    model.compile("adam", loss="mse")
    return model


@pytest.mark.parametrize(
    "one, other, words",
    [
        (noisy, partial(noisy, amount=0.5), r"amount \(0.1 and 0.5\)"),
        (build, partial(build, activation="tanh"), "activation"),
        (partial(with_loss, "mse"), partial(with_loss, "squared_error"), "mean_squared_error"),
        (partial(scaled, 1.0), partial(scaled, 2.0), r"factor \(1.0 and 2.0\)"),
    ],
)
def test_what_one_models_steps_would_take_from_it_alone_must_be_equal(one, other, words):
    with pytest.raises(ValueError, match=words):
        check_alike([one(), other()])
    check_alike([one(), one()])


@pytest.mark.parametrize("name", ["dense", "seeds", "tied", "variational", "attention"])
def test_names_and_seeds_may_differ(name):
    patches = {"image_shape": (4, 3), "size": 1, "width": 4, "heads": 2, "depth": 1}
    make = {
        "dense": lambda seed: Autoencoder.dense(12, (6, 5), code=3),
        "seeds": lambda seed: DenoisingAutoencoder.dense(12, code=3, amount=0.1, seed=seed),
        "tied": lambda seed: Autoencoder.dense(12, (6,), code=3, tied=True),
        "variational": lambda seed: VariationalAutoencoder.dense(12, code=2, seed=seed),
        "attention": lambda seed: MaskedAutoencoder.of_patches(**patches, seed=seed),
    }[name]
    models = [make(seed) for seed in (1, 2)]
    for model in models:
        model.compile("adam")
    check_alike(models)


def test_models_of_other_weights_and_learning_rates_are_alike():
    check_alike([build(), build(rate=1e-3)])


@pytest.mark.parametrize("x", [[X], [X, X[:9]]])
def test_a_list_needs_an_array_of_one_shape_for_each_model(x):
    with pytest.raises(ValueError, match="an array of one shape for each of the 2"):
        for_each(x, as_samples, [build(), build()], "x")


def test_one_array_is_every_models_and_none_is_none():
    models = [build(), build()]
    first, second = for_each(X, as_samples, models, "x")
    assert first is second
    assert for_each(None, as_samples, models, "y") == [None, None]
