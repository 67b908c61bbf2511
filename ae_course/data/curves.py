"""Smooth strokes whose six true parameters are known, after Hinton and Salakhutdinov.

Their data set "curves" (Science 313, 504, 2006) has images of 28×28 pixels, 20,000 for training
and 10,000 for test, each a curve from three randomly chosen points in two dimensions, so that six
numbers explain every image. How the curves were drawn is our choice: the points, uniform in the
square [4.5, 22.5]² pixels, are the control points of a quadratic Bézier curve (it starts at the
first, ends at the third and is drawn towards the second), and a pixel at distance r from the curve
is exp(−r² / 2σ²) bright, as from a pen with a Gaussian tip.

Calibration. The width σ of the pen is the only free number. It was set so that PCA with 18
components (mean and components from 20,000 training images) leaves on 10,000 test images the
squared error that the paper reports for it: 5.90, summed over pixels, averaged over images.
Nothing else of the paper was looked at. Mean of the seeds 0, 1 and 2, which differ by 0.01::

    σ in pixels      0.54   0.55   0.56   0.58   0.60   0.65   0.70   0.75   0.80
    PCA-18 error     5.88   5.90   5.92   5.96   5.98   6.02   6.01   5.97   5.91

So σ = 0.55 (5.899, 5.905, 5.903 for the three seeds): a line 1.3 pixels wide at half its
brightness. The error rises and falls with σ, so that 0.8 would do as well; the finer pen is taken.
The chosen one is measured again by::

    pytest tests/unit/data/test_curves.py -k calibrated
"""

from ae_course.data._arguments import check_count, generators
from ae_course.data.dataset import Dataset
from ae_course.validation import as_numbers

import numpy as np

SIDE = 28  # height and width of the canvas, pixels
MARGIN = 4.5  # the points keep this far from the canvas' border, pixels
PEN = 0.55  # σ of the Gaussian pen, pixels: the calibrated number
REACH = 3  # pixels that the pen reaches on each side; beyond, it is darker than 1e-8
STEPS = 100  # places along the curve where the pen touches the paper, at most 0.5 pixels apart


def curves(train: int = 20_000, test: int = 10_000, seed: int = 0) -> Dataset:
    """Images of smooth strokes, each drawn from three random points: six true parameters.

    The same seed gives the same first images whatever the number asked for.

    Args:
        train: Number of training images.
        test: Number of test images.
        seed: Seed of the random points.

    Returns:
        A `Dataset` with d = 784 and gray values in [0, 1]; `train_factors` and `test_factors`
        are the points (x₀, y₀, x₁, y₁, x₂, y₂) in pixels, see `draw_curves`.

    Raises:
        ValueError: if a size is not a positive integer, or `seed` a negative one.

    References:
        After Hinton and Salakhutdinov, Science 313, 504 (2006); generator and
        calibration of this course, see the text at the top of this module.

    Example:
        >>> from ae_course import data
        >>> data.curves(train=100, test=10).train_factors.shape
        (100, 6)
    """
    sizes = check_count("train", train), check_count("test", test)
    points = [
        rng.uniform(MARGIN, SIDE - 1 - MARGIN, (size, 6)).astype(np.float32)
        for rng, size in zip(generators(seed), sizes, strict=True)
    ]
    return Dataset(
        name="curves",
        train=draw_curves(points[0]),
        test=draw_curves(points[1]),
        train_factors=points[0],
        test_factors=points[1],
        image_shape=(SIDE, SIDE),
        value_range=(0.0, 1.0),
        description="Strokes from three random points, generated "
        "(after Hinton & Salakhutdinov 2006)",
    )


def draw_curves(points: np.ndarray) -> np.ndarray:
    """Draw one quadratic Bézier curve per row with a Gaussian pen.

    The curve is (1 − t)² p₀ + 2 t (1 − t) p₁ + t² p₂ for t in [0, 1]. Exchanging p₀ and p₂
    draws the same image.

    Args:
        points: Array of shape (n, 6), rows (x₀, y₀, x₁, y₁, x₂, y₂), in pixels: x to the right
            and y down from the center of the upper left pixel. All within [3.5, 23.5].

    Returns:
        Images of shape (n, 784), float32 in [0, 1].

    Raises:
        ValueError: if `points` has another shape, or a point is outside [3.5, 23.5].

    Example:
        >>> from ae_course.data import draw_curves
        >>> draw_curves([[5, 5, 13, 22, 21, 5]]).shape
        (1, 784)
    """
    points = as_numbers(points, "points").astype(np.float32)
    if points.ndim != 2 or points.shape[1] != 6:
        raise ValueError(f"points must have shape (n, 6), got {points.shape}.")
    low, high = REACH + 0.5, SIDE - 1 - REACH - 0.5
    if not ((points >= low) & (points <= high)).all():  # also catches NaN
        raise ValueError(f"points must lie within [{low}, {high}] pixels, so that the pen fits.")
    images = np.zeros((len(points), SIDE, SIDE), np.float32)
    for start in range(0, len(points), 500):  # a block of images that fits the processor's cache
        _draw(points[start : start + 500], images[start : start + 500])
    return images.reshape(len(points), SIDE * SIDE)


def _draw(points: np.ndarray, images: np.ndarray) -> None:
    """Draw all curves at once, step by step: each image keeps its brightest touch per pixel."""
    p0, p1, p2 = points.reshape(-1, 3, 2).transpose(1, 2, 0)[:, None]  # each (1, 2, n)
    t = np.linspace(0, 1, STEPS, dtype=np.float32)[:, None, None]
    path = (1 - t) ** 2 * p0 + 2 * t * (1 - t) * p1 + t**2 * p2  # (STEPS, 2, n)
    pixel = np.rint(path)
    offsets = np.arange(-REACH, REACH + 1, dtype=np.float32)
    touch = np.exp(((pixel - path)[..., None] + offsets) ** 2 / np.float32(-2 * PEN**2))
    width = len(offsets)
    windows = np.lib.stride_tricks.sliding_window_view(
        images, (width, width), axis=(1, 2), writeable=True
    )
    image = np.arange(len(points))
    for (x, y), (across, down) in zip(pixel.astype(int) - REACH, touch, strict=True):
        ink = down[:, :, None] * across[:, None, :]
        windows[image, y, x] = np.maximum(windows[image, y, x], ink)
