"""`Dataset`, the record that every data set of the course comes in."""

from dataclasses import dataclass, replace
from typing import Self

from ae_course.data._arguments import check_count
from ae_course.validation import check_seed

import numpy as np

PARTS = ("train", "validation", "test")


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Dataset:
    """Training, validation and test samples, with what is known about them.

    n is the number of samples and d the input dimension, as everywhere in the course. Images
    are flattened row by row, so that `train[0].reshape(image_shape)` is a picture.

    Attributes:
        name: The data set's name.
        train, test: Samples, float32 arrays of shape (n, d), C-contiguous.
        validation: Samples for choosing settings, or None; `with_validation` sets some apart.
        train_labels, validation_labels, test_labels: Classes, integer arrays of shape (n,), or
            None.
        train_factors, validation_factors, test_factors: The true parameters behind each sample,
            float32 arrays of shape (n, number of parameters), or None where they are not known.
        image_shape: (height, width) in pixels, of colour images (height, width, 3), whose
            product is d; or None.
        value_range: (lowest, highest) value: a guarantee for images scaled to [0, 1], the
            extremes found in all samples together for everything else.
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
    validation: np.ndarray | None = None
    train_labels: np.ndarray | None = None
    validation_labels: np.ndarray | None = None
    test_labels: np.ndarray | None = None
    train_factors: np.ndarray | None = None
    validation_factors: np.ndarray | None = None
    test_factors: np.ndarray | None = None
    image_shape: tuple[int, ...] | None = None
    value_range: tuple[float, float] | None = None
    description: str = ""

    def __post_init__(self) -> None:
        for part in PARTS:
            samples = getattr(self, part)
            if part == "validation" and samples is None:
                if self.validation_labels is not None or self.validation_factors is not None:
                    raise ValueError("validation labels or factors need validation samples.")
                continue
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
            samples = [x for part in PARTS if (x := getattr(self, part)) is not None]
            extremes = min(float(x.min()) for x in samples), max(float(x.max()) for x in samples)
            object.__setattr__(self, "value_range", extremes)

    def with_validation(self, size: int, seed: int = 0) -> Self:
        """The same data, with some of the training samples set apart for validation.

        They are drawn at random; where there are labels, every class has the same share of both
        parts. The test samples stay what they are.

        Args:
            size: How many samples to set apart, at least one a class.
            seed: Seed of the draw.

        Returns:
            A new `Dataset` with a `validation` part. The training samples left keep their order.

        Raises:
            ValueError: if there is a validation part already, `size` is not such an integer, or
                too few samples would be left to train on.

        Example:
            >>> from ae_course import data
            >>> data.digits().with_validation(300)
            <Dataset digits: 1137 train, 300 validation, 360 test, d = 64 (8×8 images), \
values in [0, 1], 10 classes>
        """
        if self.validation is not None:
            raise ValueError(f"{self.name} has {len(self.validation)} validation samples already.")
        classes = 1 if self.train_labels is None else len(np.unique(self.train_labels))
        size = check_count("size", size, low=classes, high=len(self.train) - classes)
        from sklearn.model_selection import train_test_split

        parts = train_test_split(
            np.arange(len(self.train)),
            test_size=size,
            stratify=self.train_labels,
            random_state=check_seed(seed),
        )
        fields = {}
        for part, index in zip(("train", "validation"), map(np.sort, parts), strict=True):
            for kind in ("", "_labels", "_factors"):
                array = getattr(self, f"train{kind}")
                fields[part + kind] = None if array is None else array[index]
        return replace(self, **fields)

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
        parts = [f"{len(x)} {part}" for part in PARTS if (x := getattr(self, part)) is not None]
        dimension = f"d = {self.train.shape[1]}"
        if self.image_shape is not None:
            dimension += f" ({'×'.join(map(str, self.image_shape))} images)"
        low, high = self.value_range
        parts += [dimension, f"values in [{low:.3g}, {high:.3g}]"]
        if self.train_labels is not None:
            parts.append(f"{len(np.unique(self.train_labels))} classes")
        if self.train_factors is not None:
            parts.append(f"true parameters: {self.train_factors.shape[1]}")
        return f"<Dataset {self.name}: {', '.join(parts)}>"
