"""What `fit` accepts, checked once before anything is trained."""

from numbers import Real
from typing import Any

from ae_course.training.streams import as_stream, is_stream
from ae_course.validation import (
    as_numbers,
    as_samples,
    as_weights,
    check_shape,
    positive_int,
)

import keras
import numpy as np

BATCH_SIZE = 128
"""Samples a step, where the caller does not say."""


def check_model(model: Any) -> None:
    """Refuse what is no Keras model of one input."""
    if not isinstance(model, keras.Model):
        raise TypeError(
            f"model must be a Keras model, got a {type(model).__name__}. The model comes first, "
            "then the samples."
        )
    if len(getattr(model, "inputs", None) or ()) > 1:
        raise ValueError(
            f"fit trains models with one input, and {model.name} has {len(model.inputs)}: call "
            "model.fit."
        )


def check_targets(model: keras.Model, data: dict[str, Any]) -> None:
    """Refuse samples and targets that a model of Keras' own kind cannot compare.

    Args:
        model: of any class; one that brings its loss checks its data itself.
        data: as `training_data` returns them.

    Raises:
        ValueError: if there are no targets for the compiled loss, or a shape is another one.
    """
    x, y = data["x"], data.get("y")
    if is_stream(x) or type(model).compute_loss is not keras.Model.compute_loss:
        return
    if y is None and model.compiled and model.loss is not None:
        raise ValueError(f"the loss of {model.name} compares with targets: give y.")
    for values, shape, name in ((x, "input_shape", "x"), (y, "output_shape", "y")):
        known = getattr(model, shape, None) if model.built else None
        if values is None or not isinstance(known, tuple) or values.ndim != len(known):
            continue
        if name == "x" or values.shape[-1] != 1:  # labels are one number a sample
            check_shape(values.shape, known[1:], name)


def training_data(
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    validation_data: Any = None,
    validation_split: float = 0.0,
) -> dict[str, Any]:
    """Return the data as `keras.Model.fit` takes them: float32 arrays of equal lengths.

    Args:
        x: samples `(n, ...)`, or a stream of batches, which is passed on as it is.
        y: targets `(n, ...)`, labels `(n,)`, or None.
        sample_weight: `(n,)` or `(n, 1)`, or None.
        validation_data: samples; `(x, y)` or `(x, y, sample_weight)`, where y may be None; or a
            stream.
        validation_split: the share of the samples, the last ones, to validate on if there are no
            validation data.

    Raises:
        TypeError: if the values are not real numbers.
        ValueError: if one of them is empty, not finite, or of another length or shape than x.
    """
    if is_stream(x):
        extra = [n for n, v in (("y", y), ("sample_weight", sample_weight)) if v is not None]
        if extra:
            raise ValueError(f"x brings its own batches, with {' and '.join(extra)} in them.")
        if validation_split:
            raise ValueError(
                "x brings its own batches, which nobody can split: no validation_split."
            )
        if validation_data is not None and not is_stream(validation_data):
            validation_data = _part(*_unpack(validation_data), of="validation_data")
        return {"x": as_stream(x), "validation_data": validation_data}
    train = _part(x, y, sample_weight)
    if validation_data is None and validation_split:
        train, validation_data = _split(train, validation_split)
    elif validation_data is not None and not is_stream(validation_data):
        shape = train[0].shape[1:]
        validation_data = _part(*_unpack(validation_data), shape, "validation_data")
    names = ("x", "y", "sample_weight", "validation_data")
    return dict(zip(names, (*train, validation_data), strict=True))


def _part(x, y, sample_weight, shape=None, of: str = "") -> tuple:
    x = as_samples(x, shape, of or "x")
    name_x, name_y, name_weight = (
        f"{of}'s {name}" if of else name for name in ("x", "y", "sample_weight")
    )
    if y is not None:
        y = as_targets(y, name_y)
        if len(y) != len(x):
            raise ValueError(
                f"{name_x} and {name_y} must have as many samples, got {len(x)} and {len(y)}."
            )
    if sample_weight is not None:
        sample_weight = as_weights(sample_weight, len(x), name_weight)
        y = x if y is None else y  # without targets Keras ignores the weights
    return x, y, sample_weight


def as_targets(y: Any, name: str) -> np.ndarray:
    """Return targets `(n, ...)`, or labels `(n,)` of a classifier; errors of `as_samples`."""
    values = as_numbers(y, name)
    return (
        as_samples(values[:, None], name=name)[:, 0]
        if values.ndim == 1
        else as_samples(values, name=name)
    )


def _unpack(data: Any) -> tuple:
    """x, y and weights. A list of arrays is a tuple of them, as it is for Keras."""
    several = isinstance(data, tuple) or (
        isinstance(data, list) and 1 <= len(data) <= 3 and np.ndim(data[0]) >= 2
    )
    parts = tuple(data) if several else (data,)
    if not 1 <= len(parts) <= 3:
        raise ValueError(
            "validation_data must be samples, (x, y) or (x, y, sample_weight), "
            f"got {len(parts)} parts."
        )
    return (*parts, None, None)[:3]


def _split(train: tuple, share: float) -> tuple[tuple, tuple]:
    if not isinstance(share, Real) or not 0 < share < 1:
        raise ValueError(f"validation_split must lie between 0 and 1, got {share!r}.")
    count = len(train[0])
    first = int(np.floor(count * (1 - share)))
    if not 0 < first < count:
        raise ValueError(f"validation_split={share} of {count} samples leaves one part empty.")
    parts = [(None, None) if part is None else (part[:first], part[first:]) for part in train]
    return tuple(part[0] for part in parts), tuple(part[1] for part in parts)


def batch_size_of(batch_size: int | None, data: dict[str, Any]) -> int | None:
    """Return the samples of a step; None for a stream, which has decided that.

    Raises:
        ValueError: if it is no whole number ≥ 1, or given for a stream.
    """
    if is_stream(data["x"]):
        if batch_size is not None:
            raise ValueError("x brings its own batches, so batch_size is theirs: leave it out.")
        return None
    return BATCH_SIZE if batch_size is None else positive_int(batch_size, "batch_size")
