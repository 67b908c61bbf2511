"""The warm process, which forks a child for each submission.

It never runs a line of a submission, and can end everything that one has started. The child gives
up its rights (`confine`), runs the notebook (`run_cells`) and answers. It can only ever forge bytes
of an answer; the grader judges them against its own truth.
"""

import contextlib
import json
import os
import signal
import socket
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

from ae_course.grading.sandbox.child import (
    confine,
    memory,
    processes,
    run_cells,
    scratch,
    system_calls,
)

READY = b"R"
"""What a child sends once it is confined, before it gets the submission."""

_TICK = 0.05
_LOOK_SECONDS = 0.3
_PATIENCE = 60.0


class Zygote:
    """The parent with the libraries loaded. The grader sends it JSON messages over a socket.

    Args:
        control: that socket.
        config: what `sandbox.py` wrote: level, uid, scratch folders, what may be read.
    """

    def __init__(self, control: socket.socket, config: dict[str, Any]):
        self.control, self.config = control, config
        self.alone = config["level"] == "full"
        self.child: int | None = None
        self.cause: str | None = None
        self.limits: dict[str, float] = {}
        self.peak, self.next_look = 0, 0.0
        self.own_resident = processes.memory_of_this_process()
        self.own_bytes = memory.held([os.getpid()])
        self.own_cpu, self.kills = 0.0, 0

    def serve(self) -> None:
        """Answer the grader until it closes the socket; then end everything."""
        answers = {
            "start": self._start,
            "interrupt": self._interrupt,
            "usage": self._usage,
            "end": self._end,
        }
        while True:
            self.control.settimeout(_TICK if self.child else None)
            try:
                text, handles, _, _ = socket.recv_fds(self.control, 1 << 16, 3)
            except TimeoutError:
                self._watch()
                continue
            if not text:
                break
            message = json.loads(text)
            self.control.settimeout(None)
            reply = answers[message["op"]](message, handles)
            self.control.send(json.dumps(reply).encode())
        self._end({}, [])

    def empty_scratch(self) -> bool:
        """Remove what is in the scratch folders, and what submissions left elsewhere as a user of
        their own; True if all of it is gone. When that was, the folders do not keep."""
        folders, uid = self.config["scratch"], self.config["uid"]
        entries = [entry for folder in folders for entry in Path(folder).iterdir()]
        gone = all([scratch.remove(entry) for entry in entries])
        for folder in folders:
            os.utime(folder, (0, 0))
        if self.alone or uid is None:
            return gone
        temporary = str(Path(folders[0]).parents[1])
        return scratch.remove_left_by(uid, {*scratch.OPEN_TO_ALL, temporary}) and gone

    def _start(self, message: dict, handles: list[int]) -> dict:
        self.limits, self.cause, self.peak, self.next_look = message["limits"], None, 0, 0.0
        self.own_cpu = processes.cpu_of_ended_children()
        self.kills = memory.kills(self.config["kills"])
        uid = self.config["uid"]
        home = Path(self.config["scratch"][0]) / "home"
        home.mkdir(mode=0o700)
        others = 0 if self.alone or uid is not None else processes.threads_of_user(os.getuid())
        if uid is not None:
            os.chown(home, uid, uid)
        self.child = os.fork()
        if self.child == 0:
            try:
                _become_submission(self.config, self.limits, home, handles, others)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(70)
        for handle in handles:
            os.close(handle)
        return {"pid": self.child}

    def _interrupt(self, message: dict, handles: list[int]) -> dict:
        self._watch()
        if self.child:
            os.kill(self.child, signal.SIGINT)
        return {"done": True}

    def _usage(self, message: dict, handles: list[int]) -> dict:
        self._watch()
        family = processes.descendants()
        alive, ended = processes.usage(family).cpu, processes.cpu_of_ended_children()
        return {
            "cpu": alive + ended - self.own_cpu,
            "waited": max(map(processes.waited, family), default=0.0),
        }

    def _end(self, message: dict, handles: list[int]) -> dict:
        self._watch(look=True)
        self._kill()
        return {
            "cause": self.cause,
            "left": len(processes.descendants()),
            "clean": self.empty_scratch(),
            "peak_mb": self.peak >> 20,
        }

    def _watch(self, look: bool = False) -> None:
        """Notice that the child ended, and end whatever is over a limit that the kernel lacks.

        Args:
            look: at memory and disk as well, which takes longer; else now and then.
        """
        self._reap()
        if memory.kills(self.config["kills"]) > self.kills:
            self.cause = "memory"
        if self.child is None or self.cause:
            self._kill()
            return
        family, began = processes.descendants(), time.monotonic()
        used = processes.usage(family, shared=self.own_resident)
        most = self.limits["memory_mb"] * 1.25 * (1 << 20)
        if used.threads > self.limits["processes"]:
            self.cause = "processes"
        elif look or used.memory > most or began >= self.next_look:
            over = self._holds([process.pid for process in family], used.memory) > most
            self.cause = "memory" if over else self._over_on_disk()
            self.next_look = began + max(_LOOK_SECONDS, 10 * (time.monotonic() - began))
        if self.cause:
            self._kill()

    def _holds(self, family: list[int], resident: int) -> int:
        """Return the bytes that a submission holds, pages shared with this process left out."""
        together = None if self.own_bytes is None else memory.held([os.getpid(), *family])
        now = resident if together is None else together - self.own_bytes
        self.peak = max(self.peak, now)
        return now

    def _over_on_disk(self) -> str | None:
        """Return which limit on files is passed; a file system of its own sees to the size."""
        folders, limits = self.config["scratch"], self.limits
        if not self.alone and scratch.kilobytes(folders) > limits["scratch_mb"] * 1024:
            return "disk"
        count = scratch.files_of_file_systems if self.alone else scratch.files
        return "files" if count(folders) > limits["files"] else None

    def _kill(self) -> None:
        """End every process of the submission and wait until none is left."""
        deadline = time.monotonic() + _PATIENCE
        while (family := processes.descendants()) and time.monotonic() < deadline:
            if self.alone:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(-1, signal.SIGKILL)
            else:
                if self.config["uid"] is not None:
                    processes.kill_user(self.config["uid"])
                processes.kill(family)
            self._reap()
            time.sleep(0.002)
        self._reap()

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                if pid == self.child:
                    self.child = None
                    code = os.waitstatus_to_exitcode(status)
                    self.cause = self.cause or (f"exit {code}" if code >= 0 else f"signal {-code}")


def _become_submission(
    config: dict, limits: dict, home: Path, handles: list[int], others: int
) -> None:
    """Turn this fresh child into the submission and answer until the channel is closed."""
    os.setsid()
    channel, out, err = handles
    null = os.open("/dev/null", os.O_RDWR)
    for number, handle in enumerate((null, out, err, channel)):
        if handle != number:
            os.dup2(handle, number)
    os.set_inheritable(3, False)
    os.closerange(4, 1 << 16)
    os.environ.update(HOME=str(home), TMPDIR=str(home))
    tempfile.tempdir = None  # what a library has asked for is the parent's
    os.chdir(home)
    confine.end_first()
    confine.set_limits(limits, others)
    if config["uid"] is not None:
        confine.become(config["uid"])
    if config["level"] == "limits":
        confine.hide_memory()
    else:  # from whom it would be hidden may not look there; the parent counts it
        confine.show_memory()
    if config["level"] == "fs":
        own = f"/proc/{os.getpid()}"
        confine.landlock([*config["readable"], own], [str(home), "/dev/null"])
    confine.give_up_capabilities()
    if not system_calls.filter_calls(config["level"] == "full", as_grader=config["uid"] is None):
        raise OSError("the kernel put no filter of system calls in force")
    channel = socket.socket(fileno=3)
    channel.send(READY)
    run_cells.serve(channel, int(limits["value_mb"]) << 20)
