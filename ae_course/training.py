"""Chapter 3: training with a fixed seed, a compiled loop and a quiet progress bar.

`fit` is the door through which every chapter trains. The step behind it is the model's own; the
loop around it is `compiled.fit_compiled` where it can be, else `keras.Model.fit`.
"""

import math
import os
import random
import sys
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import ae_course.quiet  # noqa: F401
from ae_course import compiled as compiled_loop
from ae_course.checks import as_samples, positive_int

import keras
import numpy as np

XLA_STEPS = 4000
"""From so many steps on the time that XLA saves is longer than the time it takes to compile."""


def seed_everything(seed: int, deterministic: bool = True) -> None:
    """Make what follows repeatable: Python's, NumPy's and the backend's random numbers.

    Two runs then agree on one machine and backend. Another backend, device or number of threads
    may round differently.

    Args:
        seed: a whole number ≥ 0.
        deterministic: let TensorFlow use only operations that give the same result every time,
            which can be slower on a GPU. Other backends: no effect.

    Raises:
        ValueError: for a seed that is not a whole number between 0 and 2³² − 1.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed < 2**32:
        raise ValueError(f"seed must be a whole number from 0 to 2**32 - 1, got {seed!r}.")
    keras.utils.set_random_seed(int(seed))
    if deterministic and keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Make what is built and trained inside the block repeatable, and what comes after as it was.

    Python's, NumPy's and the backend's generators, and TensorFlow's choice of deterministic
    operations, leave the block as they entered it.

    Args:
        seed: a whole number from 0 to 2³² − 1.

    Example:
        >>> with seeded(0):
        ...     model = Autoencoder.dense(64, code=8)
    """
    with ExitStack() as stack:
        stack.callback(random.setstate, random.getstate())
        stack.callback(np.random.set_state, np.random.get_state())  # noqa: NPY002
        random.seed(seed)  # from which Keras draws the seed of every layer that was given none
        np.random.seed(seed)  # noqa: NPY002
        if keras.backend.backend() == "tensorflow":
            _seed_tensorflow(seed, stack)
        elif keras.backend.backend() == "torch":
            import torch

            stack.enter_context(torch.random.fork_rng())
            torch.manual_seed(seed)
        yield


def _seed_tensorflow(seed: int, stack: ExitStack) -> None:
    """Seed TensorFlow until the stack unwinds; it has no public way to look at its seed."""
    from tensorflow.python.eager.context import context
    from tensorflow.python.framework import config

    names = ("_seed", "_rng")
    kept = [(name, getattr(context(), name, None)) for name in names]
    stack.callback(lambda: [setattr(context(), name, value) for name, value in kept])
    context()._seed, context()._rng = seed, random.Random(seed)
    if not config.is_op_determinism_enabled():
        config.enable_op_determinism()
        stack.callback(config.disable_op_determinism)


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
    callbacks = [*(callbacks or []), *([ProgressBar(epochs)] if _wants_progress(progress) else [])]
    run = {"epochs": epochs, "batch_size": batch_size, "callbacks": callbacks, **kwargs}
    if compiled is not False:
        obstacle = compiled_loop.obstacle(model, callbacks, kwargs)
        if not obstacle:
            xla = compiled is True or epochs * math.ceil(len(x) / batch_size) >= XLA_STEPS
            return compiled_loop.fit_compiled(model, x, y, xla=xla, **run)
        if compiled:
            raise ValueError(f"this run cannot be compiled: {obstacle}.")
        if callbacks:
            warnings.warn(f"Training step by step, more slowly: {obstacle}.", stacklevel=2)
    return model.fit(x, y, verbose=0, **run)


class ProgressBar(keras.callbacks.Callback):
    """A bar over the epochs with the loss beside it, gone when the run is over.

    Args:
        epochs: how many there will be.
        patience: seconds of training before it appears.
    """

    def __init__(self, epochs: int, patience: float = 5.0):
        super().__init__()
        self.epochs, self.patience, self.display = epochs, patience, None

    def on_train_begin(self, logs=None):
        """Start the clock."""
        from time import monotonic

        self.clock, self.start = monotonic, monotonic()

    def on_epoch_end(self, epoch, logs=None):
        """Move the bar on; open it once the run has lasted longer than `patience`."""
        if self.display is None and self.clock() - self.start > self.patience:
            from rich.progress import Progress

            self.display = Progress(transient=True)
            self.display.start()
            self.task = self.display.add_task("", total=self.epochs)
        if self.display is not None:
            loss = f"loss {logs['loss']:.4g}" if logs and "loss" in logs else "training"
            self.display.update(self.task, completed=epoch + 1, description=loss)

    def on_train_end(self, logs=None):
        """Take the bar away."""
        if self.display is not None:
            self.display.stop()


def _wants_progress(progress: bool | None) -> bool:
    if os.environ.get("AE_COURSE_PROGRESS") == "off":
        return False
    in_notebook = "ipykernel" in sys.modules
    return (in_notebook or sys.stderr.isatty()) if progress is None else progress
