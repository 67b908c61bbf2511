"""MNIST and Fashion-MNIST: downloaded once, then read from the cache.

The arrays' checksums decide, not those of the files they came in: Keras' `mnist.npz`, or the four
files of the original format (IDX), compressed or not.
"""

import gzip
import hashlib
import zlib
from functools import partial
from pathlib import Path
from zipfile import BadZipFile

from ae_course.data._arguments import check_count
from ae_course.data.dataset import Dataset
from ae_course.data.download import find

import numpy as np

ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
FILES = {  # of each array: its name in an npz file of Keras, and the name of its IDX file
    "train": ("x_train", "train-images-idx3-ubyte"),
    "train_labels": ("y_train", "train-labels-idx1-ubyte"),
    "test": ("x_test", "t10k-images-idx3-ubyte"),
    "test_labels": ("y_test", "t10k-labels-idx1-ubyte"),
}
# SHA-256 of every array in the form of an uncompressed IDX file. MNIST's were computed from arrays
# with the MD5 sums published for the originals. Of Fashion-MNIST the labels' were computed from
# the files in github.com/zalandoresearch/fashion-mnist; the images' are those that several
# projects publish beside the same two.
MNIST = {
    "train": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train_labels": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "test": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "test_labels": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
FASHION_MNIST = {
    "train": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train_labels": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "test": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "test_labels": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
UNREADABLE = (OSError, EOFError, KeyError, ValueError, BadZipFile, zlib.error)


def mnist(train: int = 60_000, test: int = 10_000) -> Dataset:
    """70,000 handwritten digits of 28×28 pixels; 11 MB, downloaded once.

    `AE_COURSE_DATA=FOLDER` in the environment names a folder to look in first.

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
    description = "Handwritten digits (LeCun et al. 1998)"
    return _load("mnist", MNIST, ["mnist.npz"], "", train, test, description)


def fashion_mnist(train: int = 60_000, test: int = 10_000) -> Dataset:
    """70,000 pieces of clothing of 28×28 pixels, harder than MNIST; 31 MB, downloaded once.

    The labels 0 to 9 are T-shirt, trouser, pullover, dress, coat, sandal, shirt, sneaker, bag,
    ankle boot. `AE_COURSE_DATA=FOLDER` in the environment names a folder to look in first.

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
    files = [f"{name}.gz" for _, name in FILES.values()]
    description = "Pieces of clothing (Xiao et al. 2017)"
    return _load("fashion_mnist", FASHION_MNIST, files, "fashion-mnist", train, test, description)


def _load(
    name: str,
    checksums: dict[str, str],
    files: list[str],
    folder: str,
    train: int,
    test: int,
    description: str,
) -> Dataset:
    sizes = {
        "train": check_count("train", train, high=60_000),
        "test": check_count("test", test, high=10_000),
    }
    from ae_course.data import OFFLINE

    read = partial(_read, npz=f"{name}.npz", checksums=checksums)
    arrays = find(read, [ORIGIN + file for file in files], OFFLINE, folder)
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


def _read(folder: Path, npz: str, checksums: dict[str, str]) -> dict[str, np.ndarray]:
    """The four arrays, each from the first file of the folder that holds the right one."""
    arrays = {}
    for field, sha256 in checksums.items():
        key, name = FILES[field]
        for file in (npz, name, f"{name}.gz"):
            try:
                content = _as_idx(folder / file, key)
            except UNREADABLE:
                continue
            if hashlib.sha256(content).hexdigest() == sha256:
                arrays[field] = np.frombuffer(content, np.uint8, offset=4 + 4 * content[3])
                break
        else:
            raise ValueError(f"no file with the right array {key} (of {npz}, {name}, {name}.gz)")
    return arrays


def _as_idx(path: Path, key: str) -> bytes:
    """An array of bytes as an IDX file has it: kind, rank, sizes, values."""
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as file:
            array = file[key].astype(np.uint8, casting="safe")
        return (
            bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">i4").tobytes() + array.tobytes()
        )
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content
