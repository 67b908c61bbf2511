"""Names that are not taken."""

from ae_course import Autoencoder, GaussianCode, VariationalAutoencoder
from ae_course.models.convolutional import conv_decoder, conv_encoder
from ae_course.models.names import fresh_name, is_fresh_name
from ae_course.training.stacked import unroll

import keras
import numpy as np
import pytest


def test_names_are_counted_as_keras_counts():
    keras.utils.clear_session()
    assert [fresh_name("encoder") for _ in range(3)] == ["encoder", "encoder_1", "encoder_2"]
    assert fresh_name("decoder") == "decoder"


def test_a_name_that_a_user_gave_is_known():
    assert is_fresh_name("encoder", "encoder") and is_fresh_name("encoder_12", "encoder")
    assert not is_fresh_name("my_encoder", "encoder") and not is_fresh_name("encoder_a", "encoder")


MAKERS = {
    "dense": lambda: Autoencoder.dense(6, code=2),
    "variational": lambda: VariationalAutoencoder.dense(6, code=2),
    "convolutional": lambda: Autoencoder.convolutional((2, 3), code=2),
    "own parts": lambda: VariationalAutoencoder(
        conv_encoder((2, 3), GaussianCode(2)), conv_decoder((2, 3), 2)
    ),
    "unrolled": lambda: unroll([Autoencoder.dense(6, code=2)]),
}


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("loaded", [False, True])
def test_two_encoders_and_two_decoders_fit_into_one_keras_model(kind, loaded, tmp_path):
    one, other = MAKERS[kind](), MAKERS[kind]()
    if loaded:
        one.save(tmp_path / "one.keras")
        one, other = (keras.saving.load_model(tmp_path / "one.keras") for _ in range(2))
    third = MAKERS["dense"]()
    inputs = [keras.Input((6,)) for _ in range(3)]
    models = (one, other, third)
    codes = [m.encoder(x) for m, x in zip(models, inputs, strict=True)]
    outputs = [m.decoder(h) for m, h in zip(models, codes, strict=True)]
    joined = keras.Model(inputs, [keras.layers.Concatenate()(codes), *outputs])
    x = np.random.default_rng(0).random((3, 5, 6)).astype("float32")
    codes, *back = joined.predict([*x], verbose=0)
    for i, m in enumerate(models):
        np.testing.assert_allclose(codes[:, 2 * i : 2 * i + 2], m.encode(x[i]), atol=1e-6)
        np.testing.assert_allclose(back[i], m.reconstruct(x[i]), atol=1e-6)


def test_a_name_given_by_the_user_is_kept_by_a_loaded_model(tmp_path):
    model = Autoencoder.dense(6, code=2)
    model.encoder.name = "faces"
    model.save(tmp_path / "model.keras")
    assert keras.saving.load_model(tmp_path / "model.keras").encoder.name == "faces"
