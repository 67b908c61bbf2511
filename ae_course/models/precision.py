"""Losses in full precision, also where the network computes in 16 bits.

A bfloat16 holds three digits and a float16 nothing above 65,504: a sum over the features of a
sample needs more. The logarithms of the cross-entropy need more of a sigmoid, which in 16 bits is
exactly 1 from a pre-activation of about 8 on.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from ae_course.models.tensors import as_tensor

import keras
from keras import ops

LIMIT = 15.0
"""σ(±15) lies within 3e-7 of 0 and 1, and float32 still tells it from either."""


def full_precision(*tensors) -> tuple:
    """Return the tensors in float64 if one of them is, else in float32; errors of `as_tensor`."""
    tensors = [as_tensor(tensor) for tensor in tensors]
    dtypes = {keras.backend.standardize_dtype(tensor.dtype) for tensor in tensors}
    dtype = "float64" if "float64" in dtypes else "float32"
    return tuple(ops.cast(tensor, dtype) for tensor in tensors)


def sigmoid(z):
    """σ(z), computed in full precision and never rounded to 0 or 1.

    Beyond `LIMIT` the value stays and z still gets the gradient of the value there: cross-entropy
    and KL divergence go on pushing a unit that is saturated on the wrong side.

    Args:
        z: pre-activations of any shape and precision.

    Returns:
        Tensor of that shape, float32 or float64.
    """
    (z,) = full_precision(z)
    return ops.sigmoid(z + ops.stop_gradient(ops.clip(z, -LIMIT, LIMIT) - z))


@contextmanager
def full_precision_outputs(*parts: keras.Layer) -> Iterator[None]:
    """While it is open, the parts whose last layer is a sigmoid end in `sigmoid` from above."""
    ends = [layer for layer in map(output_layer, parts) if _is_sigmoid(layer)]
    try:
        for layer in ends:
            layer.activation = sigmoid
        yield
    finally:
        for layer in ends:
            layer.activation = keras.activations.sigmoid


def output_layer(part: keras.Layer) -> keras.Layer:
    """Return the last layer of a model that does more than give its input another shape."""
    layers = [
        layer
        for layer in getattr(part, "layers", [])
        if not isinstance(
            layer, keras.layers.InputLayer | keras.layers.Flatten | keras.layers.Reshape
        )
    ]
    return output_layer(layers[-1]) if layers else part


def _is_sigmoid(layer: keras.Layer) -> bool:
    return getattr(layer, "activation", None) is keras.activations.sigmoid
