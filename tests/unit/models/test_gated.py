"""The gated code: the gate and the magnitude by hand, what the loss adds, and to whom."""

from ae_course.models.dense import dense_decoder, dense_encoder
from ae_course.models.dictionary import dictionary_decoder
from ae_course.models.gated import GatedAutoencoder, GatedCode
from ae_course.training.fit import fit

import keras
import numpy as np
import pytest
from keras import ops

X = np.random.default_rng(0).normal(size=(80, 6)).astype("float32")


def gated(weight=0.3):
    """An autoencoder of 6 features and 9 units whose weights are all drawn at random."""
    encoder = dense_encoder(6, (), GatedCode(9))
    model = GatedAutoencoder(encoder, dictionary_decoder(9, 6), weight=weight)
    code, rng = encoder.layers[-1], np.random.default_rng(1)
    for variable in (code.log_factor, code.gate_bias, code.bias, model.decoder.layers[-1].bias):
        variable.assign(rng.normal(size=variable.shape) / 4)
    return model


def parts(model):
    """The weights in double precision: W, r, gate's bias, bias, W′ and b′."""
    code = model.encoder.layers[-1]
    own = code.kernel, code.log_factor, code.gate_bias, code.bias
    return [ops.convert_to_numpy(w).astype(float) for w in (*own, *model.decoder.weights)]


def penalty(x, W, gate_bias, W2, b2, weight):
    on = np.maximum(x @ W + gate_bias, 0)
    return ((x - on @ W2 - b2) ** 2).sum(axis=1).mean() + weight * on.sum(axis=1).mean()


def test_the_gate_decides_whether_and_the_magnitude_how_much():
    model = gated()
    W, r, gate_bias, bias, *_ = parts(model)
    expected = ((X @ W + gate_bias) > 0) * np.maximum(X @ W * np.exp(r) + bias, 0)
    np.testing.assert_allclose(model.encode(X), expected, atol=1e-5)
    assert 0 < (expected != 0).mean() < 1


def test_the_loss_is_the_error_the_price_and_the_error_of_the_gate_alone():
    model = gated(0.7)
    W, _, gate_bias, _, W2, b2 = parts(model)
    model.compile()
    result = model.evaluate(X, batch_size=80, verbose=0, return_dict=True)
    gap = result["loss"] - result["squared_error"]
    assert gap == pytest.approx(penalty(X, W, gate_bias, W2, b2, 0.7), rel=1e-4)


def test_the_gates_bias_learns_from_the_penalty_alone():
    model = gated()
    W, _, gate_bias, _, W2, b2 = parts(model)
    slopes = [
        (penalty(X, W, gate_bias + e, W2, b2, 0.3) - penalty(X, W, gate_bias - e, W2, b2, 0.3))
        / 2e-5
        for e in 1e-5 * np.eye(9)
    ]
    model.compile(keras.optimizers.SGD(1.0))
    model.train_on_batch(X)
    np.testing.assert_allclose(gate_bias - parts(model)[2], slopes, rtol=1e-3, atol=1e-3)


def test_the_decoder_learns_nothing_from_the_penalty():
    model = gated()
    W, r, gate_bias, bias, W2, b2 = parts(model)
    h = ((X @ W + gate_bias) > 0) * np.maximum(X @ W * np.exp(r) + bias, 0)
    slope = -2 * (X - h @ W2 - b2).mean(axis=0)
    model.compile(keras.optimizers.SGD(1.0))
    model.train_on_batch(X)
    np.testing.assert_allclose(b2 - parts(model)[5], slope, rtol=1e-3, atol=1e-4)


def test_a_price_makes_codes_sparser():
    def active(weight):
        keras.utils.set_random_seed(0)
        model = gated(weight)
        fit(model, X, epochs=60, batch_size=20, learning_rate=1e-2)
        return (model.encode(X) != 0).mean()

    assert active(3.0) < 0.6 * active(0.0)


@pytest.mark.parametrize(
    ("encoder", "decoder", "says"),
    [
        (dense_encoder(6, (), 9), dictionary_decoder(9, 6), "a last layer GatedCode"),
        (dense_encoder(6, (), GatedCode(9)), dense_decoder(6, (8,), 9), "one layer Dense"),
    ],
)
def test_other_encoders_and_decoders_are_refused(encoder, decoder, says):
    with pytest.raises(ValueError, match=says):
        GatedAutoencoder(encoder, decoder, weight=0.1)


def test_a_negative_weight_and_no_units_are_refused():
    with pytest.raises(ValueError, match="weight must be a finite number ≥ 0"):
        gated(-1.0)
    with pytest.raises(ValueError, match="code must be a whole number ≥ 1"):
        GatedCode(0)


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_saved_and_loaded_it_is_the_same_and_trains_on(policy, tmp_path):
    keras.config.set_dtype_policy(policy)
    model = gated()
    model.compile("adam")
    model.fit(X, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert type(loaded) is GatedAutoencoder
    np.testing.assert_array_equal(loaded.encode(X), model.encode(X))
    losses = [m.fit(X, shuffle=False, verbose=0).history["loss"] for m in (model, loaded)]
    np.testing.assert_allclose(*losses, rtol=1e-4)
