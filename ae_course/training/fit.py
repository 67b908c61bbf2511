"""Chapter 3: training with checked data, a compiled loop and a progress bar that can be silent.

The training step is the model's own. The loop around it is `compiled_loop.fit_compiled` where that
computes the same, else `keras.Model.fit`.
"""

import math
import warnings
from contextlib import closing
from numbers import Real
from typing import Any

from ae_course.training import arguments, choice, compiled_loop
from ae_course.training.options import callbacks_of, check_options
from ae_course.training.progress import ProgressBar, wants_progress
from ae_course.training.streams import has_batches_to_shuffle, is_stream
from ae_course.validation import positive_int, real_number

import keras

__all__ = ["fit"]

XLA_STEPS = 4000
"""From so many steps on the time that XLA saves is longer than the time it takes to compile."""


def fit(
    model: keras.Model,
    x: Any,
    y: Any = None,
    *,
    epochs: int = 20,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    progress: bool | None = None,
    callbacks: list[keras.callbacks.Callback] | None = None,
    compiled: bool | None = None,
    **options: Any,
) -> keras.callbacks.History:
    """Train the model on x and return Keras' History of it.

    A model that was not compiled yet gets Adam. The data are checked first, so that a NaN in
    them is reported as such, not as a loss of NaN.

    Args:
        model: an `Autoencoder`, or any Keras model whose loss needs nothing else.
        x: samples `(n, ...)`: an array, a tensor or a DataFrame. A `tf.data.Dataset`, `PyDataset`,
            `DataLoader` or generator, which brings its own batches, is trained on as
            `keras.Model.fit` does it.
        y: targets of the shape of x, where they are not x itself.
        epochs: how often every sample is seen.
        batch_size: samples a step; 128 if x is not a stream.
        learning_rate: of Adam, for a model that is not compiled, 1e-3 by default. A compiled one
            keeps its own, and a warning says so if the two differ.
        progress: show a bar; by default only on a terminal, or in a notebook, for a run that takes
            longer than a few seconds, and never with `AE_COURSE_PROGRESS=off` in the environment.
        callbacks: as in `keras.Model.fit`.
        compiled: run whole epochs in one compiled function, which is some times faster on models
            of this size and computes the same. By default wherever that can be done (TensorFlow
            and JAX; not with callbacks that look at single batches), with XLA on long runs; where
            it cannot, a warning says why. True insists on it, False takes `keras.Model.fit`.
        **options: as in `keras.Model.fit` (`validation_data`, `validation_split`, `shuffle`,
            `sample_weight`, ...). A `validation_data` array stands for samples without targets.

    Returns:
        `keras.callbacks.History`; `.history["loss"]` is the mean of ℒ over each epoch.

    Raises:
        TypeError: if the model is no Keras model, or the samples are not numbers.
        ValueError: if the model has several inputs; if data, weights or validation data are empty,
            not finite, or differ in length or shape; or if `compiled` is True and the run cannot be
            compiled.

    Example:
        >>> history = fit(Autoencoder.dense(64, code=8), x, epochs=5)
        >>> len(history.history["loss"])
        5
    """
    arguments.check_model(model)
    check_options(options, progress=progress, compiled=compiled)
    names = ("sample_weight", "validation_data", "validation_split")
    own = {name: options.pop(name) for name in names if name in options}
    data = arguments.training_data(x, y, **own)
    epochs, batch_size = positive_int(epochs, "epochs"), arguments.batch_size_of(batch_size, data)
    callbacks = callbacks_of(callbacks)
    _compile(model, learning_rate)
    arguments.check_targets(model, data)
    with closing(ProgressBar(epochs)) as bar:
        if wants_progress(progress) and isinstance(callbacks, list):
            callbacks = [*callbacks, bar]
        run = {**data, "epochs": epochs, "batch_size": batch_size, "callbacks": callbacks}
        if stream := is_stream(x):
            options.setdefault("shuffle", has_batches_to_shuffle(x))
        if compiled or (compiled is None and not stream):
            reason = "x brings its own batches" if stream else choice.reason_unavailable()
            if not reason:
                reason = choice.reason_not_compilable(model, callbacks, options)
                if reason and not compiled:
                    warnings.warn(f"Training step by step, more slowly: {reason}.", stacklevel=2)
            if reason and compiled:
                raise ValueError(f"this run cannot be compiled: {reason}.")
            if not reason:
                steps = epochs * math.ceil(len(data["x"]) / batch_size)
                xla = compiled is True or steps >= XLA_STEPS
                shuffle = options.get("shuffle", True)
                return compiled_loop.fit_compiled(model, **run, shuffle=shuffle, xla=xla)
        return model.fit(**{"verbose": 0, **options}, **run)


def _compile(model: keras.Model, learning_rate: float | None) -> None:
    """Give the model Adam, unless it has an optimizer."""
    known = isinstance(learning_rate, Real | keras.optimizers.schedules.LearningRateSchedule)
    if learning_rate is not None and not known:
        raise TypeError(f"learning_rate must be a number or a schedule, got {learning_rate!r}.")
    if isinstance(learning_rate, Real):
        learning_rate = real_number(learning_rate, "learning_rate")
    if not getattr(model, "compiled", False):
        model.compile(keras.optimizers.Adam(1e-3 if learning_rate is None else learning_rate))
    elif learning_rate is not None and not _has(model.optimizer, learning_rate):
        has = float(keras.ops.convert_to_numpy(model.optimizer.learning_rate))
        number = isinstance(learning_rate, Real)
        wanted = f"{learning_rate:g}" if number else type(learning_rate).__name__
        warnings.warn(
            f"The model is compiled and keeps its learning rate of {has:g}; learning_rate="
            f"{wanted} is not used. Set model.optimizer.learning_rate to change it.",
            stacklevel=3,
        )


def _has(optimizer: keras.optimizers.Optimizer, learning_rate: Any) -> bool:
    """Tell whether the optimizer has this learning rate, now or as its schedule."""
    inner = getattr(optimizer, "inner_optimizer", optimizer)  # of one that scales the loss
    own = inner.get_config().get("learning_rate")
    if isinstance(learning_rate, Real):
        if isinstance(own, dict):  # a schedule, which is equal for a moment at most
            return False
        now = float(keras.ops.convert_to_numpy(optimizer.learning_rate))
        return math.isclose(now, learning_rate, rel_tol=1e-5)
    schedule = keras.optimizers.schedules.serialize(learning_rate)
    return own == schedule
