"""The masked autoencoder: it sees few patches, and its loss counts those that it does not see."""

from ae_course import MaskedAutoencoder, fit, seed_everything
from ae_course.models.attention import split_patches

import keras
import numpy as np
import pytest
from keras import ops

X = np.random.default_rng(0).random((40, 6 * 9 * 2)).astype("float32")
IMAGES = {"image_shape": (6, 9, 2), "size": 3, "width": 8, "depth": 1, "heads": 2}


def make(**kwargs):
    return MaskedAutoencoder.of_patches(**{**IMAGES, "seed": 1, **kwargs})


def by_patch(flat):
    return ops.convert_to_numpy(split_patches(flat, (6, 9, 2), 3))


@pytest.mark.parametrize(("masked", "visible"), [(0.1, 5), (0.5, 3), (0.75, 2), (0.8, 1)])
def test_so_many_patches_stay_visible_and_are_returned_as_they_are(masked, visible):
    filled, seen = make(masked=masked).fill_in(X)
    np.testing.assert_array_equal(by_patch(seen).mean(axis=2).sum(axis=1), visible)
    assert set(np.unique(by_patch(seen).mean(axis=2))) <= {0.0, 1.0}  # whole patches
    np.testing.assert_array_equal((filled * seen), X * seen)
    assert np.abs((filled - X) * (1 - seen)).max() > 0.1


def test_every_patch_is_hidden_now_and_then_and_each_image_has_its_own():
    seen = by_patch(make().fill_in(X)[1])[:, :, 0]
    assert seen.mean(axis=0).min() > 0 and seen.mean(axis=0).max() < 1
    assert len(np.unique(seen, axis=0)) > 5
    np.testing.assert_array_equal(make().fill_in(X, seed=3)[1], make().fill_in(X, seed=3)[1])


def test_what_is_hidden_has_no_influence_on_what_is_filled_in():
    model, other = make(), X.copy()
    filled, seen = model.fill_in(X)
    other[seen == 0] = 9.0
    again, same = model.fill_in(other)
    np.testing.assert_array_equal(seen, same)
    np.testing.assert_allclose(again[seen == 0], filled[seen == 0], atol=1e-5)


def test_the_encoder_computes_on_visible_patches_only():
    model, counts = make(), []
    read = model.encoder.layers[1]
    call = read.call
    read.call = lambda tokens, *a, **k: counts.append(tokens.shape[1]) or call(tokens, *a, **k)
    model.fill_in(X)
    assert counts == [2]


def test_the_loss_counts_hidden_patches_alone():
    model = make()
    model.compile(keras.optimizers.SGD(0.0))
    noise = np.random.default_rng(1).random((len(X), 6))
    filled, seen = (ops.convert_to_numpy(t) for t in model.filled(ops.convert_to_tensor(X), noise))
    loss = float(model.compute_loss(X, X, filled))
    expected = (((filled - X) * (1 - seen)) ** 2).sum(axis=1).mean()
    assert loss == pytest.approx(expected, rel=1e-5)


def test_it_learns_and_comes_back_from_its_file(tmp_path):
    seed_everything(0)
    pattern = np.tile(X[:1], (40, 1)) + 0.1 * X
    model = make()
    model.compile(keras.optimizers.Adam(1e-2))
    losses = fit(model, pattern, epochs=8, batch_size=10).history["loss"]
    assert losses[-1] < 0.3 * losses[0]
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert (loaded.masked, loaded.size, loaded.image_shape) == (0.75, 3, (6, 9, 2))
    for one, other in zip(model.fill_in(X), loaded.fill_in(X), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    np.testing.assert_allclose(loaded.reconstruct(X), model.reconstruct(X), atol=1e-5)


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
        ({"masked": 1.0}, "leaves none of 6 patches visible"),
        ({"masked": 0.95}, "leaves none of 6 patches visible"),
        ({"masked": 0}, "leaves all of 6 patches visible"),
        ({"masked": 0.05}, "leaves all of 6 patches visible"),
        ({"masked": -0.1}, "masked must be"),
        ({"size": 4}, "do not fill"),
        ({"width": 6}, "multiple of 4"),
        ({"heads": 3}, "heads must divide"),
        ({"depth": 0}, "depth must be a whole number"),
        ({"image_shape": ()}, "image_shape"),
    ],
)
def test_impossible_numbers_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        make(**options)
