"""Page and Python draw the same random numbers from a seed."""

import numpy as np
import pytest
from javascript import evaluate
from twin import Random


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1])
def test_uniform_numbers_are_equal_to_the_last_bit(seed):
    drawn = evaluate(f"Array.from({{length: 5000}}, labRandom({seed}).uniform)")
    assert np.array_equal(drawn, Random(seed).uniform(5000))


def test_calls_follow_one_another():
    random = Random(5)
    drawn = np.concatenate([random.uniform(n) for n in (3, 1, 0, 4)])
    assert np.array_equal(drawn, Random(5).uniform(8))


def test_normal_numbers_are_equal_and_normal():
    drawn = np.array(evaluate("Array.from({length: 20000}, labRandom(3).normal)"), np.float32)
    assert np.array_equal(drawn, Random(3).normal(20000))
    assert abs(drawn.mean()) < 0.03 and abs(drawn.std() - 1) < 0.02


def test_orders_are_equal_and_complete():
    order = evaluate("labRandom(4).order(800)")
    assert order == Random(4).order(800)
    assert sorted(order) == [*range(800)]


def test_kernels_are_equal_and_within_glorots_limit():
    kernel = evaluate("Array.from(labRandom(1).glorot(64, 32, Float32Array))")
    twin = Random(1).glorot(64, 32)
    assert np.array_equal(np.reshape(kernel, (64, 32)).astype(np.float32), twin)
    assert np.abs(twin).max() < np.sqrt(6 / 96)
    assert twin.std() == pytest.approx(np.sqrt(2 / 96), rel=0.05)
