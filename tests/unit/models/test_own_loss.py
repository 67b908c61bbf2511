"""A model's own loss, as Keras users give it: compiled, saved, and precise under every policy."""

import warnings
from functools import partial

from ae_course import Autoencoder, data, fit, losses, metrics
from ae_course.models.contractive import ContractiveAutoencoder, jacobian_norm
from ae_course.models.sparse import SparseAutoencoder
from ae_course.models.variational import VariationalAutoencoder

import keras
import numpy as np
import pytest
from keras import ops

X = np.random.default_rng(0).random((60, 12)).astype("float32")
HALVES = ["mixed_float16", "mixed_bfloat16"]


@keras.saving.register_keras_serializable(package="tests")
def mean_fourth_power(x, x_reconstructed):
    return ops.mean((x - x_reconstructed) ** 4, axis=-1)


def never_registered(x, x_reconstructed):
    return ops.mean(ops.abs(x - x_reconstructed), axis=-1)


def scalar(x, x_reconstructed):
    return ops.mean((x - x_reconstructed) ** 2)


def small(**kwargs):
    keras.utils.set_random_seed(0)
    return Autoencoder.dense(12, hidden=(8,), code=3, activation="tanh", **kwargs)


class Batches(keras.utils.PyDataset):
    """A stream of one batch."""

    def __init__(self, *parts):
        super().__init__()
        self.parts = parts

    def __len__(self):
        return 1

    def __getitem__(self, index):
        return self.parts


def tensorflow_data(*parts):
    tf = pytest.importorskip("tensorflow")
    return tf.data.Dataset.from_tensor_slices(parts if len(parts) > 1 else parts[0]).batch(20)


def keras_value(loss, model):
    return float(ops.convert_to_numpy(loss(X, model.reconstruct(X))))


@pytest.mark.parametrize(
    ("loss", "expected", "name"),
    [
        ("squared_error", lambda m: metrics.reconstruction_error(m, X), "squared_error"),
        (
            keras.losses.MeanSquaredError(),
            lambda m: keras_value(keras.losses.MeanSquaredError(), m),
            "mean_squared_error",
        ),
        ("mse", lambda m: ((X - m.reconstruct(X)) ** 2).mean(), "mean_squared_error"),
        ("huber", lambda m: keras_value(keras.losses.Huber(), m), "huber"),
        ("LogCosh", lambda m: keras_value(keras.losses.LogCosh(), m), "log_cosh"),
        (
            keras.losses.mean_absolute_error,
            lambda m: np.abs(X - m.reconstruct(X)).mean(),
            "mean_absolute_error",
        ),
        (
            partial(keras.losses.huber, delta=0.1),
            lambda m: keras_value(keras.losses.Huber(0.1), m),
            "huber",
        ),
        (
            mean_fourth_power,
            lambda m: ((X - m.reconstruct(X)) ** 4).mean(),
            "mean_fourth_power",
        ),
        (
            lambda x, y: (x - y) ** 2,
            lambda m: ((X - m.reconstruct(X)) ** 2).mean(),
            "loss_function",
        ),
    ],
)
def test_a_loss_means_the_same_in_the_model_in_compile_and_as_a_metric(loss, expected, name):
    in_model, in_compile = small(loss=loss), small()
    in_model.compile("adam")
    in_compile.compile("adam", loss)
    for model in (in_model, in_compile):
        result = model.evaluate(X, verbose=0, return_dict=True)
        assert set(result) == {"loss", name}
        assert result[name] == pytest.approx(expected(model), rel=1e-4)
        assert metrics.reconstruction_error(model, X, loss) == pytest.approx(
            expected(model), rel=1e-4
        )


def test_compiled_again_the_model_trains_on_the_new_loss():
    model = small()
    model.compile(keras.optimizers.SGD(0.1))
    assert "squared_error" in model.fit(X, verbose=0).history
    model.compile(keras.optimizers.SGD(0.1), keras.losses.MeanAbsoluteError())
    history = model.fit(X, verbose=0).history
    assert set(history) == {"loss", "mean_absolute_error"}
    model.compile("adam")
    assert set(fit(model, X, epochs=1).history) == {"loss", "mean_absolute_error"}


def test_images_have_one_value_each_from_a_keras_loss():
    images = X.reshape(60, 4, 3)
    values = losses.get_measure(keras.losses.MeanSquaredError())(images, 0 * images)
    expected = (X**2).mean(axis=1)
    np.testing.assert_allclose(ops.convert_to_numpy(values), expected, rtol=1e-5)


@pytest.mark.parametrize("given", ["model", "compile"])
@pytest.mark.parametrize(
    "loss", ["binary_crossentropy", "mse", "Huber", mean_fourth_power, keras.losses.LogCosh()]
)
def test_a_saved_model_has_its_loss_when_it_is_loaded(loss, given, tmp_path):
    in_model = {"loss": loss} if given == "model" else {}
    model = small(output_activation="sigmoid", **in_model)
    model.compile("adam", **({} if in_model else {"loss": loss}))
    model.fit(X, verbose=0)
    model.save(tmp_path / "model.keras")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.measure.__name__ == model.measure.__name__
    np.testing.assert_allclose(
        loaded.fit(X, shuffle=False, verbose=0).history["loss"],
        model.fit(X, shuffle=False, verbose=0).history["loss"],
        rtol=1e-5,
    )


def test_saving_says_what_an_unregistered_function_needs_and_that_works(tmp_path):
    model = small(loss=never_registered)
    with pytest.warns(UserWarning, match=r"register_keras_serializable\(\).*custom_objects"):
        model.save(tmp_path / "model.keras")
    mine = {"never_registered": never_registered}
    loaded = keras.saving.load_model(tmp_path / "model.keras", custom_objects=mine)
    assert loaded.measure.loss is never_registered


def test_saving_names_what_keras_itself_forgets(tmp_path):
    with pytest.warns(UserWarning, match="Huber does not save delta.*compile it again"):
        small(loss=keras.losses.Huber(0.5)).save(tmp_path / "model.keras")


@keras.saving.register_keras_serializable(package="tests")
class Power(keras.losses.Loss):
    """|x − x′| to a power that it saves, and options that it passes on."""

    def __init__(self, power=2.0, *more, **others):
        super().__init__(**others)
        self.power = power

    def call(self, x, x_reconstructed):
        return ops.mean(ops.abs(x - x_reconstructed) ** self.power, axis=-1)

    def get_config(self):
        return {**super().get_config(), "power": self.power}


def test_options_that_are_passed_on_are_not_said_to_be_lost(tmp_path, recwarn):
    small(loss=Power(3.0)).save(tmp_path / "model.keras")
    assert not [w for w in recwarn if "does not save" in str(w.message)]
    assert keras.saving.load_model(tmp_path / "model.keras").measure.loss.power == 3.0


@pytest.mark.parametrize("loss", [partial(keras.losses.huber, delta=2.0), lambda x, y: x - y])
def test_what_cannot_be_saved_is_refused_with_the_way_out(loss, tmp_path):
    with pytest.raises(ValueError, match=r"cannot be saved.*\(def\)"):
        small(loss=loss).save(tmp_path / "model.keras")


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        ("nonsense", r"must be one of \['binary_crossentropy', 'squared_error'\].*'nonsense'"),
        ("", r"must be one of .* got ''"),
        (3, "a Keras loss or its name, or a function .* got 3"),
        (keras.losses.MeanSquaredError, r"Give an object: MeanSquaredError\(\)"),
        (keras.losses.MeanSquaredError(reduction="sum"), "leave reduction out"),
    ],
)
def test_what_is_no_loss_is_refused_in_words(loss, message):
    for use in (lambda: small(loss=loss), lambda: small().compile("adam", loss)):
        with pytest.raises(ValueError, match=message):
            use()


def test_a_scalar_loss_is_refused_in_words():
    model = small(loss=scalar)
    model.compile("adam")
    with pytest.raises(ValueError, match=r"scalar must return one value a sample.*axis=-1"):
        model.fit(X, verbose=0)


def over_samples(x, y):
    return keras.ops.sum((x - y) ** 2, axis=0)


def with_both_axes(x, y):
    return keras.ops.mean((x - y) ** 2, keepdims=True)


@pytest.mark.parametrize("loss", [scalar, over_samples, with_both_axes])
@pytest.mark.parametrize("compiled", [None, True, False])
def test_a_loss_that_is_not_one_value_a_sample_is_refused_in_every_loop(loss, compiled):
    model = small(loss=loss)
    message = r"must return one value a sample, here of shape \((n|35),\), but returned shape"
    with pytest.raises(ValueError, match=message):
        fit(model, X, epochs=1, batch_size=35, compiled=compiled)


BINARY = [
    "binary_crossentropy",
    keras.losses.BinaryCrossentropy(),
    keras.losses.binary_crossentropy,
]
CROSSENTROPIES = [
    *BINARY,
    keras.losses.CategoricalCrossentropy(),
    keras.losses.KLDivergence(),
    keras.losses.kl_divergence,
]


@pytest.mark.parametrize("loss", CROSSENTROPIES)
def test_a_crossentropy_gets_a_sigmoid_unless_told_otherwise(loss):
    for make in (small, lambda **k: VariationalAutoencoder.dense(12, code=2, **k)):
        model = make(loss=loss)
        assert model.decoder.layers[-1].activation is keras.activations.sigmoid
        assert make().decoder.layers[-1].activation is keras.activations.linear
    with pytest.warns(UserWarning, match="ends in a linear layer"):
        model = small(loss=loss, output_activation="linear")
    assert model.decoder.layers[-1].activation is keras.activations.linear
    with pytest.warns(UserWarning, match="ends in a linear layer"):
        small().compile("adam", loss)


@pytest.mark.parametrize(
    "loss",
    [
        keras.losses.BinaryCrossentropy(from_logits=True),
        partial(keras.losses.binary_crossentropy, from_logits=True),
    ],
)
def test_a_crossentropy_of_logits_keeps_the_linear_output(loss):
    assert small(loss=loss).decoder.layers[-1].activation is keras.activations.linear


@pytest.mark.parametrize("loss", CROSSENTROPIES)
def test_targets_outside_0_to_1_are_refused(loss):
    model, pixels = small(loss=loss), np.round(255 * X)
    model.compile("adam")
    message = r"needs targets in \[0, 1\], but .*[xy] goes from .* to 25.*[xy] / 255"
    for train in (
        lambda: model.fit(pixels, verbose=0),
        lambda: model.fit(X, pixels, verbose=0),
        lambda: model.fit(X, validation_data=(X, pixels), verbose=0),
        lambda: model.evaluate(pixels, verbose=0),
        lambda: fit(model, pixels, epochs=1),
        lambda: fit(model, X, epochs=1, validation_data=pixels),
        lambda: fit(model, pixels, epochs=1, compiled=False),
        lambda: model.train_on_batch(pixels),
        lambda: model.test_on_batch(pixels),
        lambda: fit(model, Batches(X), epochs=1, validation_data=(X, pixels)),
        lambda: model.fit(Batches(pixels), verbose=0),
        lambda: fit(model, Batches(X, pixels), epochs=1),
        lambda: fit(model, X, epochs=1, validation_data=Batches(pixels)),
        lambda: fit(model, tensorflow_data(pixels), epochs=1),
    ):
        with pytest.raises(ValueError, match=message):
            train()
    model.fit(pixels, X, verbose=0)  # an input may be anything


LEAVE = ["relu", "tanh", "softplus", "exponential", "hard_tanh", "squareplus", "log_softmax"]


def twice(z):
    return 2 * ops.sigmoid(z)


@pytest.mark.parametrize("activation", [*LEAVE, twice])
def test_other_outputs_that_leave_the_unit_interval_are_told_too(activation):
    name = getattr(activation, "__name__", activation)
    with pytest.warns(UserWarning, match=f"ends in a {name} layer: values outside"):
        small(loss="binary_crossentropy", output_activation=activation)


def test_a_last_layer_that_is_an_activation_is_told_too():
    ends = [keras.layers.Dense(12), keras.layers.ReLU()]
    with pytest.warns(UserWarning, match="ends in a ReLU layer"):
        Autoencoder(
            keras.layers.Dense(2),
            keras.Sequential([keras.Input((2,)), *ends]),
            loss="binary_crossentropy",
        )


@pytest.mark.parametrize("activation", ["hard_sigmoid", "softmax", "sparse_sigmoid", "sparsemax"])
def test_outputs_that_stay_in_the_unit_interval_are_not_told(activation):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        small(loss="binary_crossentropy", output_activation=activation)


def test_other_losses_take_any_targets():
    model = small()
    model.compile("adam")
    model.fit(255 * X, verbose=0)


@pytest.mark.parametrize("compiled", [None, False])
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (lambda: {"x": X[:, :5]}, r"x must have shape \(n, 12\), got \(60, 5\)"),
        (lambda: {"x": X.reshape(60, 3, 4)}, r"x must have shape \(n, 12\), got \(60, 3, 4\)"),
        (lambda: {"x": (X, X)}, r"x must have shape \(n, 12\), got \(2, 60, 12\)"),
        (lambda: {"x": X, "y": X[:, :5]}, r"y must have shape \(n, 12\), got \(60, 5\)"),
        (lambda: {"x": X, "y": np.arange(60)}, r"y must have shape \(n, 12\), got \(60,\)"),
        (lambda: {"x": Batches(X[:, :5])}, r"x must have shape \(n, 12\), got \(60, 5\)"),
        (
            lambda: {"x": tensorflow_data(X, X[:, :5])},
            r"y must have shape \(n, 12\), got \(None, 5\)",
        ),
        (
            lambda: {"x": X, "validation_data": (X, X[:, :5])},
            r"y must have shape \(n, 12\), got \(60, 5\)",
        ),
        (
            lambda: {"x": X, "validation_data": Batches(X[:, :5])},
            r"x must have shape \(n, 12\), got \(60, 5\)",
        ),
    ],
)
def test_samples_and_targets_of_another_shape_are_told_in_the_words_of_encode(
    data, message, compiled
):
    with pytest.raises(ValueError, match=message):
        fit(small(), **data(), epochs=1, compiled=compiled)


def test_keras_own_entries_tell_other_shapes_too():
    model = small()
    model.compile("adam")
    enters = [model.fit, model.evaluate, model.predict, model.encode]
    for enter in (*enters, model.train_on_batch, model.test_on_batch, model.predict_on_batch):
        with pytest.raises(ValueError, match=r"x must have shape \(n, 12\), got \(60, 5\)"):
            enter(X[:, :5])


def test_layers_that_have_not_decided_their_shapes_take_any():
    model = Autoencoder(keras.Sequential([keras.layers.Dense(2)]), keras.layers.Dense(7))
    assert len(fit(model, X[:, :7], epochs=1).history["loss"]) == 1


# Precision


@pytest.mark.parametrize("policy", [*HALVES, "float16", "bfloat16", "float64"])
@pytest.mark.parametrize("loss", ["squared_error", "binary_crossentropy", mean_fourth_power])
def test_a_loss_is_computed_in_full_precision_under_every_policy(policy, loss):
    keras.config.set_dtype_policy(policy)
    model = small(loss=loss, output_activation="sigmoid")
    model.compile("adam", metrics=["mse"])
    y_pred = model(X)
    value = model.compute_loss(X, None, y_pred)
    widest = "float64" if policy == "float64" else "float32"  # JAX has no float64 by default
    expected = ops.zeros((), widest).dtype
    assert keras.backend.standardize_dtype(value.dtype) == keras.backend.standardize_dtype(expected)
    outcome = ops.convert_to_numpy(ops.cast(y_pred, "float32"))
    by_hand = ops.convert_to_numpy(losses.get_measure(loss)(X, outcome)).mean()
    assert float(value) == pytest.approx(by_hand, rel=1e-5)
    result = model.evaluate(X, batch_size=60, verbose=0, return_dict=True)
    assert result["loss"] == pytest.approx(by_hand, rel=1e-3)  # other kernels, other rounding
    assert result["mse"] == pytest.approx(((X - outcome) ** 2).mean(), rel=1e-3)


@pytest.mark.parametrize("half", ["float16", "bfloat16"])
@pytest.mark.parametrize("name", sorted(losses.MEASURES))
def test_a_16_bit_reconstruction_is_measured_as_its_float32_copy(half, name):
    reconstruction = ops.cast(X, half)
    measure = losses.MEASURES[name]
    expected = measure(X, ops.cast(reconstruction, "float32"))
    np.testing.assert_array_equal(
        ops.convert_to_numpy(measure(X, reconstruction)), ops.convert_to_numpy(expected)
    )


def test_what_rounding_made_of_501_76_and_infinity_is_itself():
    x, zeros = np.full((1, 1), 22.4, "float32"), ops.zeros((1, 1), "bfloat16")
    assert float(losses.squared_error(x, zeros)[0]) == pytest.approx(501.76)
    x, zeros = np.full((1, 1), 1000.0, "float32"), ops.zeros((1, 1), "float16")
    assert float(losses.squared_error(x, zeros)[0]) == 1e6


@pytest.mark.parametrize("policy", ["float32", *HALVES])
@pytest.mark.parametrize("loss", BINARY)
def test_a_saturated_wrong_pixel_is_still_pushed(policy, loss):
    """δ′ = x′ − x, also where a sigmoid rounds to exactly 1 or 0."""
    keras.config.set_dtype_policy(policy)
    model = Autoencoder.dense(2, code=2, loss=loss)
    last = model.decoder.layers[-1]
    last.set_weights([np.zeros((2, 2)), np.array([40.0, -40.0])])
    model.compile(keras.optimizers.SGD(1.0), auto_scale_loss=False)
    model.train_on_batch(np.array([[0.0, 1.0]], "float32"))
    moved = last.get_weights()[1] - [40.0, -40.0]
    size = 1.0 if loss == "binary_crossentropy" else 0.5  # Keras' is a mean over 2 features
    np.testing.assert_allclose(moved, [-size, size], rtol=0.05)


def final_loss(policy, loss):
    keras.config.set_dtype_policy(policy)
    keras.utils.set_random_seed(0)
    output = "sigmoid" if loss == "binary_crossentropy" else "linear"
    model = Autoencoder.dense(64, code=32, loss=loss, output_activation=output)
    history = fit(model, data.digits().train, epochs=15, learning_rate=3e-3, progress=False).history
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
    return history["loss"]


@pytest.mark.parametrize("loss", sorted(losses.MEASURES))
def test_training_in_16_bits_ends_within_5_percent_of_float32(loss):
    ends = {name: final_loss(name, loss)[-1] for name in ("float32", *HALVES)}
    print({name: round(end, 4) for name, end in ends.items()})
    for name in HALVES:
        assert ends[name] == pytest.approx(ends["float32"], rel=0.05)


def penalties():
    keras.utils.set_random_seed(0)
    sigmoid = {"code_activation": "sigmoid"}
    return {
        "L1": SparseAutoencoder.dense(12, code=50, **sigmoid, weight=1.0),
        "KL": SparseAutoencoder.dense(12, code=50, **sigmoid, weight=1.0, target=0.05),
        "closed": ContractiveAutoencoder.dense(12, code=50, **sigmoid, weight=1.0),
        "VAE": VariationalAutoencoder.dense(12, code=2),
    }


@pytest.mark.parametrize("policy", HALVES)
def test_penalties_in_16_bits_are_those_of_float32(policy):
    expected = {name: penalty_of(model) for name, model in penalties().items()}
    keras.config.set_dtype_policy(policy)
    for name, model in penalties().items():
        assert penalty_of(model) == pytest.approx(expected[name], rel=0.02), name
        assert keras.backend.standardize_dtype(model.losses[0].dtype) == "float32"


def penalty_of(model):
    model(X)
    return float(model.losses[0])


@pytest.mark.parametrize("half", ["float16", "bfloat16"])
def test_the_jacobian_by_differences_survives_16_bits(half):
    keras.utils.set_random_seed(0)
    kernel = keras.random.normal((12, 5), stddev=0.3, seed=1)
    expected = float(ops.mean(jacobian_norm(lambda x: ops.tanh(x @ kernel), X * 0.1, 20, seed=0)))
    rough = jacobian_norm(
        lambda x: ops.tanh(x @ ops.cast(kernel, half)), ops.cast(X * 0.1, half), 20, seed=0
    )
    assert keras.backend.standardize_dtype(rough.dtype) == "float32"
    assert float(ops.mean(rough)) == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize(
    "loss", [keras.losses.BinaryFocalCrossentropy(), keras.losses.binary_focal_crossentropy]
)
def test_a_focal_crossentropy_needs_targets_in_the_unit_interval_too(loss):
    with pytest.raises(ValueError, match=r"targets in \[0, 1\]"):
        fit(small(loss=loss), 255 * X, epochs=1)
