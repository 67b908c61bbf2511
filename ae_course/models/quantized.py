"""Chapter 10: codes from a finite set, by a learned codebook or by rounding."""

import math

from ae_course.models import random
from ae_course.models.own_loss import is_inside_autoencoder
from ae_course.models.precision import full_precision
from ae_course.validation import as_numbers, positive_int, positive_ints, real_number

import keras
import numpy as np
from keras import ops

__all__ = ["FiniteScalarQuantizer", "VectorQuantizer", "nearest_codes", "perplexity"]

TINY = 1e-8  # what a count is taken for that has faded to zero


def nearest_codes(h, codebook):
    """The index of the codebook's row that is nearest to each vector, in Euclidean distance.

    Args:
        h: vectors `(..., p)`.
        codebook: `(k, p)`, one code a row.

    Returns:
        Integer tensor of the shape of h without its last axis; of equally near rows the first.

    Raises:
        ValueError: if the codebook is no matrix, or its rows have another length than the vectors.

    Example:
        >>> nearest_codes(np.array([[0.9, 0.2]]), np.array([[0.0, 0.0], [1.0, 0.0]]))  # [1]
    """
    h, codebook = full_precision(h, codebook)
    if len(codebook.shape) != 2 or len(h.shape) < 1 or h.shape[-1] != codebook.shape[-1]:
        raise ValueError(
            "h must have shape (..., p) and codebook (k, p), "
            f"got {tuple(h.shape)} and {tuple(codebook.shape)}."
        )
    squares = ops.sum(ops.square(codebook), axis=-1)
    return ops.argmin(squares - 2 * ops.matmul(h, ops.transpose(codebook)), axis=-1)


def perplexity(indices, codes: int) -> float:
    """How many codes of equal share would have the entropy of these: 2 to the entropy in bits.

    Args:
        indices: whole numbers from 0 to `codes` - 1, an array of any shape.
        codes: k, how many codes there are.

    Returns:
        From 1, where one code does everything, to k, where all are used equally often.

    Raises:
        ValueError: if there is no index, or one is not such a number.

    Example:
        >>> perplexity([0, 1, 1, 0], 64)
        2.0
    """
    flat = _as_indices(indices, positive_int(codes, "codes")).ravel()
    share = np.bincount(flat)[np.unique(flat)] / flat.size
    return float(2 ** -(share * np.log2(share)).sum())


@keras.saving.register_keras_serializable(package="ae_course")
class VectorQuantizer(keras.layers.Layer):
    """The last layer of an encoder: each vector is replaced by the nearest row of a codebook.

    In an autoencoder's training the gradient passes to the vector unchanged (straight through),
    and λ ‖h − c‖² keeps the vector h near its code c, summed over the vectors of a sample, averaged
    over the samples (van den Oord, Vinyals & Kavukcuoglu 2017). The codebook follows the means of
    the vectors that chose its rows, as running means. With `decay=None` it is trained by
    the loss ‖h − c‖² in their place.

    In any other model, as under a classifier, it is the map to the nearest code and no more: it
    learns nothing and adds nothing to the loss.

    Args:
        codes: k, rows of the codebook.
        commitment: λ ≥ 0.
        decay: γ in [0, 1], what the running means keep at a step; None for a trained codebook.
        revive: put a row that on average less than one vector of a batch has chosen in the place
            of a vector of the batch, drawn at random. Only with running means.
        seed: of these draws; by default drawn from the global seed.

    Shape:
        `(n, ..., p)` → the same.

    Raises:
        ValueError: if `codes` is not a whole number ≥ 1, or a number is out of its range.

    Example:
        >>> layers = [keras.Input((7, 7, 16)), keras.layers.Dense(8), VectorQuantizer(64)]
        >>> encoder = keras.Sequential(layers)
        >>> encoder(x).shape  # x: (n, 7, 7, 16)
        (n, 7, 7, 8)
    """

    def __init__(
        self,
        codes: int,
        commitment: float = 0.25,
        decay: float | None = 0.99,
        revive: bool = True,
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.codes = positive_int(codes, "codes")
        self.commitment = real_number(commitment, "commitment")
        self.decay = None if decay is None else real_number(decay, "decay", 0, 1)
        self.revive, self.seed = bool(revive), seed
        self.draws = random.PrefetchableSeedGenerator(seed)

    def build(self, input_shape):
        """Create the codebook, and how often each of its rows is chosen."""
        shape, learned = (self.codes, input_shape[-1]), self.decay is None
        own = {"trainable": learned, "autocast": False}  # 16 bits are too few for running means
        self.codebook = self.add_weight(shape, "glorot_uniform", name="codebook", **own)
        if not learned:
            self.counts = self.add_weight((self.codes,), "ones", name="counts", **own)

    def call(self, h, training=False):
        """Return the nearest code of each vector, of the shape of h."""
        (full,) = full_precision(h)
        index = nearest_codes(full, self.codebook)
        code = ops.take(self.codebook, index, axis=0)
        if not is_inside_autoencoder():
            return ops.cast(code, h.dtype)
        self.add_loss(self.commitment * _distance(full, ops.stop_gradient(code)))
        if self.decay is None:
            self.add_loss(_distance(ops.stop_gradient(full), code))
        elif training and self.trainable:
            self.follow(ops.stop_gradient(full), index)
        if training:
            code = full + ops.stop_gradient(code - full)
        return ops.cast(code, h.dtype)

    def follow(self, h, index):
        """Move each row toward the mean of the vectors that chose it; revive those unused."""
        h = ops.reshape(h, (-1, h.shape[-1]))
        chose = ops.one_hot(ops.reshape(index, (-1,)), self.codes, dtype=h.dtype)
        now, sums = ops.sum(chose, axis=0), ops.matmul(ops.transpose(chose), h)
        counts = self.decay * self.counts + (1 - self.decay) * now
        step = (1 - self.decay) * (sums - now[:, None] * self.codebook)
        codebook = self.codebook + step / ops.maximum(counts, TINY)[:, None]
        if self.revive:
            rows = random.uniform((self.codes,), "float32", self.draws)
            rows = ops.cast(rows * ops.cast(ops.shape(h)[0], "float32"), "int32")
            dead = counts < 1
            codebook = ops.where(dead[:, None], ops.take(h, rows, axis=0), codebook)
            counts = ops.maximum(counts, 1.0)
        self.codebook.assign(codebook)
        self.counts.assign(counts)

    def indices(self, h) -> np.ndarray:
        """Return the index of the code of each vector `(..., p)`, whole numbers from 0 to k − 1."""
        return ops.convert_to_numpy(nearest_codes(h, self.codebook))

    def vectors(self, indices) -> np.ndarray:
        """Return the codes with these indices, `(..., p)`, as `decode` takes them."""
        return ops.convert_to_numpy(self.codebook)[_as_indices(indices, self.codes)]

    def compute_output_shape(self, input_shape):
        """Return the shape of the input."""
        return input_shape

    def get_config(self):
        """Return the arguments."""
        names = ("codes", "commitment", "decay", "revive", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


@keras.saving.register_keras_serializable(package="ae_course")
class FiniteScalarQuantizer(keras.layers.Layer):
    """The last layer of an encoder: each unit is squashed to [−1, 1] and rounded to a level.

    The levels are spread evenly from −1 to 1, and the gradient passes the rounding unchanged. The
    codebook is the grid of all combinations; nothing of it is learned, and nothing is added to the
    loss. After Mentzer, Minnen, Agustsson & Tschannen (2024), who for an even number of levels put
    them half a step lower.

    Args:
        levels: how many levels each unit has, whole numbers ≥ 2.

    Shape:
        `(n, ..., p)` → the same, with one of the p `levels` for each unit.

    Raises:
        ValueError: if a number of levels is not a whole number ≥ 2, or the input has another size.

    Example:
        >>> FiniteScalarQuantizer((3, 3))(np.array([[0.1, -2.0]]))  # [[0., -1.]]
    """

    def __init__(self, levels, **kwargs):
        super().__init__(**kwargs)
        self.levels = positive_ints(levels, "levels")
        if not self.levels or min(self.levels) < 2:
            raise ValueError(f"levels must be whole numbers ≥ 2, got {levels!r}.")
        self.codes = math.prod(self.levels)

    def build(self, input_shape):
        """Check the number of units."""
        if input_shape[-1] != len(self.levels):
            raise ValueError(
                f"{len(self.levels)} numbers of levels need as many units, got {input_shape[-1]}."
            )

    def call(self, h):
        """Return the nearest level of each unit's tanh, of the shape of h."""
        (full,) = full_precision(h)
        steps = ops.cast(np.array(self.levels) - 1, full.dtype)
        level = (ops.tanh(full) + 1) / 2 * steps
        level = level + ops.stop_gradient(ops.round(level) - level)
        return ops.cast(2 * level / steps - 1, h.dtype)

    def indices(self, h) -> np.ndarray:
        """Return one whole number from 0 to `codes` − 1 for each vector of this layer's output."""
        steps = np.array(self.levels) - 1
        level = np.rint((ops.convert_to_numpy(h) + 1) / 2 * steps).astype(int)
        return np.ravel_multi_index(tuple(np.moveaxis(level, -1, 0)), self.levels)

    def vectors(self, indices) -> np.ndarray:
        """Return the vectors with these indices, `(..., p)`, as `decode` takes them."""
        level = np.unravel_index(_as_indices(indices, self.codes), self.levels)
        return np.stack(level, axis=-1) / (np.array(self.levels) - 1) * 2.0 - 1.0

    def get_config(self):
        """Return the levels beside the layer's own arguments."""
        return {**super().get_config(), "levels": self.levels}


def _distance(a, b):
    """Squares of a − b, summed over each sample, averaged over the samples."""
    return ops.mean(ops.sum(ops.square(a - b), axis=tuple(range(1, len(a.shape)))))


def _as_indices(indices, codes: int) -> np.ndarray:
    array = as_numbers(indices, "indices")
    whole = array.size and (array == np.floor(array)).all()
    if not whole or array.min() < 0 or array.max() >= codes:
        raise ValueError(f"indices must be whole numbers from 0 to {codes - 1}, got {indices!r}.")
    return array.astype(int)
