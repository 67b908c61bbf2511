"""A submission in the same process: the learner's own kernel, or a test's namespace."""

import contextlib
import linecache
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from ae_course.grading.sandbox.child.learner import LearnerError
from ae_course.grading.sandbox.child.values import message_value

import numpy as np


class LocalLearner:
    """A `Learner` over a namespace, such as a notebook's variables.

    For learning, not for marks: the submission shares the process and could answer anything.

    Args:
        namespace: names to values; read, never written.

    Attributes:
        mutated: positions of the array arguments that the last call changed in place.
    """

    def __init__(self, namespace: Mapping[str, Any]):
        self._namespace = namespace
        self.mutated: tuple[int, ...] = ()

    def get(self, target: str) -> Any:
        """Return a message value; see `Learner.get`."""
        value = self._find(target)
        try:
            return message_value(value)
        except Exception:
            kind = type(value).__name__
            raise LearnerError(
                "protocol",
                f"`{target}` should be a number, a text or an array, not of type {kind}.",
            ) from None

    def call(self, target: str, *args: Any, **kwargs: Any) -> Any:
        """Call with copies and return a message value; see `Learner.call`."""
        function = self._find(target)
        if not callable(function):
            kind = type(function).__name__
            raise LearnerError("protocol", f"`{target}` should be a function, not of type {kind}.")
        copies = [a.copy() if isinstance(a, np.ndarray) else a for a in args]
        value = self._run(target, lambda: function(*copies, **kwargs))
        self.mutated = tuple(
            i
            for i, (copy, arg) in enumerate(zip(copies, args, strict=True))
            if isinstance(arg, np.ndarray) and copy.tobytes() != arg.tobytes()
        )
        try:
            return message_value(value)
        except Exception:
            raise LearnerError(
                "protocol",
                f"`{target}` should return numbers, not a value of type {type(value).__name__}.",
            ) from None

    def fresh(self) -> "LocalLearner":
        """Return this learner: in the learner's own kernel there is no state to protect."""
        return self

    def _find(self, target: str) -> Any:
        name, *path = target.split(".")
        value = self._namespace.get(name, ...)
        if value is ...:
            raise LearnerError("not_attempted", f"`{name}` is not there yet.")
        for attribute in path:
            try:
                value = self._run(target, lambda v=value, a=attribute: getattr(v, a))
            except LearnerError as error:
                if error.kind == "raised" and error.source is None:
                    kind = type(value).__name__
                    message = f"`{name}` is of type {kind}, which has no `{attribute}`."
                    raise LearnerError("protocol", message) from None
                raise
        return value

    def _run(self, target: str, act) -> Any:
        try:
            # What a function prints stays visible; on stderr it would cost nbgrader's points.
            with contextlib.redirect_stderr(sys.stdout):
                return act()
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise self._explain(error) from None

    def _explain(self, error: BaseException) -> LearnerError:
        frames = list(_frames(error.__traceback__))
        own = [f for f in frames if f.tb_frame.f_globals is self._namespace]
        if type(error) is NotImplementedError and own and own[-1] is frames[-1]:
            name = own[-1].tb_frame.f_code.co_name
            return LearnerError("not_attempted", f"`{name}` is not written yet.")
        text = str(error).strip().partition("\n")[0]
        message = f"{type(error).__name__}: {text}" if text else type(error).__name__
        if not own:
            return LearnerError("raised", message)
        line = own[-1].tb_lineno
        source = linecache.getline(own[-1].tb_frame.f_code.co_filename, line).strip()
        return LearnerError("raised", message, line, source or None)


def _frames(traceback: TracebackType | None):
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next
