"""Stacks: how many layers, what each stage saw, and that unrolling changes nothing."""

from functools import partial

from ae_course import Autoencoder, fit
from ae_course.training.stacked import pretrain_greedily, unroll

import keras
import numpy as np
import pytest
from keras import ops

X = np.random.default_rng(0).random((64, 12)).astype("float32")
SIZES = (9, 5, 2)


def stack(sizes=SIZES, epochs=1, **kwargs):
    keras.utils.set_random_seed(0)
    return pretrain_greedily(X, sizes, epochs=epochs, **kwargs)


def composed(stages, x):
    """ψ₁ ∘ … ∘ ψ_K ∘ φ_K ∘ … ∘ φ₁, stage by stage."""
    for stage in stages:
        x = stage.encode(x)
    for stage in reversed(stages):
        x = stage.decode(x)
    return x


def test_there_is_one_stage_a_size_each_as_wide_as_the_code_before():
    stages = stack()
    shapes = [(s.encoder.input_shape[1], s.encoder.output_shape[1]) for s in stages]
    assert shapes == [(12, 9), (9, 5), (5, 2)]


def test_a_stage_reconstructs_with_the_activation_that_made_its_input():
    names = [
        (s.encoder.layers[-1].activation.__name__, s.decoder.layers[-1].activation.__name__)
        for s in stack(activation="tanh", code_activation="linear", output_activation="sigmoid")
    ]
    assert names == [("tanh", "sigmoid"), ("tanh", "tanh"), ("linear", "tanh")]


def test_every_stage_is_trained_on_the_codes_of_the_one_before(monkeypatch):
    seen = []
    monkeypatch.setattr(
        "ae_course.training.stacked.fit", lambda model, x, **_: seen.append((model, x))
    )
    stages = stack()
    assert [model for model, _ in seen] == stages
    expected = X
    for stage, (_, came) in zip(stages, seen, strict=True):
        np.testing.assert_array_equal(came, expected)
        expected = stage.encode(expected)


def test_every_stage_is_validated_on_the_codes_of_the_one_before(monkeypatch):
    seen = []
    monkeypatch.setattr(
        "ae_course.training.stacked.fit",
        lambda model, x, validation_data, **_: seen.append(validation_data),
    )
    stages = stack(validation_data=X[:9] / 2)
    expected = X[:9] / 2
    for stage, came in zip(stages, seen, strict=True):
        np.testing.assert_array_equal(came, expected)
        expected = stage.encode(expected)


def test_stages_can_stop_on_validation_data():
    stop = keras.callbacks.EarlyStopping("val_loss", patience=0, min_delta=1e9)
    assert len(stack(epochs=5, validation_data=X, callbacks=[stop])) == 3


def test_weights_of_samples_hold_in_every_stage():
    assert len(stack(sample_weight=np.ones(len(X)), validation_split=0.25)) == 3


@pytest.mark.parametrize(
    "options", [{"y": X}, {"validation_data": X[:, :3]}, {"validation_data": (X, X)}]
)
def test_targets_and_validation_data_of_another_shape_are_refused(options):
    message = r"leave out y|validation_data must have shape|must be samples alone, got a tuple of 2"
    with pytest.raises(ValueError, match=message):
        stack(**options)


def test_a_stage_learns_to_reconstruct():
    (stage,) = stack((8,), epochs=150, learning_rate=1e-2)
    error = ((stage.reconstruct(X) - X) ** 2).sum(axis=1).mean()
    assert error < 0.7 * ((X - X.mean(axis=0)) ** 2).sum(axis=1).mean()


def test_later_stages_leave_the_earlier_ones_alone():
    one, three = stack((9,), code_activation="sigmoid"), stack(SIZES)
    for alone, first in zip(one[0].get_weights(), three[0].get_weights(), strict=True):
        np.testing.assert_array_equal(alone, first)


@pytest.mark.parametrize("tied", [False, True])
def test_the_unrolled_network_is_the_composition_of_its_stages(tied):
    stages = stack(make_stage=partial(Autoencoder.dense, tied=tied))
    model = unroll(stages)
    assert [len(half.layers) for half in (model.encoder, model.decoder)] == [3, 3]
    np.testing.assert_allclose(model.reconstruct(X), composed(stages, X), atol=1e-6)


def test_the_layers_are_named_as_those_of_a_dense_autoencoder():
    dense = Autoencoder.dense(12, hidden=SIZES[:-1], code=SIZES[-1])
    model = unroll(stack())
    for half in ("encoder", "decoder"):
        names = [[layer.name for layer in getattr(m, half).layers] for m in (model, dense)]
        assert names[0] == names[1]


@pytest.mark.parametrize("tied", [False, True])
def test_fine_tuning_moves_every_layer_and_no_stage(tied):
    stages = stack(make_stage=partial(Autoencoder.dense, tied=tied))
    model, before = unroll(stages), composed(stages, X)
    weights = model.get_weights()
    assert len(model.trainable_weights) == 12
    fit(model, X, epochs=2)
    assert all(not np.array_equal(a, b) for a, b in zip(weights, model.get_weights(), strict=True))
    np.testing.assert_array_equal(composed(stages, X), before)


def test_a_variant_with_a_penalty_can_be_stacked():
    @keras.saving.register_keras_serializable(package="test_stacked")
    class Small(Autoencoder):
        def penalty(self, x, h):
            return 100.0 * ops.mean(ops.sum(ops.square(h), axis=-1))

    plain, small = (
        stack((9, 5), 10, make_stage=make, activation="sigmoid", learning_rate=0.02, batch_size=8)
        for make in (Autoencoder.dense, Small.dense)
    )
    assert all(isinstance(stage, Small) for stage in small)
    assert small[0].encode(X).mean() < 0.8 * plain[0].encode(X).mean()


def test_a_saved_stack_comes_back_the_same(tmp_path):
    model = unroll(stack(), loss="binary_crossentropy")
    fit(model, X, epochs=1)
    model.save(tmp_path / "stack.keras")
    again = keras.saving.load_model(tmp_path / "stack.keras")
    np.testing.assert_allclose(again.reconstruct(X), model.reconstruct(X), rtol=1e-6)
    assert again.measure is model.measure


@pytest.mark.parametrize(
    ("x", "sizes", "error", "words"),
    [
        (X, (), ValueError, "sizes is empty"),
        (X, (4, 0), ValueError, "every one of sizes must be a whole number ≥ 1, got 0"),
        (X, (4, 2.5), ValueError, "got 2.5"),
        (X[None], (4,), ValueError, r"x must have shape \(n, any\)"),
        (np.full((3, 4), np.nan), (2,), ValueError, "x must be finite"),
        (np.array([["a"]]), (2,), TypeError, "real numbers"),
    ],
)
def test_bad_input_to_pretraining_is_refused_before_any_training(x, sizes, error, words):
    with pytest.raises(error, match=words):
        pretrain_greedily(x, sizes, make_stage=print)


def test_unroll_refuses_what_is_no_stack():
    with pytest.raises(ValueError, match="stages is empty"):
        unroll([])
    first, second = (Autoencoder.dense(d, code=p) for d, p in ((12, 9), (5, 2)))
    with pytest.raises(ValueError, match="codes of size 9, but stage 2 takes inputs of size 5"):
        unroll([first, second])
    with pytest.raises(
        TypeError, match=r"one dense layer with a bias, got Autoencoder with .*'Dense', 'Dense'"
    ):
        unroll([Autoencoder.dense(12, hidden=(8,), code=3)])
    with pytest.raises(TypeError, match="got ndarray"):
        unroll([X])
    code = keras.layers.Dense(3, use_bias=False)
    encoder = keras.Sequential([keras.Input((12,)), code])
    with pytest.raises(TypeError, match="with a bias"):
        unroll(
            [Autoencoder(encoder, keras.Sequential([keras.Input((3,)), keras.layers.Dense(12)]))]
        )
