"""What counts as a tensor: the check of the formulas, which take arrays and tensors alike."""

import keras
from keras import ops


def as_tensor(values):
    """Return the values as a tensor of real numbers.

    Args:
        values: a tensor, or an array-like of booleans, integers or floats.

    Raises:
        TypeError: if they are anything else.
    """
    try:
        tensor = ops.convert_to_tensor(values)
        dtype = keras.backend.standardize_dtype(tensor.dtype)
    except (TypeError, ValueError):
        dtype = "unknown"
    if not dtype.startswith(("bool", "int", "uint", "float", "bfloat")):
        raise TypeError(f"expected an array or a tensor of numbers, got {values!r}.")
    return tensor


def as_column(values, x):
    """Return one value a sample `(n,)` in a shape that multiplies samples of the shape of x."""
    return ops.reshape(values, (-1, *[1] * (len(x.shape) - 1)))
