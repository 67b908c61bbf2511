"""A saved notebook run outside Jupyter, so that `ae-course check` can look at an answer.

For learning, not for marks: the notebook runs in this very process, as it would in its kernel.
"""

import contextlib
import io
import os
from pathlib import Path
from typing import Any

from ae_course.grading.authoring.workspace import read
from ae_course.grading.judging.task import Task
from ae_course.grading.reading.identity import task_of
from ae_course.grading.reading.notebooks import source_of
from ae_course.grading.sandbox.child.learner import LearnerError
from ae_course.grading.sandbox.child.run_cells import Notebook


class Rerun:
    """A `Learner` over what a saved notebook's cells define.

    Args:
        path: the notebook; its cells run in its folder, as in Jupyter.
        task: the last one of interest: what comes after its check cell is left out.

    Raises:
        ValueError: if it is no notebook, in words for its learner.
    """

    def __init__(self, path: Path, task: Task):
        cells = _up_to_check(read(path)["cells"], task.id)
        os.environ |= {"MPLBACKEND": "Agg", "AE_COURSE_PROGRESS": "off"}
        self._notebook = Notebook()
        with contextlib.chdir(path.resolve().parent), contextlib.redirect_stdout(io.StringIO()):
            for number, source in enumerate(cells, start=1):
                with contextlib.suppress(LearnerError):  # kept for questions about its names
                    self._notebook.run(number, source)

    @property
    def mutated(self) -> tuple[int, ...]:
        """Positions of the array arguments that the last call changed in place."""
        return self._notebook.learner.mutated

    def get(self, target: str) -> Any:
        """Return a message value; see `Learner.get`."""
        try:
            return self._notebook.learner.get(target)
        except LearnerError as error:
            raise self._notebook.explain(target, error) from None

    def call(self, target: str, *args: Any, **kwargs: Any) -> Any:
        """Call and return a message value; see `Learner.call`."""
        try:
            return self._notebook.learner.call(target, *args, **kwargs)
        except LearnerError as error:
            raise self._notebook.explain(target, error) from None

    def fresh(self) -> "Rerun":
        """Return this learner: in the learner's own process there is no state to protect."""
        return self


def _up_to_check(cells: list[Any], task_id: str) -> list[str]:
    """The sources of the code cells before a task's check, other checks left out."""
    found, best = [], None
    for cell in cells:
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        source = source_of(cell) or ""
        if source.lstrip().startswith("check("):
            best = len(found) if task_of(cell) == task_id else best
            continue
        found.append(source)
    return found[:best]
