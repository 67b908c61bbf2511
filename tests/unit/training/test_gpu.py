"""On a GPU: it is used, every model computes what the CPU computes, and 16 bits are enough."""

import os
import subprocess
import sys
from functools import partial

from ae_course import (
    Autoencoder,
    ContractiveAutoencoder,
    DenoisingAutoencoder,
    SparseAutoencoder,
    VariationalAutoencoder,
    data,
    devices,
    fit,
    metrics,
    seed_everything,
)

import keras
import numpy as np
import pytest

pytestmark = pytest.mark.skipif(
    not devices.describe().gpus, reason="Keras sees no GPU here: `ae-course doctor` says why"
)

SIZES = {"input_dim": 64, "hidden": (32,), "code": 8}
SIGMOID = {"input_dim": 64, "code": 8, "code_activation": "sigmoid"}
MODELS = {
    "plain": partial(Autoencoder.dense, **SIZES),
    "tied": partial(Autoencoder.dense, **SIZES, tied=True),
    "sparse": partial(SparseAutoencoder.dense, **SIGMOID, weight=0.1, target=0.05),
    "contractive": partial(ContractiveAutoencoder.dense, **SIGMOID, weight=0.1),
    "denoising": partial(DenoisingAutoencoder.dense, **SIZES, amount=0.3),
    "variational": partial(VariationalAutoencoder.dense, **SIZES),
}
ON_THE_CPU = """
import sys, keras, numpy as np, ae_course
model = keras.saving.load_model(sys.argv[1])
x = np.load(sys.argv[2])
loss = model.evaluate(x, verbose=0, return_dict=True)["loss"]
np.savez(sys.argv[3], codes=model.encode(x), loss=loss)
"""


def test_weights_and_steps_are_on_the_gpu():
    model = MODELS["plain"]()
    fit(model, data.digits().train[:256], epochs=1)
    value = model.weights[0].value
    places = value.devices() if keras.backend.backend() == "jax" else [value.device]
    assert all("gpu" in str(place).lower() or "cuda" in str(place).lower() for place in places)


@pytest.mark.parametrize("name", MODELS)
def test_it_computes_what_the_cpu_computes(name, tmp_path):
    x = data.digits().test[:256]
    seed_everything(0)
    model = MODELS[name]()
    model.compile("adam")
    fit(model, x, epochs=1)
    model.save(tmp_path / "model.keras")
    np.save(tmp_path / "x.npy", x)
    files = [str(tmp_path / file) for file in ("model.keras", "x.npy", "cpu.npz")]
    hidden = {"CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"}
    subprocess.run(
        [sys.executable, "-c", ON_THE_CPU, *files], env={**os.environ, **hidden}, check=True
    )
    cpu = np.load(files[2])
    np.testing.assert_allclose(model.encode(x), cpu["codes"], rtol=1e-3, atol=1e-4)
    if name != "variational":  # its loss is drawn
        loss = model.evaluate(x, verbose=0, return_dict=True)["loss"]
        assert loss == pytest.approx(float(cpu["loss"]), rel=1e-3)


def test_16_bits_train_to_the_same_error_within_5_percent():
    digits, errors = data.digits(), {}
    for on in (False, True):
        devices.use_mixed_precision(on)
        seed_everything(0)
        model = MODELS["plain"]()
        fit(model, digits.train, epochs=40)
        errors[on] = metrics.reconstruction_error(model, digits.test)
    assert errors[True] == pytest.approx(errors[False], rel=0.05)
