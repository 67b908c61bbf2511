"""The 8×8 handwritten digits that come with scikit-learn."""

from ae_course.data._arguments import check_count
from ae_course.data.dataset import Dataset
from ae_course.validation import check_seed

import numpy as np


def digits(test: int = 360, seed: int = 0) -> Dataset:
    """1,797 handwritten digits of 8×8 pixels, shipped inside scikit-learn: no download.

    The split is random but fixed by the seed, and stratified: every digit has the same share of
    the training and of the test set.

    Args:
        test: Number of test images, 10 to 1,787; all the others are for training.
        seed: Seed of the split.

    Returns:
        A `Dataset` with d = 64, gray values in [0, 1], and the digits 0 to 9 as labels.

    Raises:
        ValueError: if `test` or `seed` is not such an integer.

    References:
        Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine
        Learning Repository (its test part), doi:10.24432/C50P49.

    Example:
        >>> from ae_course import data
        >>> data.digits().train.shape
        (1437, 64)
    """
    check_count("test", test, low=10, high=1787)
    check_seed(seed)
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    images, labels = load_digits(return_X_y=True)
    images = images.astype(np.float32) / 16  # the scanner counts 0 to 16 inked dots a pixel
    x_train, x_test, y_train, y_test = train_test_split(
        images, labels.astype(np.int64), test_size=test, stratify=labels, random_state=seed
    )
    return Dataset(
        name="digits",
        train=np.ascontiguousarray(x_train),
        test=np.ascontiguousarray(x_test),
        train_labels=y_train,
        test_labels=y_test,
        image_shape=(8, 8),
        value_range=(0.0, 1.0),
        description="Handwritten digits, 8×8 pixels (Alpaydin & Kaynak 1998; in scikit-learn)",
    )
