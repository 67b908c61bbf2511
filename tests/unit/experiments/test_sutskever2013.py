"""The start is sparse; of the rates tried each seed keeps its best."""

from ae_course.experiments import sutskever2013
from ae_course.experiments.experiment import Job
from ae_course.experiments.sutskever2013 import sparse_start
from ae_course.models.autoencoder import Autoencoder

import numpy as np
import pytest


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
