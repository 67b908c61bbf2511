"""The same batch on the workers of a Dask cluster, for classes that outgrow one machine.

The process that decides talks to the cluster through another one (`dask_client`) and takes from
it nothing but JSON, which it checks against the trusted definitions. A result counts when it
arrives here, once. A submission whose worker was lost goes to another one.
"""

import contextlib
import json
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from typing import Any

from ae_course.grading.batch import dask_worker
from ae_course.grading.batch.report import entry
from ae_course.grading.batch.slot import Settings
from ae_course.grading.batch.submission import Submission
from ae_course.grading.judging.text import harmless
from ae_course.grading.sandbox.host.isolation import LEVELS, SandboxError

PATIENCE_SECONDS = 60
"""How long to wait for a scheduler, and for a worker that may grade."""

_LONGEST_LINE = 64 << 20


def level_on_cluster(required: str | None = None, wanted: str | None = None) -> str:
    """Return the level that every worker must offer: what was asked for, or else the strongest.

    Raises:
        SandboxError: if `wanted` is weaker than `required`.

    Example:
        >>> level_on_cluster(), level_on_cluster("fs")
        ('full', 'fs')
    """
    level = wanted or required or LEVELS[-1]
    if required and LEVELS.index(level) < LEVELS.index(required):
        raise SandboxError(
            f"Isolation level {required} is required, but level {level} was asked for: leave out "
            "--isolation, or require less."
        )
    return level


def grade_on_cluster(
    ahead: Iterable[Submission], settings: Settings, scheduler: str, remarks: list[str]
) -> Iterator[dict[str, Any]]:
    """Yield results as they come from a cluster's workers.

    Args:
        ahead: the submissions.
        settings: the batch's; every worker must offer its level of isolation and have its
            versions, or it gets no work.
        scheduler: the scheduler's address, such as `"tcp://127.0.0.1:8786"`.
        remarks: gets a sentence for each worker that got no work.

    Raises:
        ModuleNotFoundError: without the extra `cluster`.
        SandboxError: if there is no scheduler, or no worker that may grade.
        ValueError: if a worker could not find the exercises' definitions by name.
    """
    if find_spec("distributed") is None:
        raise ModuleNotFoundError("A cluster needs `pip install 'ae-course[cluster]'`.")
    open_ones = {}
    for one in ahead:
        if one.problem or one.exercise is None:
            yield entry(one, settings.load(one.exercise) if one.exercise else None, {})
        else:
            open_ones[one.id] = one
    if not open_ones:
        return
    dismissed: set[str] = set()
    with _ClientProcess(scheduler) as client:
        client.tell(batch=dask_worker.batch_as_json(settings))
        for one in open_ones.values():
            client.tell(submission=dask_worker.as_json(one))
        while open_ones:
            line = client.hear()
            if "fatal" in line:
                raise SandboxError(_no_more(line["fatal"], remarks))
            worker, one = harmless(line.get("worker"), 200), open_ones.get(line.get("id"))
            if "problem" in line:
                says = harmless(line["problem"], lines=False)
                remarks.append(f"Worker {worker} got no more work. {says}")
            elif one is None:
                continue  # a second answer: the first one counts
            elif "lost" in line:
                yield _without_verdict(open_ones.pop(one.id), settings, line["lost"], worker)
            elif worker not in dismissed and (came := taken(line["entry"], one, settings)):
                del open_ones[one.id]
                yield came
            else:
                if worker not in dismissed:
                    dismissed.add(worker)
                    client.tell(dismiss=worker)
                    remarks.append(
                        f"Worker {worker} got no more work. Its result for {one.path} is none "
                        "that the task definitions allow; another worker grades that."
                    )
                client.tell(submission=dask_worker.as_json(one))


def taken(came: Any, one: Submission, settings: Settings) -> dict[str, Any] | None:
    """Return an entry as this batch can have made it of a submission; None if it can't have.

    Args:
        came: from a worker, so it may be anything that JSON holds.
        one: the submission that was sent.
        settings: the batch's.
    """
    if not isinstance(came, dict) or not settings.is_whole(came, one):
        return None
    tasks = [{**task, "messages": _shown(task["messages"])} for task in came["tasks"]]
    (output,) = _shown([came["output"]])
    return {**came, "tasks": tasks, "notes": _shown(came["notes"]), "output": output}


def _shown(texts: Iterable[str]) -> list[str]:
    """Texts as harmless as a worker should have made them."""
    return [harmless(text, len(text)) for text in texts]


def _without_verdict(
    one: Submission, settings: Settings, tries: int, worker: str
) -> dict[str, Any]:
    """The entry of a submission over which one worker after another was lost."""
    note = f"Every worker that graded it was lost, {tries} of them; the last one was {worker}."
    return entry(one, settings.load(one.exercise), {}, notes=[*one.notes, note], sandbox_lost=True)


def _no_more(why: str, remarks: list[str]) -> str:
    return " ".join(
        [
            harmless(why, lines=False),
            *remarks,
            "What was graded is kept where there is an output folder; mend that, and the same "
            "command goes on.",
        ]
    )


class _ClientProcess:
    """The other process, and JSON a line to and from it."""

    def __init__(self, scheduler: str):
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 - closed in __exit__
        self._process = subprocess.Popen(
            # -P: what lies in the folder where the command runs is no module of ours
            [sys.executable, "-P", "-m", dask_worker.CLIENT, scheduler, str(PATIENCE_SECONDS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._words,
            start_new_session=True,  # Ctrl-C is for this one, which then lets the cluster go
        )

        self._lines: queue.SimpleQueue = queue.SimpleQueue()
        threading.Thread(target=self._write, daemon=True).start()

    def __enter__(self) -> "_ClientProcess":
        return self

    def __exit__(self, *_) -> None:
        self._lines.put(None)  # at which it ends the workers' sandboxes, and itself
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._words.close()

    def tell(self, **line: Any) -> None:
        """Send a line, without waiting for it to be read."""
        self._lines.put(line)

    def _write(self) -> None:
        with contextlib.suppress(BrokenPipeError), self._process.stdin as inbox:
            while (line := self._lines.get()) is not None:
                inbox.write(json.dumps(line).encode() + b"\n")
                inbox.flush()

    def hear(self) -> dict[str, Any]:
        """Wait for a line.

        Raises:
            SandboxError: if the process is gone.
        """
        line = self._process.stdout.readline(_LONGEST_LINE)
        try:
            return json.loads(line)
        except ValueError:
            raise SandboxError(self._last_words()) from None

    def _last_words(self) -> str:
        self._words.seek(0)
        said = self._words.read()[-2000:].decode("utf-8", "replace")
        return f"The process that talks to the cluster ended. {harmless(said).strip()}"
