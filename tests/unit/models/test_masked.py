"""The network of attention: its encoder computes on the few patches that it sees."""

from ae_course import MaskedAutoencoder
from ae_course.models.attention import split_patches

import numpy as np
import pytest
from keras import ops

X = np.random.default_rng(0).random((40, 6 * 9 * 2)).astype("float32")
IMAGES = {"image_shape": (6, 9, 2), "size": 3, "width": 8, "depth": 1, "heads": 2}


def make(**kwargs):
    return MaskedAutoencoder.of_patches(**{**IMAGES, "seed": 1, **kwargs})


def by_patch(flat):
    return ops.convert_to_numpy(split_patches(flat, (6, 9, 2), 3))


def test_the_encoder_computes_on_visible_patches_only():
    model, counts = make(), []
    read = model.encoder.layers[1]
    call = read.call
    read.call = lambda tokens, *a, **k: counts.append(tokens.shape[1]) or call(tokens, *a, **k)
    model.fill_in(X)
    assert counts == [2]


def test_the_code_is_one_vector_a_patch_of_the_whole_image():
    model = make()
    h = model.encode(X)
    assert h.shape == (40, 6, 8) and model.decode(h).shape == X.shape
    np.testing.assert_allclose(model.reconstruct(X), model.decode(h), atol=1e-6)


def test_encoder_and_functions_cut_the_image_alike():
    embed = make().encoder.layers[0]
    h = X
    for layer in embed.layers[:-2]:
        h = layer(h)
    np.testing.assert_array_equal(ops.convert_to_numpy(h), by_patch(X))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"width": 6}, "multiple of 4"),
        ({"heads": 3}, "heads must divide"),
        ({"depth": 0}, "depth must be a whole number"),
    ],
)
def test_impossible_numbers_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        make(**options)
