"""The sandbox as the grader uses it: a confined process with the libraries loaded."""

import contextlib
import json
import os
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from ae_course.grading.sandbox.child import processes
from ae_course.grading.sandbox.child.limits import Limits
from ae_course.grading.sandbox.child.zygote import READY
from ae_course.grading.sandbox.host import environment
from ae_course.grading.sandbox.host.environment import SHARED_MB
from ae_course.grading.sandbox.host.isolation import SandboxError
from ae_course.grading.sandbox.host.memory_group import MemoryGroup
from ae_course.grading.sandbox.host.package_view import PackageView
from ae_course.grading.sandbox.host.scratch import scratch_folder
from ae_course.grading.sandbox.host.uids import UnusedUid

LIBRARIES = ("numpy", "matplotlib.pyplot", "sklearn.datasets", "keras")
"""What is loaded once for all submissions, beside the exercise's own modules."""

_START_SECONDS, _REPLY_SECONDS = 1800, 300  # for a machine that is busy; idle: 10 and 0.1


class Sandbox:
    """A warm process that runs one submission after another, each in a fresh child.

    It starts when it is first used, which raises `SandboxError` if it cannot.

    Args:
        provides: modules of the package to load beforehand.
        limits: what a submission may use.
        level: one of `LEVELS`.
        libraries: what to load beforehand.

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
        self._parts = contextlib.ExitStack()
        self._group: MemoryGroup | None = None
        self._lock, self._for_good = threading.RLock(), False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close_for_good()

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
        with self._lock:
            self._process = None
            self._parts.close()

    def close_for_good(self) -> None:
        """End everything, from any thread, even while it starts; it does not start again."""
        self._for_good = True
        self.close()

    def _start(self) -> None:
        self.close()
        try:
            with self._lock:
                if self._for_good:
                    raise SandboxError("The sandbox has been closed.")
                self._start_process()
            answer = self._hear(_START_SECONDS)
            if "ready" not in answer:
                said = answer.get("failed") or self._last_words()
                raise SandboxError(f"The sandbox did not start: {said}")
            if self._group is not None:
                self._group.allow(self._memory())
        except OSError as error:  # a full or closed temporary folder, too many open files
            self.close()
            raise SandboxError(f"The sandbox did not start: {error}") from error
        except BaseException:
            self.close()
            raise

    def _start_process(self) -> None:
        folder = self._parts.enter_context(scratch_folder())
        user = self._parts.enter_context(contextlib.closing(UnusedUid()))
        self._group, counter = MemoryGroup.make(), None
        if self._group is not None:
            self._parts.callback(self._group.close)
            counter = self._parts.enter_context(self._group.counter())
        self._log = self._parts.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
        view = PackageView(folder / "view", self._provides)
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        scratch, course, stage = folder / "scratch", view.folder, folder / "stage"
        scratch.mkdir()
        stage.mkdir()
        command: list[str] = []
        if self.level == "full":
            command = environment.bubblewrap(view.folder, self.limits)
            scratch, course = environment.SCRATCH, environment.COURSE
        config = {
            "control": theirs.fileno(),
            "kills": counter and counter.fileno(),
            "level": self.level,
            "uid": user.uid,
            "path": [str(course), *environment.SITE],
            "preload": [*self._libraries, *view.preload],
            "scratch": [str(scratch), "/dev/shm"] if self.level == "full" else [str(scratch)],
            "needed": [] if self.level == "full" else environment.needed(folder),
            "stage": str(stage),
            "readable": [*environment.readable(), str(course)] if self.level == "fs" else [],
        }
        command += [environment.python(), "-S", "-s", "-B", str(course / PackageView.WORKER)]
        command.append(json.dumps(config))
        with theirs:
            self._process = subprocess.Popen(
                command if self._group is None else self._group.joined(command),
                env=environment.variables(scratch, self.level),
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                pass_fds=[theirs.fileno(), *([counter.fileno()] if counter else [])],
                start_new_session=True,
                cwd="/",
            )
        self._parts.callback(_end, self._process)
        self._parts.callback(_hang_up, self._control)

    def _memory(self) -> int:
        """What a submission may add, in bytes: more than it may hold, for what the kernel needs."""
        files = self.limits.scratch_mb + SHARED_MB if self.level == "full" else 0
        return int(1.5 * self.limits.memory_mb + files) << 20

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
        with contextlib.suppress(ValueError):  # it has been closed
            self._log.seek(0)
            return self._log.read()[-2000:].decode("utf-8", "replace").strip()
        return ""


def _hang_up(control: socket.socket) -> None:
    """Close a socket, also for a thread that waits for it."""
    with contextlib.suppress(OSError):
        control.shutdown(socket.SHUT_RDWR)
    control.close()


def _end(process: subprocess.Popen) -> None:
    """Wait until a sandbox whose channel is closed has ended, or end it."""
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        family = processes.descendants(process.pid)
        process.kill()
        processes.kill(family)
        process.wait()
