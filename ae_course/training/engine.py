"""What the compiled loops of the backends share, and where a model keeps them."""

from collections.abc import Callable, Sequence

import keras
import numpy as np

STEPS_AHEAD = 64
"""For so many steps at once random numbers are prefetched where XLA would draw them slowly."""


class Engine:
    """Takes training or test steps over batches of data that stay on the device.

    Attributes:
        data: the arrays whose copies are on the device; None before the first step and when they
            have been released.
    """

    _put: Callable
    data: tuple | None = None

    def on_device(self, data: tuple) -> tuple:
        """Return the data on the device, put there once for as long as the arrays are the same."""
        if data is not self.data:
            self.data = data
            self._on_device = tuple(None if part is None else self._put(part) for part in data)
        return self._on_device

    def release(self) -> None:
        """Drop the references to the data."""
        self.data = self._on_device = None


def engine_of(model: keras.Model, step: str, loop: type[Engine], xla: bool) -> Engine:
    """Return the model's loop over a step, traced before if nothing has changed since.

    Args:
        model: a compiled model.
        step: `"train_step"` or `"test_step"`.
        loop: the backend's.
        xla: compile with XLA as well.
    """
    cache = vars(model).setdefault("_ae_course_loops", _Cache())
    cache.keep_only(_traced_parts(model))
    key = (step, loop, xla)
    if key not in cache.engines:
        cache.engines[key] = loop(getattr(model, step), model, xla)
    return cache.engines[key]


def build(model: keras.Model, batch: Sequence) -> None:
    """Create every variable, those of optimizer and metrics too, and change none.

    Args:
        model: a compiled model.
        batch: x, y and weights of some samples; those at the end may be missing.
    """
    if not all(getattr(part, "built", True) for part in (model, *model.metrics)):
        state = [(v, np.array(keras.ops.convert_to_numpy(v))) for v in model.variables]
        if keras.backend.backend() == "tensorflow":
            model.test_step(tuple(batch))  # not compiled, which TensorFlow would take for retracing
        else:
            model.test_on_batch(*batch)
        for variable, value in state:  # a penalty or a bound has drawn random numbers
            variable.assign(value)
    model.optimizer.build(model.trainable_variables)
    model.reset_metrics()


class _Cache:
    """Loops, and the objects that they were traced with."""

    def __init__(self):
        self.engines: dict[tuple, Engine] = {}
        self._parts: list = []

    def keep_only(self, parts: list) -> None:
        """Drop the loops if one of the parts is another object than it was."""
        same = len(parts) == len(self._parts)
        if not same or any(a is not b for a, b in zip(parts, self._parts, strict=True)):
            self.engines.clear()
        self._parts = parts


def _traced_parts(model: keras.Model) -> list:
    """What a new `compile`, which makes new metrics, or a layer that was frozen replaces."""
    compiled = [model.optimizer, getattr(model, "measure", None), *model.metrics]
    return [*compiled, *model.trainable_variables, *model.non_trainable_variables]
