"""The kinds of checks a task is made of. They are data: the tests, the notebook and CI read them.

Each reaches the submission only through a `Learner`, makes its own inputs and its own truth, and
explains what it found. Points, order and status are `task.py`'s.
"""

import contextlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ae_course.grading.judging.compare import brief, difference, inputs_in_words, told
from ae_course.grading.judging.task import Finding, Mistake, stopped
from ae_course.grading.sandbox.child.learner import Learner, LearnerError

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Calls:
    """Call the learner's function with fresh inputs and compare with a reference function.

    Attributes:
        points: what it gives.
        asks: what is asked, as a short sentence a learner reads beside ✓ or ✗.
        inputs: makes one call's arguments from a generator: a dict of names to numbers, strings
            or arrays, passed by position in the dict's order.
        expect: the reference, called with the same arguments.
        mistakes: wrong functions of the same signature; the first whose outcomes equal the
            learner's (the same values, or the same exception) gives the message.
        rtol, atol: see `compare.difference`.
        dtype: the dtype asked for, if the task asks for one.
        trials: how many calls.
        untouched: whether the task asks to leave the inputs as they are; else a change is only
            pointed out.
        target: the function's name, if it is not the task's target.
    """

    points: int
    asks: str
    inputs: Callable[[np.random.Generator], Mapping[str, Any]]
    expect: Callable
    mistakes: tuple[Mistake, ...] = ()
    rtol: float = 1e-4
    atol: float = 1e-6
    dtype: str | None = None
    trials: int = 4
    untouched: bool = False
    target: str = ""

    def judge(self, learner: Learner, target: str, rng: np.random.Generator) -> Finding:
        """Call with several inputs; tell of the first failure and the mistake behind them all."""
        first, known, note = None, list(self.mistakes), ""
        for _ in range(self.trials):
            inputs = dict(self.inputs(rng))
            came, problem = self._call(learner, target, inputs)
            changed = [f"`{list(inputs)[i]}`" for i in getattr(learner, "mutated", ())]
            if changed:
                names = " and ".join(changed)
                note = f"Your function changes its input {names} in place; work on a copy."
            if problem is None:
                continue
            first = first or problem
            known = [mistake for mistake in known if self._explains(mistake, inputs, came)]
            if not known:
                break
        if first is None:
            return Finding(0.5 if note and self.untouched else 1, note)
        words = [known[0].says if known else "", first.says, note]
        return Finding(0, "\n".join(word for word in words if word), first.kind)

    def _call(self, learner, target, inputs) -> tuple[Any, Finding | None]:
        """Return what came, a value or an error, and what is wrong with it."""
        given = inputs_in_words(inputs)
        expected = self.expect(*_copies(inputs))
        try:
            came = learner.call(target, *_copies(inputs))
        except LearnerError as error:
            if error.kind != "raised":
                raise
            return error, Finding(0, stopped(error, given), "raised")
        problem = difference(came, expected, self.rtol, self.atol, self.dtype)
        return came, problem and Finding(0, f"With {given}: {problem}")

    def _explains(self, mistake: Mistake, inputs, came: Any) -> bool:
        """Whether the mistake leads to what came: the same value, or the same exception."""
        raised = isinstance(came, LearnerError)
        try:
            value = mistake.wrong(*_copies(inputs))
        except Exception as error:
            text = str(error).strip().partition("\n")[0]
            return raised and bool(text) and text in came.message
        if raised or value is None or came is None:
            return not raised and value is came
        return difference(came, value, self.rtol, self.atol, self.dtype and _dtype(value)) is None


@dataclass(frozen=True, kw_only=True)
class Number:
    """Compare a variable with a number. The message says too small or too large, not the answer.

    Attributes:
        points: what it gives.
        asks: what is asked, as a short sentence.
        expect: the number, or a function without arguments that computes it.
        tolerance: how far off an answer may be.
        mistakes: wrong numbers, or functions without arguments that compute them.
        target: the variable's name, if it is not the task's target.
    """

    points: int
    asks: str
    expect: float | Callable[[], float]
    tolerance: float = 0.0
    mistakes: tuple[Mistake, ...] = ()
    target: str = ""

    def judge(self, learner: Learner, target: str, rng: np.random.Generator) -> Finding:
        """Read the variable and compare."""
        value = np.asarray(as_number(learner.get(target)))
        if value.dtype.kind not in "uif" or value.size != 1:
            return Finding(0, f"`{target}` should be one number, not {brief(value[()])}.")
        came, truth = float(value.reshape(())), float(_value(self.expect))
        tolerance = self.tolerance + 1e-9 * abs(truth)
        if abs(came - truth) <= tolerance:
            return Finding(1)
        for mistake in self.mistakes:
            if abs(came - float(_value(mistake.wrong))) <= tolerance:
                return Finding(0, mistake.says)
        if not np.isfinite(came):
            return Finding(0, f"`{target}` is {came}, which is not a finite number.")
        return Finding(0, f"{told(came, truth)} is too {'small' if came < truth else 'large'}.")


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Compare a variable with the letter of the right option.

    Attributes:
        points: what it gives.
        asks: the question in short.
        expect: the right letter.
        why: for every option, the right one included, a sentence on why it is right or wrong.
        target: the variable's name, if it is not the task's target.
    """

    points: int
    asks: str
    expect: str
    why: Mapping[str, str]
    target: str = ""

    def __post_init__(self):
        if self.expect not in self.why:
            raise ValueError(f"`why` must explain every option, also the right one {self.expect!r}")

    @property
    def mistakes(self) -> tuple[Mistake, ...]:
        """The other letters."""
        return tuple(
            Mistake(why, letter) for letter, why in self.why.items() if letter != self.expect
        )

    def judge(self, learner: Learner, target: str, rng: np.random.Generator) -> Finding:
        """Read the variable; case, spaces, brackets and a word such as "machine" do not matter."""
        came = learner.get(target)
        found = _LETTER.fullmatch(came.lower()) if isinstance(came, str) else None
        letter = found and found[1]
        if letter not in self.why:
            letters = ", ".join(f'"{option}"' for option in self.why)
            return Finding(0, f"Answer with one of {letters}; got {brief(came)}.")
        return Finding(float(letter == self.expect), self.why[letter])


@dataclass(frozen=True, kw_only=True)
class Property:
    """Ask anything else of the submission, such as what a trained model does on fresh inputs.

    Attributes:
        points: what it gives.
        asks: what is asked, as a short sentence.
        test: called with the learner and a generator; returns a `Finding`, and may raise `Wrong`
            (the functions of `questions.py` do). Its message must name the known mistakes itself.
        mistakes: wrong answers as Python source that runs in place of the learner's cell.
        target: the name asked for, if it is not the task's target.
    """

    points: int
    asks: str
    test: Callable[[Learner, np.random.Generator], Finding]
    mistakes: tuple[Mistake, ...] = ()
    target: str = ""

    def judge(self, learner: Learner, target: str, rng: np.random.Generator) -> Finding:
        """Run the test."""
        try:
            return self.test(learner, rng)
        except Wrong as wrong:
            return Finding(0, str(wrong))


class Wrong(Exception):
    """Raised inside a `Property`'s test: the answer is wrong, for the reason given."""


def _copies(inputs: Mapping[str, Any]) -> list[Any]:
    return [v.copy() if isinstance(v, np.ndarray) else v for v in inputs.values()]


_LETTER = re.compile(
    r"[\W_]*(?:(?:answer|machine|model|network|option|run)\s+)?[\W_]*([a-z])[\W_]*"
)


def as_number(value: Any) -> Any:
    """Return a number that was written as a text as a number, anything else as it is."""
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            return float(value)
    return value


def _dtype(value: Any) -> str:
    return np.asarray(value).dtype.name


def _value(number: float | Callable[[], float]) -> float:
    return number() if callable(number) else number
