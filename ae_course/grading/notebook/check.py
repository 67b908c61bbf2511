"""What a learner meets in the notebook: `check`, `hint`, `progress` and `done`.

They look at the variables of whoever calls them, which in a notebook are the learner's cells, and
use the same inputs each time, so that a verdict changes only when the code does.
"""

import os
import sys
from typing import Any

from ae_course._output import say
from ae_course.grading.judging.task import Exercise, Task, TaskResult, exercise_of, grade_task
from ae_course.grading.notebook.cards import Card, nudge, standing, verdict
from ae_course.grading.sandbox.child.in_process import LocalLearner

import numpy as np

_hints_given: dict[str, int] = {}
_last_exercise: list[Exercise] = []


class NotFullMarks(AssertionError):
    """Raised under nbgrader only, where a cell that raises gives no points."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def check(task_id: str) -> float | None:
    """Look at your answer to a task and say how it stands.

    Run it as often as you like: nothing is sent or stored.

    Args:
        task_id: the number in the task's heading, such as `"2.1"`.

    Returns:
        None. Under nbgrader (which sets `NBGRADER_EXECUTION`) the points of a partly right
        answer, which nbgrader takes as the cell's score; it raises if there are none.

    Example:
        >>> check("2.1")
    """
    found = _find(task_id)
    if found is None:
        return None
    exercise, task = found
    result = _grade(task, sys._getframe(1).f_globals)
    _show(verdict(result, _next_step(exercise, task, result)))
    if "NBGRADER_EXECUTION" not in os.environ or result.status == "correct":
        return None
    if result.points == 0:
        raise NotFullMarks(f"Task {task.id}: {result.status}")
    return result.points


def hint(task_id: str) -> None:
    """Show the next hint for a task: each call goes one step further.

    Args:
        task_id: the number in the task's heading, such as `"2.1"`.
    """
    found = _find(task_id)
    if found is None:
        return
    _, task = found
    number = min(_hints_given.get(task.id, 0) + 1, len(task.hints))
    _hints_given[task.id] = number
    _show(nudge(task, number))


def progress() -> None:
    """Check every task of the notebook again and show how it stands as a whole."""
    if not _last_exercise:
        _show(Card("not attempted", "Run one of the check cells first."))
        return
    exercise, variables = _last_exercise[-1], sys._getframe(1).f_globals
    results = [_grade(task, variables) for task in exercise.tasks]
    opened = [r for r in results if r.status != "correct"]
    footer = f"Next: {opened[0].id} {opened[0].title}." if opened else "All done. Well done!"
    _show(standing(exercise, results, footer))


def done(task_id: str) -> bool:
    """Return whether a task is solved: for cells that show what a right answer leads to."""
    found = _find(task_id)
    if found is None:
        return False
    return _grade(found[1], sys._getframe(1).f_globals).status == "correct"


def _find(task_id: str) -> tuple[Exercise, Task] | None:
    try:
        exercise = exercise_of(str(task_id))
    except KeyError as error:
        _show(Card("error", f"{error.args[0]}."))
        return None
    _last_exercise[:] = [exercise]
    return exercise, exercise[str(task_id)]


def _grade(task: Task, namespace: dict[str, Any]) -> TaskResult:
    seed = [int(part) for part in task.id.split(".")]
    return grade_task(task, LocalLearner(namespace), np.random.default_rng(seed))


def _next_step(exercise: Exercise, task: Task, result: TaskResult) -> str:
    if result.status == "correct":
        after = exercise.tasks[exercise.tasks.index(task) + 1 :]
        return f"Next: {after[0].id} {after[0].title}." if after else "See them all: `progress()`"
    if result.status == "not attempted":
        return f'Write it in the cell above. Need a start? `hint("{task.id}")`'
    return f'Change the cell above and run both again. Stuck? `hint("{task.id}")`'


def _show(card: Card) -> None:
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        say(card)
        return
    from IPython.display import display

    bundle = {"text/plain": str(card), "text/html": card.html()}
    display(bundle, raw=True, metadata=card.metadata)
