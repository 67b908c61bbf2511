"""Message values: what a submission may answer with, in Python's and NumPy's own types only."""

from typing import Any

import numpy as np


def message_value(value: Any) -> Any:
    """Return `value` as a number, boolean, string, None, array, or a tuple of these.

    Tensors and variables of any backend become arrays, lists of numbers too; subclasses lose what
    they overrode.

    Raises:
        TypeError: if it is something else, such as a function or a model.
    """
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, tuple):
        return tuple(message_value(item) for item in value)
    if isinstance(value, np.generic):
        array = np.array(value)
    elif hasattr(value, "detach"):  # a torch tensor that needs its gradient
        array = np.array(value.detach().cpu())
    elif isinstance(value, list):
        try:
            array = np.array(value)
        except ValueError:  # arrays of several shapes, in a list where a tuple would do as well
            return tuple(message_value(np.asarray(item)) for item in value)
    else:
        array = np.array(value)
    if array.dtype.kind not in "biufcU":
        raise TypeError(f"expected numbers, got a value of type {type(value).__name__}")
    return array if array.ndim else array.item()
