"""Whitened patches of natural images, cut from the two photographs of scikit-learn."""

from ae_course.data._arguments import check_count, generators
from ae_course.data.dataset import Dataset

import numpy as np

BAND, TRAIN_BAND = 80, 60  # of every 80 columns of a photograph, 60 train and 20 test
REGULARIZATION = 1e-3  # added to every variance, as a fraction of the mean variance
LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601: how bright the eye finds R, G and B


def patches(train: int = 20_000, test: int = 5_000, size: int = 12, seed: int = 0) -> Dataset:
    """Whitened gray patches of natural images: what sparse coding is usually shown on.

    Patches are cut at random, half from a photograph of a temple, half from one of a flower.
    No pixel is shared by a training and a test patch: they come from different vertical bands
    of the photographs. Each patch loses its own mean; then all are whitened (ZCA, computed on
    the training patches)::

        x = (C + εI)^(-1/2) (patch − its mean − mean patch),    ε = 0.001 · tr C / d

    with C the d × d covariance of the training patches. Whitened, no pixel predicts another
    linearly: the variances of the training patches along their principal directions are all
    between 0.97 and 1 (from 5,000 patches on), but for the one direction, all pixels equal,
    that went with the patch's own mean. ε keeps the noise of the faintest directions down.
    Two photographs are few: in the test patches the same variances go from 0.3 to 4.

    Args:
        train: Number of training patches, at least size².
        test: Number of test patches.
        size: Height and width of a patch in pixels, 2 to 20.
        seed: Seed of the places where the patches are cut.

    Returns:
        A `Dataset` with d = size², values about 0 with standard deviation about 1 (`value_range`
        says how far they go), no labels.

    Raises:
        ValueError: if an argument is not such an integer, or if more patches are asked
            for than there are places to cut one.

    References:
        Photographs `china.jpg` and `flower.jpg` of scikit-learn (CC BY); the setting after
        Olshausen and Field, Nature 381, 607 (1996); ZCA after Bell and
        Sejnowski, Vision Research 37, 3327 (1997).

    Example:
        >>> from ae_course import data
        >>> data.patches(train=1000, test=100).train.shape
        (1000, 144)
    """
    check_count("size", size, low=2, high=BAND - TRAIN_BAND)
    check_count("train", train, low=size**2)
    check_count("test", test)
    for_train, for_test = generators(seed)
    from sklearn.datasets import load_sample_images

    photographs = [image @ LUMA / 255 for image in load_sample_images().images]
    x_train = cut("train", photographs, train, size, 0, TRAIN_BAND, for_train)
    x_test = cut("test", photographs, test, size, TRAIN_BAND, BAND, for_test)

    mean = x_train.mean(axis=0)
    variances, directions = np.linalg.eigh((x_train - mean).T @ (x_train - mean) / train)
    epsilon = REGULARIZATION * variances.mean()
    whiten = directions / np.sqrt(np.maximum(variances, 0) + epsilon) @ directions.T
    return Dataset(
        name="patches",
        train=((x_train - mean) @ whiten).astype(np.float32),
        test=((x_test - mean) @ whiten).astype(np.float32),
        image_shape=(size, size),
        description="Whitened patches of two photographs (in scikit-learn; "
        "after Olshausen & Field 1996)",
    )


def cut(
    part: str,
    photographs: list[np.ndarray],
    count: int,
    size: int,
    start: int,
    stop: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """`count` different patches, flat, without their means, from columns start…stop of a band."""
    pieces = []
    for k, image in enumerate(photographs):
        share = (count + k) // len(photographs)
        windows = np.lib.stride_tricks.sliding_window_view(image, (size, size))
        column = np.arange(windows.shape[1]) % BAND
        columns = np.flatnonzero((start <= column) & (column <= stop - size))
        places = windows.shape[0] * len(columns)
        if share > places:
            raise ValueError(
                f"{part} must be at most {len(photographs) * places} for size={size}, got {count}."
            )
        row, column = np.divmod(rng.choice(places, share, replace=False), len(columns))
        pieces.append(windows[row, columns[column]].reshape(share, size * size))
    x = rng.permutation(np.concatenate(pieces))
    return x - x.mean(axis=1, keepdims=True)
