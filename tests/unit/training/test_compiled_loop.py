"""The compiled loop computes what `keras.Model.fit` computes, and says when it cannot."""

from ae_course import (
    Autoencoder,
    compiled_loop,
    fit,
    seed_everything,
)

import keras
import numpy as np
import pytest
from keras import ops

pytestmark = pytest.mark.skipif(
    keras.backend.backend() == "torch", reason="on torch there is no compiled loop"
)

X = np.random.default_rng(0).random((70, 6)).astype("float32")  # 70 = 4 · 16 + 6
WEIGHTS = np.linspace(0, 2, 70).astype("float32")


def model(**kwargs):
    seed_everything(0)
    made = Autoencoder.dense(6, hidden=(5,), code=2, activation="tanh")
    made.compile(keras.optimizers.Adam(1e-2), **kwargs)
    return made


def trained(run, **kwargs):
    made = model()
    history = run(made, X, epochs=3, batch_size=16, shuffle=False, **kwargs).history
    return history, made.get_weights()


def keras_fit(made, x, y=None, **kwargs):
    return made.fit(x, y, verbose=0, **kwargs)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"y": X[:, ::-1].copy()},
        {"y": X, "sample_weight": WEIGHTS},
        {"y": X[:, ::-1].copy(), "sample_weight": WEIGHTS},
        {"validation_data": (X[:20], None)},
        {"validation_data": (X[:20], X[:20], WEIGHTS[:20])},
    ],
)
@pytest.mark.parametrize("xla", [False, True])
def test_the_same_batches_give_the_same_weights_and_history(options, xla):
    def ours(made, x, y=None, **kwargs):
        return compiled_loop.fit_compiled(made, x, y, xla=xla, **kwargs)

    (history, weights), (expected, truth) = trained(ours, **options), trained(keras_fit, **options)
    assert set(history) == set(expected)
    for name, values in expected.items():
        np.testing.assert_allclose(history[name], values, rtol=1e-5)
    for mine, other in zip(weights, truth, strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-6)


def test_sample_weights_count_without_targets_too():
    """`keras.Model.fit` forgets them when y is None."""
    weighted = {"sample_weight": WEIGHTS}
    expected = trained(keras_fit, y=X, **weighted)[0]["loss"]
    for way in (True, False):
        losses = trained(fit, compiled=way, **weighted)[0]["loss"]
        np.testing.assert_allclose(losses, expected, rtol=1e-5)


def test_data_in_pieces_change_nothing(monkeypatch):
    whole = trained(fit, compiled=True)
    monkeypatch.setattr(compiled_loop, "CHUNK_BYTES", 2 * 16 * X[:1].nbytes)  # two batches a piece
    pieces = trained(fit, compiled=True)
    np.testing.assert_allclose(pieces[0]["loss"], whole[0]["loss"], rtol=1e-5)
    np.testing.assert_allclose(pieces[1][0], whole[1][0], atol=1e-6)


class Places(keras.metrics.Metric):
    """In how many steps each of 70 samples was, and in which."""

    def __init__(self):
        super().__init__(name="places")
        self.step = self.add_variable((), "zeros", name="step")
        self.counts = self.add_variable((70,), "zeros", name="counts")
        self.steps = self.add_variable((70,), "zeros", name="steps")

    def update_state(self, y_true, y_pred, sample_weight=None):
        present = ops.sum(ops.one_hot(ops.cast(y_true[:, 0], "int32"), 70), axis=0)
        self.counts.assign(self.counts + present)
        self.steps.assign(self.steps + self.step * present)
        self.step.assign(self.step + 1)

    def result(self):
        return ops.sum(self.counts)


def test_every_sample_is_seen_once_an_epoch_in_a_new_order():
    rows = np.arange(70, dtype="float32")[:, None]
    made, places, seen = Autoencoder.dense(1, code=1), Places(), []
    made.compile(keras.optimizers.SGD(1e-6), metrics=[places])

    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append([ops.convert_to_numpy(v) for v in (places.counts, places.steps)])

    fit(made, rows, epochs=2, batch_size=16, callbacks=[Look()], compiled=True)
    for counts, steps in seen:
        assert (counts == 1).all()
        assert np.bincount(steps.astype(int)).tolist() == [16, 16, 16, 16, 6]
    assert (seen[0][1] != seen[1][1]).any()


def test_one_seed_gives_one_result():
    assert trained(fit)[0] == trained(fit)[0]
    shuffled = [fit(model(), X, epochs=2, batch_size=16).history["loss"] for _ in range(2)]
    assert shuffled[0] == shuffled[1]


def test_epoch_callbacks_schedules_and_metrics_work():
    stop = keras.callbacks.EarlyStopping("loss", patience=0, min_delta=1e9)
    rates = keras.callbacks.LearningRateScheduler(lambda epoch: 0.5 / (epoch + 1))
    made = model(metrics=["mae"])
    history = fit(made, X, epochs=9, callbacks=[stop, rates], compiled=True).history
    assert len(history["loss"]) == 2
    assert {"loss", "squared_error", "mae"} <= set(history)
    assert float(made.optimizer.learning_rate) == pytest.approx(0.25)


def test_a_schedule_in_the_optimizer_moves_on_with_the_steps():
    made = model()
    made.compile(keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(1.0, 5, 0.5)))
    fit(made, X, epochs=2, batch_size=16, compiled=True)
    assert int(made.optimizer.iterations) == 10


def test_a_model_that_was_never_called_is_built_first():
    made = Autoencoder(keras.Sequential([keras.layers.Dense(2)]), keras.layers.Dense(6))
    assert len(fit(made, X, epochs=2, compiled=True).history["loss"]) == 2


def test_random_numbers_in_the_model_are_drawn_anew():
    seed_everything(0)
    encoder = keras.Sequential([keras.layers.Dropout(0.5), keras.layers.Dense(2)])
    made = Autoencoder(encoder, keras.layers.Dense(6))
    made.compile(keras.optimizers.SGD(0.0))
    losses = fit(made, X, epochs=3, batch_size=70, compiled=True).history["loss"]
    differences = np.diff(sorted(losses))  # far above what the order of the samples rounds
    assert (differences > 1e-3 * losses[0]).all()


class LooksAtBatches(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        pass


def test_a_callback_that_looks_at_batches_is_served_step_by_step_and_told_so():
    with pytest.warns(UserWarning, match="LooksAtBatches looks at single batches"):
        history = fit(model(), X, epochs=1, callbacks=[LooksAtBatches()])
    assert len(history.history["loss"]) == 1
    with pytest.raises(ValueError, match="cannot be compiled: LooksAtBatches"):
        fit(model(), X, epochs=1, callbacks=[LooksAtBatches()], compiled=True)


def test_the_environment_can_switch_it_off(monkeypatch):
    monkeypatch.setenv("AE_COURSE_COMPILED", "off")
    monkeypatch.setattr(compiled_loop, "fit_compiled", lambda *args, **kwargs: "compiled")
    assert "loss" in fit(model(), X, epochs=1).history
    with pytest.raises(ValueError, match="AE_COURSE_COMPILED=off"):
        fit(model(), X, epochs=1, compiled=True)


def test_options_it_does_not_know_are_left_to_keras():
    with pytest.warns(UserWarning, match="does not know validation_freq"):
        history = fit(model(), X, epochs=2, validation_split=0.2, validation_freq=2).history
    assert len(history["val_loss"]) == 1
    with pytest.raises(ValueError, match="does not know steps_per_epoch"):
        fit(model(), X, epochs=1, steps_per_epoch=2, compiled=True)
