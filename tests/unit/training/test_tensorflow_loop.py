"""On TensorFlow, random numbers drawn ahead of a block of steps change nothing."""

from ae_course import (
    Autoencoder,
    ContractiveAutoencoder,
    DenoisingAutoencoder,
    VariationalAutoencoder,
    compiled_loop,
    engine,
    fit,
    seed_everything,
)

import keras
import numpy as np
import pytest

pytestmark = pytest.mark.skipif(
    keras.backend.backend() == "torch", reason="on torch there is no compiled loop"
)

X = np.random.default_rng(0).random((70, 6)).astype("float32")  # 70 = 4 · 16 + 6


def keras_fit(made, x, y=None, **kwargs):
    return made.fit(x, y, verbose=0, **kwargs)


@pytest.mark.parametrize(
    "variant",
    [
        lambda: DenoisingAutoencoder.dense(6, code=4, amount=0.5, seed=1),
        lambda: DenoisingAutoencoder.dense(6, code=4, corruption="masking", amount=0.5, seed=1),
        lambda: ContractiveAutoencoder.dense(6, code=4, weight=0.1, directions=2, seed=1),
        lambda: VariationalAutoencoder.dense(6, hidden=(5,), code=2, seed=1),
    ],
)
@pytest.mark.parametrize("xla", [False, True])
def test_prefetched_numbers_are_those_that_keras_draws(variant, xla, monkeypatch):
    monkeypatch.setattr(engine, "STEPS_AHEAD", 3)  # of the 4 whole ones: a block and a rest

    def trained(run, **kwargs):
        seed_everything(0)
        made = variant()
        made.compile(keras.optimizers.Adam(1e-2))
        run(made, X, None, epochs=3, batch_size=16, shuffle=False, **kwargs)
        return made.get_weights()

    for mine, other in zip(
        trained(compiled_loop.fit_compiled, xla=xla), trained(keras_fit), strict=True
    ):
        np.testing.assert_allclose(mine, other, atol=2e-6)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="needs TensorFlow as backend")
def test_many_short_runs_are_not_taken_for_retracing(caplog):
    for _ in range(8):
        fit(Autoencoder.dense(6, code=2), X, epochs=1, compiled=True)
        fit(Autoencoder(keras.layers.Dense(2), keras.layers.Dense(6)), X, epochs=1, compiled=True)
    assert "retracing" not in caplog.text
