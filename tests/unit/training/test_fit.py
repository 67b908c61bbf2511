"""What `fit` checks before it trains, and what it trains with."""

from ae_course import Autoencoder, fit

import keras
import numpy as np
import pytest

X = np.random.default_rng(0).random((50, 6)).astype("float32")


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
        ({"x": X, "learning_rate": -0.1}, ValueError, "learning_rate must be a finite number ≥ 0"),
        ({"x": X, "learning_rate": np.nan}, ValueError, "learning_rate must be a finite number"),
        ({"x": X, "learning_rate": True}, ValueError, "learning_rate must be a finite number"),
    ],
)
def test_bad_data_are_refused_before_training(arguments, error, message):
    with pytest.raises(error, match=message):
        fit(Autoencoder.dense(6, code=2), **arguments)


def test_a_model_with_several_inputs_is_left_to_keras_in_words():
    ends = [keras.Input((3,)), keras.Input((3,))]
    model = keras.Model(ends, keras.layers.Dense(1)(keras.layers.Concatenate()(ends)))
    x = np.ones((5, 3), "float32")
    with pytest.raises(ValueError, match=r"models with one input, .* has 2: call model.fit"):
        fit(model, [x, x], np.ones((5, 1)), epochs=1)
