"""The task that runs through the book: read damaged digits with ten labels each.

Images are cheap and labels are not. So the representation is learned without labels, a linear
classifier gets ten labels of each class, and both meet test images as they are, with noise, and
with a quarter of the picture hidden. The chapters compare their codes by this task.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from ae_course.evaluation.metrics import linear_probe
from ae_course.validation import as_samples, check_seed, positive_int

import numpy as np

DAMAGES = ("clean", "noisy", "hidden")
"""What happens to a test image: nothing, Gaussian noise of 0.3, a square of it made blank."""


class LabeledImages(Protocol):
    """What a `Dataset` with labels and images of one channel has."""

    train: np.ndarray
    test: np.ndarray
    train_labels: np.ndarray | None
    test_labels: np.ndarray | None
    image_shape: tuple[int, ...] | None


def damaged(x, image_shape: tuple[int, int], damage: str, seed: int = 0) -> np.ndarray:
    """Return the images after the damage, float32 of the shape of x.

    Args:
        x: images `(n, d)`, flattened row by row, with values around [0, 1].
        image_shape: `(height, width)` in pixels; height · width = d.
        damage: one of `DAMAGES`. *noisy* adds Gaussian noise of standard deviation 0.3 to every
            pixel; *hidden* makes a square blank, half as wide and as high as the image, at a place
            drawn for every image anew.
        seed: of noise and places.

    Raises:
        ValueError: for an unknown damage, bad samples, or a shape that does not hold them.
    """
    if damage not in DAMAGES:
        raise ValueError(f"damage must be one of {', '.join(DAMAGES)}, got {damage!r}.")
    height, width = image_shape
    x, rng = as_samples(x, (height * width,)), np.random.default_rng(check_seed(seed))
    if damage == "noisy":
        return (x + rng.normal(scale=0.3, size=x.shape)).astype(np.float32)
    images = x.reshape(-1, height, width).copy()
    if damage == "hidden":
        tops = rng.integers(0, height - height // 2 + 1, len(images))
        lefts = rng.integers(0, width - width // 2 + 1, len(images))
        for image, top, left in zip(images, tops, lefts, strict=True):
            image[top : top + height // 2, left : left + width // 2] = 0
    return images.reshape(x.shape)


def few_label_accuracy(
    encode: Callable[[np.ndarray], np.ndarray],
    dataset: LabeledImages,
    labels: int = 10,
    draws: int = 10,
) -> np.ndarray:
    """Return how well a linear classifier with few labels reads codes of damaged test images.

    The classifier is `metrics.linear_probe`, trained on codes of clean training images, with one
    factor for all features, which the codes of all training images give without their labels. All
    encoders are given the same labels, and the same damage.

    Args:
        encode: maps images `(n, d)` to codes `(n, p)`; it was trained without labels.
        dataset: a `Dataset` with labels and images of one channel.
        labels: how many of each class the classifier gets.
        draws: how often the labels are drawn.

    Returns:
        `(draws, 3)`, for each draw the shares of test images classified correctly, in the order of
        `DAMAGES`.

    Raises:
        ValueError: if the data set has no labels or no images of one channel, or fewer than
            `labels` of a class.

    Example:
        >>> few_label_accuracy(lambda x: x, data.digits())  # the pixels themselves
    """
    if dataset.train_labels is None or len(dataset.image_shape or ()) != 2:
        raise ValueError("the data set must have labels and images of one channel.")
    chosen = label_draws(dataset.train_labels, positive_int(labels, "labels"), draws)
    h, y, y_test = encode(dataset.train), dataset.train_labels, dataset.test_labels
    tests = [encode(damaged(dataset.test, dataset.image_shape, damage)) for damage in DAMAGES]
    probes = [linear_probe(h[i], y[i], unlabeled=h) for i in chosen]
    return np.array([[np.mean(read(test) == y_test) for test in tests] for read in probes])


def few_label_line(name: str, accuracies: Sequence[np.ndarray]) -> str:
    """Return one line of the book's table: accuracies in percent, the mean ± standard deviation.

    Args:
        name: of the representation.
        accuracies: what `few_label_accuracy` returned, once for every network trained, each
            `(draws, 3)`.

    Returns:
        The name and, for each of `DAMAGES`, the mean over all draws and networks and, for more than
        one value, their standard deviation (with n - 1): how far one network, read with one draw of
        the labels, is from the mean. Codes are given the same draws and may be compared draw by
        draw.

    Raises:
        ValueError: if there are no accuracies, or not three for each draw.
    """
    if not len(accuracies):
        raise ValueError("accuracies are empty; it takes one array (draws, 3) for each network.")
    each = [as_samples(one, (len(DAMAGES),), "accuracies") for one in accuracies]
    rows = 100 * np.concatenate(each)
    cells = [f"{mean:.1f}" for mean in rows.mean(axis=0)]
    if len(rows) > 1:
        spread = rows.std(axis=0, ddof=1)
        cells = [f"{cell} ± {sd:.1f}" for cell, sd in zip(cells, spread, strict=True)]
    pairs = zip(DAMAGES, cells, strict=True)
    return f"{name:23}" + "  ".join(f"{damage} {cell:10}" for damage, cell in pairs).rstrip()


def label_draws(labels: np.ndarray, count: int, draws: int) -> list[np.ndarray]:
    """Return draws of so many samples of each class, as arrays of indices, the same every time.

    Args:
        labels: `(n,)`, one a sample.
        count: samples of each class.
        draws: how often they are drawn.

    Raises:
        ValueError: if a class has fewer samples.
    """
    places = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    if min(map(len, places)) < count:
        raise ValueError(f"labels = {count} is more than a class of the training data has.")
    generators = [np.random.default_rng(seed) for seed in range(positive_int(draws, "draws"))]
    return [
        np.concatenate([rng.choice(found, count, replace=False) for found in places])
        for rng in generators
    ]
