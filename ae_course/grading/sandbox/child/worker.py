"""The untrusted side: a warm process that forks a child for each submission.

The parent loads the libraries once, never runs a line of a submission, and can end everything
that one has started. The child gives up its rights (`confine`), runs the notebook (`run_cells`) and
answers. It can only ever forge bytes of an answer; the grader judges them against its own truth.
"""

import contextlib
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

READY = b"R"
"""What a child sends once it is confined, before it gets the submission."""

_TICK = 0.05
_LOOK_SECONDS = 0.3
_PATIENCE = 60.0
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_TELLS_WAITING = os.path.exists("/proc/self/schedstat")  # noqa: PTH110


class Process(NamedTuple):
    """What the kernel tells of a process: its threads, and seconds with its ended children's."""

    parent: int
    threads: int
    pages: int
    cpu: float


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
        self.own_pages = _processes()[os.getpid()].pages
        self.own_cpu = 0.0

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

    def _start(self, message: dict, handles: list[int]) -> dict:
        self.limits, self.cause, self.peak = message["limits"], None, 0
        self.own_cpu = _cpu_of_ended_children()
        uid = self.config["uid"]
        home = Path(self.config["scratch"][0]) / "home"
        home.mkdir(mode=0o700)
        others = 0 if self.alone or uid is not None else _tasks_of(os.getuid())
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
        family = self._family()
        alive = sum(process.cpu for process in family.values())
        return {
            "cpu": alive + _cpu_of_ended_children() - self.own_cpu,
            "waited": max([_waited(pid) for pid in family], default=0.0),
        }

    def _end(self, message: dict, handles: list[int]) -> dict:
        self._watch()
        self._kill()
        entries = [entry for folder in self.config["scratch"] for entry in Path(folder).iterdir()]
        return {
            "cause": self.cause,
            "left": len(self._family()),
            "clean": all([remove(entry) for entry in entries]),
            "peak_mb": self.peak * _PAGE >> 20,
        }

    def _watch(self) -> None:
        """Notice that the child ended, and end whatever is over a limit that the kernel lacks."""
        self._reap()
        if self.child is None:
            self._kill()
            return
        family = self._family()
        pages = sum(max(0, process.pages - self.own_pages) for process in family.values())
        self.peak = max(self.peak, pages)
        if pages * _PAGE > self.limits["memory_mb"] * 1.25 * (1 << 20):
            self.cause = "memory"
        elif sum(process.threads for process in family.values()) > self.limits["processes"]:
            self.cause = "processes"
        elif self._fills_the_disk():
            self.cause = "disk"
        else:
            return
        self._kill()

    def _fills_the_disk(self) -> bool:
        """In a file system of our own the kernel sees to it; elsewhere look now and then."""
        if self.alone or time.monotonic() < self.next_look:
            return False
        self.next_look = time.monotonic() + _LOOK_SECONDS
        return _kilobytes(self.config["scratch"]) > self.limits["scratch_mb"] * 1024

    def _family(self) -> dict[int, Process]:
        """Return every process of the submission."""
        everybody = _processes()
        me = os.getpid()
        if self.alone:
            return {pid: facts for pid, facts in everybody.items() if pid != me}
        family, grown = {me}, True
        while grown:
            more = {pid for pid, facts in everybody.items() if facts.parent in family} - family
            family |= more
            grown = bool(more)
        return {pid: everybody[pid] for pid in family - {me}}

    def _kill(self) -> None:
        """End every process of the submission and wait until none is left."""
        deadline = time.monotonic() + _PATIENCE
        while (family := self._family()) and time.monotonic() < deadline:
            if self.alone:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(-1, signal.SIGKILL)
            elif self.config["uid"] is not None:
                self._kill_user(self.config["uid"])
            for wanted in () if self.alone else (signal.SIGSTOP, signal.SIGKILL):
                for pid in family:
                    with contextlib.suppress(ProcessLookupError, PermissionError):
                        os.kill(pid, wanted)
            self._reap()
            time.sleep(0.002)
        self._reap()

    def _kill_user(self, uid: int) -> None:
        helper = os.fork()
        if helper == 0:
            try:
                os.setresuid(uid, uid, uid)
                os.kill(-1, signal.SIGKILL)
            finally:
                os._exit(0)
        os.waitpid(helper, 0)

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


def _processes() -> dict[int, Process]:
    """Return every process that can be seen."""
    found = {}
    for name in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208
        with contextlib.suppress(OSError, IndexError, ValueError):
            fields = Path(f"/proc/{name}/stat").read_bytes().rpartition(b")")[2].split()
            if fields[0] not in (b"Z", b"X"):
                cpu = sum(map(int, fields[11:15])) / _TICKS_PER_SECOND
                found[int(name)] = Process(int(fields[1]), int(fields[17]), int(fields[21]), cpu)
    return found


def _cpu_of_ended_children() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _waited(pid: int) -> float:
    """Return for how many seconds a process was ready to run and had no processor.

    Of its threads that one counts which waited longest. A kernel that does not tell leaves all of
    the time out that is not spent on a processor.
    """
    if not _TELLS_WAITING:
        return time.monotonic()
    longest = 0
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208
            with contextlib.suppress(OSError, IndexError, ValueError):
                told = Path(f"/proc/{pid}/task/{task}/schedstat").read_bytes()
                longest = max(longest, int(told.split()[1]))
    return longest / 1e9


def _tasks_of(uid: int) -> int:
    """Count the threads that the kernel holds against this user's process limit."""
    processes = _processes()
    with contextlib.suppress(OSError):
        return sum(
            processes[pid].threads for pid in processes if Path(f"/proc/{pid}").stat().st_uid == uid
        )
    return sum(process.threads for process in processes.values())


def _kilobytes(folders: list[str]) -> int:
    """What is in the folders, however deep."""
    told = subprocess.run(["du", "-skc", "--", *folders], capture_output=True, check=False).stdout
    return int((told.split(b"\n")[-2] if b"\n" in told else b"0").split()[0])


def remove(path: Path) -> bool:
    """Remove a file or folder, whatever a submission made of it; True if it is gone.

    By `chmod` and `rm`, which cope with any depth, links and folders without rights.
    """
    with contextlib.suppress(OSError):
        path.rmdir()
        return True
    for command in (["chmod", "-R", "u+rwx"], ["rm", "-rf", "--one-file-system"]):
        subprocess.run([*command, "--", str(path)], capture_output=True, check=False)
    return not os.path.lexists(path)


def _become_submission(
    config: dict, limits: dict, home: Path, handles: list[int], others: int
) -> None:
    """Turn this fresh child into the submission and answer until the channel is closed."""
    from ae_course.grading.sandbox.child import confine, run_cells

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
    confine.set_limits(limits, others)
    if config["uid"] is not None:
        confine.become(config["uid"])
    confine.hide_memory()
    if config["level"] == "fs":
        own = f"/proc/{os.getpid()}"
        confine.landlock([*config["readable"], own], [str(home), "/dev/null"])
    confine.seccomp(alone=config["level"] == "full")
    channel = socket.socket(fileno=3)
    channel.send(READY)
    run_cells.serve(channel, int(limits["value_mb"]) << 20)


def main() -> None:
    """Load the libraries, say so, and serve."""
    config = json.loads(sys.argv[1])
    sys.argv = [""]
    sys.path = [*sys.path[1:], *config["path"]]
    control = socket.socket(fileno=config["control"])
    try:
        from ae_course.grading.sandbox.child import confine, mounts

        if config["uid"] is not None:
            with contextlib.suppress(OSError):  # then the known solution says what is out of reach
                mounts.show(config["needed"], Path(config["stage"]))
        confine.adopt_orphans()
        confine.hide_memory()
        for folder in config["scratch"]:
            os.chmod(folder, 0o1777 if config["level"] == "full" else 0o711)  # noqa: PTH101
        for name in ["ae_course.grading.sandbox.child.run_cells", *config["preload"]]:
            import_module(name)
        zygote = Zygote(control, config)
        zygote._end({}, [])  # what the libraries left in the scratch folder
    except BaseException as error:
        control.send(json.dumps({"failed": f"{type(error).__name__}: {error}"[:2000]}).encode())
        raise
    sys.stdout.flush()
    sys.stderr.flush()
    gc.collect()
    gc.freeze()
    control.send(json.dumps({"ready": True}).encode())
    zygote.serve()


if __name__ == "__main__":
    main()
