"""A `Learner` in another process: a submission behind a pipe, with the clock on this side.

What comes back is a message value or a `LearnerError`. A child that ends, hangs or answers
falsely costs the question that was asked of it; the next one is put to a fresh child, which runs
the cells again without the one that ended it.
"""

import contextlib
import os
import secrets
import selectors
import signal
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any, get_args

from ae_course.grading.judging.text import harmless
from ae_course.grading.sandbox.child import protocol
from ae_course.grading.sandbox.child.learner import ErrorKind, LearnerError
from ae_course.grading.sandbox.child.limits import Limits
from ae_course.grading.sandbox.host.clock import Clock
from ae_course.grading.sandbox.host.isolation import SandboxError
from ae_course.grading.sandbox.host.sandbox import Sandbox

_GRACE_SECONDS, _TICK_SECONDS = 1.0, 0.02
_SIGNALS = {
    signal.SIGSEGV: "a segmentation fault",
    signal.SIGBUS: "a bus error",
    signal.SIGABRT: "abort",
    signal.SIGKILL: "kill",
    signal.SIGTERM: "terminate",
    signal.SIGXCPU: "too much processor time",
    signal.SIGXFSZ: "a file too long",
}


class RemoteLearner:
    """A submission in a sandbox. Its cells run when the first question is asked.

    Args:
        sandbox: not to be used for anything else meanwhile.
        cells: the sources of the code cells.
        limits: what it may use.

    Attributes:
        mutated: positions of the array arguments that the last call changed in place, by the
            child's own account.
        failure: of the sandbox; none of the answers counts then.
        notes: what a teacher should know, such as a cell that was ended.
        peak_mb: memory beyond the libraries.
    """

    def __init__(self, sandbox: Sandbox, cells: Sequence[str], limits: Limits):
        self._sandbox, self._cells, self._limits = sandbox, cells, limits
        self.mutated: tuple[int, ...] = ()
        self.failure: SandboxError | None = None
        self.notes: list[str] = []
        self.peak_mb = 0
        self._used = 0.0
        self._child: _Child | None = None
        self._stopped_cells: dict[int, LearnerError] = {}
        self._ended_targets: dict[str, LearnerError] = {}
        self._distrust: LearnerError | None = None
        self._printed = bytearray()

    @property
    def output(self) -> str:
        """The first of what was printed, as harmless text."""
        return harmless(self._printed.decode("utf-8", "replace"), self._limits.output_kb * 1024)

    def get(self, target: str) -> Any:
        """Return a message value; see `Learner.get`."""
        return self._ask("get", target, None)

    def call(self, target: str, *args: Any, **kwargs: Any) -> Any:
        """Call in the child and return a message value; see `Learner.call`."""
        return self._ask("call", target, (args, kwargs))

    def fresh(self) -> "RemoteLearner":
        """Go on with a child that knows nothing of what was asked before; see `Learner.fresh`."""
        self._stop()
        return self

    def close(self) -> None:
        """End the child, and note what it said without being asked."""
        if self._child is not None and self._distrust is None:
            with contextlib.suppress(LearnerError):
                self._check_silence()
        self._stop()

    def _ask(self, op: str, target: str, value: Any) -> Any:
        if self._distrust is not None:
            raise self._again(self._distrust)
        if target in self._ended_targets:
            raise self._again(self._ended_targets[target])
        self._ready()
        try:
            return self._exchange(
                {"op": op, "target": target}, value, self._limits.call_seconds, f"`{target}`"
            )
        except _Ended as ended:
            self._ended_targets[target] = ended.error
            raise self._again(ended.error) from None

    def _ready(self) -> None:
        """Have a child that has run the cells."""
        while self._child is None:
            self._check_time()
            channel, out, err = self._noting_failure(self._sandbox.launch)
            self._child = _Child(channel, out, err, self._printed, self._limits)
            for number, source in enumerate(self._cells, start=1):
                try:
                    self._run(number, source)
                except _Ended as ended:
                    self._stopped_cells[number] = ended.error
                except LearnerError:
                    pass  # the child keeps it for questions about what the cell defines
                if self._distrust is not None:
                    raise self._again(self._distrust)
                if self._child is None:
                    break

    def _run(self, number: int, source: str) -> None:
        what = f"Code cell {number}"
        about = {"number": number, "source": source}
        if number not in self._stopped_cells:
            try:
                self._exchange({"op": "cell", **about}, None, self._limits.cell_seconds, what)
                return
            except _Ended as ended:
                self._note(ended.error.message)
                raise
            except LearnerError as error:
                if error.kind != "timeout":
                    if error.kind != "not_attempted":
                        self._note(f"{what} stopped: {error.message}")
                    raise
                self._note(error.message)
                self._stopped_cells[number] = error
        why = self._stopped_cells[number]
        skip = {"op": "skip", **about, "kind": why.kind, "message": why.message}
        self._exchange(skip, None, self._limits.call_seconds, what)

    def _exchange(self, header: dict[str, Any], value: Any, seconds: float, what: str) -> Any:
        """Send a request and return what comes for it."""
        left = self._check_time()
        self._check_silence()
        child, token = self._child, secrets.token_hex(8)
        value_bytes = self._limits.value_mb << 20
        seconds = min(seconds, left)
        clock = Clock(seconds, self._limits.patience, self._usage)
        child.clock, child.deadline, child.late = clock, time.monotonic() + seconds, False
        try:
            child.send(
                b"".join(protocol.pack({**header, "id": token}, value, value_bytes)), self._late
            )
            answer, result = protocol.unpack(lambda n: child.receive(n, self._late), value_bytes)
        except _Gone as gone:
            raise _Ended(self._autopsy(what, seconds, gone)) from None
        except protocol.ProtocolError as error:
            raise self._no_more(f"{what} answered with {error}.") from None
        finally:
            self._used += clock.spent(ended=self._child is None)
        if answer.get("id") != token:
            raise self._no_more(f"{what} answered another question than the one asked.")
        if child.late:
            raise LearnerError("timeout", _took_longer(what, seconds))
        if "error" in answer:
            raise _learner_error(answer["error"], what)
        self.mutated = _positions(answer.get("mutated"), value)
        return result

    def _check_time(self) -> float:
        """Return the seconds that are left of the whole."""
        left = self._limits.seconds - self._used
        if left <= 0:
            self._stop()
            whole = f"The whole notebook may take {self._limits.seconds:g} s; they are over."
            raise LearnerError("timeout", whole)
        return left

    def _late(self) -> bool:
        """When the time is up, interrupt once and grant a moment. False when that is over, too."""
        child = self._child
        left = child.clock.left()
        if left <= 0:
            if child.late:
                return False
            child.late, left = True, _GRACE_SECONDS
            child.clock.extend(left)
            self._noting_failure(self._sandbox.interrupt)
        child.deadline = time.monotonic() + max(left, _TICK_SECONDS)
        return True

    def _usage(self) -> tuple[float, float]:
        return self._noting_failure(self._sandbox.usage)

    def _check_silence(self) -> None:
        if self._child.has_spoken():
            raise self._no_more("The notebook wrote to the grader's channel without being asked.")

    def _no_more(self, message: str) -> LearnerError:
        """Ask nothing more of a submission that does not keep to the protocol."""
        self._distrust = LearnerError("protocol", harmless(message))
        self._note(self._distrust.message)
        self._stop()
        return self._again(self._distrust)

    def _autopsy(self, what: str, seconds: float, gone: "_Gone") -> LearnerError:
        """Say how a child ended that was still to answer."""
        late, cause = self._child.late, self._stop()
        if gone.flooded:
            return LearnerError("killed", f"{what} printed more than {self._limits.output_mb} MB.")
        if cause == "memory":
            limit = self._limits.memory_mb
            return LearnerError("memory", f"{what} needed more than {limit} MB of memory.")
        if cause == "processes":
            limit = self._limits.processes
            return LearnerError("killed", f"{what} started more than {limit} processes.")
        if cause == "disk":
            return LearnerError("killed", f"{what} wrote more than {self._limits.scratch_mb} MB.")
        if cause == "files":
            return LearnerError("killed", f"{what} made more than {self._limits.files:,} files.")
        if late:
            return LearnerError("timeout", _took_longer(what, seconds))
        kind, _, number = (cause or "").partition(" ")
        if kind == "signal":
            reason = _SIGNALS.get(int(number), f"signal {number}")
            return LearnerError("killed", f"{what} ended the Python process ({reason}).")
        if kind == "exit":
            return LearnerError("killed", f"{what} ended the Python process (exit code {number}).")
        return LearnerError("killed", f"{what} closed the grader's channel.")

    def _stop(self) -> str | None:
        """End the child; return how it had ended by itself, if it had."""
        if self._child is None:
            return None
        self._child.close()
        self._child = None
        facts = self._noting_failure(self._sandbox.end)
        self.peak_mb = max(self.peak_mb, facts["peak_mb"])
        return facts["cause"]

    def _noting_failure(self, act: Callable[[], Any]) -> Any:
        """Keep a failure of the sandbox, so that the caller can start a new one."""
        try:
            return act()
        except SandboxError as error:
            self.failure = error
            raise

    def _note(self, note: str) -> None:
        if note not in self.notes and len(self.notes) < 20:
            self.notes.append(note)

    @staticmethod
    def _again(error: LearnerError) -> LearnerError:
        return LearnerError(error.kind, error.message, error.line, error.source)


class _Ended(Exception):
    """The child ended while it was to answer."""

    def __init__(self, error: LearnerError):
        super().__init__(error.message)
        self.error = error


class _Gone(Exception):
    """Nothing more will come from the child."""

    flooded = False


class _Child:
    """The ends of a child's pipes. Waiting for one always drains the others."""

    def __init__(
        self, channel: socket.socket, out: int, err: int, printed: bytearray, limits: Limits
    ):
        self.deadline, self.late, self.clock = 0.0, False, None
        self._channel, self._pipes = channel, [out, err]
        self._printed, self._limits, self._count = printed, limits, 0
        channel.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(channel, selectors.EVENT_READ)
        for pipe in self._pipes:
            os.set_blocking(pipe, False)
            self._selector.register(pipe, selectors.EVENT_READ)

    def send(self, data: bytes, at_deadline) -> None:
        view = memoryview(data)
        while view:
            self._wait(selectors.EVENT_WRITE, at_deadline)
            try:
                view = view[self._channel.send(view[: 1 << 18]) :]
            except BlockingIOError:
                continue
            except OSError:
                raise _Gone from None

    def receive(self, count: int, at_deadline) -> bytearray:
        data = bytearray(count)
        view = memoryview(data)
        while view:
            self._wait(selectors.EVENT_READ, at_deadline)
            try:
                read = self._channel.recv_into(view)
            except BlockingIOError:
                continue
            except OSError:
                raise _Gone from None
            if not read:
                raise _Gone
            view = view[read:]
        return data

    def has_spoken(self) -> bool:
        """Whether unread bytes have come."""
        try:
            return bool(self._channel.recv(1, socket.MSG_PEEK))
        except OSError:
            return False

    def close(self) -> None:
        with contextlib.suppress(_Gone):
            self._drain(self._pipes)
        self._selector.close()
        self._channel.close()
        for pipe in self._pipes:
            os.close(pipe)

    def _wait(self, event: int, at_deadline) -> None:
        """Return when the channel is ready; drain what is printed meanwhile."""
        self._selector.modify(self._channel, event)
        while True:
            left = self.deadline - time.monotonic()
            if left <= 0:
                if not at_deadline():
                    raise _Gone
                continue
            ready = [key.fileobj for key, _ in self._selector.select(left)]
            self._drain(pipe for pipe in ready if pipe is not self._channel)
            if self._channel in ready:
                return

    def _drain(self, pipes) -> None:
        for pipe in pipes:
            try:
                data = os.read(pipe, 1 << 16)
            except BlockingIOError:
                continue
            if not data:
                with contextlib.suppress(KeyError):
                    self._selector.unregister(pipe)
                continue
            left = self._limits.output_kb * 1024 - len(self._printed)
            self._printed += data[: max(0, left)]
            self._count += len(data)
            if self._count > self._limits.output_mb << 20:
                gone = _Gone()
                gone.flooded = True
                raise gone


def _positions(told: Any, asked: Any) -> tuple[int, ...]:
    """Return which of the arguments that were sent are named, each once."""
    args, kwargs = asked or ((), {})
    known = range(len(args) + len(kwargs))
    told = told if isinstance(told, list) else []
    return tuple(i for i in known if any(type(one) is int and one == i for one in told))


def _took_longer(what: str, seconds: float) -> str:
    return f"{what} took longer than {seconds:.3g} s and was stopped."


def _learner_error(error: Any, what: str) -> LearnerError:
    """Build an error from what the child said, which may be anything."""
    if not isinstance(error, dict) or error.get("kind") not in get_args(ErrorKind):
        return LearnerError("protocol", f"{what} gave no value of an allowed type.")
    if error["kind"] == "memory":
        return LearnerError("memory", f"{what} needed more memory than there is for it.")
    message = harmless(error.get("message"), 500) or f"{what} gave no value."
    line, source = error.get("line"), harmless(error.get("source"), 200, lines=False)
    line = line if type(line) is int and 0 < line < 1_000_000 else None
    return LearnerError(error["kind"], message, line, source or None)
