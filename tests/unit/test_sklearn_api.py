"""The autoencoder obeys scikit-learn: its own checks, a pipeline, a search, a pickle."""

import pickle
import random
import subprocess
import sys
from functools import partial

from ae_course import (
    Autoencoder,
    ContractiveAutoencoder,
    DenoisingAutoencoder,
    SparseAutoencoder,
    VariationalAutoencoder,
    data,
)
from ae_course.sklearn_api import VARIANTS, AutoencoderTransformer

import keras
import numpy as np
import pytest
from sklearn import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

X = np.random.default_rng(0).normal(size=(60, 5)).astype("float32")
SMALL = {"hidden": (), "epochs": 1, "random_state": 0}


def tied(d, hidden, *, code, activation, loss):
    """A function of the user's own that builds a model."""
    return Autoencoder.dense(d, hidden, code=code, activation=activation, loss=loss, tied=True)


@pytest.fixture
def quick_fits(request):
    """Let TensorFlow run every step as it is: most of a fit's time goes into tracing it.

    The dense variant is traced, as a user's is; that all are trained alike either way is tested in
    `test_equal_to_keras`.
    """
    if (
        keras.backend.backend() != "tensorflow"
        or request.node.callspec.params["variant"] == "dense"
    ):
        yield
        return
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.mark.parametrize("variant", [*VARIANTS, tied])
def test_scikit_learns_own_checks_pass(variant, quick_fits):
    hidden = (3,) if variant == "convolutional" else ()
    settings = {**SMALL, "hidden": hidden, "variant": variant}
    check_estimator(AutoencoderTransformer(code=2, **settings), on_skip=None)


@pytest.mark.parametrize(
    ("variant", "kind", "options"),
    [
        ("sparse", SparseAutoencoder, {"weight": 0.3}),
        ("k-sparse", Autoencoder, {"k": 2}),
        ("denoising", DenoisingAutoencoder, {"amount": 0.2, "corruption": "masking"}),
        ("contractive", ContractiveAutoencoder, {"weight": 0.2, "directions": 2}),
        ("variational", VariationalAutoencoder, {"beta": 0.1}),
        ("convolutional", Autoencoder, {"image_shape": (5, 1)}),
        (partial(SparseAutoencoder.dense, weight=0.5, target=0.1), SparseAutoencoder,
         {"code_activation": "sigmoid"}),
        (tied, Autoencoder, None),
    ],
)  # fmt: skip
def test_every_variant_is_the_model_that_it_names(variant, kind, options):
    settings = {**SMALL, "hidden": 4, "variant": variant, "options": options}
    model = AutoencoderTransformer(code=3, **settings).fit(X)
    inner = model.autoencoder_
    assert type(inner) is kind
    config = {**inner.get_config(), **getattr(inner.encoder.layers[-1], "get_config", dict)()}
    for name in {"weight", "amount", "corruption", "directions", "beta"} & {*(options or {})}:
        assert config[name] == options[name]
    for revived in (model, pickle.loads(pickle.dumps(model)), clone(model).fit(X)):
        codes = revived.transform(X)
        np.testing.assert_allclose(codes, inner.encode(X), atol=1e-5)
        back = revived.inverse_transform(codes)
        np.testing.assert_allclose(back, inner.reconstruct(X), atol=1e-5)
    if variant == "k-sparse":
        assert (np.count_nonzero(codes, axis=1) <= 2).all()


def test_training_the_model_further_shows_in_the_codes():
    model = AutoencoderTransformer(code=3, **SMALL).fit(X)
    model.autoencoder_.fit(X, epochs=2, verbose=0)
    np.testing.assert_allclose(model.transform(X), model.autoencoder_.encode(X), atol=1e-5)


def test_loss_callbacks_and_validation_reach_the_training():
    stop = keras.callbacks.EarlyStopping("val_loss", patience=0, min_delta=1e9)
    settings = {**SMALL, "epochs": 9, "loss": "binary_crossentropy", "callbacks": [stop]}
    unit = (X - X.min()) / np.ptp(X)
    for how, arguments in (({"validation_split": 0.25}, {}), ({}, {"validation_data": unit[:9]})):
        model = AutoencoderTransformer(code=3, **settings, **how).fit(unit, **arguments)
        assert {"loss", "binary_crossentropy", "val_loss"} <= {*model.history_}
        assert len(model.history_["val_loss"]) == 2
    assert getattr(stop, "model", None) is None, "the caller's callback was used itself"
    assert model.inverse_transform(model.transform(unit)).min() >= 0


def test_a_search_over_variants_runs_in_two_processes():
    grid = {"variant": ["dense", "denoising"], "options": [None], "code": [2]}
    model = AutoencoderTransformer(**SMALL)
    one, two = (GridSearchCV(model, grid, cv=2, n_jobs=n).fit(X) for n in (1, 2))
    np.testing.assert_allclose(
        one.cv_results_["mean_test_score"], two.cv_results_["mean_test_score"], rtol=1e-4
    )


@pytest.mark.parametrize("variant", ["deep", 5, None])
def test_an_unknown_variant_is_refused(variant):
    with pytest.raises(ValueError, match=r"variant must be one of .*'k-sparse'"):
        AutoencoderTransformer(**SMALL, variant=variant).fit(X)


def test_a_function_that_builds_something_else_is_refused():
    with pytest.raises(TypeError, match="variant must build an Autoencoder, but built 3"):
        AutoencoderTransformer(**SMALL, variant=lambda *_, **__: 3).fit(X)


def test_it_is_the_autoencoder_that_it_holds():
    model = AutoencoderTransformer(code=3, **SMALL).fit(X)
    codes = model.transform(X)
    np.testing.assert_allclose(codes, model.autoencoder_.encode(X), atol=1e-5)
    back = model.inverse_transform(codes)
    np.testing.assert_allclose(back, model.autoencoder_.reconstruct(X), atol=1e-5)
    assert (codes.shape, back.shape) == ((60, 3), X.shape)


@pytest.mark.parametrize(
    ("d", "hidden", "code", "activation"),
    [
        (1, (), 1, "relu"),
        (3, (8,), 2, "tanh"),
        (17, (33, 16), 7, "softmax"),
        (64, (128,), 16, "relu"),
        (64, (128,), 16, "gelu"),
    ],
)
def test_a_sample_has_the_same_code_alone_and_among_others(d, hidden, code, activation):
    """In float32 they differ by 1e-6 and more, whatever the processor."""
    settings = {"code": code, "hidden": hidden, "activation": activation, "epochs": 1}
    for seed in range(3):
        rng = np.random.default_rng(seed)
        x, order = rng.normal(size=(1061, d)), rng.permutation(1061)
        model = AutoencoderTransformer(**settings, random_state=seed).fit(x)
        for method, given in ((model.transform, x), (model.inverse_transform, model.transform(x))):
            together = method(given)
            alone = [method(given[i : i + 1]) for i in range(40)]
            pieces = [method(given[i : i + 7]) for i in range(0, 140, 7)]
            np.testing.assert_allclose(np.concatenate(alone), together[:40], rtol=1e-7)
            np.testing.assert_allclose(np.concatenate(pieces), together[:140], rtol=1e-7)
            np.testing.assert_allclose(method(given[order]), together[order], rtol=1e-7)
        assert model.score(x[order]) == pytest.approx(model.score(x), rel=1e-9)


@pytest.mark.parametrize("variant", VARIANTS)
def test_no_layer_of_a_variant_computes_in_float32(variant):
    x = np.random.default_rng(0).normal(size=(60, 9))
    model = AutoencoderTransformer(code=3, hidden=(8,), epochs=1, variant=variant).fit(x)
    for values in (model.transform(x), model.inverse_transform(model.transform(x))):
        rounded = values.astype("float32")
        assert (rounded != values)[values != 0].mean() > 0.2  # a unit that is off passes a bias on


def test_float32_samples_get_the_same_codes_rounded():
    model = AutoencoderTransformer(code=3, hidden=(8,), epochs=1, random_state=0).fit(X)
    for method in (model.transform, lambda x: model.inverse_transform(x[:, :3])):
        rounded, exact = method(X), method(X.astype("float64"))
        assert (rounded.dtype, exact.dtype) == (np.float32, np.float64)
        np.testing.assert_array_equal(rounded, exact.astype("float32"))


def test_the_score_is_minus_the_squared_error():
    model = AutoencoderTransformer(code=3, **SMALL).fit(X)
    error = ((X - model.inverse_transform(model.transform(X))) ** 2).sum(axis=1).mean()
    assert model.score(X) == pytest.approx(-error, rel=1e-5)


def draw():
    """Numbers from every generator that `fit` might use."""
    keras_draws = [keras.random.uniform((2,)), keras.random.uniform((2,), seed=random.randrange(9))]
    layer = keras.layers.Dense(2)
    layer.build((None, 3))
    numbers = [random.random(), np.random.random(2), *keras_draws, layer.kernel]  # noqa: NPY002
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        numbers += [tf.random.normal((2,)), tf.random.normal((2,), seed=1)]
    elif keras.backend.backend() == "torch":
        import torch

        numbers.append(torch.rand(2))
    return np.concatenate([np.ravel(keras.ops.convert_to_numpy(part)) for part in numbers])


@pytest.mark.parametrize("compiled", ["on", "off"])
def test_fit_leaves_the_callers_random_numbers_alone(compiled, monkeypatch):
    monkeypatch.setenv("AE_COURSE_COMPILED", compiled)
    keras.utils.set_random_seed(5)
    expected = [draw() for _ in range(2)]
    keras.utils.set_random_seed(5)
    first = draw()
    codes = AutoencoderTransformer(code=3, **SMALL).fit_transform(X)
    np.testing.assert_array_equal([first, draw()], expected)
    again = AutoencoderTransformer(code=3, **SMALL).fit_transform(X)
    np.testing.assert_array_equal(again, codes)
    assert not np.array_equal(draw(), expected[0])


def test_python_has_the_same_random_numbers_after_a_fit():
    """Also after those of the copy in float64, whose layers draw seeds."""
    stop = keras.callbacks.EarlyStopping("val_loss")
    settings = {**SMALL, "callbacks": [stop], "validation_split": 0.2, "variant": "variational"}
    before = random.getstate()
    AutoencoderTransformer(code=2, **settings).fit(X)
    assert random.getstate() == before


def test_without_a_random_state_every_fit_is_another():
    one, other = (
        AutoencoderTransformer(**{**SMALL, "random_state": None}).fit_transform(X) for _ in range(2)
    )
    assert not np.allclose(one, other)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TensorFlow's own setting")
def test_fit_leaves_tensorflows_determinism_as_it_was():
    """In a process of its own: TensorFlow's public names switch it on and never off."""
    code = """
import numpy as np, tensorflow as tf
from ae_course import AutoencoderTransformer

def is_on():
    try:
        return bool(tf.random.uniform(()) < 0)
    except RuntimeError as error:
        return "Random ops require a seed" in str(error)

def fit(epochs):
    AutoencoderTransformer(hidden=(), epochs=epochs, random_state=0).fit(np.eye(5))

found = []
for before in (False, True):
    if before:
        tf.config.experimental.enable_op_determinism()
    fit(1)
    found.append(is_on())
    try:
        fit(-1)
    except ValueError:
        found.append(is_on())
print(found)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[False, False, True, True]", done.stderr[-2000:]


def test_the_same_random_state_gives_the_same_codes_and_another_does_not():
    one, same, other = (
        AutoencoderTransformer(**{**SMALL, "random_state": seed}).fit_transform(X)
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert not np.allclose(one, other)


def test_a_pickle_brings_the_weights_along():
    model = AutoencoderTransformer(**SMALL).fit(X)
    revived = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(revived.transform(X), model.transform(X))


def test_a_grid_search_prefers_the_code_that_reconstructs_better():
    rank_two = np.random.default_rng(1).normal(size=(200, 2)) @ np.diag([3, 2]) @ np.eye(2, 6)
    model = AutoencoderTransformer(
        hidden=(), epochs=12, batch_size=32, learning_rate=0.05, random_state=0
    )
    search = GridSearchCV(model, {"code": [1, 2]}, cv=2).fit(rank_two)
    assert search.best_params_ == {"code": 2}


def test_in_a_pipeline_its_code_feeds_a_classifier():
    digits = data.digits()
    model = AutoencoderTransformer(code=16, epochs=15, learning_rate=3e-3, random_state=0)
    reader = make_pipeline(model, LogisticRegression(max_iter=2000))
    reader.fit(digits.train, digits.train_labels)
    assert reader.score(digits.test, digits.test_labels) > 0.85


@pytest.mark.parametrize("bad", [{"code": 0}, {"hidden": (0,)}, {"epochs": -1}, {"batch_size": 0}])
def test_a_bad_argument_is_reported_by_fit(bad):
    with pytest.raises(ValueError, match=f"{next(iter(bad))} must be a whole number ≥ 1"):
        AutoencoderTransformer(**{**SMALL, **bad}).fit(X)


def test_codes_of_another_size_are_refused():
    model = AutoencoderTransformer(code=2, **SMALL).fit(X)
    with pytest.raises(ValueError, match=r"h must have shape \(n, 2\)"):
        model.inverse_transform(np.zeros((3, 5)))
