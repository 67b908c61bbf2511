"""Every activation of Keras can be written as ONNX, and computes the same there."""

from ae_course import Autoencoder, export_model

import keras
import numpy as np
import onnxruntime
import pytest

ACTIVATIONS = [
    name
    for name in sorted(vars(keras.activations))
    if name.islower()
    and name not in ("get", "serialize", "deserialize", "glu", "threshold")
    and not name.startswith("_")
]  # two of them are no activation of a dense layer


def test_every_activation_is_exported_to_onnx(tmp_path):
    inputs = keras.Input((12,))
    outputs = [keras.layers.Activation(name)(inputs) for name in ACTIVATIONS]
    model = keras.Model(inputs, keras.layers.Concatenate()(outputs))
    given = np.random.default_rng(0).uniform(-2, 2, (9, 12)).astype("float32")
    expected = keras.ops.convert_to_numpy(model(given))
    session = onnxruntime.InferenceSession(export_model(model, tmp_path / "model.onnx"))
    (made,) = session.run(None, {session.get_inputs()[0].name: given})
    for name, *pair in zip(
        ACTIVATIONS, *(np.split(y, len(ACTIVATIONS), axis=1) for y in (made, expected)), strict=True
    ):
        np.testing.assert_allclose(*pair, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("activation", ["gelu", "celu"])
@pytest.mark.parametrize(("policy", "close"), [("float64", 1e-5), ("mixed_float16", 4e-3)])
def test_operations_of_our_own_are_there_in_other_precisions(policy, close, activation, tmp_path):
    keras.config.set_dtype_policy(policy)
    try:
        model = Autoencoder.dense(6, 4, code=2, activation=activation)
    finally:
        keras.config.set_dtype_policy("float32")
    x = np.random.default_rng(0).uniform(-1, 1, (9, 6)).astype("float32")
    session = onnxruntime.InferenceSession(export_model(model, tmp_path / "model.onnx"))
    (made,) = session.run(None, {session.get_inputs()[0].name: x})
    np.testing.assert_allclose(made, model.reconstruct(x), atol=close)
