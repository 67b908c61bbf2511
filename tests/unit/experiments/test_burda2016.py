"""Test pixels and active units are the paper's; the methods differ in k."""

from ae_course.experiments import burda2016
from ae_course.experiments.experiment import Job

import numpy as np


def test_the_test_pixels_are_drawn_once():
    x = np.random.default_rng(0).random((9, 4))
    np.testing.assert_array_equal(burda2016.binary(x), burda2016.binary(x))


def test_a_unit_is_active_if_its_mean_varies():
    spread = np.sqrt([0.5, 2.0, 0.0]) * 0.1  # variances: half of 0.01, twice it, none
    assert burda2016.active_units(np.array([[-1.0], [1.0]]) * spread) == 1


def test_a_short_run_gives_the_measures(tmp_path, monkeypatch):
    class Data:
        train = np.random.default_rng(0).uniform(size=(200, 16)).astype("float32")
        test = train[:40]

    job = Job("iwae", [0, 1], [Data, Data], 0.001, tmp_path, False)
    (experiment,) = burda2016.EXPERIMENTS
    for name in ("VAE, k = 1", "IWAE, k = 5"):
        for own in experiment.methods[name].run(job):
            assert 0 < own["nll"] < own["negative_elbo"] + 0.5
            assert 0 <= own["active_units"] <= 50
