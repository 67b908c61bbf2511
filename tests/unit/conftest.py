"""What every unit test starts from: one seed, full float32 products, and float32 layers."""

import random
import sys

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def same_start():
    """Seed what draws, and forbid TF32, whose products are good to three digits only."""
    random.seed(0)  # of which Keras draws the seeds of layers that were given none
    np.random.seed(0)  # noqa: NPY002
    if "keras" in sys.modules:
        import keras

        keras.utils.set_random_seed(0)
        from ae_course import devices

        devices.use_tensor_float(False)
    yield
    if "keras" in sys.modules:
        import keras

        keras.config.set_dtype_policy("float32")
