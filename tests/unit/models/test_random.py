"""Random numbers are those that `keras.random` draws, unless they are prefetched."""

from ae_course import Autoencoder, DenoisingAutoencoder, random

import keras
import numpy as np
import pytest
from keras import ops

DRAWS = [(random.normal, keras.random.normal), (random.uniform, keras.random.uniform)]


@pytest.mark.parametrize(("draw", "expected"), DRAWS)
@pytest.mark.parametrize("seed", [3, keras.random.SeedGenerator, random.PrefetchableSeedGenerator])
def test_it_is_what_keras_draws_with_that_seed(draw, expected, seed):
    seeds = [seed if seed == 3 else seed(3) for _ in range(2)]
    for _ in range(2):
        drawn = [
            f((2, 5), dtype="float32", seed=s) for f, s in zip((draw, expected), seeds, strict=True)
        ]
        np.testing.assert_array_equal(*map(ops.convert_to_numpy, drawn))


def test_only_a_prefetchable_generator_is_prefetched_and_only_within():
    def prefetch(draw, shape, dtype):
        return ops.full(shape, 7.0, dtype)

    source = random.PrefetchableSeedGenerator(0)
    with random.prefetched_from(prefetch):
        prefetched = random.normal((2,), "float32", source)
        own = random.normal((2,), "float32", keras.random.SeedGenerator(0))
    after = random.normal((2,), "float32", source)
    assert ops.convert_to_numpy(prefetched).tolist() == [7, 7]
    np.testing.assert_array_equal(*map(ops.convert_to_numpy, (own, after)))  # the first it draws


def test_models_tell_which_kinds_they_have():
    encoder = keras.Sequential([keras.Input((6,)), keras.layers.Dropout(0.5)])
    for made, some, others in (
        (Autoencoder.dense(6, code=2), False, False),
        (DenoisingAutoencoder.dense(6, code=2, amount=0.1), True, False),
        (Autoencoder(encoder, keras.layers.Dense(6)), False, True),
    ):
        assert (random.has_prefetchable(made), random.has_unprefetchable(made)) == (some, others)
