"""Pixels are black or white, anew each time, with their gray value as the probability."""

from ae_course.models.binary_pixels import BinaryPixels

import keras
import numpy as np


def test_pixels_are_drawn_anew_with_their_gray_values_as_probability():
    model = BinaryPixels.dense(4, code=2, codes=1, loss="binary_crossentropy")
    x = np.tile(np.array([0.0, 0.25, 0.5, 1.0], "float32"), (4000, 1))
    first, second = (keras.ops.convert_to_numpy(model.prepare(x)) for _ in range(2))
    assert set(np.unique(first)) == {0.0, 1.0} and not np.array_equal(first, second)
    np.testing.assert_allclose(first.mean(axis=0), x[0], atol=0.04)
