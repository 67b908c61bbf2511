"""What does not fit together is refused before anything is trained."""

from functools import partial

from ae_course.models.autoencoder import Autoencoder
from ae_course.models.denoising import DenoisingAutoencoder
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


noisy = partial(build, kind=DenoisingAutoencoder, amount=0.1)


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
