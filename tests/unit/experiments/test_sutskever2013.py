"""Momentum follows the schedule, both kinds their definition; the start is sparse."""

from ae_course.experiments import sutskever2013
from ae_course.experiments.experiment import Job
from ae_course.experiments.sutskever2013 import ScheduledMomentum, sparse_start
from ae_course.models.autoencoder import Autoencoder

import keras
import numpy as np
import pytest


def test_momentum_rises_to_its_maximum_and_ends_at_nine_tenths():
    optimizer = ScheduledMomentum(0.1, max_momentum=0.995, updates=750_000)
    for t, mu in {0: 0.5, 249: 0.5, 250: 0.75, 750: 0.875, 100_000: 0.995, 749_500: 0.9}.items():
        optimizer.iterations.assign(t)
        assert float(optimizer.momentum()) == pytest.approx(mu, rel=1e-5), t


@pytest.mark.parametrize("nesterov", [True, False])
def test_each_kind_is_its_definition(nesterov):
    """On ½w²: classical, w moves by v; Nesterov's, with the gradient at θ + μv."""
    variable = keras.Variable(np.array([1.0], "float32"))
    optimizer = ScheduledMomentum(0.1, 0.9, nesterov)
    theta, v = 1.0, 0.0  # the weight that the paper calls θ
    for t in range(5):
        mu = 0.5 if t < 250 else None
        gradient = float(variable.numpy()[0]) if hasattr(variable, "numpy") else float(variable[0])
        optimizer.apply([keras.ops.array([gradient])], [variable])
        v = mu * v - 0.1 * gradient
        theta += v
        ahead = theta + mu * v if nesterov else theta
        assert float(keras.ops.convert_to_numpy(variable)[0]) == pytest.approx(ahead, rel=1e-5)


def test_every_unit_has_fifteen_weights_in():
    model = Autoencoder.dense(40, (30,), code=5)
    sparse_start(model, np.random.default_rng(0), scale=2.0)
    for layer in [*model.encoder.layers, *model.decoder.layers]:
        kernel, bias = layer.get_weights()
        assert ((kernel != 0).sum(axis=0) == min(15, len(kernel))).all() and not bias.any()
    assert model.encoder.layers[0].get_weights()[0].std() == pytest.approx(
        2 * (15 / 40) ** 0.5, rel=0.2
    )


def test_the_best_rate_is_kept_for_each_seed(tmp_path, monkeypatch):
    monkeypatch.setattr(sutskever2013, "RATES", (1e-9, 0.05))

    class Data:
        train = np.random.default_rng(0).uniform(size=(400, 784)).astype("float32")
        test = train[:40]

    experiment = sutskever2013.EXPERIMENTS[0]
    job = Job("momentum", [0, 1], [Data, Data], 1e-5, tmp_path, False)
    for own in experiment.methods["Nesterov, μ = 0.99"].run(job):
        assert own["rate"] == 0.05
        assert np.isfinite([own["train_error"], own["test_error"]]).all()
