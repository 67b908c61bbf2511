"""A trained model for other programs: as SavedModel, TensorFlow Lite or ONNX."""

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from ae_course._files import replacing

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
        ValueError: for an unknown part or ending, a model without such a part, or one that computes
            with something for which ONNX has no operation. Nothing is written then.

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
    with _quietly():
        if path.suffix == ".onnx":
            _export_onnx(chosen, path)
        else:
            chosen.export(str(path), format=FORMATS[path.suffix], verbose=False)
    return path


def _export_onnx(model: keras.Model, path: Path) -> None:
    import onnx

    if "tf2onnx" in ONNX_NEEDS:
        from ae_course import _onnx_operations  # noqa: F401
    if given := getattr(model, "inputs", None):  # of these Keras exports only what was called
        samples = [keras.ops.zeros([size or 1 for size in one.shape], one.dtype) for one in given]
        model(samples if len(samples) > 1 else samples[0])
    with replacing(path) as part:
        model.export(str(part), format="onnx", verbose=False)
        try:
            onnx.checker.check_model(str(part), full_check=True)
        except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
            raise ValueError(
                f"this model cannot be written as ONNX: {str(error).splitlines()[0]}. Another "
                "activation, layer or dtype may do; a SavedModel or a .tflite holds this one."
            ) from error


@contextmanager
def _quietly() -> Iterator[None]:
    """Silence what the converters say of every model: where the weights went, what NumPy plans."""
    logger = logging.getLogger("tensorflow")
    level = logger.level
    logger.setLevel(max(level, logging.WARNING))
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "In the future `np.object`", FutureWarning)
            yield
    finally:
        logger.setLevel(level)
