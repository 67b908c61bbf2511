"""What counts as a tensor of numbers."""

from ae_course.models.tensors import as_tensor

import keras
import numpy as np
import pytest


@pytest.mark.parametrize("values", [[1, 2], [True], np.ones(2, "float16"), 0.5, np.uint8([3])])
def test_numbers_become_a_tensor_of_their_values(values):
    tensor = as_tensor(values)
    assert keras.ops.is_tensor(tensor)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(tensor), values)


@pytest.mark.parametrize(
    "values", ["three", ["a"], {"a": 1}, object(), 1j, np.array([None]), print]
)
def test_anything_else_is_refused_and_shown(values):
    with pytest.raises(TypeError, match="expected an array or a tensor of numbers, got"):
        as_tensor(values)
