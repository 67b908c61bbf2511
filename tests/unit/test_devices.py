"""What Keras runs on, told truthfully, also about machines that this is not."""

from ae_course import Autoencoder, devices

import keras
import numpy as np
import pytest


def fake(monkeypatch, gpus, driver=True):
    monkeypatch.setitem(devices.GPUS_OF, keras.backend.backend(), lambda: gpus)
    monkeypatch.setattr(devices, "has_nvidia_driver", lambda: driver)


def allowed():
    """Which kinds of products may be TF32."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return {tf.config.experimental.tensor_float_32_execution_enabled()}
    if keras.backend.backend() == "jax":
        import jax

        return {jax.config.jax_default_matmul_precision != "highest"}
    import torch

    return {torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32}


def test_names_backend_and_precision():
    found = devices.describe()
    assert found.backend == keras.backend.backend()
    assert found.precision == "float32"


def test_names_each_gpu_with_its_memory(monkeypatch):
    fake(monkeypatch, [("A100", 39.6), ("T4", None)])
    assert "GPU: A100 (40 GiB), T4 (memory unknown)" in str(devices.describe())


def test_says_in_words_that_there_is_no_gpu(monkeypatch):
    fake(monkeypatch, [], driver=False)
    assert "no GPU, computing on the CPU" in str(devices.describe())
    assert "No NVIDIA driver" in devices.doctor()


def test_a_gpu_that_is_there_but_not_used_gets_the_command_that_helps(monkeypatch):
    fake(monkeypatch, [], driver=True)
    help_with = {"tensorflow": "requirements-gpu.txt", "jax": "jax[cuda", "torch": "pytorch.org"}
    assert help_with[keras.backend.backend()] in devices.doctor()


def test_choosing_a_gpu_that_is_not_there_says_what_is(monkeypatch):
    fake(monkeypatch, [], driver=False)
    with pytest.raises(RuntimeError, match=r"there is no GPU 0.*No NVIDIA driver"):
        devices.use_gpu(0)


@pytest.mark.parametrize("on", [True, False])
def test_tensor_float_is_allowed_and_forbidden(on):
    devices.use_tensor_float(on)
    assert allowed() == {on}


@pytest.mark.parametrize("turn", [1, 2])
def test_every_unit_test_starts_with_full_float32(turn):
    assert allowed() == {False}
    assert keras.config.dtype_policy().name == "float32"
    devices.use_tensor_float(True)
    devices.use_mixed_precision(True)


def test_mixed_precision_computes_in_16_bits_keeps_32_and_can_be_taken_back():
    assert devices.use_mixed_precision().precision == "mixed_bfloat16"
    layer = keras.layers.Dense(2)
    layer.build((None, 3))
    assert (layer.compute_dtype, layer.variable_dtype) == ("bfloat16", "float32")
    assert devices.use_mixed_precision(False).precision == "float32"


def test_doctor_lists_the_versions():
    from importlib.metadata import version

    report = devices.doctor()
    assert version("keras") in report and version("numpy") in report


def test_a_model_of_16_bits_takes_and_gives_ordinary_arrays():
    devices.use_mixed_precision()
    model = Autoencoder.dense(6, code=2)
    x = np.ones((3, 6), dtype="float32")
    assert model.encoder.layers[-1].compute_dtype == "bfloat16"
    assert model.encode(x).dtype == model.reconstruct(x).dtype == np.float32
