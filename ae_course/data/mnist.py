"""MNIST and Fashion-MNIST: downloaded once, then read from the cache."""

import gzip

from ae_course.data._arguments import check_count
from ae_course.data.dataset import Dataset
from ae_course.data.download import fetch

import numpy as np

# The files that keras.datasets reads; the checksums of Fashion-MNIST are those of the files in
# github.com/zalandoresearch/fashion-mnist, whose own list gives their MD5 sums.
ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
MNIST = ("mnist.npz", "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1")
FASHION_MNIST = {
    "train": (
        "train-images-idx3-ubyte.gz",
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    ),
    "train_labels": (
        "train-labels-idx1-ubyte.gz",
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    ),
    "test": (
        "t10k-images-idx3-ubyte.gz",
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    ),
    "test_labels": (
        "t10k-labels-idx1-ubyte.gz",
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    ),
}


def mnist(train: int = 60_000, test: int = 10_000) -> Dataset:
    """70,000 handwritten digits of 28×28 pixels; 11 MB, downloaded once.

    Args:
        train: How many of the 60,000 training images, counted from the first.
        test: How many of the 10,000 test images, counted from the first.

    Returns:
        A `Dataset` with d = 784, gray values in [0, 1], and the digits 0 to 9 as labels.

    Raises:
        ConnectionError: if the file is not in the cache and cannot be downloaded.
        ValueError: if a size is not such an integer.

    References:
        LeCun, Bottou, Bengio and Haffner, Proc. IEEE 86, 2278 (1998).

    Example:
        >>> from ae_course import data
        >>> data.mnist(train=1000, test=100).train.shape  # doctest: +SKIP
        (1000, 784)
    """
    sizes = _sizes(train, test)
    with np.load(_fetch(*MNIST), allow_pickle=False) as file:
        arrays = {
            "train": file["x_train"],
            "train_labels": file["y_train"],
            "test": file["x_test"],
            "test_labels": file["y_test"],
        }
    return _dataset("mnist", arrays, sizes, "Handwritten digits (LeCun et al. 1998)")


def fashion_mnist(train: int = 60_000, test: int = 10_000) -> Dataset:
    """70,000 pieces of clothing of 28×28 pixels, harder than MNIST; 31 MB, downloaded once.

    The labels 0 to 9 are T-shirt, trouser, pullover, dress, coat, sandal, shirt, sneaker, bag,
    ankle boot.

    Args:
        train: How many of the 60,000 training images, counted from the first.
        test: How many of the 10,000 test images, counted from the first.

    Returns:
        A `Dataset` with d = 784, gray values in [0, 1], and labels.

    Raises:
        ConnectionError: if a file is not in the cache and cannot be downloaded.
        ValueError: if a size is not such an integer.

    References:
        Xiao, Rasul and Vollgraf (2017), arXiv:1708.07747.

    Example:
        >>> from ae_course import data
        >>> data.fashion_mnist(train=1000, test=100).train.shape  # doctest: +SKIP
        (1000, 784)
    """
    sizes = _sizes(train, test)
    arrays = {}
    for field, (name, sha256) in FASHION_MNIST.items():
        header = 8 if field.endswith("labels") else 16  # bytes of an IDX file before its values
        content = gzip.decompress(_fetch(name, sha256, folder="fashion-mnist").read_bytes())
        arrays[field] = np.frombuffer(content, np.uint8, offset=header)
    return _dataset("fashion_mnist", arrays, sizes, "Pieces of clothing (Xiao et al. 2017)")


def _sizes(train: int, test: int) -> dict[str, int]:
    return {
        "train": check_count("train", train, high=60_000),
        "test": check_count("test", test, high=10_000),
    }


def _fetch(name: str, sha256: str, folder: str = ""):
    from ae_course.data import OFFLINE

    return fetch(ORIGIN + name, sha256, OFFLINE, folder)


def _dataset(
    name: str, arrays: dict[str, np.ndarray], sizes: dict[str, int], description: str
) -> Dataset:
    fields = {}
    for part, size in sizes.items():
        images = arrays[part].reshape(-1, 784)[:size]
        fields[part] = images.astype(np.float32) / np.float32(255)
        fields[f"{part}_labels"] = arrays[f"{part}_labels"][:size].astype(np.int64)
    return Dataset(
        name=name,
        **fields,
        image_shape=(28, 28),
        value_range=(0.0, 1.0),
        description=f"{description}, 28×28 pixels, downloaded",
    )
