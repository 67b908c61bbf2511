"""What a submission may answer with, and what becomes of it on the way to a check."""

from ae_course.grading.sandbox.child.values import message_value

import keras
import numpy as np
import pytest


class Always(np.ndarray):
    def __eq__(self, other):
        return True


def test_tensors_and_subclasses_become_plain_arrays():
    assert type(message_value(keras.ops.ones((2, 3)))) is np.ndarray
    assert type(message_value(np.ones(3).view(Always))) is np.ndarray
    assert type(message_value(type("Text", (str,), {})("a"))) is str


@pytest.mark.parametrize("value", [None, True, 3, 2.5, "a"])
def test_plain_values_stay(value):
    assert message_value(value) is value


def test_scalars_of_numpy_become_pythons():
    assert type(message_value(np.float32(2))) is float


def test_a_list_of_arrays_is_as_good_as_a_tuple():
    parts = message_value([np.ones((2, 5)), np.zeros((5, 2))])
    assert [part.shape for part in parts] == [(2, 5), (5, 2)]


@pytest.mark.parametrize("value", [print, {"a": 1}, object(), [print], (1, object())])
def test_anything_else_is_refused(value):
    with pytest.raises(TypeError, match="expected numbers"):
        message_value(value)
