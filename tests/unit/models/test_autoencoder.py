"""The autoencoder as a Keras model: what it computes, trains, saves and refuses."""

from functools import partial

from ae_course import Autoencoder, ContractiveAutoencoder, SparseAutoencoder, TiedDense

import keras
import numpy as np
import pytest
from keras import ops

X = np.random.default_rng(0).random((60, 12)).astype("float32")


def small(**kwargs):
    keras.utils.set_random_seed(0)
    return Autoencoder.dense(12, hidden=(8,), code=3, activation="tanh", **kwargs)


def numpy_forward(model, x):
    """The one place that computes the dense network without Keras."""
    h = x.astype(np.float64)
    for part in (model.encoder, model.decoder):
        for layer in part.layers:
            tied = isinstance(layer, TiedDense)
            kernel = layer.partner.kernel if tied else layer.kernel
            kernel = ops.convert_to_numpy(kernel).astype(np.float64)
            h = h @ (kernel.T if tied else kernel) + ops.convert_to_numpy(layer.bias)
            h = np.tanh(h) if layer.activation is keras.activations.tanh else h
    return h


@pytest.mark.parametrize("tied", [False, True])
def test_computes_the_equations_of_the_chapter(tied):
    model = small(tied=tied)
    np.testing.assert_allclose(model.reconstruct(X), numpy_forward(model, X), atol=1e-5)


@pytest.mark.parametrize("tied", [False, True])
def test_the_gradient_that_trains_it_is_the_gradient_of_the_loss(tied):
    """One SGD step moves each weight by −rate · ∂loss/∂weight, here by finite differences."""
    model = small(tied=tied)
    model.compile(keras.optimizers.SGD(learning_rate=1.0))
    before = [ops.convert_to_numpy(w).astype(np.float64) for w in model.trainable_weights]

    def loss():
        return float(((X - numpy_forward(model, X)) ** 2).sum(axis=1).mean())

    expected = []
    for weight, value in zip(model.trainable_weights, before, strict=True):
        where = np.unravel_index(np.abs(value).argmax(), value.shape)
        values = []
        for step in (+1e-3, -1e-3):
            moved = value.copy()
            moved[where] += step
            weight.assign(moved)
            values.append(loss())
        weight.assign(value)
        expected.append((where, (values[0] - values[1]) / 2e-3))
    model.train_on_batch(X)
    for weight, value, (where, gradient) in zip(
        model.trainable_weights, before, expected, strict=True
    ):
        moved = ops.convert_to_numpy(weight)[where] - value[where]
        assert -moved == pytest.approx(gradient, rel=2e-2, abs=1e-3)


def test_its_loss_is_the_squared_error_summed_over_features_and_averaged_over_samples():
    model = small()
    model.compile()
    expected = ((X - model.reconstruct(X)) ** 2).sum(axis=1).mean()
    result = model.evaluate(X, batch_size=25, verbose=0, return_dict=True)
    assert result["loss"] == pytest.approx(expected, rel=1e-5)
    assert result["squared_error"] == pytest.approx(expected, rel=1e-5)


def test_cross_entropy_is_a_choice():
    model = small(loss="binary_crossentropy", output_activation="sigmoid")
    model.compile()
    p = model.reconstruct(X)
    expected = -(X * np.log(p) + (1 - X) * np.log(1 - p)).sum(axis=1).mean()
    result = model.evaluate(X, verbose=0, return_dict=True)
    assert result["binary_crossentropy"] == pytest.approx(expected, rel=1e-5)


def test_sample_weights_weigh_the_samples():
    model = small()
    model.compile()
    weights = np.zeros(len(X), "float32")
    weights[:10] = 6.0
    expected = ((X - model.reconstruct(X)) ** 2).sum(axis=1)[:10].mean()
    loss = model.evaluate(X, X, batch_size=60, sample_weight=weights, verbose=0)
    assert np.ravel(loss)[0] == pytest.approx(expected, rel=1e-4)


def test_targets_may_differ_from_the_input():
    model = small()
    model.compile(metrics=["mae"])
    target = X[:, ::-1].copy()
    result = model.evaluate(X, target, verbose=0, return_dict=True)
    assert result["mae"] == pytest.approx(np.abs(target - model.reconstruct(X)).mean(), rel=1e-4)


def test_training_lowers_the_loss_and_early_stopping_stops_it():
    model = small()
    model.compile(keras.optimizers.Adam(1e-2))
    stop = keras.callbacks.EarlyStopping("loss", patience=0, min_delta=1e9)
    first = model.fit(X, epochs=1, verbose=0).history["loss"][-1]
    assert len(model.fit(X, epochs=9, callbacks=[stop], verbose=0).history["loss"]) == 2
    assert model.fit(X, epochs=20, verbose=0).history["loss"][-1] < 0.7 * first


class TwiceInTraining(keras.layers.Layer):
    """Doubles what passes, in training only."""

    def call(self, x, training=False):
        return 2 * x if training else x


@pytest.mark.parametrize("half", ["encoder", "decoder"])
def test_a_step_tells_the_layers_of_both_halves_that_they_are_trained(half):
    """On JAX a step calls `call` directly, and no context tells the layers inside."""
    parts = {
        name: keras.Sequential(
            [
                keras.Input((12,)),
                *[TwiceInTraining()] * (name == half),
                keras.layers.Dense(12, kernel_initializer="identity"),
            ]
        )
        for name in ("encoder", "decoder")
    }
    model = Autoencoder(**parts)
    model.compile(keras.optimizers.SGD(0.0))
    (loss,) = model.fit(X, batch_size=len(X), verbose=0).history["loss"]
    assert loss == pytest.approx((X**2).sum(axis=1).mean(), rel=1e-5)
    assert model.evaluate(X, verbose=0, return_dict=True)["loss"] == pytest.approx(0, abs=1e-8)


def test_predict_and_reconstruct_agree():
    model = small()
    np.testing.assert_allclose(model.predict(X, verbose=0), model.reconstruct(X), atol=1e-6)


def test_batches_do_not_change_what_is_computed():
    model = small()
    np.testing.assert_allclose(model.encode(X, batch_size=7), model.encode(X), atol=1e-6)


@pytest.mark.parametrize("tied", [False, True])
def test_saved_and_loaded_it_gives_the_same_numbers_and_trains_on(tied, tmp_path):
    model = small(tied=tied)
    model.compile("adam")
    model.fit(X, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.reconstruct(X), model.reconstruct(X))
    assert loaded.count_params() == model.count_params()
    np.testing.assert_allclose(
        loaded.fit(X, shuffle=False, verbose=0).history["loss"],
        model.fit(X, shuffle=False, verbose=0).history["loss"],
        rtol=1e-5,
    )


def test_tied_weights_are_counted_once():
    untied, tied = small(), small(tied=True)
    kernels = 12 * 8 + 8 * 3
    assert untied.count_params() - tied.count_params() == kernels


def test_images_pass_through_convolutions():
    images = X.reshape(60, 6, 2, 1)
    encoder = keras.Sequential([keras.layers.Conv2D(2, 3, padding="same")])
    decoder = keras.Sequential([keras.layers.Conv2DTranspose(1, 3, padding="same")])
    model = Autoencoder(encoder, decoder)
    model.compile("adam")
    model.fit(images, verbose=0)
    assert model.encode(images).shape == (60, 6, 2, 2)
    assert model.reconstruct(images).shape == images.shape


def test_a_variant_overrides_one_hook_and_its_penalty_counts():
    class Penalized(Autoencoder):
        def penalty(self, x, h):
            return 0.5 * ops.mean(ops.sum(ops.abs(h), axis=-1))

    model = Penalized.dense(12, code=3)
    model.compile()
    result = model.evaluate(X, batch_size=60, verbose=0, return_dict=True)
    penalty = 0.5 * np.abs(model.encode(X)).sum(axis=1).mean()
    assert result["loss"] == pytest.approx(result["squared_error"] + penalty, rel=1e-5)


def test_corruption_acts_in_training_only():
    class Blind(Autoencoder):
        def corrupt(self, x):
            return ops.zeros_like(x)

    model = Blind.dense(12, code=3)
    trained = ops.convert_to_numpy(model(X, training=True))
    assert np.ptp(trained, axis=0).max() == 0
    assert np.ptp(ops.convert_to_numpy(model(X)), axis=0).max() > 0


def test_summary_can_be_printed_before_training(capsys):
    small().summary()
    assert "encoder" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        (X[0], ValueError, r"x\[None\]"),
        (X[:, :5], ValueError, r"shape \(n, 12\), got \(60, 5\)"),
        (X[:0], ValueError, "empty"),
        (np.where(X > 0.9, np.nan, X), ValueError, "finite"),
        (X.astype(complex), TypeError, "real numbers"),
        (X.astype(str), TypeError, "real numbers"),
    ],
)
def test_bad_samples_are_refused_in_words(x, error, message):
    with pytest.raises(error, match=message):
        small().encode(x)


@pytest.mark.parametrize(
    "sizes",
    [{"input_dim": 0, "code": 2}, {"input_dim": 4, "code": 2.0}, {"input_dim": 4, "code": True}],
)
def test_sizes_must_be_whole_numbers(sizes):
    with pytest.raises(ValueError, match="whole number ≥ 1"):
        Autoencoder.dense(**sizes)


def nested(loaded, tmp_path):
    """Two tied autoencoders, one in the other's code: both have a layer named "code"."""
    outer = Autoencoder.dense(12, (8,), code=5, tied=True)
    inner = Autoencoder.dense(5, code=2, tied=True)
    model = Autoencoder(
        keras.Sequential([outer.encoder, inner.encoder]),
        keras.Sequential([inner.decoder, outer.decoder]),
    )
    model.build((None, 12))
    if loaded:
        model.save(tmp_path / "nested.keras")
        outer.save(tmp_path / "outer.keras")
        model = keras.saving.load_model(tmp_path / "nested.keras")
        outer, expected = keras.saving.load_model(tmp_path / "outer.keras"), outer
        np.testing.assert_array_equal(outer.reconstruct(X), expected.reconstruct(X))
    return model


@pytest.mark.parametrize("loaded", [False, True])
def test_ties_reach_into_nested_encoders(loaded, tmp_path):
    model = nested(loaded, tmp_path)
    (first, second), (up, down) = model.encoder.layers, model.decoder.layers
    kernels = [ops.convert_to_numpy(part.layers[-1].kernel) for part in (first, second)]
    for part, kernel in ((up, kernels[1]), (down, kernels[0])):
        tied = part.layers[0]
        np.testing.assert_array_equal(ops.convert_to_numpy(tied.partner.kernel), kernel)
    assert len(model.trainable_weights) == 3 * 2 + 3
    model.compile("adam")
    losses = model.fit(X, epochs=30, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_a_nested_tied_model_comes_back_with_its_numbers(tmp_path):
    keras.utils.set_random_seed(0)
    model = nested(False, tmp_path)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.reconstruct(X), model.reconstruct(X))


def test_a_penalized_encoder_brings_no_penalty_into_another_model():
    for make in (
        partial(SparseAutoencoder.dense, weight=9.0),
        partial(ContractiveAutoencoder.dense, weight=9.0, directions=1),
    ):
        model = make(12, code=3, code_activation="sigmoid")
        model(X)
        head = keras.Sequential([model.encoder, keras.layers.Dense(1)])
        head(X, training=True)
        assert head.losses == []


def test_a_tied_decoder_without_its_partner_is_refused():
    with pytest.raises(ValueError, match="tied to 'elsewhere'"):
        Autoencoder(
            keras.Sequential([keras.Input((12,)), keras.layers.Dense(3)]),
            keras.Sequential([keras.Input((3,)), TiedDense("elsewhere", features=12)]),
        )


def test_one_file_loaded_twice_stands_in_one_model_twice(tmp_path):
    Autoencoder.dense(12, code=3).save(tmp_path / "model.keras")
    twins = [keras.saving.load_model(tmp_path / "model.keras") for _ in range(2)]
    inputs = keras.Input((12,))
    both = keras.Model(inputs, [twin(inputs) for twin in twins])
    assert len({layer.name for layer in both.layers}) == 3
    Autoencoder.dense(12, code=3, name="mine").save(tmp_path / "named.keras")
    assert keras.saving.load_model(tmp_path / "named.keras").name == "mine"
