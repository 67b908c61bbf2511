"""Models that are trained on samples alone check what they are given, and take weights."""

from ae_course import (
    Autoencoder,
    ImportanceWeightedAutoencoder,
    NoiseConditionedDenoiser,
    RestrictedBoltzmannMachine,
    SuperpositionModels,
    export_model,
    fit,
)
from ae_course.models.sample_model import SampleModel

import keras
import numpy as np
import pytest

X = np.random.default_rng(0).random((70, 6), dtype="float32")
MAKERS = {
    "superposition": lambda: SuperpositionModels(6, 2, copies=3, seed=0),
    "denoiser": lambda: NoiseConditionedDenoiser.dense(6, 4, seed=0),
    "autoencoder": lambda: Autoencoder.dense(6, code=2),
    "bound": lambda: ImportanceWeightedAutoencoder.dense(6, code=2),
    "machine": lambda: RestrictedBoltzmannMachine.dense(6, code=4, seed=1),
}
each = pytest.mark.parametrize("name", MAKERS)
with_own = pytest.mark.parametrize("name", ["superposition", "denoiser"])
without_targets = pytest.mark.parametrize("name", ["denoiser", "bound", "machine"])
both_loops = pytest.mark.parametrize("compiled", [None, False])


def made(name, **options):
    keras.utils.set_random_seed(0)
    model = MAKERS[name]()
    assert isinstance(model, SampleModel)
    model.compile(keras.optimizers.SGD(0.0), **options)
    return model


def loss_of(model, *data, **options):
    return fit(model, *data, epochs=1, batch_size=70, **options).history["loss"][0]


@each
@both_loops
def test_weights_count(name, compiled):
    one, many = (
        loss_of(made(name), X, sample_weight=np.full(70, weight), compiled=compiled)
        for weight in (1.0, 100.0)
    )
    assert many == pytest.approx(100 * one, rel=1e-4)


@each
def test_labels_have_weights_and_samples_have_none(name):
    with pytest.raises(ValueError, match="class_weight needs labels"):
        fit(made(name), X, epochs=1, class_weight={0: 1.0})


@with_own
def test_a_loss_of_its_own_is_not_exchanged(name):
    with pytest.raises(ValueError, match=r"has a loss of its own, got loss='mae'"):
        MAKERS[name]().compile("adam", loss="mae")


@each
@both_loops
def test_metrics_compare_with_the_samples(name, compiled):
    model = made(name, metrics=["mae"])
    found = fit(model, X, epochs=1, batch_size=70, compiled=compiled).history
    by_hand = np.abs(np.asarray(model(X)) - (X[:, None] if name == "superposition" else X)).mean()
    if name != "bound":  # that one's codes are drawn
        assert found["mae"][0] == pytest.approx(by_hand, rel=1e-3)


@each
@pytest.mark.parametrize("method", ["fit", "keras", "evaluate", "predict"])
def test_another_shape_is_told(name, method):
    model = made(name)
    with pytest.raises(ValueError, match=r"x must have shape \(n, 6\).*got \(\d+, 5\)"):
        if method == "fit":
            fit(model, X[:, :5], epochs=1)
        else:
            getattr(model, {"keras": "fit"}.get(method, method))(X[:, :5], verbose=0)


@without_targets
def test_targets_are_refused_where_none_are_taken(name):
    model = made(name)
    with pytest.raises(ValueError, match="is trained on samples alone: y has other values than x"):
        fit(model, X, X[::-1], epochs=1)
    assert fit(model, X, X.astype("float64"), epochs=1).history["loss"]
    with pytest.raises(ValueError, match="validation_data's y has other values"):
        fit(model, X, epochs=1, validation_data=(X, 1 - X))


@pytest.mark.parametrize("name", ["superposition", "autoencoder"])
def test_targets_of_another_shape_are_told(name):
    with pytest.raises(ValueError, match=r"y must have shape \(n, 6\).*got \(70, 1\)"):
        fit(made(name), X, X[:, :1], epochs=1)


@each
def test_a_loaded_model_is_exported_without_a_call(name, tmp_path):
    tf = pytest.importorskip("tensorflow")
    model = made(name)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    export_model(loaded, tmp_path / "m")
    served = tf.saved_model.load(tmp_path / "m")  # whose variables live as long as it does
    np.testing.assert_allclose(served.serve(X), model(X), atol=1e-5)


def test_a_boltzmann_machine_trains_in_16_bits():
    for policy in ("mixed_bfloat16", "mixed_float16"):
        keras.config.set_dtype_policy(policy)
        try:
            model = made("machine")
        finally:
            keras.config.set_dtype_policy("float32")
        assert loss_of(model, X) == pytest.approx(loss_of(made("machine"), X), abs=0.1)


def test_an_importance_weighted_bound_gets_a_sigmoid(recwarn):
    model = ImportanceWeightedAutoencoder.dense(6, code=2)
    assert model.decoder.layers[-1].activation is keras.activations.sigmoid
    assert not [w for w in recwarn if "cross-entropy" in str(w.message)]
