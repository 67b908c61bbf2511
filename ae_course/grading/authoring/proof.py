"""What every exercise keeps: in step, solvable, not empty, kind to known mistakes.

Each function returns what is wrong, in words for the exercise's author; an empty list is well.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ae_course.grading.authoring.release import read, release
from ae_course.grading.authoring.run_cells import run_cell, run_notebook
from ae_course.grading.judging.kinds import Choice, Number
from ae_course.grading.judging.task import (
    Check,
    Mistake,
    Task,
    TaskResult,
    grade_task,
    load_exercise,
)
from ae_course.grading.sandbox.child.in_process import LocalLearner

import numpy as np

FEWEST_MISTAKES = 3
"""A task knows at least so many wrong answers, and what to say of each."""


def prove(stem: str, root: Path, seeds: Iterable[int] = range(3)) -> list[str]:
    """Prove an exercise with its notebooks; they run in this process, so they must be your own.

    Args:
        stem: the exercise, such as `"01_basic_structure"`.
        root: the folder that holds `solutions/` and `exercises/`.
        seeds: of the inputs that are drawn.

    Raises:
        FileNotFoundError: if a notebook is not there.
        ReleaseError: if the solution does not fit the definition.
    """
    exercise, seeds = load_exercise(stem), list(seeds)
    solution, given = (read(root / f / f"{stem}.ipynb") for f in ("solutions", "exercises"))
    wrong = [f"{path} is out of step with its solution" for path in release(stem, root, check=True)]
    solved, untouched = run_notebook(solution), run_notebook(given)
    for task in exercise.tasks:
        found = [*unsolved(task, solved, seeds), *attempted(task, untouched)]
        found += [*too_few(task), *untold(task, solved, seeds), *unmentioned(task, given)]
        wrong += [f"Task {task.id}: {one}" for one in found]
    return wrong


def unsolved(task: Task, variables: Mapping[str, Any], seeds: Iterable[int]) -> list[str]:
    """Where a solution does not get full marks."""
    results = {seed: _grade(task, variables, seed) for seed in seeds}
    return [
        f"the solution gets {result.points:g} of {result.max_points} points with seed {seed}. "
        + " ".join(result.messages)
        for seed, result in results.items()
        if result.status != "correct" or result.points != result.max_points
    ]


def attempted(task: Task, variables: Mapping[str, Any]) -> list[str]:
    """Whether the exercise as it is given counts as an answer."""
    result = _grade(task, variables, 0)
    if (result.status, result.points) == ("not attempted", 0):
        return []
    return [f"the untouched exercise is {result.status}, with {result.points:g} points"]


def too_few(task: Task) -> list[str]:
    """Whether a task knows enough wrong answers."""
    count = len(_mistakes(task))
    if count >= FEWEST_MISTAKES:
        return []
    return [f"it knows {count} wrong answers; give it {FEWEST_MISTAKES} or more"]


def untold(task: Task, variables: dict[str, Any], seeds: Iterable[int]) -> list[str]:
    """Which known mistakes keep their points, or are not called what they are.

    Each is made in the place of the answer, where the solution's other functions find it, and
    taken back.
    """
    wrong, seeds, right = [], list(seeds), dict(variables)
    for check, target, mistake in _mistakes(task):
        try:
            _make(check, target, mistake, variables)
            results = {seed: _grade(task, variables, seed) for seed in seeds}
        finally:
            variables.clear()
            variables.update(right)
        for seed, result in results.items():
            told = f"of the mistake {mistake.says!r}, with seed {seed}"
            kept = result.max_points - check.points / 2
            if result.status not in ("partly", "incorrect") or result.points > kept:
                wrong.append(f"{result.points:g} points are left {told}")
            if not any(mistake.says in message for message in result.messages):
                wrong.append(f"the learner is told nothing {told}, but: {result.messages}")
    return wrong


def unmentioned(task: Task, given: Any) -> list[str]:
    """Which names and options the exercise's notebook does not show."""
    text = "\n".join(cell.source for cell in given.cells)
    names = [target.partition(".")[0] for target in task.targets]
    wrong = [f"`{name}` is not in the notebook" for name in names if name not in text]
    letters = [k for check in task.checks if isinstance(check, Choice) for k in check.why]
    return wrong + [
        f"option {letter} is not in the notebook, as `- **{letter}**: ...`"
        for letter in letters
        if f"- **{letter}**:" not in text
    ]


def _grade(task: Task, variables: Mapping[str, Any], seed: int) -> TaskResult:
    return grade_task(task, LocalLearner(variables), np.random.default_rng(seed))


def _mistakes(task: Task) -> list[tuple[Check, str, Mistake]]:
    return [(c, c.target or task.target, m) for c in task.checks for m in c.mistakes]


def _make(check: Check, target: str, mistake: Mistake, namespace: dict[str, Any]) -> None:
    """Answer as somebody would who makes this mistake."""
    wrong = mistake.wrong
    if isinstance(check, Number) and callable(wrong):
        wrong = wrong()
    if isinstance(wrong, str) and not isinstance(check, Choice):
        run_cell(wrong, namespace, "mistake")
    else:
        namespace[target] = wrong
