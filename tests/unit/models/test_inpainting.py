"""Both networks that fill in: few patches are seen, and the loss counts those that are not."""

from ae_course import InpaintingAutoencoder, MaskedAutoencoder, fit, seed_everything
from ae_course.models.attention import split_patches

import keras
import numpy as np
import pytest
from keras import ops

X = np.random.default_rng(0).random((40, 6 * 9 * 2)).astype("float32")
PATCHES = {"image_shape": (6, 9, 2), "size": 3, "seed": 1}


def dense(**kwargs):
    return InpaintingAutoencoder.dense(6 * 9 * 2, (20,), code=9, **{**PATCHES, **kwargs})


def attention(**kwargs):
    sizes = {"width": 8, "depth": 1, "heads": 2}
    return MaskedAutoencoder.of_patches(**{**PATCHES, **sizes, **kwargs})


both = pytest.mark.parametrize("make", [dense, attention])


def by_patch(flat):
    return ops.convert_to_numpy(split_patches(flat, (6, 9, 2), 3))


@both
@pytest.mark.parametrize(("masked", "visible"), [(0.1, 5), (0.5, 3), (0.75, 2), (0.8, 1)])
def test_so_many_patches_stay_visible_and_are_returned_as_they_are(make, masked, visible):
    filled, seen = make(masked=masked).fill_in(X)
    np.testing.assert_array_equal(by_patch(seen).mean(axis=2).sum(axis=1), visible)
    assert set(np.unique(by_patch(seen).mean(axis=2))) <= {0.0, 1.0}  # whole patches
    np.testing.assert_array_equal((filled * seen), X * seen)
    assert np.abs((filled - X) * (1 - seen)).max() > 0.1


@both
def test_every_patch_is_hidden_now_and_then_and_each_image_has_its_own(make):
    seen = by_patch(make().fill_in(X)[1])[:, :, 0]
    assert seen.mean(axis=0).min() > 0 and seen.mean(axis=0).max() < 1
    assert len(np.unique(seen, axis=0)) > 5
    np.testing.assert_array_equal(make().fill_in(X, seed=3)[1], make().fill_in(X, seed=3)[1])


@both
def test_what_is_hidden_has_no_influence_on_what_is_filled_in(make):
    model, other = make(), X.copy()
    filled, seen = model.fill_in(X)
    other[seen == 0] = 9.0
    again, same = model.fill_in(other)
    np.testing.assert_array_equal(seen, same)
    np.testing.assert_allclose(again[seen == 0], filled[seen == 0], atol=1e-5)


@both
def test_the_loss_counts_hidden_patches_alone(make):
    model = make()
    model.compile(keras.optimizers.SGD(0.0))
    noise = np.random.default_rng(1).random((len(X), 6))
    filled, seen = (ops.convert_to_numpy(t) for t in model.filled(ops.convert_to_tensor(X), noise))
    loss = float(model.compute_loss(X, X, filled))
    expected = (((filled - X) * (1 - seen)) ** 2).sum(axis=1).mean()
    assert loss == pytest.approx(expected, rel=1e-5)


@both
def test_it_learns_and_comes_back_from_its_file(make, tmp_path):
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


def test_networks_of_one_seed_have_the_same_patches_hidden():
    (_, of_one), (_, of_other) = dense().fill_in(X), attention().fill_in(X)
    np.testing.assert_array_equal(of_one, of_other)


@both
def test_another_share_may_be_hidden_than_in_training(make):
    model = make(masked=0.5)
    of_it, of_another = model.fill_in(X, masked=0.8)[1], make(masked=0.8).fill_in(X)[1]
    np.testing.assert_array_equal(of_it, of_another)
    assert model.visible == 3
    with pytest.raises(ValueError, match="leaves none of 6 patches visible"):
        model.fill_in(X, masked=1)


def test_outside_training_nothing_is_hidden():
    model = dense()
    np.testing.assert_allclose(model.reconstruct(X), model.decode(model.encode(X)), atol=1e-6)


@both
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"masked": 1.0}, "leaves none of 6 patches visible"),
        ({"masked": 0.95}, "leaves none of 6 patches visible"),
        ({"masked": 0}, "leaves all of 6 patches visible"),
        ({"masked": 0.05}, "leaves all of 6 patches visible"),
        ({"masked": -0.1}, "masked must be"),
        ({"size": 4}, "do not fill"),
        ({"image_shape": ()}, "image_shape"),
    ],
)
def test_impossible_numbers_are_refused(make, options, words):
    with pytest.raises(ValueError, match=words):
        make(**options)
