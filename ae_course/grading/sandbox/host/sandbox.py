"""The sandbox as the grader uses it: a confined process with the libraries loaded."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ae_course.grading.sandbox.child.limits import Limits
from ae_course.grading.sandbox.child.worker import READY, remove
from ae_course.grading.sandbox.host import environment
from ae_course.grading.sandbox.host.isolation import SandboxError
from ae_course.grading.sandbox.host.package_view import PackageView
from ae_course.grading.sandbox.host.uids import UnusedUid

LIBRARIES = ("numpy", "matplotlib.pyplot", "sklearn.datasets", "keras")
"""What is loaded once for all submissions, beside the exercise's own modules."""

_START_SECONDS, _REPLY_SECONDS = 1800, 300  # for a machine that is busy; idle: 10 and 0.1


class Sandbox:
    """A warm process that runs one submission after another, each in a fresh child.

    Args:
        provides: modules of the package to load beforehand.
        limits: what a submission may use.
        level: one of `LEVELS`.
        libraries: what to load beforehand.

    Raises:
        SandboxError: if it does not start.

    Example:
        >>> with Sandbox(["data"], Limits(), "limits", ["numpy"]) as sandbox:
        ...     channel, out, err = sandbox.launch()
        ...     facts = sandbox.end()
    """

    def __init__(
        self,
        provides: Iterable[str],
        limits: Limits,
        level: str,
        libraries: Sequence[str] = LIBRARIES,
    ):
        self.limits, self.level = limits, level
        self._provides, self._libraries = tuple(provides), libraries
        self._process: subprocess.Popen | None = None
        self._start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def launch(self) -> tuple[socket.socket, int, int]:
        """Start a fresh child. Return the channel to it and the ends of its stdout and stderr."""
        if self._process is None or self._process.poll() is not None:
            self._start()
        ours, theirs = socket.socketpair()
        (out, out_end), (err, err_end) = os.pipe(), os.pipe()
        try:
            self._tell("start", [theirs.fileno(), out_end, err_end], limits=asdict(self.limits))
        except BaseException:
            ours.close()
            os.close(out)
            os.close(err)
            raise
        finally:
            theirs.close()
            os.close(out_end)
            os.close(err_end)
        ours.settimeout(_REPLY_SECONDS)
        with contextlib.suppress(OSError):
            if ours.recv(len(READY)) == READY:
                return ours, out, err
        ours.close()
        os.close(out)
        with os.fdopen(err, "rb") as words:
            self.close()
            said = words.read(1 << 16)
        raise SandboxError(f"A child did not start: {said[-2000:].decode('utf-8', 'replace')}")

    def interrupt(self) -> None:
        """Send the child SIGINT, once."""
        self._tell("interrupt")

    def usage(self) -> tuple[float, float]:
        """Return what the child and all that it started have used so far.

        Returns:
            Seconds of processor time, of all its processes together; seconds for which the one
            that waited longest was ready to run and the machine was busy.
        """
        facts = self._tell("usage")
        return facts["cpu"], facts["waited"]

    def end(self) -> dict[str, Any]:
        """End the child and all that it started, and empty the scratch folder.

        Returns:
            `cause`: None if it was still running, else how it ended; `peak_mb`.

        Raises:
            SandboxError: if a process is left. The whole sandbox has been ended then.
        """
        facts = self._tell("end")
        if facts["left"]:
            self.close()
            raise SandboxError("A submission's processes could not be ended.")
        if not facts["clean"]:
            self.close()
        return facts

    def close(self) -> None:
        """End everything. The sandbox starts anew if it is used again."""
        if self._process is None:
            return
        self._control.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            for pid in [*_descendants(self._process.pid), self._process.pid]:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            self._process.wait()
        self._process = None
        self._log.close()
        self._user.close()
        remove(self._folder)

    def _start(self) -> None:
        self.close()
        try:
            self._start_process()
        except OSError as error:  # a full or closed temporary folder, too many open files
            raise SandboxError(f"The sandbox did not start: {error}") from error

    def _start_process(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="ae-course-"))
        self._folder.chmod(0o711)
        self._user = UnusedUid()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close
        view = PackageView(self._folder / "view", self._provides)
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        scratch, course, stage = self._folder / "scratch", view.folder, self._folder / "stage"
        scratch.mkdir()
        stage.mkdir()
        command: list[str] = []
        if self.level == "full":
            command = environment.bubblewrap(view.folder, self.limits)
            scratch, course = environment.SCRATCH, environment.COURSE
        config = {
            "control": theirs.fileno(),
            "level": self.level,
            "uid": self._user.uid,
            "path": [str(course), *environment.SITE],
            "preload": [*self._libraries, *view.preload],
            "scratch": [str(scratch), "/dev/shm"] if self.level == "full" else [str(scratch)],
            "needed": [] if self.level == "full" else environment.needed(self._folder),
            "stage": str(stage),
            "readable": [*environment.readable(), str(course)] if self.level == "fs" else [],
        }
        worker = str(course / PackageView.WORKER)
        with theirs:
            self._process = subprocess.Popen(
                [*command, environment.python(), "-S", "-s", "-B", worker, json.dumps(config)],
                env=environment.variables(scratch, self.level),
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                cwd="/",
            )
        answer = self._hear(_START_SECONDS)
        if "ready" not in answer:
            said = answer.get("failed") or self._last_words()
            self.close()
            raise SandboxError(f"The sandbox did not start: {said}")

    def _tell(self, op: str, handles: Sequence[int] = (), **details: Any) -> dict[str, Any]:
        if self._process is None:
            return {"cause": None, "left": 0, "clean": True, "peak_mb": 0, "cpu": 0, "waited": 0}
        try:
            text = json.dumps({"op": op, **details}).encode()
            socket.send_fds(self._control, [text], handles)
            answer = self._hear(_REPLY_SECONDS)
        except OSError:
            answer = {}
        if not answer:
            words = self._last_words()
            self.close()
            raise SandboxError(f"The sandbox was lost. {words}".strip())
        return answer

    def _hear(self, seconds: float) -> dict[str, Any]:
        self._control.settimeout(seconds)
        try:
            return json.loads(self._control.recv(1 << 16) or b"{}")
        except (OSError, ValueError):
            return {}

    def _last_words(self) -> str:
        self._log.seek(0)
        return self._log.read()[-2000:].decode("utf-8", "replace").strip()


def _descendants(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            fields = entry.read_bytes().rpartition(b")")[2].split()
            found.append((int(entry.parent.name), int(fields[1])))
    family, grown = {pid}, True
    while grown:
        more = {child for child, parent in found if parent in family} - family
        family |= more
        grown = bool(more)
    return sorted(family - {pid})
