"""Dense encoder and decoder: their sizes, their activations, their ties."""

from ae_course import Autoencoder, GaussianCode, TiedDense, TopK
from ae_course.models.dense import dense_decoder, dense_encoder

import keras
import pytest


def units(part):
    return [layer.units for layer in part.layers]


def test_the_decoder_mirrors_the_encoder():
    assert units(dense_encoder(12, (8, 5), 2)) == [8, 5, 2]
    assert units(dense_decoder(12, (8, 5), 2)) == [5, 8, 12]


@pytest.mark.parametrize(("hidden", "expected"), [(7, [7, 2]), ((), [2]), ([7, 3], [7, 3, 2])])
def test_one_hidden_layer_may_be_a_number(hidden, expected):
    assert units(Autoencoder.dense(12, hidden, code=2).encoder) == expected


def test_activations_go_where_they_belong():
    encoder = dense_encoder(12, 8, 2, "tanh", "sigmoid")
    decoder = dense_decoder(12, 8, 2, "tanh", "relu")
    names = [[layer.activation.__name__ for layer in part.layers] for part in (encoder, decoder)]
    assert names == [["tanh", "sigmoid"], ["tanh", "relu"]]


def test_each_layer_is_tied_to_its_mirror_image():
    encoder = dense_encoder(12, (8, 5), 2)
    decoder = dense_decoder(12, (8, 5), 2, tied_to=encoder)
    assert all(isinstance(layer, TiedDense) for layer in decoder.layers)
    assert [layer.tied_to for layer in decoder.layers] == ["code", "encoder_2", "encoder_1"]


def test_the_code_may_be_a_layer():
    encoder = dense_encoder(12, 8, keras.layers.Dense(3, TopK(2), name="few"))
    assert encoder.layers[-1].name == "few"
    with pytest.raises(ValueError, match="leave out code_activation='relu'"):
        dense_encoder(12, 8, keras.layers.Dense(3), code_activation="relu")


def test_a_code_layer_that_is_not_dense_cannot_be_tied_to():
    with pytest.raises(ValueError, match=r"tied_to must be a keras.layers.Dense, got .*Gaussian"):
        Autoencoder.dense(12, code=GaussianCode(2), tied=True)
