"""What a graded task is, and how a submission's points for it come about.

One definition serves the notebook, CI and a teacher: `grade_task` is the only place where points
are given, and it reaches the submission only through a `Learner`.
"""

import os
import re
import sys
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

from ae_course.grading.sandbox.child.learner import Learner, LearnerError

import numpy as np

Level = Literal["easy", "medium", "hard"]
Status = Literal["correct", "partly", "incorrect", "not attempted", "error"]

MARKS: dict[Status, str] = {
    "correct": "✓",
    "partly": "◐",
    "incorrect": "✗",
    "not attempted": "○",
    "error": "!",
}
"""The sign of each status, wherever one is shown."""

_TASKS = Path(__file__).parents[1] / "tasks"
_OWN_TASKS = "AE_COURSE_TASKS"


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer and the words that it must get.

    Attributes:
        says: one or two sentences: what went wrong, and what to do instead.
        wrong: the mistake itself: a function with the task's signature, a number, a letter, or
            Python source to run in place of the learner's cell. The tests run every one.
    """

    says: str
    wrong: Any


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Attributes:
        credit: the part of the check's points that was earned, from 0 to 1.
        says: what the learner should read; empty when all is well and no more need be said.
        kind: `judged`, or why there was nothing to judge.
    """

    credit: float
    says: str = ""
    kind: Literal["judged", "not attempted", "raised", "error"] = "judged"


class Check(Protocol):
    """One question asked of a submission; `kinds.py` holds the kinds there are."""

    points: int
    asks: str
    target: str
    mistakes: tuple[Mistake, ...]

    def judge(self, learner: Learner, target: str, rng: np.random.Generator) -> Finding:
        """Ask `target` of the learner and say what came."""


@dataclass(frozen=True)
class Task:
    """A task: what the learner writes, and what is asked of it.

    Attributes:
        id: chapter and number, such as `"2.1"`.
        title: a few words.
        points: the sum of the checks' points.
        level: `"easy"`, `"medium"` or `"hard"`.
        target: the name that the learner defines; a check may name another one.
        checks: asked in this order.
        hints: from the first small one to nearly the answer.
    """

    id: str
    title: str
    points: int
    level: Level
    target: str
    checks: tuple[Check, ...]
    hints: tuple[str, ...]

    def __post_init__(self):
        if not re.fullmatch(r"\d+\.\d+", self.id):
            raise ValueError(f"A task's id is chapter.number, such as '2.1', not {self.id!r}")
        if self.level not in get_args(Level):
            raise ValueError(f"Task {self.id}: level must be one of {get_args(Level)}")
        if not self.hints:
            raise ValueError(f"Task {self.id} has no hint")
        total = sum(check.points for check in self.checks)
        if total != self.points:
            raise ValueError(f"Task {self.id}: its checks give {total} points, not {self.points}")

    @property
    def targets(self) -> tuple[str, ...]:
        """Every name that the checks ask for, each once, in order."""
        return tuple(dict.fromkeys(check.target or self.target for check in self.checks))


@dataclass(frozen=True)
class Exercise:
    """A chapter's tasks; their points sum to 100.

    Attributes:
        stem: the notebook's name, such as `"01_basic_structure"`.
        title: the chapter's title.
        provides: modules of `ae_course` that are loaded before a submission is, by their short
            names, such as `"autoencoder"`: those that its given cells use. All others may be
            imported as well.
        tasks: in the notebook's order.
    """

    stem: str
    title: str
    provides: tuple[str, ...]
    tasks: tuple[Task, ...]

    def __post_init__(self):
        if not re.fullmatch(r"\d\d_[a-z_]+", self.stem):
            raise ValueError(f"An exercise's stem is like '01_basic_structure', not {self.stem!r}")
        ids = [task.id for task in self.tasks]
        if len(set(ids)) != len(ids):
            raise ValueError(f"{self.stem}: a task's id occurs twice in {ids}")
        strangers = [i for i in ids if int(i.split(".")[0]) != self.chapter]
        if strangers:
            raise ValueError(f"{self.stem}: tasks {strangers} belong to another chapter")
        total = sum(task.points for task in self.tasks)
        if total != 100:
            raise ValueError(f"{self.stem}: the tasks' points sum to {total}, not to 100")

    @property
    def chapter(self) -> int:
        """The chapter's number."""
        return int(self.stem[:2])

    def __getitem__(self, task_id: str) -> Task:
        for task in self.tasks:
            if task.id == task_id:
                return task
        known = ", ".join(task.id for task in self.tasks)
        raise KeyError(f"There is no task {task_id} in {self.stem}; there are {known}")


@dataclass
class TaskResult:
    """What a submission got for one task.

    Attributes:
        id: the task's id.
        title: the task's title.
        status: the verdict.
        points: what was earned.
        max_points: what could be earned, from the trusted definition.
        messages: one text a check: a mark and what was asked; on the next line what was found.
    """

    id: str
    title: str
    status: Status
    points: float
    max_points: int
    messages: list[str] = field(default_factory=list)


def use_tasks(folder: str | Path) -> list[str]:
    """Take a folder's exercises beside the course's; return the stems of all.

    Its files, such as `20_my_subject.py`, define `EXERCISE` as the course's do; they decide about
    points, so they must be as trusted as the course. The variable `AE_COURSE_TASKS` does the same.

    Raises:
        ValueError: if it is no folder, or a chapter would have two exercises.
    """
    os.environ[_OWN_TASKS] = str(Path(folder).resolve())
    return stems()


def definitions() -> dict[str, Path]:
    """Return the files that define exercises, by stem, in the order of the chapters.

    Raises:
        ValueError: if `AE_COURSE_TASKS` names no folder, or a chapter has two exercises.
    """
    folders, own = [_TASKS], os.environ.get(_OWN_TASKS)
    if own:
        if not Path(own).is_dir():
            raise ValueError(f"{own} is no folder; name the one that holds your own tasks")
        folders.append(Path(own).resolve())
    found: dict[str, Path] = {}
    for path in sorted(p for folder in folders for p in folder.glob("[0-9][0-9]_*.py")):
        other = [p for p in found.values() if p.name[:2] == path.name[:2]]
        if other:
            raise ValueError(
                f"Chapter {int(path.name[:2])} has two exercises, {other[0]} and {path}; give "
                "yours a number of its own"
            )
        found[path.stem] = path
    return dict(sorted(found.items()))


def stems() -> list[str]:
    """Return the stems of all exercises, in the order of the chapters."""
    return [*definitions()]


def load_exercise(stem: str) -> Exercise:
    """Return the exercise of a chapter's stem, such as `"01_basic_structure"`.

    Raises:
        KeyError: if there is none.
        ValueError: if a file in your own folder defines no such exercise.
    """
    files = definitions()
    if stem not in files:
        raise KeyError(f"There is no exercise {stem!r}; there are {', '.join(files)}")
    if files[stem].parent == _TASKS:
        return import_module(f"ae_course.grading.tasks.{stem}").EXERCISE
    return _own_exercise(files[stem])


@cache
def _own_exercise(path: Path) -> Exercise:
    """Execute the file of somebody's own tasks."""
    spec = spec_from_file_location(f"ae_course_own_tasks_{path.stem}", path)
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # where its dataclasses look
    spec.loader.exec_module(module)
    exercise = getattr(module, "EXERCISE", None)
    if not isinstance(exercise, Exercise) or exercise.stem != path.stem:
        raise ValueError(
            f"{path} should define EXERCISE = Exercise(stem={path.stem!r}, ...); "
            f"it defines {getattr(exercise, 'stem', exercise)!r}"
        )
    return exercise


def exercise_of(task_id: str) -> Exercise:
    """Return the exercise that holds the task `task_id`, such as `"2.1"`.

    Raises:
        KeyError: if no exercise has it, in words for a learner.
    """
    chapter = task_id.partition(".")[0]
    for stem in stems():
        if chapter.isdecimal() and int(stem[:2]) == int(chapter):
            exercise = load_exercise(stem)
            exercise[task_id]  # raises if the chapter has no such task
            return exercise
    raise KeyError(f"There is no task {task_id}. Task ids look like 2.1: chapter, then number")


def grade_task(task: Task, learner: Learner, rng: np.random.Generator) -> TaskResult:
    """Ask a task's checks of a submission and add up what they give.

    Whatever the submission does, a result comes back. A check whose target could not be had
    settles that target: the later checks on it are not asked.

    Args:
        task: the trusted definition.
        learner: the submission.
        rng: where the fresh inputs come from; the same state gives the same inputs.
    """
    earned, kinds, messages, settled = 0.0, [], [], {}
    for check, generator in zip(task.checks, rng.spawn(len(task.checks)), strict=True):
        target = check.target or task.target
        if target in settled:
            kinds.append(settled[target])
            mark = MARKS["not attempted"]
            messages.append(f"{mark} {check.asks}\nNot looked at yet: first the line above.")
            continue
        finding = _judge(check, learner, target, generator)
        if finding.kind != "judged":
            settled[target] = finding.kind
        kinds.append(finding.kind)
        earned += finding.credit * check.points
        messages.append(_message(check, finding))
    earned = round(earned, 2)
    return TaskResult(
        task.id, task.title, _status(kinds, earned, task.points), earned, task.points, messages
    )


def _judge(check, learner, target, rng) -> Finding:
    try:
        return check.judge(learner, target, rng)
    except LearnerError as error:
        return _from_error(error)
    except Exception as error:  # the check itself failed on the answer
        return Finding(0, f"This check could not read your answer ({error}).", "error")


def _from_error(error: LearnerError) -> Finding:
    if error.kind == "raised":
        return Finding(0, stopped(error), "raised")
    if error.kind == "not_attempted":
        return Finding(0, error.message, "not attempted")
    return Finding(0, error.message, "judged" if error.kind == "protocol" else "error")


def stopped(error: LearnerError, given: str = "") -> str:
    """Return in words where the learner's own code stopped, with what, and given which input."""
    start = f"With {given}, your" if given else "Your"
    where = f" Line {error.line} of your cell: `{error.source.strip()}`" if error.source else ""
    return f"{start} code stopped with `{error.message}`.{where}"


def _message(check: Check, finding: Finding) -> str:
    status = "not attempted" if finding.kind == "not attempted" else "incorrect"
    if finding.credit > 0:
        status = "correct" if finding.credit >= 1 else "partly"
    return f"{MARKS[status]} {check.asks}" + (f"\n{finding.says}" if finding.says else "")


def _status(kinds: list[str], earned: float, possible: int) -> Status:
    if "error" in kinds:
        return "error"
    if all(kind == "not attempted" for kind in kinds):
        return "not attempted"
    if earned >= possible:
        return "correct"
    return "partly" if earned > 0 else "incorrect"
