"""Which runs the compiled loop can do, and why the others are left to `keras.Model.fit`."""

import os
from collections.abc import Sequence
from typing import Any

from ae_course.models.sample_model import replicas_of
from ae_course.training.compiled_loop import LOOPS

import keras
import numpy as np

_DEFAULTS = {
    "verbose": 0,
    "shuffle": True,
    "class_weight": None,
    "initial_epoch": 0,
    "steps_per_epoch": None,
    "validation_split": 0.0,
    "validation_steps": None,
    "validation_batch_size": None,
    "validation_freq": 1,
}
_BATCH_HOOKS = [
    f"on_{kind}batch_{when}" for kind in ("", "train_", "test_") for when in ("begin", "end")
]


def reason_unavailable() -> str:
    """Return why there is no compiled loop in this process, or an empty text."""
    backend = keras.backend.backend()
    if backend not in LOOPS:
        return f"there is no compiled loop for the backend {backend}"
    if os.environ.get("AE_COURSE_COMPILED") == "off":
        return "AE_COURSE_COMPILED=off is in the environment"
    return ""


def reason_not_compilable(model: keras.Model, callbacks: Sequence, options: dict[str, Any]) -> str:
    """Return why only `keras.Model.fit` can do this run, or an empty text.

    Args:
        model: a compiled model.
        callbacks: the run's callbacks.
        options: the other arguments meant for `fit`, without the data.
    """
    changed = [name for name, value in options.items() if not _is_default(name, value)]
    if unknown := sorted(set(changed) - {"shuffle"}):
        return f"the compiled loop does not know {', '.join(unknown)}"
    shuffle = options.get("shuffle", True)
    if np.ndim(shuffle) or shuffle not in (True, False):
        return f"the compiled loop does not know shuffle={shuffle!r}"
    if model.run_eagerly:
        return "the model is to run eagerly"
    if keras.distribution.distribution() is not None or replicas_of(model) > 1:
        return "the model is distributed over devices"
    if isinstance(callbacks, keras.callbacks.CallbackList):
        return "the callbacks come as a CallbackList"
    for callback in callbacks:
        if _looks_at_batches(callback):
            return f"{type(callback).__name__} looks at single batches"
    return ""


def _is_default(name: str, value: Any) -> bool:
    return name in _DEFAULTS and np.ndim(value) == 0 and value == _DEFAULTS[name]


def _looks_at_batches(callback: keras.callbacks.Callback) -> bool:
    """Tell whether a hook for single batches is there, of the class or set on the instance."""
    idle = [keras.callbacks.Callback]
    if getattr(callback, "save_freq", None) == "epoch":
        idle.append(keras.callbacks.ModelCheckpoint)
    for name in _BATCH_HOOKS:
        hook = getattr(callback, name, None)
        if getattr(hook, "__func__", hook) not in [getattr(kind, name) for kind in idle]:
            return True
    return False
