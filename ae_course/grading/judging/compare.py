"""What differs between the value that came and the value expected, in a learner's words.

The order of the questions is PrairieLearn's: the type, the shape, finite numbers, and last where
the largest error is, so that the first thing said is the first thing to mend.
"""

from typing import Any

import numpy as np


def difference(
    came: Any, expected: Any, rtol: float = 1e-4, atol: float = 1e-6, dtype: str | None = None
) -> str | None:
    """Return what is wrong with `came`, or None if it agrees with `expected`.

    A value may be off by `atol + rtol · (|expected| + max|expected|)`: a right computation in
    float32 passes, in whatever order it adds.

    Args:
        came: the learner's value.
        expected: the truth: a number, a boolean, a string, an array, or a tuple of these.
        rtol: relative tolerance.
        atol: absolute tolerance.
        dtype: the dtype that the task asks for, such as `"float32"`; None if it asks for none.
    """
    if isinstance(expected, tuple):
        return _parts(came, expected, rtol, atol, dtype)
    if came is None:
        return "Nothing came back (`None`). Did you forget the `return`?"
    if isinstance(expected, str):
        return None if str(came) == expected else f"Expected {expected!r}, got {brief(came)}."
    array, truth = _array(came), np.asarray(expected)
    if array.dtype.kind not in "buif":
        return f"Expected {kind_of(truth)}, got {brief(came)}."
    if truth.ndim == 0 and array.shape == (1,):  # one number, in an array
        array = array[0]
    if array.shape != truth.shape:
        return f"Expected {kind_of(truth)}, got {kind_of(array)}."
    if dtype is not None and array.dtype != np.dtype(dtype):
        return f"Expected dtype {dtype}, got {array.dtype}."
    array, truth = array.astype(float), truth.astype(float)
    strange = ~np.isfinite(array) & np.isfinite(truth)
    if strange.any():
        at = np.unravel_index(np.argmax(strange), array.shape)
        return f"{strange.sum()} of {array.size} values are not finite; {_at(at, array)}."
    scale = np.abs(truth)
    allowed = atol + rtol * (scale + scale[np.isfinite(scale)].max(initial=0))
    with np.errstate(invalid="ignore"):
        error = np.abs(array - truth)
    agrees = (array == truth) | (np.isnan(array) & np.isnan(truth))
    agrees |= np.isfinite(truth) & (error <= allowed)
    if agrees.all():
        return None
    if truth.ndim == 0:
        return f"expected {told(truth[()], array[()])}, got {told(array[()], truth[()])}."
    error = np.where(agrees, 0, np.nan_to_num(error, nan=np.inf))
    at = np.unravel_index(np.argmax(error), error.shape)
    return (
        f"{(~agrees).sum()} of {agrees.size} values are off; the largest error is at "
        f"{list(map(int, at))}: expected {told(truth[at], array[at])}, got "
        f"{told(array[at], truth[at])}."
    )


def _array(value: Any) -> np.ndarray:
    try:
        return np.asarray(value)
    except ValueError:  # a ragged list
        return np.asarray(None)


def _parts(came, expected, rtol, atol, dtype) -> str | None:
    if came is None:
        return "Nothing came back (`None`). Did you forget the `return`?"
    if not isinstance(came, (tuple, list, np.ndarray)) or len(came) != len(expected):
        return f"Expected {len(expected)} values (a tuple), got {brief(came)}."
    for i, (part, truth) in enumerate(zip(came, expected, strict=True), start=1):
        problem = difference(part, truth, rtol, atol, dtype)
        if problem:
            return f"Value {i} of {len(expected)}: {problem}"
    return None


def _at(index, array) -> str:
    value = brief(array[index])
    return f"the one at {list(map(int, index))} is {value}" if array.ndim else f"it is {value}"


def told(value: float, other: float, digits: int = 4) -> str:
    """Return a number with as many digits as tell it from another one, 4 or more.

    Example:
        >>> told(1.2361, 1.2364), told(0.5, 2.0)
        ('1.2361', '0.5')
    """
    value, other = float(value), float(other)
    if 1 <= abs(value) < 1e6:
        digits = max(digits, len(f"{abs(value):.0f}"))  # 195, not 2e+02
    while digits < 17 and value != other and f"{value:.{digits}g}" == f"{other:.{digits}g}":
        digits += 1
    return f"{value:.{digits}g}"


def kind_of(array: np.ndarray) -> str:
    """Return `a single number` or `an array of shape (3, 2)`."""
    return "a single number" if array.ndim == 0 else f"an array of shape {array.shape}"


def brief(value: Any) -> str:
    """Return a value in a few characters: small ones themselves, large ones by their shape."""
    if isinstance(value, (bool, np.bool_, str)):
        text = repr(value.item() if isinstance(value, np.generic) else value)
        return text if len(text) <= 60 else text[:57] + "…"
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, (float, np.floating)):
        return f"{float(value):.4g}"
    if isinstance(value, (tuple, list)):
        return f"{len(value)} values"
    array = np.asarray(value)
    if array.dtype.kind not in "buif":
        return f"a value of type {type(value).__name__}"
    if array.ndim == 0:
        return brief(array[()])
    if array.ndim == 1 and array.size <= 5:
        return "[" + ", ".join(brief(v) for v in array) + "]"
    return f"an array of shape {array.shape}"


def inputs_in_words(inputs: dict[str, Any]) -> str:
    """Return `x of shape (4, 3) and b = [0.1, 2]`: the inputs of a call, named."""
    words = []
    for name, value in inputs.items():
        text = brief(value)
        large = text.startswith("an array")
        words.append(f"`{name}` of shape {np.shape(value)}" if large else f"`{name}` = {text}")
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
