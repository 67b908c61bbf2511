"""Convolutional encoder and decoder: shapes, mirror image, training, saving."""

from ae_course import Autoencoder, fit, seed_everything
from ae_course.models.convolutional import conv_decoder, conv_encoder
from ae_course.models.variational import GaussianCode, VariationalAutoencoder

import keras
import numpy as np
import pytest

COMPILED = None if keras.backend.backend() == "torch" else True  # True: insist on it
RNG = np.random.default_rng(0)


def variational(image_shape=(8, 12), code=3):
    seed_everything(0)
    encoder = conv_encoder(image_shape, GaussianCode(code, beta=0.1), filters=(4, 6))
    return VariationalAutoencoder(encoder, conv_decoder(image_shape, code, filters=(4, 6)))


@pytest.mark.parametrize(
    ("image_shape", "d"),
    [
        (8, 64),
        (np.int64(8), 64),
        ((28, 28), 784),
        ((5, 12), 60),
        ((1, 7), 7),
        ((27, 31, 3), 2511),
        ((2, 3, 1), 6),
    ],
)
@pytest.mark.parametrize("filters", [4, (4, 6), (2, 2, 2, 2)])
def test_images_of_any_size_become_codes_and_codes_images(image_shape, d, filters):
    model = Autoencoder.convolutional(image_shape, code=3, filters=filters)
    x = RNG.normal(size=(5, d))
    assert model.encode(x).shape == (5, 3)
    assert model.reconstruct(x).shape == (5, d)


@pytest.mark.parametrize("image_shape", [(8, 9), (7, 5, 2)])
def test_images_that_are_not_flat_stay_so(image_shape):
    model = Autoencoder.convolutional(image_shape, code=3, flat=False)
    x = RNG.normal(size=(5, *image_shape))
    assert model.reconstruct(x).shape == x.shape
    flat = Autoencoder.convolutional(image_shape, code=3)
    flat.set_weights(model.get_weights())
    np.testing.assert_allclose(flat.encode(x.reshape(5, -1)), model.encode(x), atol=1e-6)


@pytest.mark.parametrize("make", [Autoencoder.convolutional, VariationalAutoencoder.convolutional])
@pytest.mark.parametrize("flat", [True, False])
def test_colored_images_of_odd_sides_are_learned_in_the_compiled_loop(make, flat, tmp_path):
    seed_everything(0)
    shape = (27, 31, 3)
    x = RNG.uniform(size=(32, 1)) * np.linspace(0.2, 1, 27 * 31 * 3)
    x = x if flat else x.reshape(-1, *shape)
    model = make(shape, code=4, filters=(4, 6), flat=flat)
    history = fit(model, x, epochs=25, batch_size=8, learning_rate=5e-3, compiled=COMPILED)
    assert history.history["loss"][-1] < 0.3 * history.history["loss"][0]
    error = np.abs(model.reconstruct(x) - x).reshape(-1, *shape).mean(axis=0)
    assert error[-1].mean() < 2 * error.mean(), "the last row is part of the image"
    assert error[:, -1].mean() < 2 * error.mean(), "and so is the last column"
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(again.reconstruct(x), model.reconstruct(x), atol=1e-6)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_a_sigmoid_at_the_end_stays_in_full_precision(policy):
    keras.config.set_dtype_policy(policy)
    try:
        model = Autoencoder.convolutional((5, 7), code=2, loss="binary_crossentropy")
    finally:
        keras.config.set_dtype_policy("float32")
    assert keras.backend.standardize_dtype(model(np.ones((2, 35), "float32")).dtype) == "float32"


def test_each_convolution_halves_the_sides_and_the_decoder_mirrors_it():
    encoder = conv_encoder((8, 12), 3, filters=(4, 6))
    decoder = conv_decoder((8, 12), 3, filters=(4, 6))
    down = [layer.output.shape[1:] for layer in encoder.layers[:3]]
    up = [layer.output.shape[1:] for layer in decoder.layers[1:4]]
    assert down == [(8, 12, 1), (4, 6, 4), (2, 3, 6)]
    assert up == down[::-1]


def test_what_was_rounded_up_on_the_way_in_is_cropped():
    encoder = conv_encoder((27, 31, 3), 3, filters=(4, 6))
    decoder = conv_decoder((27, 31, 3), 3, filters=(4, 6))
    down = [layer.output.shape[1:] for layer in encoder.layers[:3]]
    up = [layer.output.shape[1:] for layer in decoder.layers[1:5]]
    assert down == [(27, 31, 3), (14, 16, 4), (7, 8, 6)]
    assert up == [(7, 8, 6), (14, 16, 4), (28, 32, 3), (27, 31, 3)]


def test_one_filter_moves_with_the_image():
    encoder = conv_encoder((8, 8), 3, filters=(2,))
    reshape, convolution = encoder.layers[:2]
    image = np.zeros((1, 8, 8))
    image[0, 2:4, 2:4] = 1.0
    moved = np.roll(image, 2, axis=2)
    here, there = (
        keras.ops.convert_to_numpy(convolution(reshape(i.reshape(1, 64)))) for i in (image, moved)
    )
    assert here.any()
    assert np.allclose(np.roll(here, 1, axis=2), there, atol=1e-6)


def test_a_variational_one_learns():
    model, x = variational(), np.random.default_rng(0).normal(size=(64, 1)) * np.ones(96)
    history = fit(model, x, epochs=30, batch_size=16, learning_rate=3e-3)
    assert history.history["loss"][-1] < 0.5 * history.history["loss"][0]
    assert model.sample(4).shape == (4, 96)


def test_a_saved_one_comes_back(tmp_path):
    model, x = variational(), RNG.normal(size=(5, 96))
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert np.allclose(again.reconstruct(x), model.reconstruct(x), atol=1e-6)
    assert np.allclose(again.elbo(x), model.elbo(x), rtol=1e-5)


def test_the_activations_are_those_asked_for():
    decoder = conv_decoder((8, 8), 2, activation="tanh", output_activation="sigmoid")
    images = keras.ops.convert_to_numpy(decoder(10 * RNG.normal(size=(20, 2))))
    assert (images >= 0).all() and (images <= 1).all()
    assert decoder.layers[0].activation is keras.activations.tanh


@pytest.mark.parametrize("build", [conv_encoder, conv_decoder])
@pytest.mark.parametrize("image_shape", [(), (28,), (4, 4, 4, 4), "ab", (4, 0)])
def test_what_is_no_image_is_refused(build, image_shape):
    with pytest.raises(ValueError, match="image_shape must be"):
        build(image_shape, 4)


@pytest.mark.parametrize("build", [conv_encoder, conv_decoder])
def test_sizes_that_are_none_are_refused(build):
    with pytest.raises(ValueError, match="filters must name at least one"):
        build((8, 8), 4, filters=())
    with pytest.raises(ValueError, match="filters must be a whole number"):
        build((8, 8), 4, filters=(0,))
    with pytest.raises(ValueError, match="code must be a whole number"):
        build((8, 8), 0)
