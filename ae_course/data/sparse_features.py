"""Sparse features squeezed into fewer dimensions, along directions that are known."""

from dataclasses import dataclass

from ae_course.data._arguments import check_count, check_number, generators
from ae_course.data.dataset import Dataset

import numpy as np

STEPS, RATE = 500, 0.3  # of the descent that spreads the directions


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class SparseFeatures(Dataset):
    """A `Dataset` whose samples are sums of known directions, `train_factors @ directions`.

    Attributes:
        directions: One unit vector a feature, float32 array of shape (features, dimensions).
        importance: The weight of each feature in a loss, float32 array of shape (features,).
    """

    directions: np.ndarray
    importance: np.ndarray

    def __post_init__(self) -> None:
        super().__post_init__()
        features = self.train_factors.shape[1]
        self._check("directions", np.float32, (features, self.train.shape[1]))
        self._check("importance", np.float32, (features,))


def sparse_features(
    features: int = 64,
    dimensions: int = 16,
    probability: float = 0.05,
    spread: bool = True,
    decay: float = 1.0,
    train: int = 20_000,
    test: int = 5_000,
    seed: int = 0,
) -> SparseFeatures:
    """Many features in few dimensions, of which only a few are active at a time.

    Each feature fᵢ is, independently of the others, uniform in [0, 1) with the given probability
    and else 0; a sample is x = Σ fᵢ dᵢ with unit vectors dᵢ. The factors are the features, so that
    they can be an input themselves (learn to squeeze them) or the answer (find them in x).

    The directions are random, or spread: turned by gradient descent on Σ (dᵢ · dⱼ)⁴ until they
    overlap little; five in the plane make a pentagon. With as many dimensions as features they
    are orthogonal.

    Args:
        features: Number n of features.
        dimensions: Number m of dimensions of a sample, at least 2.
        probability: How often a feature is active, above 0 and at most 1. With the same seed a
            feature that is active stays so, with its value, if this grows.
        spread: Whether to spread the directions; else they are random.
        decay: The importance of feature i, counted from 0, is `decay` to the power of i.
        train: Number of training samples.
        test: Number of test samples.
        seed: Seed of the samples and the directions.

    Returns:
        `SparseFeatures`, a `Dataset` with d = m, the features as factors of shape (n samples, n),
        and the `directions` and `importance` of the features.

    Raises:
        ValueError: if a size is not such an integer, or a number is outside its range.

    References:
        Elhage and others, Toy Models of Superposition, transformer-circuits.pub (2022).

    Example:
        >>> from ae_course import data
        >>> sparse = data.sparse_features(features=5, dimensions=2, train=1000, test=100)
        >>> sparse.train.shape, sparse.train_factors.shape
        ((1000, 2), (1000, 5))
        >>> sparse.directions.shape
        (5, 2)
    """
    check_count("features", features)
    check_count("dimensions", dimensions, low=2)
    sizes = {"train": check_count("train", train), "test": check_count("test", test)}
    if check_number("probability", probability, above_zero=True) > 1:
        raise ValueError(f"probability must be at most 1, got {probability!r}.")
    check_number("decay", decay, above_zero=True)
    *for_samples, for_directions = generators(seed, 3)
    directions = _directions(features, dimensions, spread, for_directions)
    fields = {}
    for (part, size), rng in zip(sizes.items(), for_samples, strict=True):
        chance, value = rng.random((size, 2, features), np.float32).transpose(1, 0, 2)
        factors = np.where(chance < probability, value, np.float32(0))
        fields |= {part: factors @ directions, f"{part}_factors": factors}
    return SparseFeatures(
        name="sparse_features",
        **fields,
        directions=directions,
        importance=(decay ** np.arange(features)).astype(np.float32),
        description="Sparse features along known directions, generated (after Elhage et al. 2022)",
    )


def _directions(
    features: int, dimensions: int, spread: bool, rng: np.random.Generator
) -> np.ndarray:
    """Unit vectors, one a row, random or spread."""
    d = rng.standard_normal((features, dimensions))
    d /= np.linalg.norm(d, axis=1, keepdims=True)
    if spread and features <= dimensions:
        d = np.linalg.qr(d.T)[0].T
    elif spread:
        for _ in range(STEPS):
            overlap = d @ d.T
            np.fill_diagonal(overlap, 0)
            square = overlap * overlap
            step = RATE / max(1, np.einsum("ij,ij->i", square, square).max())
            d -= step * (square * overlap) @ d
            d /= np.linalg.norm(d, axis=1, keepdims=True)
    return np.ascontiguousarray(d, np.float32)
