"""What counts as data: the one place that looks at arrays before they reach a model."""

import math
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np

_BATCHES = "it brings batches, which fit alone takes; pass one of them"
_NO_ARRAYS = {  # an attribute of what is no array → what to do
    "tocsr": "pass {0}.toarray()",
    "dense_shape": "pass tf.sparse.to_dense({0})",
    "row_splits": "its samples must have one shape, as {0}.to_tensor() gives them",
    "with_validation": "pass a part of it, as {0}.train",
    **dict.fromkeys(("element_spec", "__next__", "on_epoch_end"), _BATCHES),
}


def as_samples(x: Any, shape: Sequence[int | None] | None = None, name: str = "x") -> np.ndarray:
    """Return `x` as a finite float32 array of samples, or say what is wrong with it.

    Args:
        x: array-like of shape `(n, ...)`, of booleans, integers or floats.
        shape: the shape a sample must have, where known; None entries match any size.
        name: what to call `x` in the message.

    Returns:
        float32 array of shape `(n, ...)`; `x` itself where it is one already.

    Raises:
        TypeError: if the values are not real numbers.
        ValueError: if there is no sample axis or no feature axis, no samples, samples of another
            shape, or a NaN or infinite value.

    Example:
        >>> as_samples([[1, 2], [3, 4]], shape=(2,)).dtype
        dtype('float32')
    """
    array = as_numbers(x, name)
    if array.ndim < 2:
        raise ValueError(
            f"{name} must have shape (n, features) or (n, height, width, ...), got {array.shape}. "
            f"For one sample write {name}[None]."
        )
    if array.size == 0:
        raise ValueError(f"{name} is empty: its shape is {array.shape}.")
    if shape is not None:
        check_shape(array.shape, shape, name)
    return _as_finite(array, name)


def check_shape(got: Sequence[int | None], shape: Sequence[int | None], name: str) -> None:
    """Check that samples have a shape; None matches any size, in what came as in what is wanted.

    Args:
        got: the shape of the samples, `(n, ...)`.
        shape: the shape that one sample must have.
        name: what to call the samples in the message.

    Raises:
        ValueError: if they have another one.
    """
    known = [(g, s) for g, s in zip(got[1:], shape, strict=False) if None not in (g, s)]
    if len(got) != len(shape) + 1 or any(g != s for g, s in known):
        wanted = ", ".join(["n", *("any" if s is None else str(s) for s in shape)])
        raise ValueError(f"{name} must have shape ({wanted}), got {tuple(got)}.")


def as_numbers(x: Any, name: str) -> np.ndarray:
    """Return x as an array of real numbers of any shape, or say what it is and what to do.

    Raises:
        TypeError: if it holds anything else.
        ValueError: if it is ragged or masked.
    """
    if hasattr(x, "dtypes") and hasattr(x, "columns"):
        if not hasattr(x.dtypes, "items") and hasattr(x, "to_pandas"):  # a table of Polars
            x = x.to_pandas()
        return _from_table(x, name)
    if isinstance(x, Mapping):
        raise TypeError(
            f"{name} must be an array, got a {type(x).__name__} with the keys {list(x)[:5]}."
        )
    kind = type(x).__name__
    if is_data_loader(x):
        raise TypeError(f"{name} must be an array, got a {kind}: {_BATCHES}.")
    for sign, instead in _NO_ARRAYS.items():
        if hasattr(x, sign):
            raise TypeError(f"{name} must be an array, got a {kind}: {instead.format(name)}.")
    rows = x if isinstance(x, list | tuple) else ()
    if np.ma.is_masked(x) or any(map(np.ma.is_masked, rows)):
        raise ValueError(f"{name} has masked values; fill them, as {name}.filled(0) does.")
    try:
        array = np.asarray(x)
    except ValueError:
        raise ValueError(f"{name} must have samples of one shape, got a ragged {kind}.") from None
    if array.dtype.kind not in "biuf":
        if array.dtype.name == "bfloat16":
            return array.astype(np.float32)
        got = f"a {kind}" if array.ndim == 0 else f"dtype {array.dtype}"
        hint = f" If all are numbers, pass {name}.astype(float)." if array.dtype == object else ""
        raise TypeError(f"{name} must hold real numbers, got {got}.{hint if array.ndim else ''}")
    return array


def is_data_loader(x: Any) -> bool:
    """Tell whether x is a torch `DataLoader`, without importing torch."""
    return any(kind.__name__ == "DataLoader" for kind in type(x).__mro__)


def as_weights(weights: Any, count: int, name: str = "sample_weight") -> np.ndarray:
    """Return the weights of samples as a finite float32 array `(count,)`.

    Args:
        weights: array-like of shape `(count,)` or `(count, 1)`.
        count: how many samples there are.
        name: what to call them in the message.

    Raises:
        TypeError: if they are not real numbers.
        ValueError: if they have another shape, or one is not finite.
    """
    array = as_numbers(weights, name)
    if array.shape not in ((count,), (count, 1)):
        raise ValueError(
            f"{name} must have shape ({count},), one for each sample, got {array.shape}."
        )
    return _as_finite(array.reshape(count), name)


def in_unit_interval(x: Any, name: str = "x", loss: str = "a binary cross-entropy") -> None:
    """Check that a cross-entropy's targets lie in [0, 1], give or take 1e-6 of rounding.

    Only values that are known can be checked: not those of a `tf.data.Dataset`, a generator, or a
    tensor inside a compiled function.

    Raises:
        ValueError: if a value lies outside.
    """
    try:
        values = np.asarray(x) if isinstance(x, list) or hasattr(x, "__array__") else np.empty(0)
    except (NotImplementedError, TypeError, RuntimeError):  # how the backends say: not known yet
        return
    if values.size and not (values.min() >= -1e-6 and values.max() <= 1 + 1e-6):
        raise ValueError(
            f"{loss} needs targets in [0, 1], but {name} goes from "
            f"{values.min():.6g} to {values.max():.6g}. Scale it ({name} / 255 for 8-bit pixels), "
            "or take the loss squared_error."
        )


def positive_int(value: Any, name: str) -> int:
    """Return `value` as an int ≥ 1.

    Raises:
        ValueError: if it is not a whole number of at least 1.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise ValueError(f"{name} must be a whole number ≥ 1, got {value!r}.")
    return int(value)


def positive_ints(value: Any, name: str) -> tuple[int, ...]:
    """Return `value`, a sequence of whole numbers ≥ 1 or a single one, as a tuple of ints.

    Raises:
        ValueError: if it is anything else.
    """
    several = isinstance(value, Sequence | np.ndarray) and not isinstance(value, str)
    return tuple(positive_int(each, name) for each in (value if several else (value,)))


def image_sides(image_shape: Any) -> tuple[int, ...]:
    """Return the sides of an image, two or, with its channels, three whole numbers.

    Args:
        image_shape: `(height, width)` or `(height, width, channels)`; one number for a square gray
            image.

    Raises:
        ValueError: if it is none of these, or a side is not a whole number ≥ 1.
    """
    sides = positive_ints(image_shape, "image_shape")
    if np.ndim(image_shape) == 0:
        sides = (*sides, *sides)
    if len(sides) not in (2, 3):
        raise ValueError(
            "image_shape must be (height, width), (height, width, channels) or the side of a "
            f"square, got {image_shape!r}."
        )
    return sides


def real_number(value: Any, name: str, low: float = 0.0, high: float = math.inf) -> float:
    """Return `value` as a finite float from `low` to `high`, both included.

    Raises:
        ValueError: if it is anything else.
    """
    number = isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
    if not number or not low <= value <= high:
        wanted = f"≥ {low:g}" if math.isinf(high) else f"from {low:g} to {high:g}"
        raise ValueError(f"{name} must be a finite number {wanted}, got {value!r}.")
    return float(value)


def check_seed(seed: Any) -> int:
    """Return `seed` as an int in [0, 2³² − 1], the seeds that NumPy and scikit-learn both take.

    Raises:
        ValueError: if it is anything else.
    """
    whole = isinstance(seed, int | np.integer) and not isinstance(seed, bool)
    if not whole or not 0 <= seed < 2**32:
        raise ValueError(f"seed must be a whole number between 0 and 2**32 - 1, got {seed!r}.")
    return int(seed)


def _from_table(table: Any, name: str) -> np.ndarray:
    """Return a DataFrame's numbers: numeric, boolean and nullable columns."""
    for label, dtype in table.dtypes.items():
        if getattr(dtype, "kind", "O") not in "biuf":
            raise TypeError(
                f"{name} must hold real numbers, but its column {label!r} has dtype {dtype}. "
                "Leave it out, convert it with astype(float), or encode it, as "
                "pandas.get_dummies does."
            )
    array = table.to_numpy(dtype=np.float64, na_value=np.nan)
    if len(large := np.argwhere(np.abs(array) > np.finfo(np.float32).max)):
        row, column = large[0]
        raise ValueError(
            f"{name} must be finite, but its column {table.columns[column]!r} holds "
            f"{array[row, column]:g} in row {row}"
            + (", which float32 cannot hold." if np.isfinite(array[row, column]) else ".")
        )
    if len(missing := np.argwhere(np.isnan(array))):
        row, column = missing[0]
        raise ValueError(
            f"{name} must be finite, but its column {table.columns[column]!r} has a missing value "
            f"in row {row}: fill it or leave the row out, as fillna and dropna do."
        )
    return array


def _as_finite(array: np.ndarray, name: str) -> np.ndarray:
    with np.errstate(over="ignore"):
        converted = array.astype(np.float32, copy=False)
    if not np.isfinite(converted).all():
        bad = tuple(int(i) for i in np.argwhere(~np.isfinite(converted))[0])
        why = f"{array[bad]}"
        if np.isfinite(array[bad]):
            why += ", which float32 cannot hold: scale the data"
        raise ValueError(f"{name} must be finite, but {name}{list(bad)} is {why}.")
    return converted
