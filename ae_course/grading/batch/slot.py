"""A place where one submission after another is graded, and what all of a batch share."""

import functools
import hashlib
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ae_course.grading.batch import report
from ae_course.grading.batch.self_test import self_test
from ae_course.grading.batch.submission import Submission
from ae_course.grading.judging.task import (
    Exercise,
    TaskResult,
    definitions,
    grade_task,
    load_exercise,
)
from ae_course.grading.sandbox.child.limits import Limits
from ae_course.grading.sandbox.host.isolation import SandboxError
from ae_course.grading.sandbox.host.remote import RemoteLearner
from ae_course.grading.sandbox.host.sandbox import LIBRARIES, Sandbox

import numpy as np


@dataclass(frozen=True)
class Settings:
    """What all submissions of a batch have in common.

    Attributes:
        seed: the fresh inputs come from it alone.
        level: the level of isolation.
        limits: what a submission may use.
        libraries: what is loaded beforehand.
        load: gives an exercise's trusted definition by its stem.
    """

    seed: int
    level: str
    limits: Limits = field(default_factory=Limits)
    libraries: tuple[str, ...] = LIBRARIES
    load: Callable[[str], Exercise] = load_exercise

    def facts(self) -> dict[str, Any]:
        """What a result depends on beside the submission, as JSON gives it back."""
        return {
            "seed": self.seed,
            "level": self.level,
            "limits": asdict(self.limits),
            "libraries": list(self.libraries),
            "course": _source_hash(*definitions().values()),
        }

    def is_whole(self, one: Mapping[str, Any], handed_in: Submission) -> bool:
        """Whether an entry from a file is one that this batch can have made."""
        exercise = self.load(handed_in.exercise) if handed_in.exercise else None
        return report.is_whole(one, handed_in, exercise)

    def fingerprint(self) -> str:
        """The same, short."""
        return hashlib.sha256(json.dumps(self.facts()).encode()).hexdigest()


class Slot:
    """A place where one submission after another is graded, with a warm sandbox.

    Args:
        settings: the batch's.
    """

    def __init__(self, settings: Settings):
        self._settings = settings
        self._sandbox: Sandbox | None = None
        self._provides: tuple[str, ...] = ()
        self._proven: set[tuple[str, ...]] = set()
        self._lock, self._closed = threading.Lock(), False

    def grade(self, handed_in: Submission) -> dict[str, Any]:
        """Return the report's part on one submission, whatever it does.

        Raises:
            SandboxError: if the exercise's first sandbox does not pass the self-test.
        """
        exercise, results = None, {}
        if handed_in.exercise is not None:
            exercise = self._settings.load(handed_in.exercise)
        if handed_in.problem or exercise is None:
            return report.entry(handed_in, exercise, results)
        began, notes = time.monotonic(), []
        for attempt in (1, 2):
            try:
                results, facts = self._judge(handed_in, exercise)
                break
            except SandboxError as error:
                if self._closed or (attempt == 2 and exercise.provides not in self._proven):
                    raise
                self._drop()
                notes.append(f"{error} ({'It was started again.' if attempt == 1 else 'Twice.'})")
                facts = {"sandbox_lost": attempt == 2, "notes": handed_in.notes}
        facts["notes"] = [*facts["notes"], *notes]
        seconds = round(time.monotonic() - began, 2)
        return report.entry(handed_in, exercise, results, **{"seconds": seconds, **facts})

    def close(self) -> None:
        """End the sandbox, from any thread; the submission it works on gets no entry."""
        with self._lock:
            self._closed = True
        self._drop()

    def _judge(self, handed_in: Submission, exercise: Exercise):
        settings, results = self._settings, {}
        if self._sandbox is None or self._provides != exercise.provides:
            self._drop()
            self._provides = exercise.provides
            self_test(self._new_sandbox(exercise.provides))
            self._proven.add(exercise.provides)
        learner = RemoteLearner(self._sandbox, handed_in.cells, settings.limits)
        for task in exercise.tasks:
            seed = [settings.seed, *map(int, task.id.split("."))]
            try:
                results[task.id] = grade_task(task, learner, np.random.default_rng(seed))
            except Exception as error:
                says = [f"The grader itself failed at this task ({type(error).__name__})."]
                results[task.id] = TaskResult(task.id, task.title, "error", 0.0, task.points, says)
            if learner.failure is not None:
                raise learner.failure
        learner.close()
        return results, {
            "notes": [*handed_in.notes, *learner.notes],
            "output": learner.output[:4000],
            "peak_mb": learner.peak_mb,
        }

    def _new_sandbox(self, provides: tuple[str, ...]) -> Sandbox:
        settings = self._settings
        sandbox = Sandbox(provides, settings.limits, settings.level, settings.libraries)
        with self._lock:
            if self._closed:
                raise SandboxError("The batch is over.")
            self._sandbox = sandbox
        return sandbox

    def _drop(self) -> None:
        sandbox, self._sandbox = self._sandbox, None
        if sandbox is not None:
            sandbox.close_for_good()


@functools.cache
def _source_hash(*definitions: Path) -> str:
    """Changes whenever the grader, a task or a course module does."""
    digest, package = hashlib.sha256(), Path(__file__).resolve().parents[2]
    for path in sorted({*package.rglob("*.py"), *definitions}):
        digest.update(path.read_bytes())
    return digest.hexdigest()
