"""On JAX, what a scan computed is written back to the model."""

from ae_course import Autoencoder
from ae_course.training.jax_loop import JaxLoop

import keras
import numpy as np
import pytest

pytestmark = pytest.mark.skipif(keras.backend.backend() != "jax", reason="needs JAX as backend")


def test_weights_optimizer_and_metrics_move_on():
    x = np.random.default_rng(0).random((32, 6)).astype("float32")
    model = Autoencoder.dense(6, code=2)
    model.compile(keras.optimizers.SGD(0.1))
    model.train_on_batch(x)
    before, done = model.get_weights(), int(model.optimizer.iterations)
    model.reset_metrics()
    JaxLoop(model.train_step, model, xla=True)((x,), np.arange(32, dtype="int32").reshape(4, 8))
    assert int(model.optimizer.iterations) == done + 4
    assert all((a != b).any() for a, b in zip(before, model.get_weights(), strict=True))
    assert float(model.get_metrics_result()["loss"]) > 0
