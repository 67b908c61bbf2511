"""Grade many submissions at once: `grade` is what `ae-course grade` calls."""

import os
import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ae_course.grading.batch import report
from ae_course.grading.batch.journal import Journal, key
from ae_course.grading.batch.slot import Settings, Slot
from ae_course.grading.batch.submission import Submission, collect_submissions
from ae_course.grading.judging.task import Exercise, load_exercise, stems
from ae_course.grading.sandbox.child.limits import Limits
from ae_course.grading.sandbox.host.isolation import caution, strongest
from ae_course.grading.sandbox.host.sandbox import LIBRARIES

_ENDS_WITHIN = 30.0  # seconds for a thread whose sandbox has been ended


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
    on_report: Callable[[dict[str, Any]], None] = lambda report: None,
) -> dict[str, Any]:
    """Grade notebooks and folders of them, and return the report.

    Args:
        paths: files, archives and folders.
        exercise: the stem that all are for; by default each notebook's cells, or else its name,
            say it.
        seed: for the same inputs again; by default a fresh one, which the report records.
        jobs: how many at once; by default one a processor.
        limits: what a submission may use.
        isolation: the level to use; by default the strongest this system offers.
        require_isolation: the weakest level that will do.
        output: a folder in which results are kept as they come, so that a batch that was
            interrupted goes on where it stood.
        scheduler: address of a Dask scheduler whose workers do the grading.
        libraries: what to load once beforehand.
        load: gives an exercise's trusted definition by its stem.
        on_result: called with each new entry and the number of submissions.
        on_report: called with the whole report. What was kept in `output` is removed when it
            returns, and stays if it raises.

    Raises:
        FileNotFoundError: if a path does not exist.
        KeyError: if there is no such exercise.
        SandboxError: if the isolation required is not to be had, or a sandbox does not give a
            known solution full marks, or the cluster is not to be had.
        BlockingIOError: if another batch writes to `output`.
        NotWritten: if results can't be kept in `output`.

    Example:
        >>> grade(["submissions/"], seed=1)["statistics"]  # doctest: +SKIP
    """
    if scheduler:
        from ae_course.grading.batch.dask import grade_on_cluster, level_on_cluster

        level = level_on_cluster(require_isolation, isolation)
    else:
        level = strongest(require_isolation, isolation)
    if exercise:
        load(exercise)
    submissions, unread = collect_submissions(paths, stems(), exercise, without=output)
    wanted = {key(one): one for one in submissions}
    with Journal(output and Path(output), seed) as journal:
        settings = Settings(journal.seed, level, limits or Limits(), tuple(libraries), load)
        entries = journal.resume(settings.facts(), wanted, settings.is_whole)
        ahead = [one for one in submissions if key(one) not in entries]
        if scheduler:
            coming = grade_on_cluster(ahead, settings, scheduler, journal.remarks)
        else:
            coming = _in_threads(ahead, settings, min(jobs or os.cpu_count() or 1, len(ahead)))
        for one in list(entries.values()):
            on_result(one, len(submissions))
        for one in coming:
            if entries.setdefault(key(one), one) is one:
                journal.add(one)
                on_result(one, len(submissions))
        whole = report.build(
            entries.values(),
            unread,
            seed=settings.seed,
            isolation=level,
            caution=caution(level),
            remarks=journal.remarks,
            limits=asdict(settings.limits),
        )
        on_report(whole)
        journal.finished = True
    return whole


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

    threading.Thread(target=feed, daemon=True).start()
    workers = [threading.Thread(target=work, args=(slot,), daemon=True) for slot in slots]
    for worker in workers:
        worker.start()
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
        for worker in workers:
            worker.join(_ENDS_WITHIN)
