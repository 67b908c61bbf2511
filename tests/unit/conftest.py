"""What every unit test starts from: full float32 products, also on a GPU, and float32 layers."""

import sys

import pytest


@pytest.fixture(autouse=True)
def full_float32():
    """Forbid TF32, whose products are good to three digits only, where Keras is loaded."""
    if "keras" in sys.modules:
        from ae_course import devices

        devices.use_tensor_float(False)
    yield
    if "keras" in sys.modules:
        import keras

        keras.config.set_dtype_policy("float32")
