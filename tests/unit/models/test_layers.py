"""Tied weights: one kernel, used from both sides."""

from ae_course.models.layers import TiedDense

import keras
import numpy as np
import pytest
from keras import ops


def built_dense(features=5, units=3):
    layer = keras.layers.Dense(units, name="code")
    layer.build((None, features))
    return layer


def test_computes_the_transposed_map_with_its_own_bias():
    dense = built_dense()
    tied = TiedDense(dense, "tanh")
    h = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
    tied(h)
    bias = np.arange(5, dtype="float32")
    tied.bias.assign(bias)
    expected = np.tanh(h @ ops.convert_to_numpy(dense.kernel).T + bias)
    np.testing.assert_allclose(ops.convert_to_numpy(tied(h)), expected, rtol=1e-5, atol=1e-6)


def test_owns_nothing_but_its_bias():
    tied = TiedDense(built_dense())
    tied(np.zeros((1, 3), "float32"))
    assert [weight.shape for weight in tied.weights] == [(5,)]


def test_follows_the_kernel_when_it_changes():
    dense = built_dense()
    tied = TiedDense(dense)
    h = np.ones((1, 3), "float32")
    before = ops.convert_to_numpy(tied(h))
    dense.kernel.assign(2 * dense.kernel)
    np.testing.assert_allclose(ops.convert_to_numpy(tied(h)), 2 * before, rtol=1e-6)


def test_an_unbuilt_partner_is_refused():
    with pytest.raises(ValueError, match="built layer: call 'late' first"):
        TiedDense(keras.layers.Dense(3, name="late"))


def test_codes_of_another_size_are_refused():
    with pytest.raises(ValueError, match=r"codes of shape \(n, 3\), got \(1, 4\)"):
        TiedDense(built_dense())(np.zeros((1, 4), "float32"))


def test_a_name_alone_needs_the_number_of_features():
    with pytest.raises(ValueError, match="needs `features`"):
        TiedDense("code")


def test_a_name_alone_cannot_be_called():
    with pytest.raises(ValueError, match="by name only"):
        TiedDense("code", features=5)(np.zeros((1, 3), "float32"))
