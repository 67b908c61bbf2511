"""Whatever `fit` is asked for, it computes what `keras.Model.fit` computes on the same batches.

Either the compiled loop does, or the run takes Keras' own loop and says why once.
"""

import warnings

from ae_course import (
    Autoencoder,
    ContractiveAutoencoder,
    DenoisingAutoencoder,
    ImportanceWeightedAutoencoder,
    RestrictedBoltzmannMachine,
    VariationalAutoencoder,
    fit,
    seed_everything,
)
from ae_course.training import compiled_loop
from ae_course.training.engine import engine_of

import keras
import numpy as np
import pytest
from keras import optimizers

X = np.random.default_rng(0).random((70, 6)).astype("float32")  # 70 = 4 · 16 + 6
Y = X[:, ::-1].copy()
WEIGHTS = np.linspace(0, 2, 70).astype("float32")
HALF = {"mixed_float16", "mixed_bfloat16"}
HAS_LOOP = keras.backend.backend() in compiled_loop.LOOPS
needs_a_loop = pytest.mark.skipif(not HAS_LOOP, reason="on torch there is no compiled loop")

OPTIMIZERS = {
    "adam": lambda: optimizers.Adam(1e-2),
    "sgd": lambda: optimizers.SGD(0.05),
    "nesterov": lambda: optimizers.SGD(0.02, momentum=0.9, nesterov=True),
    "rmsprop": lambda: optimizers.RMSprop(1e-2),
    "adamw": lambda: optimizers.AdamW(1e-2, weight_decay=0.1),
    "amsgrad": lambda: optimizers.Adam(1e-2, amsgrad=True),
    "average of weights": lambda: optimizers.Adam(1e-2, use_ema=True, ema_momentum=0.7),
    "average taken over": lambda: optimizers.SGD(
        0.05, use_ema=True, ema_momentum=0.7, ema_overwrite_frequency=3
    ),
    "accumulation": lambda: optimizers.Adam(1e-2, gradient_accumulation_steps=2),
    "loss scaling": lambda: optimizers.LossScaleOptimizer(optimizers.SGD(0.05)),
    "loss scale": lambda: optimizers.SGD(0.05, loss_scale_factor=16.0),
    "clipped value": lambda: optimizers.SGD(0.05, clipvalue=0.01),
    "clipped norm": lambda: optimizers.SGD(0.05, clipnorm=0.1),
    "clipped whole": lambda: optimizers.SGD(0.05, global_clipnorm=0.1),
    "schedule": lambda: optimizers.SGD(optimizers.schedules.ExponentialDecay(0.1, 5, 0.5)),
}
DATA = {
    "x": {},
    "targets": {"y": Y},
    "weights": {"y": Y, "sample_weight": WEIGHTS},
    "column of weights": {"y": Y, "sample_weight": WEIGHTS[:, None]},
    "validation": {"validation_data": (X[:20], None)},
    "validation with targets": {"validation_data": (X[:20], Y[:20])},
    "validation in a list": {"validation_data": [X[:20], Y[:20]]},
    "weighted validation": {"validation_data": (X[:20], Y[:20], WEIGHTS[:20])},
    "split": {"validation_split": 0.3},
    "split of all": {"y": Y, "sample_weight": WEIGHTS, "validation_split": 0.3},
    "later start": {"initial_epoch": 1},
    "few steps": {"steps_per_epoch": 2},
    "rare validation": {"validation_data": (X[:20], Y[:20]), "validation_freq": 2},
    "small validation batches": {"validation_data": (X[:20], Y[:20]), "validation_batch_size": 7},
    "few validation steps": {"validation_data": (X[:20], Y[:20]), "validation_steps": 1},
    "one batch": {"batch_size": 70},
    "batch larger than the data": {"batch_size": 100},
    "verbose": {"verbose": 0},
}
METRICS = {
    "none": {},
    "mae": {"metrics": ["mae"]},
    "weighted": {"weighted_metrics": ["mae"]},
    "vector": {"metrics": [keras.metrics.F1Score(average=None, threshold=0.5)]},
    "several": {"metrics": ["mae", "cosine_similarity"], "weighted_metrics": ["mse"]},
}
if HAS_LOOP:  # Keras refuses it on torch
    METRICS["several steps an execution"] = {"steps_per_execution": 2}
MODELS = {
    "contractive": lambda: ContractiveAutoencoder.dense(
        6, code=2, code_activation="tanh", weight=0.1, directions=2, seed=1
    ),
    "Boltzmann machine": lambda: RestrictedBoltzmannMachine.dense(6, code=4, seed=1),
    "importance weighted": lambda: ImportanceWeightedAutoencoder.dense(6, code=2, seed=1),
    "plain": lambda: Autoencoder.dense(6, hidden=(5,), code=2, activation="tanh"),
    "tied": lambda: Autoencoder.dense(6, code=2, tied=True),
    "logistic": lambda: Autoencoder.dense(
        6, code=2, output_activation="sigmoid", loss="binary_crossentropy"
    ),
    "denoising": lambda: DenoisingAutoencoder.dense(6, code=2, amount=0.3),
    "variational": lambda: VariationalAutoencoder.dense(6, code=2),
    "dropout": lambda: Autoencoder(
        keras.Sequential([keras.Input((6,)), keras.layers.Dropout(0.3), keras.layers.Dense(2)]),
        keras.Sequential([keras.Input((2,)), keras.layers.Dense(6)]),
    ),
    "normalized": lambda: Autoencoder(
        keras.Sequential(
            [keras.Input((6,)), keras.layers.BatchNormalization(), keras.layers.Dense(2)]
        ),
        keras.Sequential([keras.Input((2,)), keras.layers.Dense(6)]),
    ),
}


class Recorder(keras.callbacks.Callback):
    """What was called, in which order, with which arguments."""

    def __init__(self):
        super().__init__()
        self.calls = []

    def _note(self, hook, *arguments):
        *numbers, logs = arguments
        self.calls.append((hook, *numbers, sorted(logs or {})))

    def on_train_begin(self, logs=None):
        """Note the parameters, too."""
        known = ("epochs", "steps")
        self._note("train begins", *(self.params[name] for name in known), logs)

    def on_train_end(self, logs=None):
        """Note it."""
        self._note("train ends", logs)

    def on_epoch_begin(self, epoch, logs=None):
        """Note it."""
        self._note("epoch begins", epoch, logs)

    def on_epoch_end(self, epoch, logs=None):
        """Note it."""
        self._note("epoch ends", epoch, logs)

    def on_test_begin(self, logs=None):
        """Note it."""
        self._note("test begins", logs)

    def on_test_end(self, logs=None):
        """Note it."""
        self._note("test ends", logs)


class BatchRecorder(Recorder):
    """The same, and single batches."""

    def on_train_batch_begin(self, batch, logs=None):
        """Note it."""
        self._note("batch begins", batch, logs)

    def on_train_batch_end(self, batch, logs=None):
        """Note it."""
        self._note("batch ends", batch, logs)


CALLBACKS = {
    "recorder": Recorder,
    "batches": BatchRecorder,
    "early stopping": lambda: keras.callbacks.EarlyStopping("loss", patience=0, min_delta=1e9),
    "best weights": lambda: keras.callbacks.EarlyStopping(
        "loss", patience=1, restore_best_weights=True
    ),
    "rates": lambda: keras.callbacks.LearningRateScheduler(lambda epoch: 0.1 / (epoch + 1)),
    "plateau": lambda: keras.callbacks.ReduceLROnPlateau("loss", patience=1, min_delta=1e9),
    "stop at NaN": keras.callbacks.TerminateOnNaN,
    "averaged weights": lambda: keras.callbacks.SwapEMAWeights(swap_on_epoch=True),
}


def run(way, make, compile_options=None, policy="float32", callbacks=(), **options):
    """Train; return the history, the weights and the warnings."""
    keras.config.set_dtype_policy(policy)
    seed_everything(0)
    made = make()
    settings = {"optimizer": optimizers.Adam(1e-2), **(compile_options or {})}
    made.compile(**settings)
    options = {"epochs": 3, "batch_size": 16, "shuffle": False, **options}
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        history = way(made, X, callbacks=list(callbacks), **options).history
    said = [str(w.message) for w in told if "step by step" in str(w.message)]
    return history, made.get_weights(), said


def of_keras(made, x, y=None, sample_weight=None, validation_data=None, **options):
    """Keras' own loop, told what it would otherwise forget or refuse."""
    if sample_weight is not None:
        y, sample_weight = (x if y is None else y), sample_weight.reshape(-1)
    options = {"verbose": 0, **options}
    return made.fit(x, y, sample_weight=sample_weight, validation_data=validation_data, **options)


def assert_equal(ours, theirs, half=False):
    """Compare histories and weights; 16 bits round each step's products."""
    rtol, atol = (5e-2, 2e-2) if half else (2e-5, 2e-6)
    assert set(ours[0]) == set(theirs[0])
    for name, values in theirs[0].items():
        np.testing.assert_allclose(ours[0][name], values, rtol=rtol, atol=atol, err_msg=name)
    for mine, other in zip(ours[1], theirs[1], strict=True):
        np.testing.assert_allclose(mine, other, atol=atol * 10)


def both(make=MODELS["plain"], **options):
    compile_options = options.pop("compile_options", dict)
    callbacks = options.pop("callbacks", list)
    results, made = [], []
    for way in (fit, of_keras):
        made.append(callbacks())
        results.append(
            run(way, make, compile_options=compile_options(), callbacks=made[-1], **options)
        )
    assert_equal(*results, half=options.get("policy") in HALF)
    assert len(results[0][2]) <= 1
    return results, made


def pairs(first, second, now):
    """All pairs; each of the first meets `now` of the second in `make test`, the rest at night."""
    second = list(second)
    for i, one in enumerate(first):
        for j, other in enumerate(second):
            later = (j - i) % len(second) >= now
            yield pytest.param(one, other, marks=[pytest.mark.nightly] if later else [])


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_optimizers(optimizer):
    both(compile_options=lambda: {"optimizer": OPTIMIZERS[optimizer]()})


@pytest.mark.parametrize("data", DATA)
def test_data(data):
    both(**DATA[data])


KINDS = ["x", "weights", "validation", "weighted validation"]


@pytest.mark.parametrize(("metrics", "data"), pairs(METRICS, KINDS, now=2))
def test_metrics(metrics, data):
    def compile_options():
        config = {k: v for k, v in METRICS[metrics].items() if k != "metrics"}
        again = [
            m if isinstance(m, str) else type(m).from_config(m.get_config())
            for m in METRICS[metrics].get("metrics", [])
        ]
        return {**config, **({"metrics": again} if again else {})}

    both(compile_options=compile_options, **DATA[data])


@pytest.mark.parametrize("data", ["x", "validation"])
@pytest.mark.parametrize("kind", ["labels", "column", "one-hot"])
def test_a_classifier_is_trained_on_its_labels(kind, data):
    labels = np.arange(70) % 3
    y = {"labels": labels, "column": labels[:, None], "one-hot": np.eye(3)[labels]}[kind]
    loss = "categorical_crossentropy" if kind == "one-hot" else "sparse_categorical_crossentropy"

    def make():
        head = keras.layers.Dense(3, "softmax")
        return keras.Sequential([keras.Input((6,)), keras.layers.Dense(8, "relu"), head])

    def compile_options():
        return {"optimizer": optimizers.Adam(1e-2), "loss": loss, "metrics": ["accuracy"]}

    options = {"validation_data": (X[:20], y[:20])} if data == "validation" else {}
    both(make, compile_options=compile_options, y=y, **options)


@pytest.mark.parametrize(("model", "data"), pairs(MODELS, ["x", "weights", "validation"], now=2))
def test_models(model, data):
    if model == "dropout" and keras.backend.backend() == "jax":
        pytest.skip("Keras' own fit on JAX draws dropout from a state that it builds otherwise")
    options = DATA[data]
    if "y" in options and not getattr(MODELS[model](), "takes_targets", True):
        options = options | {"y": X}  # else Keras ignores the weights
    both(MODELS[model], **options)


@needs_a_loop
@pytest.mark.parametrize("model", ["denoising", "normalized", "variational"])
def test_long_runs_compiled_by_xla_compute_the_same(model):
    """All others do, too; each takes XLA some seconds."""
    options = {**DATA["weighted validation"], "compile_options": {"optimizer": "sgd"}}
    ours = run(fit, MODELS[model], compiled=True, **options)
    assert_equal(ours, run(of_keras, MODELS[model], **options))


@pytest.mark.parametrize("model", [name for name in MODELS if name != "dropout"])
def test_metrics_take_no_random_numbers_from_a_model(model):
    def compile_options():
        return {"optimizer": optimizers.SGD(0.05), "metrics": ["mae"]}

    both(MODELS[model], compile_options=compile_options, epochs=1)


POLICIES = ["float32", "float64", "mixed_float16", "mixed_bfloat16"]
MINDFUL = ["adam", "loss scaling", "average of weights", "clipped norm"]


@pytest.mark.parametrize(("policy", "optimizer"), pairs(POLICIES, MINDFUL, now=2))
def test_policies(policy, optimizer):
    both(compile_options=lambda: {"optimizer": OPTIMIZERS[optimizer]()}, policy=policy)


@pytest.mark.parametrize(
    ("callback", "data"), pairs(CALLBACKS, ["x", "validation", "split"], now=1)
)
def test_callbacks(callback, data):
    def compile_options():
        average = callback == "averaged weights"
        return {"optimizer": OPTIMIZERS["average of weights" if average else "sgd"]()}

    results, (ours, theirs) = both(
        compile_options=compile_options,
        callbacks=lambda: [CALLBACKS[callback]()],
        **DATA[data],
    )
    if isinstance(ours[0], Recorder):
        assert ours[0].calls == theirs[0].calls and len(ours[0].calls) > 5
    watches_batches = callback in ("batches", "stop at NaN")
    assert len(results[0][2]) == (watches_batches and HAS_LOOP)


@pytest.mark.parametrize("hook", ["on_train_begin", "on_epoch_begin"])
def test_a_run_that_is_stopped_before_its_first_step_takes_one(hook):
    def stop():
        callback = keras.callbacks.Callback()
        setattr(callback, hook, lambda *_, **__: setattr(callback.model, "stop_training", True))
        return [callback]

    results, _ = both(callbacks=stop, validation_data=(X[:20], None))
    assert len(results[0][0]["loss"]) == 1


def test_an_epoch_begins_with_metrics_that_count_nothing():
    seen = []
    for way in (fit, of_keras):
        callback = keras.callbacks.Callback()
        callback.on_epoch_begin = lambda epoch, logs=None, callback=callback: seen.append(
            float(callback.model.get_metrics_result()["loss"])
        )
        run(way, MODELS["plain"], callbacks=[callback], validation_data=(X[:20], None))
    assert seen == [0.0] * 6


@pytest.mark.parametrize("hook", ["on_train_batch_end", "on_test_batch_end"])
@pytest.mark.parametrize("own", ["class", "instance"])
def test_a_checkpoint_that_looks_at_batches_as_well_is_called(hook, own, tmp_path):
    counts = []
    for way in (fit, of_keras):
        calls = []

        def note(*arguments, calls=calls, **_):
            calls.append(arguments[-1] if own == "instance" else arguments[1])

        name = f"Own{hook}"
        kind = keras.callbacks.ModelCheckpoint
        if own == "class":
            kind = type(name, (kind,), {hook: lambda self, n, logs=None, f=note: f(self, n)})
        callback = kind(tmp_path / "model.keras", monitor="loss")
        if own == "instance":
            setattr(callback, hook, lambda n, logs=None, f=note: f(n))
        run(way, MODELS["plain"], callbacks=[callback], validation_data=(X[:20], None))
        counts.append(calls)
    assert counts[0] == counts[1] != []


@pytest.mark.parametrize("hook", ["on_train_batch_end", "on_epoch_end", "on_test_batch_begin"])
def test_hooks_that_sit_on_the_instance_are_called(hook):
    counts = []
    for way in (fit, of_keras):
        calls, callback = [], keras.callbacks.Callback()
        setattr(callback, hook, lambda n, logs=None, calls=calls: calls.append(n))
        run(way, MODELS["plain"], callbacks=[callback], validation_data=(X[:20], None))
        counts.append(calls)
    assert counts[0] == counts[1] != []


def test_the_functions_of_a_lambda_callback_are_called():
    calls = []
    callback = keras.callbacks.LambdaCallback(on_train_batch_end=lambda n, logs: calls.append(n))
    run(fit, MODELS["plain"], callbacks=[callback])
    assert calls == [0, 1, 2, 3, 4] * 3


def test_one_callback_needs_no_list():
    recorder = Recorder()
    fit(MODELS["plain"](), X, epochs=1, callbacks=recorder)
    assert recorder.calls


@needs_a_loop
def test_a_list_of_callbacks_made_by_keras_is_left_to_keras_with_a_word():
    made = MODELS["plain"]()
    made.compile("sgd")
    recorder = Recorder()
    ready = keras.callbacks.CallbackList(
        [recorder], add_history=True, model=made, epochs=2, steps=5
    )
    with pytest.warns(UserWarning, match="CallbackList"):
        fit(made, X, epochs=2, batch_size=16, callbacks=ready)
    assert [call[0] for call in recorder.calls].count("epoch ends") == 2


class Batches(keras.utils.PyDataset):
    """Four batches."""

    def __len__(self):
        return 4

    def __getitem__(self, index):
        return (X[16 * index : 16 * index + 16],)


def dataset():
    tf = pytest.importorskip("tensorflow")
    return tf.data.Dataset.from_tensor_slices(X).batch(16)


class Endless(Batches):
    num_batches = None


def endless():
    while True:
        yield (X[:16],)


@pytest.mark.parametrize(
    ("make", "options"), [(dataset, {}), (Batches, {}), (endless, {"steps_per_epoch": 4})]
)
def test_streams_of_batches_are_trained_by_keras(make, options):
    results = []
    for way in (fit, lambda made, x, **kwargs: made.fit(x, verbose=0, **kwargs)):
        seed_everything(0)
        made = MODELS["plain"]()
        made.compile(optimizers.SGD(0.1))
        history = way(made, make(), epochs=2, **options).history
        results.append((history, made.get_weights(), []))
    assert_equal(*results)


@pytest.mark.parametrize("make", [dataset, Batches, Endless, endless])
def test_a_stream_is_trained_without_a_warning_of_what_nobody_asked_for(make):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(MODELS["plain"](), make(), epochs=1, steps_per_epoch=2)


@pytest.mark.parametrize("make", [dataset, Batches])
@pytest.mark.parametrize("callback", [Recorder, lambda: keras.callbacks.EarlyStopping("val_loss")])
def test_arrays_may_be_validated_on_a_stream(make, callback):
    results, made = both(callbacks=lambda: [callback()], validation_data=make(), epochs=3)
    assert "val_loss" in results[0][0] and not results[0][2]
    if callback is Recorder:
        assert made[0][0].calls == made[1][0].calls


def test_a_stream_cannot_be_compiled_and_says_so_where_it_is_to_be():
    with pytest.raises(ValueError, match="cannot be compiled: x brings its own batches"):
        fit(MODELS["plain"](), Batches(), epochs=1, compiled=True)


@pytest.mark.parametrize("compiled", [pytest.param(True, marks=needs_a_loop), False])
def test_an_interruption_leaves_model_and_bar_in_order(compiled, monkeypatch):
    from ae_course.training import progress

    closed, real = [], progress.ProgressBar.close
    monkeypatch.setattr(progress.ProgressBar, "close", lambda bar: closed.append(1) or real(bar))

    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise KeyboardInterrupt

    made = MODELS["plain"]()
    with pytest.raises(KeyboardInterrupt):
        fit(made, X, epochs=3, callbacks=[Stop()], compiled=compiled, progress=True)
    assert closed
    assert len(fit(made, X, epochs=2, compiled=compiled).history["loss"]) == 2


@needs_a_loop
def test_data_that_the_device_has_no_room_for_leave_the_model_usable(monkeypatch):
    loop = compiled_loop.LOOPS[keras.backend.backend()]
    made, real = MODELS["plain"](), loop.on_device
    fit(made, X, epochs=1)

    def full(self, data):
        raise MemoryError

    monkeypatch.setattr(loop, "on_device", full)
    with pytest.raises(MemoryError):
        fit(made, X, epochs=1)
    monkeypatch.setattr(loop, "on_device", real)
    assert len(fit(made, X, epochs=2).history["loss"]) == 2


def test_the_loops_are_traced_once_for_all_calls(monkeypatch):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("counts calls from TensorFlow's tracing")
    traced, step = [], Autoencoder.train_step
    monkeypatch.setattr(
        Autoencoder, "train_step", lambda self, data: traced.append(1) or step(self, data)
    )
    made = MODELS["plain"]()
    fit(made, X, epochs=1, batch_size=35)
    first = len(traced)
    for _ in range(4):
        fit(made, X, epochs=1, batch_size=35)
    assert len(traced) == first
    made.compile(optimizers.SGD(0.1))
    fit(made, X, epochs=1, batch_size=35)
    assert len(traced) == 2 * first
    made.encoder.layers[0].trainable = False
    fit(made, X, epochs=1, batch_size=35)
    assert len(traced) == 3 * first


def test_other_numbers_of_samples_and_sizes_of_batches_are_no_reason_to_trace_anew(monkeypatch):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("counts calls from TensorFlow's tracing")
    traced, step = [], Autoencoder.train_step
    monkeypatch.setattr(
        Autoencoder, "train_step", lambda self, data: traced.append(1) or step(self, data)
    )
    made, counts = MODELS["plain"](), []
    for count, size in ((64, 16), (61, 16), (70, 16), (70, 100), (2, 1)):
        fit(made, X[:count], epochs=1, batch_size=size)
        counts.append(len(traced))
    assert set(counts) == {counts[0]}


@needs_a_loop
def test_the_data_are_let_go_of_at_the_end():
    made, data_of_steps = MODELS["plain"](), []

    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            data_of_steps.append(engine_of(made, "train_step", loop, False).data)

    loop = compiled_loop.LOOPS[keras.backend.backend()]
    fit(made, X, epochs=1, callbacks=[Look()])
    assert data_of_steps[0][0].shape == X.shape
    assert engine_of(made, "train_step", loop, False).data is None


def test_a_compiled_model_says_that_it_keeps_its_learning_rate():
    made = MODELS["plain"]()
    fit(made, X, epochs=1, learning_rate=0.01)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        fit(made, X, epochs=1)
        fit(made, X, epochs=1, learning_rate=0.01)
    with pytest.warns(UserWarning, match=r"keeps its learning rate of 0\.01; learning_rate=0\.1"):
        fit(made, X, epochs=1, learning_rate=0.1)


def test_a_number_is_no_schedule_that_has_it_now():
    made = MODELS["plain"]()
    made.compile(optimizers.SGD(optimizers.schedules.ExponentialDecay(0.1, 1, 0.5)))
    with pytest.warns(UserWarning, match=r"keeps its learning rate of 0\.1; learning_rate=0\.1"):
        fit(made, X, epochs=1, learning_rate=0.1)


@needs_a_loop
def test_the_compiled_loop_does_most_of_these(monkeypatch):
    """Else the comparisons above would compare Keras with itself."""
    ran, real = [], compiled_loop.fit_compiled
    monkeypatch.setattr(
        compiled_loop, "fit_compiled", lambda *a, **k: ran.append(1) or real(*a, **k)
    )
    for name in ("x", "weights", "validation in a list", "split"):
        run(fit, MODELS["plain"], **DATA[name])
    assert len(ran) == 4


def test_a_schedule_that_a_compiled_model_does_not_have_is_said_to_be_unused():
    def schedule(rate):
        return optimizers.schedules.ExponentialDecay(rate, 5, 0.5)

    made = MODELS["plain"]()
    fit(made, X, epochs=1, learning_rate=schedule(0.1))
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        fit(made, X, epochs=1, learning_rate=schedule(0.1))
    scaled = MODELS["plain"]()
    scaled.compile(optimizers.LossScaleOptimizer(optimizers.SGD(schedule(0.1))))
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        fit(scaled, X, epochs=1, learning_rate=schedule(0.1))
    for other in (schedule(0.3), 0.3):
        with pytest.warns(UserWarning, match=r"learning_rate=(ExponentialDecay|0\.3) is not used"):
            fit(made, X, epochs=1, learning_rate=other)


@pytest.mark.parametrize("compiled", [None, False])
@pytest.mark.parametrize("y", [None, Y, X])
def test_classes_without_labels_have_no_weights(y, compiled):
    with pytest.raises(ValueError, match="class_weight needs labels"):
        fit(MODELS["plain"](), X, y, epochs=1, class_weight={0: 1.0, 1: 2.0}, compiled=compiled)


def test_the_weights_of_classes_count_as_they_do_for_keras():
    def make():
        return keras.Sequential([keras.Input((6,)), keras.layers.Dense(3, "softmax")])

    def compile_options():
        return {"optimizer": optimizers.Adam(1e-2), "loss": "sparse_categorical_crossentropy"}

    weights = {0: 1.0, 1: 5.0, 2: 0.5}
    both(make, compile_options=compile_options, y=np.arange(70) % 3, class_weight=weights)


def test_another_loss_is_another_loop():
    made, optimizer = MODELS["plain"](), optimizers.SGD(0.0)
    losses = []
    for loss in ("squared_error", keras.losses.MeanAbsoluteError()):
        made.compile(optimizer, loss=loss)
        losses.append(fit(made, X, epochs=1).history["loss"][0])
    assert losses[0] != pytest.approx(losses[1], rel=0.01)
