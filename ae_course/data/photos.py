"""Colour patches of the photographs that come with scikit-image and scikit-learn."""

from ae_course.data._arguments import check_count, generators
from ae_course.data.dataset import Dataset

import numpy as np

SIDE = 32  # height and width of a patch, pixels
PHOTOGRAPHS = {
    "train": ("astronaut", "coffee", "china.jpg"),
    "validation": ("rocket",),
    "test": ("chelsea", "flower.jpg"),
}
"""What each part is cut from: functions of `skimage.data`, or files of scikit-learn.

Of scikit-image's only those that lie inside its wheel and whose licence is stated.
"""


def photos(train: int = 5000, validation: int = 1000, test: int = 1000, seed: int = 0) -> Dataset:
    """Colour patches of 32×32 pixels, cut at random from six photographs: no download.

    Training, validation and test patches come from different photographs: an astronaut, a cup of
    coffee and a temple for training, a rocket for validation, a cat and a flower
    for the test. So a test error tells how well a model does on a picture that it has not seen a
    part of. The photographs of the last two parts are smoother than those for training, and
    easier: compare models by these errors, not the parts. Patches of one photograph overlap.

    Args:
        train: Number of training patches, the same from every photograph.
        validation: Number of validation patches.
        test: Number of test patches.
        seed: Seed of the places where the patches are cut.

    Returns:
        A `Dataset` with d = 3072 and values in [0, 1]; `train[0].reshape(32, 32, 3)` is a picture
        in red, green and blue. No labels.

    Raises:
        ValueError: if a size is not a positive integer of at most 100,000, or `seed` not one.

    References:
        Photographs of `skimage.data` (public domain or CC0: the astronaut E. Collins by
        NASA, coffee by R. Michetti, rocket by SpaceX, the cat Chelsea by S. van der Walt)
        and `china.jpg` and `flower.jpg` of scikit-learn (CC BY).

    Example:
        >>> from ae_course import data
        >>> data.photos(train=100, validation=10, test=10)
        <Dataset photos: 100 train, 10 validation, 10 test, d = 3072 (32×32×3 images), \
values in [0, 1]>
    """
    sizes = {"train": train, "test": test, "validation": validation}
    for part, size in sizes.items():
        check_count(part, size, high=100_000)
    fields = {}
    for (part, size), rng in zip(sizes.items(), generators(seed, 3), strict=True):
        fields[part] = cut([photograph(name) for name in PHOTOGRAPHS[part]], size, rng)
    return Dataset(
        name="photos",
        **fields,
        image_shape=(SIDE, SIDE, 3),
        value_range=(0.0, 1.0),
        description="Colour patches of six photographs (in scikit-image and scikit-learn)",
    )


def photograph(name: str) -> np.ndarray:
    """One photograph, an array (height, width, 3) of bytes."""
    if name.endswith(".jpg"):
        from sklearn.datasets import load_sample_image

        return load_sample_image(name)
    from skimage import data

    return getattr(data, name)()


def cut(photographs: list[np.ndarray], count: int, rng: np.random.Generator) -> np.ndarray:
    """`count` patches from different places, flat, as many from every photograph, shuffled."""
    pieces = []
    for k, image in enumerate(photographs):
        share = (count + k) // len(photographs)
        windows = np.lib.stride_tricks.sliding_window_view(image, (SIDE, SIDE, 3))[:, :, 0]
        height, width = windows.shape[:2]
        row, column = np.divmod(rng.choice(height * width, share, replace=False), width)
        pieces.append(windows[row, column].reshape(share, SIDE * SIDE * 3))
    return rng.permutation(np.concatenate(pieces)).astype(np.float32) / np.float32(255)
