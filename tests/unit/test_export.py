"""What is exported computes the same, in each format, straight after loading."""

from functools import partial

from ae_course import (
    Autoencoder,
    ContractiveAutoencoder,
    DenoisingAutoencoder,
    SparseAutoencoder,
    TopK,
    VariationalAutoencoder,
    export_model,
    fit,
    seed_everything,
)

import keras
import numpy as np
import pytest

X = np.random.default_rng(0).random((9, 12)).astype("float32")
MAKERS = {
    "dense": partial(Autoencoder.dense, 12, 8),
    "tied": partial(Autoencoder.dense, 12, 8, tied=True),
    "k-sparse": partial(Autoencoder.dense, 12, code_activation=TopK(2)),
    "sparse": partial(SparseAutoencoder.dense, 12, weight=0.1, loss="binary_crossentropy"),
    "denoising": partial(DenoisingAutoencoder.dense, 12, amount=0.3),
    "contractive": partial(ContractiveAutoencoder.dense, 12, 8, weight=0.1, directions=1),
    "variational": partial(VariationalAutoencoder.dense, 12, 8),
    "convolutional": partial(Autoencoder.convolutional, (3, 2, 2), filters=4),
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """Name → a function that loads the model, trained, from a file; and what it computes."""
    folder, found = tmp_path_factory.mktemp("models"), {}
    seed_everything(0)
    for name, make in MAKERS.items():
        model = make(code=3)
        fit(model, X, epochs=2, compiled=False)
        model.save(folder / f"{name}.keras")
        codes = model.encode(X)
        pairs = {"encoder": (X, codes), "decoder": (codes, model.decode(codes))}
        pairs["model"] = X, model.reconstruct(X)
        found[name] = partial(keras.saving.load_model, folder / f"{name}.keras"), pairs
    return found


def run_onnx(path, x):
    import onnxruntime

    session = onnxruntime.InferenceSession(path)
    return session.run(None, {session.get_inputs()[0].name: x})[0]


def run_lite(path, x):
    import tensorflow as tf

    interpreter = tf.lite.Interpreter(model_path=str(path))
    given, made = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    interpreter.resize_tensor_input(given["index"], x.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(given["index"], x)
    interpreter.invoke()
    return interpreter.get_tensor(made["index"])


def run_saved_model(path, x):
    import tensorflow as tf

    loaded = tf.saved_model.load(path)  # whose variables live as long as it does
    return loaded.serve(x).numpy()


@pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated")
@pytest.mark.parametrize(
    ("ending", "run"), [("", run_saved_model), (".tflite", run_lite), (".onnx", run_onnx)]
)
@pytest.mark.parametrize("part", ["model", "encoder", "decoder"])
@pytest.mark.parametrize("name", MAKERS)
def test_what_is_exported_after_loading_computes_the_same(
    name, part, ending, run, loaded, tmp_path
):
    load, pairs = loaded[name]
    path = export_model(load(), tmp_path / f"sub/{part}{ending}", part)
    given, expected = pairs[part]
    for count in (1, 9):
        np.testing.assert_allclose(run(path, given[:count]), expected[:count], atol=1e-5)
    assert np.ptp(expected, axis=0).max() > 0


def test_keras_own_export_works_after_loading(loaded, tmp_path):
    load, pairs = loaded["variational"]
    load().export(tmp_path / "model", verbose=False)
    given, expected = pairs["model"]
    np.testing.assert_allclose(run_saved_model(tmp_path / "model", given), expected, atol=1e-5)


@pytest.mark.parametrize("missing", [["onnx"], ["tf2onnx"], ["onnx", "tf2onnx"]])
def test_missing_packages_are_told_with_the_command_that_brings_them(
    missing, monkeypatch, tmp_path
):
    monkeypatch.setattr(
        "ae_course.export.find_spec", lambda name: None if name in missing else name
    )
    words = rf"ONNX needs {' and '.join(missing)}: pip install 'ae-course\[export\]'"
    with pytest.raises(ImportError, match=words):
        export_model(Autoencoder.dense(4, code=2), tmp_path / "model.onnx")
    assert export_model(Autoencoder.dense(4, code=2), tmp_path / "model").exists()


@pytest.mark.parametrize(
    ("model", "path", "part", "error", "words"),
    [
        (X, "a.onnx", "model", TypeError, "model must be a Keras model, got a ndarray"),
        (None, "a.onnx", "code", ValueError, "part must be one of"),
        (None, "a.h5", "model", ValueError, r"path must end in .onnx or .tflite"),
        (keras.Sequential(), "a.onnx", "encoder", ValueError, "this Sequential has no such model"),
    ],
)
def test_what_cannot_be_exported_is_told(model, path, part, error, words, tmp_path):
    model = Autoencoder.dense(4, code=2) if model is None else model
    with pytest.raises(error, match=words):
        export_model(model, tmp_path / path, part)


@keras.saving.register_keras_serializable(package="tests")
class Bessel(keras.layers.Layer):
    """What ONNX has no operation for."""

    def call(self, x):
        import tensorflow as tf

        return tf.math.special.bessel_i0(x)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the layer is TensorFlow's")
def test_what_onnx_has_no_operation_for_is_told_and_no_file_is_left(tmp_path):
    model = keras.Sequential([keras.Input((4,)), Bessel()])
    with pytest.raises(ValueError, match="cannot be written as ONNX: No Op registered for Bessel"):
        export_model(model, tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())
    assert export_model(model, tmp_path / "model").exists()


def test_what_onnx_does_not_compute_in_bfloat16_is_told_and_no_file_is_left(tmp_path):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = Autoencoder.dense(4, code=2)
    finally:
        keras.config.set_dtype_policy("float32")
    with pytest.raises(ValueError, match=r"cannot be written as ONNX.*bfloat16"):
        export_model(model, tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", [None, 3, b"a.onnx"])
def test_a_path_that_is_none_is_told(path):
    with pytest.raises(TypeError, match="path must be a text or a Path"):
        export_model(Autoencoder.dense(4, code=2), path)
