"""Seeds: what follows one can be repeated."""

from ae_course import Autoencoder, fit, seed_everything

import numpy as np
import pytest

X = np.random.default_rng(0).random((50, 6)).astype("float32")


def trained(seed):
    seed_everything(seed)
    model = Autoencoder.dense(6, code=2)
    return fit(model, X, epochs=3, batch_size=16).history["loss"]


def test_one_seed_gives_one_result_and_another_seed_another():
    assert trained(1) == trained(1)
    assert trained(1) != trained(2)


@pytest.mark.parametrize("seed", [-1, 1.5, True, 2**32, "0"])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises(ValueError, match="seed must be"):
        seed_everything(seed)
