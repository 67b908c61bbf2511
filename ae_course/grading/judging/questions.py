"""Questions that a `Property` asks of a trained model: by what it computes, never by its parts."""

from typing import Any

from ae_course.grading.judging.compare import brief
from ae_course.grading.judging.kinds import Wrong
from ae_course.grading.sandbox.child.learner import Learner

import numpy as np


def array(value: Any, shape: tuple[int | None, ...], name: str) -> np.ndarray:
    """Return `value` as a finite float64 array of this shape.

    Args:
        value: what came.
        shape: None where any size will do.
        name: what the message calls it, such as `"model.encode(x)"`.

    Raises:
        Wrong: if it is something else.
    """
    came = np.asarray(value)
    if value is None or came.dtype.kind not in "buif":
        raise Wrong(f"`{name}` should give an array of numbers, not {brief(value)}.")
    fits = len(came.shape) == len(shape) and all(
        wanted in (None, size) for size, wanted in zip(came.shape, shape, strict=True)
    )
    if not fits:
        wanted = ", ".join("any" if size is None else str(size) for size in shape)
        wanted += "," * (len(shape) == 1)
        raise Wrong(f"`{name}` should have shape ({wanted}), not {came.shape}.")
    if not np.isfinite(came).all():
        raise Wrong(f"`{name}` holds values that are not finite. Did the training diverge?")
    return came.astype(float)


def codes(learner: Learner, model: str, x: np.ndarray) -> np.ndarray:
    """Return the model's codes of `x`, shape `(n, p)`, as float32."""
    h = learner.call(f"{model}.encode", x)
    return array(h, (len(x), None), f"{model}.encode(x)").astype(np.float32)


def through_code(learner: Learner, model: str, x: np.ndarray) -> np.ndarray:
    """Return `decode(encode(x))`, with the code passing through the grader's hands.

    What cannot be told from the code cannot come back, whatever `reconstruct` does. The codes are
    decoded in another order than they were made in, so a model that remembers its last input and
    hands it back gives the wrong samples.
    """
    h = codes(learner, model, x)[::-1]
    return array(learner.call(f"{model}.decode", h), x.shape, f"{model}.decode(h)")[::-1]


def squared_error(x: np.ndarray, x_reconstructed: np.ndarray) -> float:
    """Return ‖x − x′‖² averaged over the samples."""
    return float(np.square(x - x_reconstructed).sum(axis=tuple(range(1, x.ndim))).mean())


def mean_error(train: np.ndarray, test: np.ndarray) -> float:
    """Return the squared error of answering every test sample with the training mean."""
    return squared_error(test, train.mean(axis=0, keepdims=True))


def pca_error(train: np.ndarray, test: np.ndarray, code: int) -> float:
    """Return the squared error on `test` of PCA with `code` components fitted to `train`."""
    mean = train.mean(axis=0, dtype=float)
    components = np.linalg.svd(train - mean, full_matrices=False)[2][:code]
    return squared_error(test, mean + (test - mean) @ components.T @ components)
