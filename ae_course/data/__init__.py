"""The course's data sets. All but `mnist`, `fashion_mnist` and `curves_2006` need no network.

Each is a function that returns a `Dataset`; `load` calls one by its name. Importing this package
needs NumPy only: scikit-learn and others are imported by the functions that use them.
"""

from inspect import signature
from typing import Any

from ae_course.data.curves import curves, draw_curves
from ae_course.data.curves_2006 import curves_2006
from ae_course.data.dataset import Dataset
from ae_course.data.densities import GaussianMixture
from ae_course.data.digits import digits
from ae_course.data.manifolds import moons, spirals, swiss_roll
from ae_course.data.mnist import fashion_mnist, mnist
from ae_course.data.mnist_small import mnist_small
from ae_course.data.patches import patches
from ae_course.data.photos import photos
from ae_course.data.sparse_features import SparseFeatures, sparse_features

__all__ = [
    "NAMES",
    "OFFLINE",
    "Dataset",
    "GaussianMixture",
    "SparseFeatures",
    "curves",
    "curves_2006",
    "digits",
    "draw_curves",
    "fashion_mnist",
    "load",
    "mnist",
    "mnist_small",
    "moons",
    "patches",
    "photos",
    "sparse_features",
    "spirals",
    "swiss_roll",
]

_IMAGES = (digits, mnist_small, photos, patches, curves)
_OFFLINE = (*_IMAGES, swiss_roll, spirals, moons, sparse_features)
_LOADERS = {f.__name__: f for f in (*_OFFLINE, mnist, fashion_mnist, curves_2006)}

NAMES: tuple[str, ...] = tuple(_LOADERS)
"""The names that `load` knows."""

OFFLINE: tuple[str, ...] = tuple(loader.__name__ for loader in _OFFLINE)
"""Those of them that need no network."""


def load(name: str, **options: Any) -> Dataset:
    """Load a data set by its name.

    Args:
        name: One of `NAMES`.
        **options: The arguments of the function of that name, such as `seed`.

    Returns:
        The `Dataset`.

    Raises:
        ValueError: if there is no data set of this name, or it does not take an option.

    Example:
        >>> from ae_course import data
        >>> data.load("moons", train=500, seed=1).train.shape
        (500, 2)
    """
    if not isinstance(name, str) or name not in _LOADERS:
        raise ValueError(f"There is no data set {name!r}; name must be one of: {', '.join(NAMES)}.")
    known = signature(_LOADERS[name]).parameters
    if unknown := sorted({*options} - {*known}):
        takes = ", ".join(known) or "no options"
        raise ValueError(f"The data set {name!r} takes {takes}; got {', '.join(unknown)}.")
    return _LOADERS[name](**options)
