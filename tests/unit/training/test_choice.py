"""Which runs are left to Keras' own loop, and why."""

from ae_course import Autoencoder
from ae_course.training import choice

import keras
import numpy as np
import pytest


@pytest.fixture
def model():
    made = Autoencoder.dense(6, code=2)
    made.compile("sgd")
    return made


class Batches(keras.callbacks.Callback):
    """Looks at single batches."""

    def on_train_batch_end(self, batch, logs=None):
        """Look."""


@pytest.mark.parametrize(
    ("callbacks", "options", "reason"),
    [
        ([], {}, ""),
        ([], {"verbose": 0, "validation_freq": 1, "shuffle": False, "class_weight": None}, ""),
        ([keras.callbacks.EarlyStopping("loss")], {}, ""),
        ([keras.callbacks.ModelCheckpoint("m.keras", monitor="loss")], {}, ""),
        ([], {"verbose": 1}, "does not know verbose"),
        ([], {"steps_per_epoch": 3, "initial_epoch": 2}, "know initial_epoch, steps_per_epoch"),
        ([], {"shuffle": "batch"}, "does not know shuffle='batch'"),
        ([], {"shuffle": np.arange(3)}, "does not know shuffle"),
        ([], {"class_weight": {0: 2.0}, "verbose": np.ones(2)}, "know class_weight, verbose"),
        ([Batches()], {}, "Batches looks at single batches"),
        ([keras.callbacks.ModelCheckpoint("m.keras", save_freq=3)], {}, "looks at single batches"),
        ([keras.callbacks.TerminateOnNaN()], {}, "TerminateOnNaN looks at single batches"),
    ],
)
def test_the_reason_is_told(model, callbacks, options, reason):
    told = choice.reason_not_compilable(model, callbacks, options)
    assert reason in told and bool(reason) == bool(told)


def test_a_model_that_runs_eagerly_is_left_to_keras(model):
    model.compile("sgd", run_eagerly=True)
    assert choice.reason_not_compilable(model, [], {}) == "the model is to run eagerly"


def test_the_environment_and_the_backend_can_be_reasons(monkeypatch):
    monkeypatch.setenv("AE_COURSE_COMPILED", "off")
    told = choice.reason_unavailable()
    assert ("backend torch" in told) or ("AE_COURSE_COMPILED=off" in told)
