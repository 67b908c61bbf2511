"""Chapter 8: an image as a row of patches, and attention, which lets the patches see each other."""

from collections.abc import Sequence

from ae_course.models.tensors import as_tensor
from ae_course.validation import image_sides, positive_int

import keras
import numpy as np
from keras import layers, ops

__all__ = ["SinePositions", "attention_block", "join_patches", "split_patches"]


def patch_grid(image_shape: int | Sequence[int], size: int) -> tuple[int, int, int, int]:
    """Return rows and columns of patches, their side, and the channels.

    Args:
        image_shape: `(height, width)` or `(height, width, channels)`; one number for a square gray
            image.
        size: side of a patch, in pixels.

    Raises:
        ValueError: if a size is not a whole number ≥ 1, or the patches do not fill the image.
    """
    height, width, channels = (*image_sides(image_shape), 1)[:3]
    size = positive_int(size, "size")
    if height % size or width % size:
        raise ValueError(
            f"patches of {size} × {size} pixels do not fill an image of {height} × {width}: "
            "size must divide both."
        )
    return height // size, width // size, size, channels


def split_patches(x, image_shape: int | Sequence[int], size: int):
    """Cut images into square patches, from left to right and from top to bottom.

    Args:
        x: flat images `(n, height * width * channels)`.
        image_shape, size: as for `patch_grid`.

    Returns:
        Tensor `(n, patches, size² * channels)`; the pixels of a patch row by row.

    Example:
        >>> split_patches(x, (28, 28), 4).shape  # x: (n, 784)
        (n, 49, 16)
    """
    rows, columns, size, channels = patch_grid(image_shape, size)
    x = ops.reshape(as_tensor(x), (-1, rows, size, columns, size * channels))
    x = ops.transpose(x, (0, 1, 3, 2, 4))
    return ops.reshape(x, (-1, rows * columns, size * size * channels))


def join_patches(patches, image_shape: int | Sequence[int], size: int):
    """Put patches together again: the inverse of `split_patches`.

    Args:
        patches: `(n, patches, size² * channels)`.
        image_shape, size: as for `patch_grid`.

    Returns:
        Tensor of flat images `(n, height * width * channels)`.
    """
    rows, columns, size, channels = patch_grid(image_shape, size)
    x = ops.reshape(as_tensor(patches), (-1, rows, columns, size, size * channels))
    x = ops.transpose(x, (0, 1, 3, 2, 4))
    return ops.reshape(x, (-1, rows * columns * size * size * channels))


@keras.saving.register_keras_serializable(package="ae_course")
class SinePositions(layers.Layer):
    """Adds to each patch's vector the code of its place, since attention does not know the order.

    Half of the numbers tell the row and half the column, each by sines and cosines of
    wavelengths from 2π to 10,000 · 2π (Vaswani et al. 2017; in two dimensions: He et al. 2022).

    Args:
        rows, columns: of the grid of patches.

    Shape:
        `(n, rows * columns, width)` → the same; width is a multiple of 4.

    Raises:
        ValueError: if the width is not a multiple of 4.

    Example:
        >>> SinePositions(7, 7)(tokens).shape  # tokens: (n, 49, 64)
        (n, 49, 64)
    """

    def __init__(self, rows: int, columns: int, **kwargs):
        super().__init__(**kwargs)
        self.rows, self.columns = positive_int(rows, "rows"), positive_int(columns, "columns")

    def build(self, input_shape):
        """Compute the table of codes `(rows * columns, width)`."""
        width = input_shape[-1]
        if width % 4:
            raise ValueError(f"the width of the vectors must be a multiple of 4, got {width}.")
        rates = 10_000.0 ** (-np.arange(width // 4) / (width // 4))
        places = np.indices((self.rows, self.columns)).reshape(2, -1, 1) * rates
        waves = np.concatenate([np.sin(places), np.cos(places)], axis=-1)
        self.table = np.concatenate(list(waves), axis=-1).astype("float32")

    def call(self, tokens):
        """Return the vectors with their places added."""
        return tokens + ops.cast(self.table, tokens.dtype)

    def get_config(self):
        """Return the arguments."""
        return {**super().get_config(), "rows": self.rows, "columns": self.columns}


def attention_block(tokens, heads: int):
    """One block of a transformer: each vector takes what it needs from all, then a small network.

    h ← h + attention(norm h), then h ← h + MLP(norm h), where the MLP has four times as many
    hidden units with GELU as h has numbers (Vaswani et al. 2017; norms first: He et al. 2022).

    Args:
        tokens: a Keras tensor `(n, count, width)`; the count may be None.
        heads: how many attentions stand side by side, each on width / heads numbers.

    Returns:
        Keras tensor of the same shape.

    Raises:
        TypeError: if the tokens are no such tensor.
        ValueError: if the heads do not divide the width.
    """
    if len(getattr(tokens, "shape", ())) != 3:
        raise TypeError(f"tokens must be a tensor (n, count, width), got {tokens!r}.")
    width, heads = tokens.shape[-1], positive_int(heads, "heads")
    if width % heads:
        raise ValueError(f"heads must divide the width of the vectors, {width}, got {heads}.")
    seen = layers.LayerNormalization()(tokens)
    tokens = tokens + layers.MultiHeadAttention(heads, width // heads)(seen, seen)
    hidden = layers.Dense(4 * width, "gelu")(layers.LayerNormalization()(tokens))
    return tokens + layers.Dense(width)(hidden)
