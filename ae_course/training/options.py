"""The options of `fit` that are no data, checked before anything is trained."""

import difflib
import inspect
from collections.abc import Sequence
from typing import Any

import keras


def callbacks_of(callbacks: Any) -> Sequence | keras.callbacks.CallbackList:
    """Return the callbacks as a list; one callback, or none, is accepted too.

    Raises:
        TypeError: if one of them is no Keras callback.
    """
    if isinstance(callbacks, keras.callbacks.CallbackList):
        return callbacks
    several = isinstance(callbacks, Sequence) and not isinstance(callbacks, str)
    found = list(callbacks) if several else [callbacks] if callbacks is not None else []
    for each in found:
        if not isinstance(each, keras.callbacks.Callback):
            raise TypeError(f"callbacks must be a list of Keras callbacks, got {each!r}.")
    return found


def check_options(options: dict[str, Any], **switches: Any) -> None:
    """Refuse what `keras.Model.fit` does not know, and switches that are no truth values.

    Args:
        options: passed on to `keras.Model.fit`.
        **switches: what must be True, False or None.

    Raises:
        TypeError: with the name that may be meant.
    """
    known = [
        *inspect.signature(keras.Model.fit).parameters,
        "learning_rate",
        "progress",
        "compiled",
    ]
    for name in options:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            raise TypeError(
                f"fit has no option {name}." + (f" Is {near[0]} meant?" if near else "")
            )
    for name, value in switches.items():
        if value not in (None, True, False):
            raise TypeError(f"{name} must be True, False or None, got {value!r}.")
