"""What Keras runs on, told truthfully, also about machines that this is not."""

from ae_course import devices

import keras
import pytest


def fake(monkeypatch, gpus, driver=True):
    monkeypatch.setitem(devices._GPUS_OF, keras.backend.backend(), lambda: gpus)
    monkeypatch.setattr(devices, "_has_nvidia_driver", lambda: driver)


@pytest.fixture(autouse=True)
def float32_again():
    yield
    keras.config.set_dtype_policy("float32")


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
    assert "requirements-gpu.txt" in devices.doctor()


def test_choosing_a_gpu_that_is_not_there_says_what_is(monkeypatch):
    fake(monkeypatch, [], driver=False)
    with pytest.raises(RuntimeError, match=r"there is no GPU 0.*No NVIDIA driver"):
        devices.use_gpu(0)


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
