"""`Learner`, the interface through which a check calls what the learner wrote.

In a notebook the submission runs in the learner's own kernel, in CI and for teachers in a child
process behind a pipe. A check cannot tell which, and the process that gives the points never runs
the submission.
"""

from dataclasses import dataclass
from typing import Any, Literal, Protocol

ErrorKind = Literal[
    # the stub is untouched: the name is missing, `...`, or raises NotImplementedError
    "not_attempted",
    "raised",  # the learner's code raised; `line` and `source` say where
    "timeout",
    "memory",
    "killed",  # the process ended: os._exit, a segmentation fault, a signal
    "protocol",  # what came back was not a value of an allowed type and size
]


@dataclass
class LearnerError(Exception):
    """The submission did not give a value.

    Attributes:
        kind: what happened, one of `ErrorKind`.
        message: the learner's own exception text, or ours, in one line.
        line: the 1-based line in the cell, where known.
        source: the text of that line, where known.
    """

    kind: ErrorKind
    message: str
    line: int | None = None
    source: str | None = None


class Learner(Protocol):
    """A submission, wherever it runs. Values are numbers, strings, booleans or NumPy arrays."""

    def get(self, target: str) -> Any:
        """Return the value of a variable or attribute path: `"answer_1_2"`, `"model.name"`.

        Raises:
            LearnerError: if it is missing, unset (`...`), or not a message value.
        """

    def call(self, target: str, *args: Any, **kwargs: Any) -> Any:
        """Call a function or method path, `"encode"` or `"model.encode"`, and return its value.

        Arrays are copied first, so that a function that changes its input changes only the copy.

        Raises:
            LearnerError: if the call gave no message value.
        """

    def fresh(self) -> "Learner":
        """Return the same submission, without memory of what it was asked so far.

        Across a pipe the cells run again in a new process, so that an answer can't lean on inputs
        remembered from an earlier call (`decode` on what `encode` has seen); seeds make the two
        runs alike. In the learner's own kernel it is the same object.
        """
