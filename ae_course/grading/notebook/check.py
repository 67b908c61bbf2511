"""What a learner meets in the notebook: `check`, `hint`, `progress`, `done`, `next_task`, `reset`.

They look at the variables of whoever calls them, which in a notebook are the learner's cells, and
use the same inputs each time, so that a verdict changes only when the code does.
"""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ae_course._output import say
from ae_course.grading.authoring.reset import reset as restart
from ae_course.grading.authoring.workspace import notebooks_in, saved_standing
from ae_course.grading.judging.task import (
    Exercise,
    Task,
    TaskResult,
    exercise_of,
    grade_task,
    load_exercise,
    stems,
)
from ae_course.grading.notebook.cards import (
    WORDS,
    Card,
    hint_card,
    standing,
    standing_of_all,
    verdict,
)
from ae_course.grading.sandbox.child import withheld
from ae_course.grading.sandbox.child.in_process import LocalLearner
from ae_course.grading.sandbox.child.learner import Learner

import numpy as np

hints_given: dict[str, int] = {}
last_exercise: list[Exercise] = []


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
    result, remarks = _judge_here(task, sys._getframe(1).f_globals)
    _show(verdict(result, next_step(exercise, task, result), remarks))
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
    number = min(hints_given.get(task.id, 0) + 1, len(task.hints))
    hints_given[task.id] = number
    _show(hint_card(task, number))


def progress(chapter: int | None = None) -> None:
    """Check every task of the notebook again and show how it stands as a whole.

    Args:
        chapter: the exercise's number; by default that of the notebook.
    """
    variables = sys._getframe(1).f_globals
    exercise = _exercise(chapter, variables)
    if exercise is None:
        known = f"There are {', '.join(stems())}."
        _show(Card("not attempted", f"Which chapter? Say its number, `progress(1)`. {known}"))
        return
    results = [_judge_here(task, variables)[0] for task in exercise.tasks]
    opened = [r for r in results if r.status != "correct"]
    footer = f"Next: {opened[0].id} {opened[0].title}." if opened else "All done. Well done!"
    _show(standing(exercise, results, footer))


def done(task_id: str) -> bool:
    """Return whether a task is solved: for cells that show what a right answer leads to."""
    found = _find(task_id)
    if found is None:
        return False
    return _judge_here(found[1], sys._getframe(1).f_globals)[0].status == "correct"


def overview() -> None:
    """Show how all the exercises in this folder stand, as they were last saved."""
    with _errors_as_cards() as tell:
        tasks, remarks = saved_standing(Path())
        tell(standing_of_all(tasks, remarks))


def next_task() -> None:
    """Name the first task that the notebooks in this folder, as last saved, leave open."""
    with _errors_as_cards() as tell:
        tasks, remarks = saved_standing(Path())
        opened = [one for one in tasks if one.status != "correct"]
        if not opened:
            tell(Card("correct", "All done. Well done!", tuple(remarks)))
            return
        task, words = opened[0].task, WORDS.get(opened[0].status, "not checked yet")
        title = f"Next: {task.id} {task.title} ({task.points} points), {words}"
        tell(Card("hint", title, tuple(remarks), f"Open {opened[0].notebook}"))


def reset(task_id: str, path: str = ".") -> None:
    """Put a task's cells back as they were given, in the notebook as it was last saved.

    Args:
        task_id: the number in the task's heading, such as `"2.1"`.
        path: the notebook, or the folder it is in.
    """
    with _errors_as_cards() as tell:
        backup, _ = restart(str(task_id).strip(), Path(path))
        title = f"Task {task_id} is as it was given. Your notebook before that: {backup.name}"
        tell(Card("hint", title, (), "Reload the notebook from disk now, without saving it."))


def judge(task: Task, learner: Learner) -> TaskResult:
    """Return the verdict on a task, from the same inputs each time."""
    seed = [int(part) for part in task.id.split(".")]
    return grade_task(task, learner, np.random.default_rng(seed))


def _judge_here(task: Task, variables: dict[str, Any]) -> tuple[TaskResult, tuple[str, ...]]:
    """Judge what the notebook holds, by the grader's rule about what may be used."""
    with withheld.kept_out(variables) as names:
        return judge(task, LocalLearner(variables)), tuple(map(withheld.words, names))


def next_step(exercise: Exercise, task: Task, result: TaskResult, help_: str = "") -> str:
    """Return what a learner does after a verdict; `help_` is what shows a hint."""
    help_ = help_ or f'`hint("{task.id}")`'
    if result.status == "correct":
        after = exercise.tasks[exercise.tasks.index(task) + 1 :]
        return f"Next: {after[0].id} {after[0].title}." if after else "See them all: `progress()`"
    if result.status == "not attempted":
        return f"Write it in the cell above. Need a start? {help_}"
    return f"Change the cell above and run both again. Stuck? {help_}"


def _find(task_id: str) -> tuple[Exercise, Task] | None:
    with _errors_as_cards():
        exercise = exercise_of(str(task_id).strip())
        last_exercise[:] = [exercise]
        return exercise, exercise[str(task_id).strip()]


@contextlib.contextmanager
def _errors_as_cards() -> Iterator[Callable[[Card], None]]:
    """Show what goes wrong as a card: a learner gets no traceback of ours."""
    try:
        yield _show
    except (KeyError, ValueError, OSError) as error:
        says = f"{error.args[0]}." if isinstance(error, KeyError) else str(error)
        _show(Card("error", says))


def _exercise(chapter: int | None, variables: dict[str, Any]) -> Exercise | None:
    """The chapter asked for; else that of the last check, of this notebook, or of the answers."""
    if chapter is not None:
        wanted = [
            stem for stem in stems() if str(chapter).strip().lstrip("0") == f"{int(stem[:2])}"
        ]
        return load_exercise(wanted[0]) if wanted else None
    if last_exercise:
        return last_exercise[-1]
    for path in (Path(os.environ.get("JPY_SESSION_NAME", "nowhere")), Path()):
        with contextlib.suppress(ValueError, OSError):
            found, _ = notebooks_in(path)
            if len(found) == 1:
                return load_exercise(next(iter(found)))
    there = {
        stem: sum(name.partition(".")[0] in variables for name in names)
        for stem in stems()
        for names in [{t for task in load_exercise(stem).tasks for t in task.targets}]
    }
    best = max(there, key=there.get)
    return load_exercise(best) if there[best] else None


def _show(card: Card) -> None:
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        say(card)
        return
    from IPython.display import display

    bundle = {"text/plain": str(card), "text/html": card.html()}
    display(bundle, raw=True, metadata=card.metadata)
