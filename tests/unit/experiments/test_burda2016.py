"""The schedule, the pixels and the active units are the paper's; the methods differ in k."""

from ae_course.experiments import burda2016
from ae_course.experiments.experiment import Job

import keras
import numpy as np
import pytest


def test_the_rate_falls_after_powers_of_three():
    schedule = burda2016.FallingRate(1e-3, burda2016.EPOCHS)  # a step an epoch
    for i, first in enumerate(np.cumsum([0, *3 ** np.arange(7)])):
        for step in (first, first + 3**i - 1):
            assert float(schedule(int(step))) == pytest.approx(1e-3 * 10 ** (-i / 7), rel=1e-5)


def test_pixels_are_drawn_anew_with_their_gray_values_as_probability():
    model = burda2016.BinaryPixels.dense(4, code=2, codes=1, loss="binary_crossentropy")
    x = np.tile(np.array([0.0, 0.25, 0.5, 1.0], "float32"), (4000, 1))
    first, second = (keras.ops.convert_to_numpy(model.prepare(x)) for _ in range(2))
    assert set(np.unique(first)) == {0.0, 1.0} and not np.array_equal(first, second)
    np.testing.assert_allclose(first.mean(axis=0), x[0], atol=0.04)
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
