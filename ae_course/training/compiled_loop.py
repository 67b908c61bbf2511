"""Whole epochs in one compiled function.

Between two steps, `keras.Model.fit` returns to Python, which on models of this size takes longer
than the step. Here the data stay on the device and one function runs the model's own
`train_step` over all batches of an epoch (`tensorflow_loop`, `jax_loop`). What is computed is what
`fit` computes on the same batches.
"""

from collections.abc import Callable, Sequence
from typing import Any

from ae_course.models import random
from ae_course.models.sample_model import SampleModel
from ae_course.training.engine import build, engine_of
from ae_course.training.jax_loop import JaxLoop
from ae_course.training.tensorflow_loop import TensorFlowLoop

import keras
import numpy as np

CHUNK_BYTES = 1 << 31
"""Data larger than this are put on the device in chunks."""

LOOPS = {"tensorflow": TensorFlowLoop, "jax": JaxLoop}


def fit_compiled(
    model: keras.Model,
    x: np.ndarray,
    y: np.ndarray | None,
    *,
    epochs: int,
    batch_size: int,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    xla: bool = True,
    validation_data: Any = None,
    shuffle: bool = True,
    sample_weight: np.ndarray | None = None,
) -> keras.callbacks.History:
    """Train as `keras.Model.fit` does, an epoch at a time; see `training.fit`.

    Args:
        model: a compiled model with no `choice.reason_not_compilable`.
        x: samples `(n, ...)`.
        y: targets, or None.
        epochs: how often every sample is seen.
        batch_size: samples a step; the last step of an epoch takes what is left.
        callbacks: epoch callbacks.
        xla: compile with XLA as well (TensorFlow; JAX always does). Not with random numbers that
            cannot be prefetched (`random.has_unprefetchable`), which XLA draws slowly on a CPU.
        validation_data: `(x, y)` or `(x, y, sample_weight)`, or a stream of batches.
        shuffle: take the samples in a new order each epoch, drawn from NumPy's global generator.
        sample_weight: `(n,)`.
    """
    train = _parts(x, y, sample_weight)
    stream = validation_data is not None and not isinstance(validation_data, tuple)
    validation = None if validation_data is None or stream else _parts(*validation_data)
    if isinstance(model, SampleModel):
        model.check_data(*train[:2])
        if validation is not None:
            model.check_data(*validation[:2], of="validation_data")
    build(model, [None if part is None else part[:batch_size] for part in train])
    loop = LOOPS[keras.backend.backend()]
    xla = xla and not random.has_unprefetchable(model)
    train_steps = engine_of(model, "train_step", loop, xla)
    test_steps = engine_of(model, "test_step", loop, False)
    steps = -(-len(x) // batch_size)
    callback_list = keras.callbacks.CallbackList(
        list(callbacks), add_history=True, model=model, epochs=epochs, steps=steps, verbose=0
    )
    model.stop_training, logs = False, {}
    callback_list.on_train_begin()
    try:
        for epoch in range(epochs):
            model.reset_metrics()
            callback_list.on_epoch_begin(epoch)
            order = np.arange(len(x))
            if shuffle:
                np.random.shuffle(order)  # noqa: NPY002 - the generator that Keras' seeds set
            if model.stop_training:  # Keras looks at it after a step
                order = order[:batch_size]
            logs = _run(train_steps, model, train, order, batch_size)
            results = {}
            if stream:
                results = model.evaluate(
                    validation_data, callbacks=callback_list, verbose=0, return_dict=True
                )
            elif validation is not None:
                callback_list.on_test_begin()
                model.reset_metrics()
                rows = np.arange(len(validation[0]))
                results = _run(test_steps, model, validation, rows, batch_size)
                callback_list.on_test_end(results)
            logs |= {f"val_{name}": value for name, value in results.items()}
            callback_list.on_epoch_end(epoch, logs)
            if model.stop_training:
                break
        model.optimizer.finalize_variable_values(model.trainable_weights)
    finally:
        train_steps.release()
        test_steps.release()
    callback_list.on_train_end(logs)
    return model.history


def _run(steps: Callable, model, parts: tuple, order: np.ndarray, batch_size: int) -> dict:
    """Take every batch of an epoch once and return the metrics."""
    bytes_of_one = sum(part[:1].nbytes for part in parts if part is not None)
    chunk = max(1, CHUNK_BYTES // (bytes_of_one * batch_size)) * batch_size
    for start in range(0, len(order), chunk):
        rows = order[start : start + chunk]
        data = parts
        if chunk < len(order):  # gathered here
            data = tuple(None if part is None else part[rows] for part in parts)
            rows = np.arange(len(rows))
        full = len(rows) // batch_size * batch_size
        for batches in (rows[:full].reshape(-1, batch_size), rows[None, full:]):
            if batches.size:
                steps(data, batches.astype(np.int32))
    return dict(model.get_metrics_result())


def _parts(x, y=None, sample_weight=None) -> tuple:
    """x, y and weights as arrays, those at the end that are None left out."""
    parts = [x, y, sample_weight]
    while parts[-1] is None:
        parts.pop()
    dtype = keras.config.floatx()
    return tuple(None if part is None else np.asarray(part, dtype=dtype) for part in parts)
