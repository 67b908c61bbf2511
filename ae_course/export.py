"""A trained model for other programs: as SavedModel, TensorFlow Lite or ONNX."""

import os
from importlib.util import find_spec
from pathlib import Path

import keras

__all__ = ["export_model"]

PARTS = ("model", "encoder", "decoder")
FORMATS = {"": "tf_saved_model", ".tflite": "litert", ".onnx": "onnx"}
"""The ending of a path, and Keras' name for what is written there."""

ONNX_NEEDS = {"torch": ("onnx", "onnxscript")}.get(keras.backend.backend(), ("onnx", "tf2onnx"))


def export_model(model: keras.Model, path: str | Path, part: str = "model") -> Path:
    """Write the model, or its encoder or decoder, so that it runs without this package and Keras.

    What is written takes any number of samples, in float32, and computes what `encode`, `decode`
    and `reconstruct` compute. Keras' own `model.export` does the work and has more options.

    Args:
        model: an `Autoencoder`, fresh from `keras.saving.load_model` too; or for the part "model"
            any Keras model that knows its input's shape.
        path: a folder for a SavedModel, a file that ends in ".tflite" for TensorFlow Lite
            (backends TensorFlow and torch), one that ends in ".onnx" for ONNX
            (`pip install 'ae-course[export]'`).
        part: "model", "encoder" or "decoder".

    Returns:
        The path of what was written.

    Raises:
        TypeError: if it is no Keras model, or the path is none.
        ImportError: if ONNX is asked for and its packages are missing.
        ValueError: for an unknown part or ending, or a model without such a part.

    Example:
        >>> export_model(keras.saving.load_model("digits.keras"), "encoder.onnx", part="encoder")
        PosixPath('encoder.onnx')
    """
    if not isinstance(model, keras.Model):
        raise TypeError(f"model must be a Keras model, got a {type(model).__name__}.")
    if part not in PARTS:
        raise ValueError(f"part must be one of {PARTS}, got {part!r}.")
    if part != "model" and not isinstance(getattr(model, part, None), keras.Model):
        raise ValueError(f"part is {part!r}, but this {type(model).__name__} has no such model.")
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path must be a text or a Path, got {path!r}.")
    path = Path(path)
    if path.suffix not in FORMATS:
        raise ValueError(
            f"path must end in .onnx or .tflite, or be a folder without an ending, got {path}."
        )
    missing = [name for name in ONNX_NEEDS if find_spec(name) is None]
    if path.suffix == ".onnx" and missing:
        raise ImportError(
            f"ONNX needs {' and '.join(missing)}: pip install 'ae-course[export]'. A SavedModel or "
            "a .tflite needs nothing more."
        )
    chosen = model if part == "model" else getattr(model, part)
    path.parent.mkdir(parents=True, exist_ok=True)
    chosen.export(str(path), format=FORMATS[path.suffix], verbose=False)
    return path
