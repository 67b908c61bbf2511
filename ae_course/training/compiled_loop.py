"""Whole epochs in one compiled function: Keras' training step without the way back to Python.

Between two steps, `keras.Model.fit` returns to Python, which on models of this size takes longer
than the step. Here the data stay on the device and one function runs the model's own
`train_step` over all batches of an epoch: a `tf.while_loop` on TensorFlow, `lax.scan` over Keras'
stateless step on JAX. What is computed is what `fit` computes on the same batches.
"""

import os
from collections.abc import Callable, Sequence
from typing import Any

import ae_course.quiet  # noqa: F401
from ae_course import noise

import keras
import numpy as np

CHUNK_BYTES = 1 << 31
"""Data larger than this are handed to the device in pieces."""

STEPS_AHEAD = 64
"""For so many steps at once random numbers are drawn where XLA would draw them slowly."""

_OPTIONS = {"validation_data", "shuffle", "sample_weight"}
_BATCH_HOOKS = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")


def obstacle(model: keras.Model, callbacks: Sequence, options: dict[str, Any]) -> str:
    """Return why only `keras.Model.fit` can do this run, or an empty text.

    Args:
        model: a compiled model.
        callbacks: the run's callbacks.
        options: the other arguments meant for `fit`.
    """
    backend = keras.backend.backend()
    if backend not in _ENGINES:
        return f"there is no compiled loop for the backend {backend}"
    if os.environ.get("AE_COURSE_COMPILED") == "off":
        return "AE_COURSE_COMPILED=off is in the environment"
    if unknown := sorted(set(options) - _OPTIONS):
        return f"the compiled loop does not know {', '.join(unknown)}"
    if model.run_eagerly:
        return "the model is to run eagerly"
    strategy = getattr(model, "distribute_strategy", None)  # of tf.distribute
    if keras.distribution.distribution() is not None or (
        strategy is not None and strategy.num_replicas_in_sync > 1
    ):
        return "the model is distributed over devices"
    for callback in callbacks:
        if _looks_at_batches(callback):
            return f"{type(callback).__name__} looks at single batches"
    return ""


def fit_compiled(
    model: keras.Model,
    x: np.ndarray,
    y: np.ndarray | None,
    *,
    epochs: int,
    batch_size: int,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    xla: bool = True,
    validation_data: tuple | None = None,
    shuffle: bool = True,
    sample_weight: np.ndarray | None = None,
) -> keras.callbacks.History:
    """Train as `keras.Model.fit` does, an epoch at a time; see `training.fit`.

    Args:
        model: a compiled model without an `obstacle`.
        x: samples `(n, ...)`.
        y: targets, or None.
        epochs: how often every sample is seen.
        batch_size: samples a step; the last step of an epoch takes what is left.
        callbacks: epoch callbacks.
        xla: compile with XLA as well (TensorFlow; JAX always does). Not with random numbers that
            must be drawn inside the loop (`noise.drawn_in_the_loop`), where XLA is slow on a CPU.
        validation_data: `(x, y)` or `(x, y, sample_weight)`.
        shuffle: take the samples in a new order each epoch, drawn from NumPy's global generator.
        sample_weight: `(n,)`.
    """
    train = _parts(x, y, sample_weight)
    _build(model, train, batch_size)
    engine = _ENGINES[keras.backend.backend()]
    train_steps = engine(model.train_step, model, xla and not noise.drawn_in_the_loop(model))
    test_steps = engine(model.test_step, model, False)
    held_out = None if validation_data is None else _parts(*validation_data)
    watchers = keras.callbacks.CallbackList(
        list(callbacks), add_history=True, model=model, epochs=epochs, verbose=0
    )
    model.stop_training, logs = False, {}
    watchers.on_train_begin()
    for epoch in range(epochs):
        watchers.on_epoch_begin(epoch)
        order = np.arange(len(x))
        if shuffle:
            np.random.shuffle(order)  # noqa: NPY002 - the generator that Keras' seeds set
        logs = _run(train_steps, model, train, order, batch_size)
        if held_out is not None:
            rows = np.arange(len(held_out[0]))
            seen = _run(test_steps, model, held_out, rows, batch_size)
            logs |= {f"val_{name}": value for name, value in seen.items()}
        watchers.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    watchers.on_train_end(logs)
    return model.history


def _run(steps: Callable, model, parts: tuple, order: np.ndarray, batch_size: int) -> dict:
    """Take every batch of an epoch once and return the metrics."""
    model.reset_metrics()
    bytes_of_one = sum(part[:1].nbytes for part in parts if part is not None)
    room = max(1, CHUNK_BYTES // (bytes_of_one * batch_size)) * batch_size
    for start in range(0, len(order), room):
        rows = order[start : start + room]
        data = parts
        if room < len(order):  # a piece, gathered here
            data = tuple(None if part is None else part[rows] for part in parts)
            rows = np.arange(len(rows))
        full = len(rows) // batch_size * batch_size
        for batches in (rows[:full].reshape(-1, batch_size), rows[None, full:]):
            if batches.size:
                steps(data, batches.astype(np.int32))
    return {name: float(value) for name, value in model.get_metrics_result().items()}


class _Engine:
    """Takes steps over batches of data that stay where they are."""

    _data: tuple | None = None

    def _resident(self, data: tuple) -> tuple:
        """The data on the device; put there once for as long as the arrays are the same."""
        if data is not self._data:
            self._data = data
            self._there = tuple(None if part is None else self._put(part) for part in data)
        return self._there


class _TensorFlow(_Engine):
    """`tf.function` around a loop over the batches."""

    def __init__(self, step: Callable, model: keras.Model, xla: bool):
        import tensorflow as tf

        def steps(data, order, count, stock=None):
            def body(i):
                with noise.supplied_by(stock and (lambda *asked: stock(*asked)[i])):
                    rows = order[i]
                    step(tuple(None if part is None else tf.gather(part, rows) for part in data))
                return (i + 1,)

            tf.while_loop(lambda i: i < count, body, (0,))

        def with_xla(data, order, count):
            outside = tf.compat.v1.get_default_graph()

            def stock(draw, shape, dtype):  # of one `noise` of the step, for `count` steps
                with outside.as_default():
                    numbers = tf.TensorArray(dtype, size=order.shape[0], element_shape=shape)
                    numbers = tf.while_loop(
                        lambda k, _: k < count,
                        lambda k, numbers: (k + 1, numbers.write(k, draw())),
                        (0, numbers),
                    )[1]
                    return numbers.stack()

            inside = tf.function(steps, autograph=False, jit_compile=True)
            inside(data, order, count, stock)

        self._put = tf.constant
        self._last = tf.function(steps, autograph=False)  # XLA is not worth compiling it twice
        self._steps = tf.function(with_xla, autograph=False) if xla else self._last
        self._ahead = STEPS_AHEAD if xla and noise.drawn_ahead(model) else None

    def __call__(self, data: tuple, order: np.ndarray) -> None:
        steps = self._last if len(order) == 1 else self._steps
        size = min(len(order), self._ahead or len(order))
        for start in range(0, len(order), size):
            block = order[start : start + size]
            padded = np.resize(block, (size, *block.shape[1:]))  # one shape, so compiled once
            steps(self._resident(data), self._put(padded), self._put(len(block)))


class _Jax(_Engine):
    """`lax.scan` over Keras' stateless step."""

    def __init__(self, step: Callable, model: keras.Model, xla: bool):
        import jax

        def steps(state, data, order):
            def body(state, rows):
                return step(state, jax.tree.map(lambda part: part[rows], data))[1], None

            return jax.lax.scan(body, state, order)[0]

        self._put, self._model = jax.device_put, model
        self._trains = step == model.train_step
        self._steps = jax.jit(steps)

    def __call__(self, data: tuple, order: np.ndarray) -> None:
        model = self._model
        groups = [model.trainable_variables, model.non_trainable_variables]
        groups += [model.optimizer.variables] * self._trains + [model.metrics_variables]
        state = tuple([variable.value for variable in group] for group in groups)
        state = self._steps(state, self._resident(data), order)
        for group, values in zip(groups, state, strict=True):
            for variable, value in zip(group, values, strict=True):
                variable.assign(value)


_ENGINES = {"tensorflow": _TensorFlow, "jax": _Jax}


def _parts(x, y=None, sample_weight=None) -> tuple:
    """x, y and weights as arrays, those at the end that are None left out."""
    parts = [x, y, sample_weight]
    while parts[-1] is None:
        parts.pop()
    return tuple(None if part is None else np.asarray(part, dtype="float32") for part in parts)


def _build(model: keras.Model, parts: tuple, batch_size: int) -> None:
    """Create every variable before the loop is traced."""
    if not model.built or getattr(model, "_compile_metrics", True) is not None:
        model.test_on_batch(*(None if part is None else part[:batch_size] for part in parts))
    model.optimizer.build(model.trainable_variables)
    model.reset_metrics()


def _looks_at_batches(callback: keras.callbacks.Callback) -> bool:
    if isinstance(callback, keras.callbacks.ModelCheckpoint):
        return callback.save_freq != "epoch"
    plain = keras.callbacks.Callback
    return any(getattr(type(callback), hook) is not getattr(plain, hook) for hook in _BATCH_HOOKS)
