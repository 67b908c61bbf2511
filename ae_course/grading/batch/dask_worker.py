"""What runs in a worker of a Dask cluster: bytes of JSON come in, and bytes of JSON go out.

Nothing here raises: Dask would pickle the error, and who reads the answers unpickles nothing.
"""

import base64
import functools
import importlib
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from ae_course._versions import versions
from ae_course.grading.batch.self_test import self_test
from ae_course.grading.batch.slot import Settings, Slot
from ae_course.grading.batch.submission import Submission
from ae_course.grading.judging.task import Exercise
from ae_course.grading.sandbox.child.confine import hide_memory
from ae_course.grading.sandbox.child.limits import Limits
from ae_course.grading.sandbox.host.isolation import SandboxError, available
from ae_course.grading.sandbox.host.sandbox import Sandbox

CLIENT = "ae_course.grading.batch.dask_client"
"""The module that talks to the cluster, in a process of its own."""

IDLE_SECONDS = 300
"""A sandbox that had nothing to do for so long is ended, as when the batch was killed."""

_lock = threading.Lock()
_idle: dict[str, list[tuple[Slot, float]]] = {}
_timer: threading.Timer | None = None


def _in_json(answer: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[bytes], bytes]:
    """Let a function from JSON to JSON stand where bytes come and go."""

    @functools.wraps(answer)
    def in_bytes(request: bytes) -> bytes:
        try:
            return json.dumps(answer(json.loads(request)), allow_nan=False).encode()
        except SandboxError as error:
            return json.dumps({"problem": str(error)}).encode()
        except Exception as error:
            says = f"The worker failed with {type(error).__name__}: {error}"
            return json.dumps({"problem": says}).encode()

    return in_bytes


@_in_json
def examine(request: dict[str, Any]) -> dict[str, Any]:
    """Say why this worker may not grade: `{"problem": ...}`, empty if it may.

    Args:
        request: from `batch_as_json`.
    """
    theirs, ours = request["versions"], installed()
    other = [f"{name} {ours[name]} in place of {theirs[name]}" for name in theirs]
    other = [says for says, name in zip(other, theirs, strict=True) if ours[name] != theirs[name]]
    if other:
        return {"problem": f"It has {', '.join(other)}: install there what the batch has."}
    settings = _settings(request)
    if settings.facts()["course"] != request["facts"]["course"]:
        return {
            "problem": f"Its ae-course {ours['ae-course']} has other source files than the "
            "batch's, of the same version: install the same commit there."
        }
    missing = available()[settings.level]
    if missing:
        return {
            "problem": f"It does not offer isolation level {settings.level}: {missing}. Install "
            "what is missing there, or choose another level for all with --isolation."
        }
    hide_memory()
    with Sandbox((), Limits(), settings.level, ("numpy",)) as sandbox:
        self_test(sandbox)
    return {"problem": ""}


@_in_json
def grade(request: dict[str, Any]) -> dict[str, Any]:
    """Grade one submission: `{"entry": ...}`, or `{"problem": ...}` if this worker can't.

    Args:
        request: the batch, and the submission from `as_json`.
    """
    hide_memory()
    settings = _settings(request)
    key = settings.fingerprint()
    with _lock:
        slots = _idle.setdefault(key, [])
        slot = slots.pop()[0] if slots else Slot(settings)
    try:
        entry = slot.grade(from_json(request["submission"]))
    except BaseException:
        slot.close()
        raise
    with _lock:
        _idle.setdefault(key, []).append((slot, time.monotonic()))
        _end_later()
    return {"entry": entry}


@_in_json
def close(request: dict[str, Any]) -> dict[str, Any]:
    """End this worker's sandboxes: the batch is over."""
    end_idle(0)
    return {}


def end_idle(seconds: float) -> None:
    """End the sandboxes that had nothing to do for so long."""
    now, old = time.monotonic(), []
    with _lock:
        for key, slots in _idle.items():
            old += [slot for slot, since in slots if now - since >= seconds]
            _idle[key] = [(slot, since) for slot, since in slots if now - since < seconds]
    for slot in old:
        slot.close()


def installed() -> dict[str, str]:
    """Return the versions on which a mark may depend, of Python the first two numbers."""
    found = versions("ae-course", "keras", "numpy", "tensorflow")
    return {**found, "python": found["python"].rpartition(".")[0]}


def batch_as_json(settings: Settings) -> dict[str, Any]:
    """Return what a worker must know of a batch, as JSON has it.

    Raises:
        ValueError: if a worker could not find the exercises' definitions by name.
    """
    load = f"{settings.load.__module__}:{settings.load.__qualname__}"
    if "<" in load:
        raise ValueError(f"On a cluster `load` must be a module's function, not {load}")
    return {"facts": settings.facts(), "load": load, "versions": installed()}


def as_json(one: Submission) -> dict[str, Any]:
    """Return a submission as JSON has it."""
    return {**asdict(one), "code": base64.b64encode(one.code).decode()}


def from_json(facts: Mapping[str, Any]) -> Submission:
    """Return the submission that `as_json` made something of."""
    code, notes = base64.b64decode(facts["code"]), tuple(facts["notes"])
    return Submission(**{**facts, "code": code, "notes": notes})


def _settings(request: Mapping[str, Any]) -> Settings:
    facts = request["facts"]
    module, _, name = request["load"].partition(":")
    load: Callable[[str], Exercise] = getattr(importlib.import_module(module), name)
    limits = Limits(**facts["limits"])
    return Settings(facts["seed"], facts["level"], limits, tuple(facts["libraries"]), load)


def _end_later() -> None:
    """Look for idle sandboxes later; the latest call counts."""
    global _timer
    if _timer is not None:
        _timer.cancel()
    _timer = threading.Timer(IDLE_SECONDS + 1, end_idle, [IDLE_SECONDS])
    _timer.daemon = True
    _timer.start()
