"""Momentum and rate follow their papers' schedules, both kinds of momentum their definition."""

from ae_course.training.optimizers import FallingRate, ScheduledMomentum

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


def test_the_rate_falls_after_powers_of_three():
    schedule = FallingRate(1e-3, 3280)  # a step an epoch
    for i, first in enumerate(np.cumsum([0, *3 ** np.arange(7)])):
        for step in (first, first + 3**i - 1):
            assert float(schedule(int(step))) == pytest.approx(1e-3 * 10 ** (-i / 7), rel=1e-5)
