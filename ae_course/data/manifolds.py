"""Curves and surfaces bent into the plane or space: data whose true dimension is known."""

from collections.abc import Callable

from ae_course.data._arguments import check_count, check_number, generators
from ae_course.data.dataset import Dataset

import numpy as np

Sample = tuple[np.ndarray, np.ndarray, np.ndarray | None]  # points, true parameters, labels


def swiss_roll(train: int = 2000, test: int = 1000, noise: float = 0.0, seed: int = 0) -> Dataset:
    """A sheet rolled up in space: two true parameters in d = 3 dimensions.

    A point is (t cos t, s, t sin t) / 10 with the angle t uniform in [1.5π, 4.5π] and the
    position s along the axis uniform in [−10, 10].

    Args:
        train: Number of training points.
        test: Number of test points.
        noise: Standard deviation of the Gaussian noise added to every coordinate.
        seed: Seed of the points and the noise.

    Returns:
        A `Dataset` with factors (t, s / 10) of shape (n, 2) and no labels. The coordinates stay
        within ±1.42 before noise.

    Raises:
        ValueError: if a size is not a positive integer, or `noise` is negative.

    References:
        Tenenbaum, de Silva and Langford, Science 290, 2319 (2000);
        `sklearn.datasets.make_swiss_roll`, shrunk by ten and centered along the axis.

    Example:
        >>> from ae_course import data
        >>> data.swiss_roll(train=500, test=100).train.shape
        (500, 3)
    """

    from sklearn.datasets import make_swiss_roll

    def draw(n: int, rng: np.random.Generator) -> Sample:
        points, t = make_swiss_roll(n, random_state=int(rng.integers(2**32)))
        points = points / 10
        points[:, 1] = points[:, 1] / 1.05 - 1  # from [0, 2.1]
        return points, np.stack([t, points[:, 1]], axis=1), None

    return _dataset("swiss_roll", draw, train, test, noise, seed, "A sheet rolled up in space")


def spirals(train: int = 2000, test: int = 1000, noise: float = 0.0, seed: int = 0) -> Dataset:
    """Two interleaved spirals in the plane: one true parameter, two classes.

    A point is t (cos t, sin t) / 3π on the first arm and its mirror image in the origin on the
    second. The angle t goes from 0.5π to 3π, with the points spread evenly along the arm but for
    its innermost turn: t² is uniform.

    Args:
        train: Number of training points.
        test: Number of test points.
        noise: Standard deviation of the Gaussian noise added to every coordinate.
        seed: Seed of the points and the noise.

    Returns:
        A `Dataset` with d = 2, the arm (0 or 1) as label, t as factor of shape (n, 1). The
        coordinates stay within ±1 before noise.

    Raises:
        ValueError: if a size is not a positive integer, or `noise` is negative.

    References:
        After Lang and Witbrock, Proc. 1988 Connectionist Models Summer School, 52.

    Example:
        >>> from ae_course import data
        >>> data.spirals(train=500, test=100).train_labels.shape
        (500,)
    """

    def draw(n: int, rng: np.random.Generator) -> Sample:
        t, arm = (
            np.sqrt(rng.uniform((0.5 * np.pi) ** 2, (3 * np.pi) ** 2, n)),
            rng.integers(2, size=n),
        )
        radius = t / (3 * np.pi) * (1 - 2 * arm)
        points = np.stack([radius * np.cos(t), radius * np.sin(t)], axis=1)
        return points, t[:, None], arm

    return _dataset("spirals", draw, train, test, noise, seed, "Two interleaved spirals")


def moons(train: int = 2000, test: int = 1000, noise: float = 0.0, seed: int = 0) -> Dataset:
    """Two interleaved half circles in the plane: one true parameter, two classes.

    A point is (cos t, sin t) on the upper moon and (1 − cos t, 0.5 − sin t) on the lower one,
    with the angle t uniform in [0, π]. They are those of scikit-learn's `make_moons`, but drawn:
    there the angles are a grid, so that as many test points would be the training points again.

    Args:
        train: Number of training points.
        test: Number of test points.
        noise: Standard deviation of the Gaussian noise added to every coordinate.
        seed: Seed of the points and the noise.

    Returns:
        A `Dataset` with d = 2, the moon (0 upper, 1 lower) as label, t as factor of shape
        (n, 1). The coordinates stay within [−1, 2] before noise.

    Raises:
        ValueError: if a size is not a positive integer, or `noise` is negative.

    References:
        `sklearn.datasets.make_moons`, which does not tell t.

    Example:
        >>> from ae_course import data
        >>> data.moons(train=500, test=100, noise=0.05).train.shape
        (500, 2)
    """

    def draw(n: int, rng: np.random.Generator) -> Sample:
        t, moon = rng.uniform(0, np.pi, n), rng.integers(2, size=n)
        x = np.where(moon == 0, np.cos(t), 1 - np.cos(t))
        y = np.where(moon == 0, np.sin(t), 0.5 - np.sin(t))
        return np.stack([x, y], axis=1), t[:, None], moon

    return _dataset("moons", draw, train, test, noise, seed, "Two interleaved half circles")


def _dataset(
    name: str,
    draw: Callable[[int, np.random.Generator], Sample],
    train: int,
    test: int,
    noise: float,
    seed: int,
    description: str,
) -> Dataset:
    sizes = check_count("train", train), check_count("test", test)
    noise = check_number("noise", noise)
    fields = {}
    for part, size, rng in zip(("train", "test"), sizes, generators(seed), strict=True):
        points, factors, labels = draw(size, rng)
        points = points + noise * rng.standard_normal(points.shape)
        fields[part] = points.astype(np.float32)
        fields[f"{part}_factors"] = factors.astype(np.float32)
        fields[f"{part}_labels"] = labels
    return Dataset(name=name, **fields, description=f"{description}, generated")
