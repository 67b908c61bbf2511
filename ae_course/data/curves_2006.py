"""The curves of Hinton and Salakhutdinov themselves: downloaded once."""

from pathlib import Path

from ae_course.data.dataset import Dataset
from ae_course.data.download import find

import numpy as np

URL = "https://www.cs.toronto.edu/~jmartens/digs3pts_1.mat"
ARRAYS = {"train": ("bdata", (20_000, 784)), "test": ("bdatatest", (10_000, 784))}


def curves_2006() -> Dataset:
    """The 30,000 curves of the paper, 28×28 pixels: 20,000 for training and 10,000 for the test.

    Drawn by R. Salakhutdinov, published by J. Martens as `digs3pts_1.mat`. No checksum of the
    file is known to us, so that a download is checked by the names, shapes, kind and range of
    its arrays only; PCA with 18 components must leave the published test error of 5.90.
    `AE_COURSE_DATA=FOLDER` in the environment names a folder to look for the file first. The
    generator `curves` makes such images without a network, and tells their true parameters.

    Returns:
        A `Dataset` with d = 784 and gray values in [0, 1]; no labels, no factors.

    Raises:
        ConnectionError: if the file is not in the cache and cannot be downloaded.

    References:
        Hinton and Salakhutdinov, Science 313, 504 (2006); the file: Martens, ICML 2010.

    Example:
        >>> from ae_course import data
        >>> data.curves_2006().train.shape  # doctest: +SKIP
        (20000, 784)
    """
    from ae_course.data import OFFLINE

    return Dataset(
        name="curves_2006",
        **find(_read, [URL], OFFLINE),
        image_shape=(28, 28),
        value_range=(0.0, 1.0),
        description="Strokes from three points (Hinton & Salakhutdinov 2006), downloaded",
    )


def _read(folder: Path) -> dict[str, np.ndarray]:
    path = folder / URL.rpartition("/")[2]
    if not path.is_file():
        raise FileNotFoundError(f"no file {path.name}")
    from scipy.io import loadmat

    content = loadmat(path, variable_names=[name for name, _ in ARRAYS.values()])
    arrays = {}
    for part, (name, shape) in ARRAYS.items():
        array = np.asarray(content.get(name))
        if array.shape != shape or array.dtype.kind != "f":
            raise ValueError(f"{path.name}: {name} must be floats of shape {shape}")
        if not (array.min() >= 0 and 0.5 < array.max() <= 1):  # also catches NaN
            raise ValueError(f"{path.name}: {name} must have values from 0 to about 1")
        arrays[part] = np.ascontiguousarray(array, np.float32)
    return arrays
