"""`Dataset`, the record that every data set of the course comes in."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Dataset:
    """Training and test samples, with what is known about them.

    n is the number of samples and d the input dimension, as everywhere in the course. Images
    are flattened row by row, so that `train[0].reshape(image_shape)` is a picture.

    Attributes:
        name: The data set's name.
        train, test: Samples, float32 arrays of shape (n, d), C-contiguous.
        train_labels, test_labels: Classes, integer arrays of shape (n,), or None.
        train_factors, test_factors: The true parameters behind each sample, float32 arrays of
            shape (n, number of parameters), or None where they are not known.
        image_shape: (height, width) in pixels with height · width = d, or None.
        value_range: (lowest, highest) value: a guarantee for images scaled to [0, 1], the
            extremes found in train and test together for everything else.
        description: One line: what it is and where it comes from.

    Raises:
        TypeError: if an array is not a NumPy array of the dtype stated above.
        ValueError: if two arrays do not fit together, or do not fit `image_shape`.

    Example:
        >>> from ae_course import data
        >>> data.digits()
        <Dataset digits: 1437 train, 360 test, d = 64 (8×8 images), values in [0, 1], 10 classes>
    """

    name: str
    train: np.ndarray
    test: np.ndarray
    train_labels: np.ndarray | None = None
    test_labels: np.ndarray | None = None
    train_factors: np.ndarray | None = None
    test_factors: np.ndarray | None = None
    image_shape: tuple[int, int] | None = None
    value_range: tuple[float, float] | None = None
    description: str = ""

    def __post_init__(self) -> None:
        for part in ("train", "test"):
            samples = getattr(self, part)
            self._check(part, np.float32, (len(samples), self.train.shape[-1]))
            if getattr(self, f"{part}_labels") is not None:
                self._check(f"{part}_labels", np.integer, (len(samples),))
            if getattr(self, f"{part}_factors") is not None:
                parameters = self.train_factors.shape[-1]
                self._check(f"{part}_factors", np.float32, (len(samples), parameters))
        if self.image_shape is not None and np.prod(self.image_shape) != self.train.shape[1]:
            raise ValueError(
                f"image_shape {self.image_shape} does not hold d = {self.train.shape[1]} pixels."
            )
        if self.value_range is None:
            both = (self.train, self.test)
            extremes = min(float(x.min()) for x in both), max(float(x.max()) for x in both)
            object.__setattr__(self, "value_range", extremes)

    def _check(self, field: str, kind: type, shape: tuple[int, ...]) -> None:
        array = getattr(self, field)
        if not isinstance(array, np.ndarray) or not np.issubdtype(array.dtype, kind):
            found = getattr(array, "dtype", type(array).__name__)
            raise TypeError(f"{field} must be a NumPy array of {kind.__name__}, got {found}.")
        if array.shape != shape or not array.flags.c_contiguous:
            raise ValueError(
                f"{field} must be a C-contiguous array of shape {shape}, got shape {array.shape}."
            )

    def __repr__(self) -> str:
        parts = [f"{len(self.train)} train", f"{len(self.test)} test"]
        dimension = f"d = {self.train.shape[1]}"
        if self.image_shape is not None:
            dimension += " ({}×{} images)".format(*self.image_shape)
        low, high = self.value_range
        parts += [dimension, f"values in [{low:.3g}, {high:.3g}]"]
        if self.train_labels is not None:
            parts.append(f"{len(np.unique(self.train_labels))} classes")
        if self.train_factors is not None:
            parts.append(f"true parameters: {self.train_factors.shape[1]}")
        return f"<Dataset {self.name}: {', '.join(parts)}>"
