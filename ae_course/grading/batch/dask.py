"""The same batch on the workers of a Dask cluster, for classes that outgrow one machine.

A result counts when it arrives here, once. A submission whose worker was lost goes to another one.
"""

import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from ae_course.grading.batch.report import entry
from ae_course.grading.batch.slot import Settings, Slot
from ae_course.grading.batch.submission import Submission
from ae_course.grading.sandbox.host.isolation import SandboxError

_TRIES = 5
_lock = threading.Lock()
_slots: dict[str, list[Slot]] = {}


def grade_on_cluster(
    ahead: Iterable[Submission], settings: Settings, scheduler: str
) -> Iterator[dict[str, Any]]:
    """Yield results as they come from a cluster's workers.

    Args:
        ahead: the submissions.
        settings: the batch's; every worker must offer its level of isolation.
        scheduler: the scheduler's address, such as `"tcp://127.0.0.1:8786"`.

    Raises:
        ModuleNotFoundError: without the extra `cluster`.
        SandboxError: if there is no scheduler.
    """
    try:
        from distributed import Client, as_completed
    except ModuleNotFoundError as error:
        message = "A cluster needs `pip install 'ae-course[cluster]'`."
        raise ModuleNotFoundError(message) from error
    try:
        client = Client(scheduler, timeout=30, set_as_default=False)
    except OSError as error:
        raise SandboxError(f"The cluster is not to be had: {error}") from None
    with client:
        futures = {
            client.submit(_grade_here, one, settings, pure=False, retries=_TRIES): one
            for one in ahead
        }
        for future in as_completed(list(futures)):
            try:
                yield future.result()
            except Exception as error:  # it ended several workers
                lost = replace(futures[future], problem=f"No worker could grade it: {error}")
                yield entry(lost, settings.load(lost.exercise) if lost.exercise else None, {})
            del futures[future]
        client.run(close_slots)


def close_slots() -> None:
    """End this worker's sandboxes."""
    with _lock:
        slots = [slot for group in _slots.values() for slot in group]
        _slots.clear()
    for slot in slots:
        slot.close()


def _grade_here(one: Submission, settings: Settings) -> dict[str, Any]:
    """Runs in a worker: grade with a slot that is idle, or a new one."""
    key = settings.fingerprint()
    with _lock:
        idle = _slots.setdefault(key, [])
        slot = idle.pop() if idle else Slot(settings)
    try:
        return slot.grade(one)
    finally:
        with _lock:
            _slots.setdefault(key, []).append(slot)
