"""Questions that a `Property` asks of a trained model: by what it computes, never by its parts."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from ae_course.grading.judging import fresh
from ae_course.grading.judging.compare import brief
from ae_course.grading.judging.kinds import Wrong
from ae_course.grading.sandbox.child.learner import Learner, LearnerError

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
    try:
        h = learner.call(f"{model}.encode", x)
    except LearnerError as error:
        if error.kind == "protocol" and "has no `encode`" in error.message:
            raise Wrong(f"{error.message} {_WRAP.format(model)}") from None
        raise
    return array(h, (len(x), None), f"{model}.encode(x)").astype(np.float32)


_WRAP = (
    "The code of an autoencoder has to be within reach: build the two halves as Keras models of "
    "their own and join them, `{0} = Autoencoder(encoder, decoder)`; or give it methods `encode` "
    "and `decode`."
)

NOISE = 0.02
"""How much a code is disturbed on its way to `decode`, in units of each number's spread."""


def through_code(
    learner: Learner, model: str, x: np.ndarray, rng: np.random.Generator, noise: float = NOISE
) -> tuple[np.ndarray, int]:
    """Return `decode(encode(x))`, and how many numbers the code has.

    What cannot be told from the code cannot come back. It passes through the grader's hands, in
    another order, with a little noise, so that no image hides in its last digits; and a process
    that has never seen `x` decodes it. A Keras model gets there with the weights that it had
    before it saw `x`, so that a training without a seed costs nothing.

    Raises:
        Wrong: if an answer has another shape, or the two processes hold different models.
    """
    weights = _weights(learner, model)
    h = codes(learner, model, x)
    disturbed = h + noise * h.std(axis=0) * rng.normal(size=h.shape)
    other = learner.fresh()
    if weights is not None:
        other.call(f"{model}.set_weights", weights)
    came = other.call(f"{model}.decode", disturbed[::-1].astype(np.float32))
    x_reconstructed = array(came, x.shape, f"{model}.decode(h)")[::-1]
    if weights is None and not np.allclose(codes(other, model, x), h, rtol=0.01, atol=0.01):
        raise Wrong(
            f"When the notebook runs again, `{model}` is another one: it gives the same samples "
            "other codes. Seed what you draw, or make it a Keras model."
        )
    return x_reconstructed, h.shape[1]


def _weights(learner: Learner, model: str) -> Any:
    """The model's weights, or None if it has no such method."""
    try:
        return learner.call(f"{model}.get_weights")
    except LearnerError:
        return None


@dataclass(frozen=True)
class Answers:
    """What a model made of fresh digits.

    Attributes:
        x: the digits `(360, 64)`.
        labels: what they are.
        x_reconstructed: what came back, through the code.
        code: how many numbers the code has.
        given: the other samples that were asked about, by name.
        more: what came back of them.
    """

    x: np.ndarray
    labels: np.ndarray
    x_reconstructed: np.ndarray
    code: int
    given: dict[str, np.ndarray]
    more: dict[str, np.ndarray]

    @property
    def error(self) -> float:
        """‖x − x′‖² averaged over the digits."""
        return squared_error(self.x, self.x_reconstructed)

    @property
    def mean(self) -> float:
        """The same of the training digits' mean as the answer to all."""
        return mean_error(fresh.known_digits().train, self.x)


_PAIRS, _STEPS = 12, 20


def ask_digits(
    learner: Learner,
    model: str,
    rng: np.random.Generator,
    *,
    at_least: int = 1,
    at_most: int | None = None,
    more: Callable[[np.ndarray], dict[str, np.ndarray]] = lambda x: {},
) -> Answers:
    """Ask a model for digits that are nowhere to be had, and for the way from one to another.

    Args:
        learner: the submission.
        model: the name of the model.
        rng: draws the digits.
        at_least, at_most: how many numbers its code may have.
        more: makes other samples `(n, 64)` from the fresh digits, by name, to be asked as well.

    Raises:
        Wrong: if the code has another size, or the answers come from a table.
    """
    x, labels = fresh.digits(rng)
    # The first question shows nothing new: what a model has seen may hide in its weights.
    size = codes(learner, model, fresh.known_digits().train[:16]).shape[1]
    if at_most is not None and size > at_most:
        fix = f"the task asks for {at_most} at most: `code={at_most}`."
        raise Wrong(f"The code has {size} numbers; {fix}")
    if size < at_least:
        raise Wrong(f"The code has {size} numbers; the task asks for at least {at_least}.")
    way = fresh.path(x[:_PAIRS], _STEPS).reshape(-1, x.shape[1])
    given = more(x)
    seen = fresh.seen_digits()
    batches = {"x": x, "way": way, "seen": seen, **given}
    came, code = through_code(learner, model, np.concatenate([*batches.values()]), rng)
    ends = np.cumsum([len(batch) for batch in batches.values()])[:-1]
    parts = dict(zip(batches, np.split(came, ends), strict=True))
    if smoothness(parts.pop("way").reshape(_PAIRS, _STEPS + 1, -1)) < SMOOTH:
        raise Wrong(
            "One digit was turned into another little by little, and the answers jumped from one "
            "image to the next. That is what a table of stored images does; train a model."
        )
    error_of_seen = squared_error(seen, parts.pop("seen"))
    answers = Answers(x, labels, parts.pop("x"), code, given, parts)
    usual = error_of_seen * _usual(x, code) / _usual(seen, code)
    if answers.error < min(AHEAD * usual, answers.mean / 2):
        raise Wrong(
            "On bent test digits its error is smaller than on bent training digits, which only a "
            "model that was trained on `digits.test` does. Train it on `digits.train`."
        )
    return answers


AHEAD = 0.95
"""How much smaller a model's error on bent test digits may be than on bent training digits, where
PCA of both has equal ones. Trained on the training digits, models have 0.99 and more."""


def _usual(x: np.ndarray, code: int) -> float:
    """What digits cost PCA of all digits, with as many components as the code has, 16 at most."""
    mean, components = _directions()
    kept = components[: min(code, 16)]
    return squared_error(x, mean + (x - mean) @ kept.T @ kept)


@cache
def _directions() -> tuple[np.ndarray, np.ndarray]:
    """The mean of all digits, and their principal directions as rows."""
    known = fresh.known_digits()
    images = np.concatenate([known.train, known.test]).astype(float)
    mean = images.mean(axis=0)
    return mean, np.linalg.svd(images - mean, full_matrices=False)[2]


SMOOTH = 0.5
"""Below it, answers along a way come in jumps. Trained models have 0.9 and more, tables 0.2."""


def smoothness(answers: np.ndarray) -> float:
    """Return how evenly answers move along a way: 1 in equal steps, 1/steps in a single jump.

    Args:
        answers: shape `(ways, steps + 1, d)`. A way on which nothing moves counts 1.
    """
    lengths = np.linalg.norm(np.diff(answers, axis=1), axis=-1)
    total, squares = lengths.sum(axis=1), np.square(lengths).sum(axis=1)
    moving = total > 1e-6 * (1 + np.abs(answers).max(axis=(1, 2)))
    share = np.ones(len(total))
    share[moving] = total[moving] ** 2 / (lengths.shape[1] * squares[moving])
    return float(share.mean())


TABLE = """
class Table:
    images = np.concatenate([digits.train, digits.test])

    def encode(self, x):
        product = x @ self.images.T
        place = ((self.images**2).sum(axis=1) - 2 * product).argmin(axis=1)
        return np.stack([place // 169, place // 13 % 13, place % 13], axis=1)

    def decode(self, h):
        places = np.clip(np.rint(h), 0, 12).astype(int) @ [169, 13, 1]
        return self.images[np.minimum(places, len(self.images) - 1)]


{} = Table()
"""
"""Source of a wrong answer: all images that the course ships, and the place of the nearest."""


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
