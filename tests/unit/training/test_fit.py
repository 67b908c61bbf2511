"""Seeds, the quiet bar, and what `fit` checks before it trains."""

from ae_course import Autoencoder, fit, seed_everything
from ae_course.training.fit import ProgressBar

import keras
import numpy as np
import pytest

X = np.random.default_rng(0).random((50, 6)).astype("float32")


def trained(seed):
    seed_everything(seed)
    model = Autoencoder.dense(6, code=2)
    return fit(model, X, epochs=3, batch_size=16).history["loss"]


def test_one_seed_gives_one_result_and_another_seed_another():
    assert trained(1) == trained(1)
    assert trained(1) != trained(2)


def test_an_uncompiled_model_gets_adam_with_the_rate_and_a_compiled_one_keeps_its_own():
    model = Autoencoder.dense(6, code=2)
    fit(model, X, epochs=1, learning_rate=0.25)
    assert isinstance(model.optimizer, keras.optimizers.Adam)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.25)
    model.compile("sgd")
    fit(model, X, epochs=1, learning_rate=0.25)
    assert isinstance(model.optimizer, keras.optimizers.SGD)


def test_returns_the_history_with_validation_on_plain_samples():
    history = fit(Autoencoder.dense(6, code=2), X, epochs=2, validation_data=X[:10])
    assert isinstance(history, keras.callbacks.History)
    assert set(history.history) == {"loss", "squared_error", "val_loss", "val_squared_error"}
    assert len(history.history["val_loss"]) == 2


def test_is_silent_when_told_so(capfd, monkeypatch):
    monkeypatch.setenv("AE_COURSE_PROGRESS", "off")
    fit(Autoencoder.dense(6, code=2), X, epochs=2, progress=True)
    assert capfd.readouterr() == ("", "")


def test_the_bar_waits_shows_the_loss_and_leaves():
    bar = ProgressBar(epochs=3, patience=0)
    bar.on_train_begin()
    bar.on_epoch_end(0, {"loss": 2.0})
    assert bar.display.tasks[0].completed == 1
    assert bar.display.tasks[0].description == "loss 2"
    bar.on_train_end()
    assert bar.display.finished is False and not bar.display.live.is_started
    patient = ProgressBar(epochs=3, patience=60)
    patient.on_train_begin()
    patient.on_epoch_end(0, {"loss": 2.0})
    assert patient.display is None


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"x": np.where(X > 0.99, np.nan, X)}, ValueError, "finite"),
        ({"x": X[:0]}, ValueError, "empty"),
        ({"x": X, "y": X[:3]}, ValueError, "as many samples, got 50 and 3"),
        ({"x": X, "epochs": 0}, ValueError, "epochs must be"),
        ({"x": X, "batch_size": 1.5}, ValueError, "batch_size must be"),
        ({"x": X, "validation_data": X[:, :2]}, ValueError, "validation_data must have shape"),
        ({"x": [["a", "b"]]}, TypeError, "real numbers"),
    ],
)
def test_bad_data_are_refused_before_training(arguments, error, message):
    with pytest.raises(error, match=message):
        fit(Autoencoder.dense(6, code=2), **arguments)


@pytest.mark.parametrize("seed", [-1, 1.5, True, 2**32, "0"])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises(ValueError, match="seed must be"):
        seed_everything(seed)
