"""Two devices of one process train the model that one device trains, through `fit` as it is."""

import os
import subprocess
import sys

import keras
import pytest

BACKEND = keras.backend.backend()
TRAIN = """
from contextlib import nullcontext
from ae_course import Autoencoder, data, fit, seed_everything
import keras, numpy as np
seed_everything(0)
with {scope}:
    model = Autoencoder.dense(64, hidden=(32,), code=8)
    model.compile(keras.optimizers.SGD(1e-3))
history = fit(model, data.digits().train[:1280], epochs=3, shuffle=False)
print(repr([np.abs(w).sum().item() for w in model.get_weights()] + history.history["loss"]))
"""
ONE = TRAIN.format(scope="nullcontext()")
TWO = {
    "tensorflow": """
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
halves = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(cpu, halves)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
"""
    + TRAIN.format(scope="strategy.scope()"),
    "jax": """
import jax, keras
assert jax.device_count() == 2
keras.distribution.set_distribution(keras.distribution.DataParallel(auto_shard_dataset=False))
"""
    + ONE,
}


def numbers(code, **environment):
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    return [float(number) for number in run.stdout.strip().splitlines()[-1][1:-1].split(",")]


TWO_CPUS = {
    "CUDA_VISIBLE_DEVICES": "",
    "JAX_PLATFORMS": "cpu",
    "XLA_FLAGS": "--xla_force_host_platform_device_count=2",
}
ONE_CPU = {**TWO_CPUS, "XLA_FLAGS": ""}


@pytest.mark.skipif(BACKEND == "torch", reason="Keras distributes torch models by torch itself")
def test_two_devices_train_what_one_trains():
    two = numbers(TWO[BACKEND], **TWO_CPUS)
    assert two == pytest.approx(numbers(ONE, **ONE_CPU), rel=1e-5)
