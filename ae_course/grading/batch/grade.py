"""Grade many submissions at once, and lose none: `grade` is the command's Python side."""

import functools
import hashlib
import json
import os
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ae_course.grading import report, submission
from ae_course.grading.isolation import SandboxError, caution, strongest
from ae_course.grading.journal import Journal, key
from ae_course.grading.limits import Limits
from ae_course.grading.remote import RemoteLearner
from ae_course.grading.sandbox import LIBRARIES, Sandbox
from ae_course.grading.submission import Submission
from ae_course.grading.task import Exercise, TaskResult, grade_task, load_exercise, stems

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

    def fingerprint(self) -> str:
        """What a result depends on beside the submission."""
        facts = [self.seed, self.level, asdict(self.limits), self.libraries, _source_hash()]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


class Slot:
    """A place where one submission after another is graded, with a warm sandbox.

    Args:
        settings: the batch's.
    """

    def __init__(self, settings: Settings):
        self._settings = settings
        self._sandbox: Sandbox | None = None
        self._provides: tuple[str, ...] = ()
        self._closed = False

    def grade(self, handed_in: Submission) -> dict[str, Any]:
        """Return the report's part on one submission, whatever it does."""
        exercise, results = None, {}
        if handed_in.exercise is not None:
            exercise = self._settings.load(handed_in.exercise)
        if handed_in.problem or exercise is None:
            return report.entry(handed_in, exercise, results, seconds=0.0, peak_mb=0)
        began = time.monotonic()
        for attempt in (1, 2):
            try:
                results, facts = self._judge(handed_in, exercise)
                break
            except SandboxError as error:
                if self._closed:
                    raise
                self._drop()
                facts = {"notes": [*handed_in.notes, f"{error} (attempt {attempt})"]}
        seconds = round(time.monotonic() - began, 2)
        return report.entry(handed_in, exercise, results, **{"seconds": seconds, **facts})

    def close(self) -> None:
        """End the sandbox."""
        self._closed = True
        self._drop()

    def _judge(self, handed_in: Submission, exercise: Exercise):
        settings, results = self._settings, {}
        if self._sandbox is None or self._provides != exercise.provides:
            self._drop()
            self._provides = exercise.provides
            self._sandbox = Sandbox(
                exercise.provides,
                settings.limits,
                settings.level,
                settings.libraries,
            )
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

    def _drop(self) -> None:
        if self._sandbox is not None:
            self._sandbox.close()
        self._sandbox = None


def grade(
    paths: Iterable[str | Path],
    *,
    exercise: str | None = None,
    seed: int | None = None,
    jobs: int | None = None,
    limits: Limits | None = None,
    isolation: str | None = None,
    require_isolation: str | None = None,
    output: str | Path | None = None,
    scheduler: str | None = None,
    libraries: Sequence[str] = LIBRARIES,
    load: Callable[[str], Exercise] = load_exercise,
    on_result: Callable[[dict[str, Any], int], None] = lambda entry, total: None,
) -> dict[str, Any]:
    """Grade notebooks and folders of them, and return the report.

    Args:
        paths: files and folders.
        exercise: the stem they are for, if their names do not say so.
        seed: for the same inputs again; by default a fresh one, which the report records.
        jobs: how many at once; by default one a processor.
        limits: what a submission may use.
        isolation: the level to use; by default the strongest this system offers.
        require_isolation: the weakest level that will do.
        output: a folder in which results are kept as they come, so that a batch that was
            interrupted goes on where it stood; this function removes that file when it is done.
        scheduler: address of a Dask scheduler whose workers do the grading.
        libraries: what to load once beforehand.
        load: gives an exercise's trusted definition by its stem.
        on_result: called with each new entry and the number of submissions.

    Raises:
        FileNotFoundError: if a path does not exist.
        KeyError: if there is no such exercise.
        SandboxError: if the isolation required is not to be had.

    Example:
        >>> grade(["submissions/"], seed=1)["statistics"]  # doctest: +SKIP
    """
    level = strongest(require_isolation, isolation)
    names = [exercise] if exercise else stems()
    found = list(dict.fromkeys(submission.find(paths)))
    # Exercise by exercise, since another exercise means another sandbox.
    found.sort(key=lambda pair: submission.stem_of(*pair, names) or "")
    if exercise:
        load(exercise)
    handed_in = (submission.read(path, root, names, exercise) for path, root in found)
    with Journal(output and Path(output), seed) as journal:
        settings = Settings(journal.seed, level, limits or Limits(), tuple(libraries), load)
        entries = journal.known(settings.fingerprint())
        ahead = (one for one in handed_in if key(one) not in entries)
        if scheduler:
            from ae_course.grading.cluster import grade_on_cluster

            coming = grade_on_cluster(ahead, settings, scheduler)
        else:
            coming = _in_threads(ahead, settings, min(jobs or os.cpu_count() or 1, len(found)))
        for one in entries.values():
            on_result(one, len(found))
        for one in coming:
            if entries.setdefault(key(one), one) is one:
                journal.add(one)
                on_result(one, len(found))
        journal.finished = True
    return report.build(
        entries.values(),
        seed=settings.seed,
        isolation=level,
        caution=caution(level),
        limits=asdict(settings.limits),
    )


@functools.cache
def _source_hash() -> str:
    """Changes whenever the grader, a task or a course module does."""
    digest, package = hashlib.sha256(), Path(__file__).resolve().parent.parent
    for path in sorted(package.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _in_threads(
    ahead: Iterable[Submission], settings: Settings, jobs: int
) -> Iterator[dict[str, Any]]:
    """Yield results as they come from `jobs` slots, each in a thread."""
    inbox: queue.Queue = queue.Queue(maxsize=1)
    done: queue.Queue = queue.Queue()
    slots = [Slot(settings) for _ in range(jobs)]

    def feed() -> None:
        try:
            for one in ahead:
                inbox.put(one)
        except BaseException as error:
            done.put(error)
        for _ in slots:
            inbox.put(None)

    def work(slot: Slot) -> None:
        try:
            while (one := inbox.get()) is not None:
                done.put(slot.grade(one))
        except BaseException as error:
            done.put(error)
        finally:
            slot.close()
            done.put(None)

    for target, arguments in [(feed, ()), *((work, (slot,)) for slot in slots)]:
        threading.Thread(target=target, args=arguments, daemon=True).start()
    running = len(slots)
    try:
        while running:
            one = done.get()
            if one is None:
                running -= 1
            elif isinstance(one, BaseException):
                raise one
            else:
                yield one
    finally:
        for slot in slots:
            slot.close()
