"""Chapters 4 and 5: what a trained autoencoder is worth, in numbers."""

from collections.abc import Callable
from typing import Protocol

from ae_course.models.losses import get_measure
from ae_course.validation import as_samples, check_seed

import numpy as np
from keras import ops

SCALINGS = ("one factor", "each feature")
"""How `linear_probe` scales codes: all features alike, or each to the variance 1."""
TOTAL_VARIANCE = 10.0
"""What *one factor* makes of a code's variance, summed over its features."""


class Reconstructs(Protocol):
    """Anything with `reconstruct(x)`: an `Autoencoder`, a `PCA`."""

    def reconstruct(self, x: np.ndarray) -> np.ndarray:
        """Return x′ of the shape of x."""


def reconstruction(model: Reconstructs, x) -> np.ndarray:
    """Return the model's reconstruction x′ of the samples x, float32 of the shape of x.

    Raises:
        TypeError: if the model does not reconstruct.
        ValueError: for bad samples, or a reconstruction of another shape.
    """
    if not callable(getattr(model, "reconstruct", None)):
        raise TypeError(
            "model must have a method reconstruct(x), as an Autoencoder and a PCA have, got a "
            f"{type(model).__name__}. The model comes first, then the samples."
        )
    x = as_samples(x)
    return as_samples(model.reconstruct(x), x.shape[1:], "the reconstruction")


def reconstruction_error(
    model: Reconstructs, x, measure: str | Callable = "squared_error"
) -> float:
    """Return the mean of ℒ(x, x′) over the samples.

    Args:
        model: an `Autoencoder`, a `PCA`, anything that reconstructs.
        x: samples `(n, ...)`.
        measure: anything that `losses.get_measure` takes: a name from `losses.MEASURES`, a Keras
            loss object, or a function `(x, x′) → (n,)`.

    Returns:
        The error in the measure's unit; for the default ‖x − x′‖², summed over the features.

    Raises:
        ValueError: for an unknown measure or bad samples.
    """
    return float(sample_errors(model, x, measure).mean(dtype=float))


def sample_errors(model: Reconstructs, x, measure: str | Callable = "squared_error") -> np.ndarray:
    """Return ℒ(x, x′) of each sample, `(n,)`; arguments and errors as for `reconstruction_error`.

    Example:
        >>> sample_errors(PCA(code=8).fit(x), x).shape  # x: (n, 64)
        (n,)
    """
    reconstructed = reconstruction(model, x)
    return ops.convert_to_numpy(get_measure(measure)(as_samples(x), reconstructed))


def feature_errors(model: Reconstructs, x) -> np.ndarray:
    """Return (xᵢ − x′ᵢ)² of each feature of each sample, an array of the shape of x.

    Over the features of a sample they add up to its squared error.

    Raises:
        TypeError: if the model does not reconstruct.
        ValueError: for bad samples.
    """
    return (reconstruction(model, x) - as_samples(x)) ** 2


def shuffled_pixels(x, seed: int = 0) -> np.ndarray:
    """Return noise with the data's marginals: each feature permuted over the samples on its own.

    Every pixel keeps its distribution, but what pixels have to do with one another is gone.

    Args:
        x: samples `(n, ...)`, at least 2.
        seed: of the permutations.

    Returns:
        float32 array of the shape of x.

    Raises:
        ValueError: for fewer than 2 samples or bad samples.
    """
    x = as_samples(x)
    if len(x) < 2:
        raise ValueError("shuffled_pixels needs at least 2 samples, got 1.")
    flat = x.reshape(len(x), -1)
    return np.random.default_rng(check_seed(seed)).permuted(flat, axis=0).reshape(x.shape)


def identity_distance(model: Reconstructs, x, seed: int = 0) -> float:
    """Return how far the model is from the identity map, measured away from the data.

    On noise z = `shuffled_pixels(x)` it is Σ‖ψ(φ(z)) − z‖² / Σ‖z − mean(z)‖². Near 0 the model
    copies whatever it is given. A large value by itself shows nothing: the mean has 1, halfway
    between z and the mean lies ¼, a projection onto p of d directions at random has 1 − p/d.

    Args:
        model: anything with `reconstruct`.
        x: samples `(n, ...)` of the data that the model was trained for.
        seed: of the noise.

    Returns:
        0 for the identity, 1 for a model that answers with the mean; it can exceed 1.

    Raises:
        ValueError: if the samples are bad or all alike.
    """
    z = shuffled_pixels(x, seed)
    spread = float(((z - z.mean(axis=0)) ** 2).sum(dtype=float))
    if spread == 0:
        raise ValueError("all samples are alike: there is no noise with their marginals.")
    return float(((reconstruction(model, z) - z) ** 2).sum(dtype=float)) / spread


def linear_probe(
    train_codes, train_labels, scaling: str = "one factor", unlabeled=None
) -> Callable[[np.ndarray], np.ndarray]:
    """Train a linear classifier on codes with labels; return what reads labels off other codes.

    Logistic regression (scikit-learn's, L2 with C = 1, no randomness) on scaled codes. The penalty
    makes the scale count. *One factor* for all features gives the code the total variance 10: then
    the classifier depends on the distances between codes only, and on these up to their unit, so
    that rotated codes, or codes with blank features added, are read alike. With ten labels a digit
    the code's total variance may be anything from 5 to 20: on validation digits that changed the
    accuracy on pixels and on codes of 8, 16 and 256 numbers by a point and a half at most. *Each
    feature* by itself gives every one the variance 1, a nearly blank pixel as any other.

    Args:
        train_codes: `(n, p)`.
        train_labels: `(n,)` class labels.
        scaling: one of `SCALINGS`.
        unlabeled: `(k, p)` more codes of the same encoder, whose variances decide the scale;
            without them the variances of `train_codes` do. What does not vary, a feature or with
            one factor the whole code, is centered and not scaled.

    Returns:
        A function from codes `(m, p)` to labels `(m,)`.

    Raises:
        ValueError: if sizes do not match, values are not finite, there is one class only, or the
            scaling is unknown.
    """
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    if not isinstance(scaling, str) or scaling not in SCALINGS:
        raise ValueError(f"scaling must be one of {', '.join(SCALINGS)}, got {scaling!r}.")
    codes = as_samples(train_codes, (None,), "train_codes")
    if unlabeled is not None:
        unlabeled = as_samples(unlabeled, codes.shape[1:], "unlabeled")
    labels = _one_each(train_labels, codes, "train_labels")
    center, scale = _center_and_scale(codes if unlabeled is None else unlabeled, scaling)
    with threadpool_limits(1):  # faster for matrices of this size, and alike on any number of cores
        probe = LogisticRegression(max_iter=2000).fit((codes - center) / scale, labels)

    def read(others) -> np.ndarray:
        others = as_samples(others, codes.shape[1:], "test_codes")
        with threadpool_limits(1):
            return probe.predict((others - center) / scale)

    return read


def linear_probe_accuracy(
    train_codes,
    train_labels,
    test_codes,
    test_labels,
    scaling: str = "one factor",
    unlabeled=None,
) -> float:
    """Return how well a linear classifier reads the labels off the codes.

    Args:
        train_codes, train_labels, scaling, unlabeled: as for `linear_probe`.
        test_codes: `(m, p)`.
        test_labels: `(m,)`.

    Returns:
        The share of test samples classified correctly, between 0 and 1.

    Raises:
        ValueError: as `linear_probe` does.
    """
    train_codes = as_samples(train_codes, (None,), "train_codes")
    test_codes = as_samples(test_codes, train_codes.shape[1:], "test_codes")
    train_labels = _one_each(train_labels, train_codes, "train_labels")
    test_labels = _one_each(test_labels, test_codes, "test_labels")
    read = linear_probe(train_codes, train_labels, scaling, unlabeled)
    return float((read(test_codes) == test_labels).mean())


def _one_each(labels, codes: np.ndarray, name: str) -> np.ndarray:
    if np.shape(labels) != (len(codes),):
        raise ValueError(f"{name} must have shape ({len(codes)},), got {np.shape(labels)}.")
    return np.asarray(labels)


def _center_and_scale(codes: np.ndarray, scaling: str) -> tuple[np.ndarray, np.ndarray]:
    """The mean of each feature and what to divide it by: 1 where nothing varies but by rounding."""
    center, variances = codes.mean(axis=0, dtype=float), codes.var(axis=0, dtype=float)
    variances[variances <= (np.finfo(np.float32).eps * center) ** 2] = 0
    if scaling == "one factor":
        variances[:] = variances.sum() / TOTAL_VARIANCE
    return center, np.sqrt(np.where(variances > 0, variances, 1))
