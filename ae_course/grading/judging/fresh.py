"""Samples that no submission can have seen: drawn for one question, from the grader's seed.

A submission can import every image that the course ships, the test images among them, and every
generator with a seed of its own. So a trained model is asked about images that are nowhere: digits
bent by a random affine and elastic map, curves through freshly drawn points. And because a table of
images may hold something near to them, a model is also watched along a `path`: an image turns
into another one little by little, and a table can only answer in jumps.
"""

from functools import cache

import numpy as np
from scipy import ndimage

BEND = 0.1
"""How far a pixel of a digit is moved, as a standard deviation in pixels; one pixel is 1/8."""


@cache
def known_digits():
    """Return the digits that the course ships: what a submission may have trained on or stored."""
    from ae_course.data import digits

    return digits()


def digits(rng: np.random.Generator, bend: float = BEND) -> tuple[np.ndarray, np.ndarray]:
    """Return bent test digits `(360, 64)`, float32 in [0, 1], in a random order, and their labels.

    Args:
        rng: decides the maps and the order.
        bend: standard deviation of the shift and of the elastic displacement, in pixels.
    """
    known = known_digits()
    order = rng.permutation(len(known.test))
    images = known.test[order].reshape(-1, 8, 8)
    return bent(images, bend, rng).reshape(-1, 64), known.test_labels[order]


@cache
def seen_digits() -> np.ndarray:
    """Return all training digits `(1437, 64)`, bent as `digits` are, but always in the same way."""
    images = known_digits().train.reshape(-1, 8, 8)
    return bent(images, BEND, np.random.default_rng(0)).reshape(-1, 64)


def curves(rng: np.random.Generator, count: int = 400) -> np.ndarray:
    """Return curves `(count, 784)` through points that were drawn just now.

    Args:
        rng: draws the points.
        count: how many.
    """
    from ae_course.data.curves import MARGIN, SIDE, draw_curves

    return draw_curves(rng.uniform(MARGIN, SIDE - 1 - MARGIN, (count, 6)))


def bent(images: np.ndarray, bend: float, rng: np.random.Generator) -> np.ndarray:
    """Return each image under a random map of its own: turned, scaled, sheared, moved, dented.

    Args:
        images: `(n, height, width)`, with a background of 0.
        bend: standard deviation of the shift and of the elastic displacement, in pixels; the
            affine map's entries have 0.3 times that.
        rng: draws the maps.

    Returns:
        Images of the same shape and range, float32.
    """
    n, *shape = images.shape
    grid = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij")).astype(float)
    center = (np.array(shape)[:, None, None] - 1) / 2
    affine = np.eye(2) + 0.3 * bend * rng.normal(size=(n, 2, 2))
    moved = np.einsum("nij,jhw->nihw", affine, grid - center) + center
    moved += bend * rng.normal(size=(n, 2, 1, 1))
    rows, columns = (_from_three(size) for size in shape)
    moved += np.einsum("ha,niab,wb->nihw", rows, bend * rng.normal(size=(n, 2, 3, 3)), columns)
    warped = [
        ndimage.map_coordinates(image, where, order=3, mode="grid-constant")
        for image, where in zip(images, moved, strict=True)
    ]
    return np.clip(warped, images.min(), images.max()).astype(np.float32)


def path(x: np.ndarray, steps: int = 20) -> np.ndarray:
    """Return images on the way from each of `x` to the next one: `(len(x), steps + 1, d)`.

    Args:
        x: images `(n, d)`; the last one turns into the first.
        steps: into how many parts the way is divided.
    """
    share = np.linspace(0, 1, steps + 1, dtype=x.dtype)[:, None]
    return (1 - share) * x[:, None] + share * np.roll(x, -1, axis=0)[:, None]


def noise(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return samples that are no data: each feature of `x` permuted over the samples by itself.

    Args:
        x: samples `(n, d)`.
        rng: draws the permutations.
    """
    return rng.permuted(x, axis=0)


def _from_three(size: int) -> np.ndarray:
    """Linear interpolation from three places to `size`, `(size, 3)`."""
    at = np.linspace(0, 2, size)
    return np.maximum(0, 1 - np.abs(at[:, None] - np.arange(3)))
