"""Chapter 3: training with checked data, a compiled loop and a progress bar that can be silent.

The training step is the model's own. The loop around it is `compiled_loop.fit_compiled` where that
computes the same, else `keras.Model.fit`.
"""

import math
import warnings
from typing import Any

from ae_course.training import compiled_loop
from ae_course.training.progress import ProgressBar, wants_progress
from ae_course.validation import as_samples, positive_int

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
    batch_size: int = 128,
    learning_rate: float = 1e-3,
    progress: bool | None = None,
    callbacks: list[keras.callbacks.Callback] | None = None,
    compiled: bool | None = None,
    **kwargs: Any,
) -> keras.callbacks.History:
    """Train the model on x and return Keras' History of it.

    A model that was not compiled yet gets Adam. The data are checked first, so that a NaN is
    reported as one and not as a loss that went away.

    Args:
        model: an `Autoencoder`, or any Keras model whose loss needs nothing else.
        x: samples `(n, ...)`.
        y: targets of the shape of x, where they are not x itself.
        epochs: how often every sample is seen.
        batch_size: samples a step.
        learning_rate: of Adam, for a model that is not compiled. A compiled one keeps its own.
        progress: show a bar; by default only on a terminal, or in a notebook, for a run that takes
            longer than a few seconds, and never with `AE_COURSE_PROGRESS=off` in the environment.
        callbacks: as in `keras.Model.fit`.
        compiled: run whole epochs in one compiled function, which is some times faster on models
            of this size and computes the same. By default wherever that can be done (TensorFlow
            and JAX; not with callbacks that look at single batches), with XLA on long runs.
            True insists on it, False takes `keras.Model.fit`.
        **kwargs: passed to `keras.Model.fit` (`validation_data`, `validation_split`, `shuffle`,
            `sample_weight`, ...). A `validation_data` array stands for samples without targets.

    Returns:
        `keras.callbacks.History`; `.history["loss"]` is the mean of ℒ over each epoch.

    Raises:
        TypeError: if the samples are not numbers.
        ValueError: if they are empty or not finite, or x and y differ in length; or if `compiled`
            is True and the run cannot be compiled.

    Example:
        >>> history = fit(Autoencoder.dense(64, code=8), x, epochs=5)
        >>> len(history.history["loss"])
        5
    """
    x = as_samples(x)
    if y is not None:
        y = as_samples(y, name="y")
        if len(y) != len(x):
            raise ValueError(f"x and y must have as many samples, got {len(x)} and {len(y)}.")
    elif kwargs.get("sample_weight") is not None:
        y = x  # Keras forgets the weights of samples without targets
    validation = kwargs.get("validation_data")
    if validation is not None and not isinstance(validation, tuple):
        kwargs["validation_data"] = (as_samples(validation, x.shape[1:], "validation_data"), None)
    if not getattr(model, "compiled", False):
        model.compile(optimizer=keras.optimizers.Adam(learning_rate))
    epochs = positive_int(epochs, "epochs")
    batch_size = positive_int(batch_size, "batch_size")
    callbacks = [*(callbacks or []), *([ProgressBar(epochs)] if wants_progress(progress) else [])]
    run = {"epochs": epochs, "batch_size": batch_size, "callbacks": callbacks, **kwargs}
    if compiled is not False:
        reason = compiled_loop.reason_not_compilable(model, callbacks, kwargs)
        if not reason:
            xla = compiled is True or epochs * math.ceil(len(x) / batch_size) >= XLA_STEPS
            return compiled_loop.fit_compiled(model, x, y, xla=xla, **run)
        if compiled:
            raise ValueError(f"this run cannot be compiled: {reason}.")
        if callbacks:
            warnings.warn(f"Training step by step, more slowly: {reason}.", stacklevel=2)
    return model.fit(x, y, verbose=0, **run)
