"""Convolutional encoder and decoder: shapes, mirror image, training, saving."""

from ae_course import Autoencoder, fit, seed_everything
from ae_course.models.convolutional import conv_decoder, conv_encoder
from ae_course.models.variational import GaussianCode, VariationalAutoencoder

import keras
import numpy as np
import pytest

RNG = np.random.default_rng(0)


def variational(image_shape=(8, 12), code=3):
    seed_everything(0)
    encoder = conv_encoder(image_shape, GaussianCode(code, beta=0.1), filters=(4, 6))
    return VariationalAutoencoder(encoder, conv_decoder(image_shape, code, filters=(4, 6)))


@pytest.mark.parametrize("image_shape", [(8, 8), (28, 28), (4, 12)])
def test_flat_images_become_codes_and_codes_flat_images(image_shape):
    d = image_shape[0] * image_shape[1]
    model = Autoencoder(conv_encoder(image_shape, 3), conv_decoder(image_shape, 3))
    x = RNG.normal(size=(5, d))
    assert model.encode(x).shape == (5, 3)
    assert model.reconstruct(x).shape == (5, d)


def test_each_convolution_halves_the_sides_and_the_decoder_mirrors_it():
    encoder = conv_encoder((8, 12), 3, filters=(4, 6))
    decoder = conv_decoder((8, 12), 3, filters=(4, 6))
    down = [layer.output.shape[1:] for layer in encoder.layers[:3]]
    up = [layer.output.shape[1:] for layer in decoder.layers[1:4]]
    assert down == [(8, 12, 1), (4, 6, 4), (2, 3, 6)]
    assert up == down[::-1]


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
def test_sides_that_cannot_be_halved_that_often_are_refused(build):
    with pytest.raises(ValueError, match="must be multiples of 8; got 28 × 28"):
        build((28, 28), 4, filters=(4, 4, 4))


@pytest.mark.parametrize("build", [conv_encoder, conv_decoder])
def test_sizes_that_are_none_are_refused(build):
    with pytest.raises(ValueError, match="filters must name at least one"):
        build((8, 8), 4, filters=())
    with pytest.raises(ValueError, match="filters must be a whole number"):
        build((8, 8), 4, filters=(0,))
    with pytest.raises(ValueError, match="code must be a whole number"):
        build((8, 8), 0)
