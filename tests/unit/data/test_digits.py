"""The digits of scikit-learn, split."""

from ae_course import data

import numpy as np
import pytest
from sklearn.datasets import load_digits


def test_every_image_keeps_its_label_and_its_gray_values():
    images, labels = load_digits(return_X_y=True)
    label_of = {
        (image / 16).astype(np.float32).tobytes(): y
        for image, y in zip(images, labels, strict=True)
    }
    d = data.digits()
    for x, y in ((d.train, d.train_labels), (d.test, d.test_labels)):
        assert [label_of[row.tobytes()] for row in x] == y.tolist()
    assert len(d.train) + len(d.test) == len(images)


def test_gray_values_fill_the_unit_interval():
    d = data.digits()
    assert d.train.min() == 0.0
    assert d.train.max() == 1.0


@pytest.mark.parametrize("test", [100, 360, 900])
def test_the_split_is_stratified(test):
    d = data.digits(test=test, seed=1)
    assert len(d.test) == test
    expected = np.bincount(load_digits().target) * test / 1797
    assert np.abs(np.bincount(d.test_labels) - expected).max() <= 1


@pytest.mark.parametrize("test", [9, 1788, 0.2])
def test_a_test_set_without_every_digit_is_refused(test):
    with pytest.raises(ValueError, match=r"^test must be"):
        data.digits(test=test)
