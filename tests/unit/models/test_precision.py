"""Full precision, whatever comes in; a sigmoid that is neither 0 nor 1 and keeps its gradient."""

from ae_course.models.precision import full_precision, full_precision_outputs, output_layer, sigmoid

import keras
import numpy as np
import pytest
from keras import ops


def dtype(tensor):
    return keras.backend.standardize_dtype(tensor.dtype)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("float16", "float32"), "float32"),
        (("float16", "bfloat16"), "float32"),
        (("bfloat16", "float64"), "float64"),
        (("int32", "float16"), "float32"),
        (("float32", "float32"), "float32"),
    ],
)
def test_all_get_one_dtype_of_32_bits_or_more(given, expected):
    if expected == "float64" and keras.backend.backend() == "jax":
        pytest.skip("JAX has no float64 by default")
    assert {dtype(t) for t in full_precision(*(ops.ones(2, d) for d in given))} == {expected}


def test_the_sigmoid_is_the_sigmoid_and_never_0_or_1():
    z = np.linspace(-14, 14, 57, dtype="float32")
    expected = ops.convert_to_numpy(ops.sigmoid(z))
    np.testing.assert_array_equal(ops.convert_to_numpy(sigmoid(z)), expected)
    ends = ops.convert_to_numpy(sigmoid(ops.cast([-1000.0, 1000.0], "float16")))
    assert ends.dtype == np.float32
    step = 2**-24  # of float32 below 1, by which backends differ
    np.testing.assert_allclose([ends[0], 1 - ends[1]], np.exp(-15.0), rtol=0.05, atol=step)


def test_only_a_sigmoid_at_the_end_is_exchanged_and_only_for_a_while():
    hidden = keras.layers.Dense(3, "sigmoid")
    last = keras.layers.Dense(4, "sigmoid")
    part = keras.Sequential([hidden, keras.Sequential([last]), keras.layers.Reshape((2, 2))])
    assert output_layer(part) is last
    with pytest.raises(KeyError), full_precision_outputs(part):
        assert last.activation is sigmoid
        assert hidden.activation is keras.activations.sigmoid
        raise KeyError
    assert last.activation is keras.activations.sigmoid


def test_other_outputs_stay_as_they_are():
    for layer in (keras.layers.Dense(3), keras.layers.LayerNormalization()):
        with full_precision_outputs(layer):
            assert getattr(layer, "activation", None) is not sigmoid
