"""Chapter 10: a learned prior over grids of discrete codes, one place after the other."""

from ae_course.models.precision import full_precision
from ae_course.validation import (
    as_numbers,
    check_seed,
    check_shape,
    positive_int,
    positive_ints,
)

import keras
import numpy as np
from keras import ops

__all__ = ["MaskedConvolution", "bits_of_codes", "masked_prior", "sample_codes"]


@keras.saving.register_keras_serializable(package="ae_course")
class MaskedConvolution(keras.layers.Layer):
    """A convolution that sees, of every place's neighborhood, only what comes before the place.

    Before means: in a row above, or in the same row further left. Stacks of it so compute
    something of each place's predecessors alone (van den Oord, Kalchbrenner & Kavukcuoglu 2016).

    Args:
        filters: channels of the output.
        size: rows and columns of the neighborhood, an odd number.
        own: see the place itself, too. Only the first layer of a prior must not.

    Shape:
        `(n, height, width, channels)` → `(n, height, width, filters)`.

    Raises:
        ValueError: if a size is not a whole number ≥ 1, or `size` is even.

    Example:
        >>> MaskedConvolution(32, 5)(np.zeros((1, 7, 7, 8))).shape
        (1, 7, 7, 32)
    """

    def __init__(self, filters: int, size: int, own: bool = False, **kwargs):
        super().__init__(**kwargs)
        self.filters, self.size = positive_int(filters, "filters"), positive_int(size, "size")
        self.own = bool(own)
        if not size % 2:
            raise ValueError(f"size must be odd, so that there is a middle, got {size}.")
        mask = np.arange(size * size) < size * size // 2 + self.own
        self.mask = mask.reshape(size, size, 1, 1).astype("float32")

    def build(self, input_shape):
        """Create kernel and bias."""
        shape = (self.size, self.size, input_shape[-1], self.filters)
        self.kernel = self.add_weight(shape, "he_uniform", name="kernel")
        self.bias = self.add_weight((self.filters,), "zeros", name="bias")

    def call(self, x):
        """Return the convolution by the masked kernel, `(n, height, width, filters)`."""
        mask = ops.cast(self.mask, x.dtype)
        return ops.conv(x, self.kernel * mask, padding="same") + self.bias

    def compute_output_shape(self, input_shape):
        """Return the shape with `filters` channels."""
        return (*input_shape[:-1], self.filters)

    def get_config(self):
        """Return the arguments."""
        own = {"filters": self.filters, "size": self.size, "own": self.own}
        return {**super().get_config(), **own}


def masked_prior(shape, codes: int, width: int = 32, blocks: int = 2) -> keras.Model:
    """Build a network from grids of codes to the distribution of each code, given those before it.

    Train it on the grids as inputs and as targets, with the loss
    `keras.losses.SparseCategoricalCrossentropy(from_logits=True)`.

    Args:
        shape: rows and columns of the grid.
        codes: how many codes there are.
        width: channels of the hidden layers.
        blocks: layers of 3×3 after the first of 5×5, each added to what came before.

    Returns:
        A model from indices `(n, rows, columns)` to logits `(n, rows, columns, codes)`.

    Raises:
        ValueError: if a size is not a whole number ≥ 1, or the grid has not two axes.

    Example:
        >>> prior = masked_prior((7, 7), codes=64)
        >>> prior(np.zeros((2, 7, 7))).shape
        (2, 7, 7, 64)
    """
    grid = positive_ints(shape, "shape")
    if len(grid) != 2:
        raise ValueError(f"shape must be (rows, columns), got {shape!r}.")
    codes, width = positive_int(codes, "codes"), positive_int(width, "width")
    indices = keras.Input(grid)
    h = keras.layers.Embedding(codes, width)(indices)
    h = MaskedConvolution(width, 5)(h)
    for _ in range(positive_int(blocks, "blocks")):
        change = MaskedConvolution(width, 3, own=True)(keras.layers.ReLU()(h))
        h = keras.layers.Add()([h, change])
    return keras.Model(indices, keras.layers.Dense(codes)(keras.layers.ReLU()(h)))


def bits_of_codes(prior: keras.Model, indices) -> np.ndarray:
    """Return how many bits the prior needs for each grid: −log₂ of its probability.

    Args:
        prior: a model as of `masked_prior`.
        indices: `(n, rows, columns)`, whole numbers from 0 to `codes` − 1.

    Returns:
        `(n,)`, in bits.

    Raises:
        ValueError: if the indices are others, or grids of another shape.
    """
    *grid, codes = _prior(prior).output_shape[1:]
    indices = as_numbers(indices, "indices")
    check_shape(indices.shape, grid, "indices")
    whole = (indices == np.floor(indices)).all()
    if not indices.size or not whole or indices.min() < 0 or indices.max() >= codes:
        raise ValueError(f"indices must be whole numbers from 0 to {codes - 1}.")
    nats = -np.take_along_axis(_log_shares(prior, indices), indices[..., None].astype(int), axis=-1)
    return nats.sum(axis=(1, 2, 3)) / np.log(2)


def sample_codes(prior: keras.Model, n: int, seed: int = 0) -> np.ndarray:
    """Return n new grids `(n, rows, columns)` of indices, drawn place by place from the prior.

    Args:
        prior: a model as of `masked_prior`.
        n: how many.
        seed: of the draws.

    Raises:
        ValueError: if n is not a whole number ≥ 1, or `seed` is none of NumPy's.
    """
    rows, columns, _ = _prior(prior).output_shape[1:]
    indices = np.zeros((positive_int(n, "n"), rows, columns), int)
    rng = np.random.default_rng(check_seed(seed))
    for i, j in np.ndindex(rows, columns):
        cumulative = np.exp(_log_shares(prior, indices)[:, i, j]).cumsum(axis=-1)
        drawn = rng.random((n, 1)) * cumulative[:, -1:]
        indices[:, i, j] = (cumulative <= drawn).sum(axis=-1)
    return indices


def _prior(model: keras.Model) -> keras.Model:
    if not isinstance(model, keras.Model):
        raise TypeError(f"prior must be a model as of masked_prior, got {model!r}.")
    return model


def _log_shares(prior: keras.Model, indices: np.ndarray, batch: int = 500) -> np.ndarray:
    parts = [
        ops.convert_to_numpy(
            ops.log_softmax(full_precision(prior(indices[i : i + batch].astype("float32")))[0])
        )
        for i in range(0, len(indices), batch)
    ]
    return np.concatenate(parts)
