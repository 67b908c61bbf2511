"""The processes that a submission starts: which there are, what they use, and their end."""

import contextlib
import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import psutil

_ENDED = (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
_TELLS_WAITING = Path("/proc/self/schedstat").exists()


class Usage(NamedTuple):
    """What processes use: threads, bytes of memory, and seconds with their ended children's."""

    threads: int = 0
    memory: int = 0
    cpu: float = 0.0


def descendants(pid: int | None = None) -> list[psutil.Process]:
    """Return every process below one that is still running.

    Args:
        pid: of the one above them; by default this process.
    """
    try:
        family = psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    return [process for process in family if _is_running(process)]


def _is_running(process: psutil.Process) -> bool:
    try:
        return process.status() not in _ENDED
    except psutil.NoSuchProcess:
        return False


def usage(processes: Iterable[psutil.Process], shared: int = 0) -> Usage:
    """Return what the processes use together; one that has ended meanwhile uses nothing.

    Args:
        processes: which.
        shared: bytes of memory that each of them has from a process above and that do not count.
    """
    threads, memory, cpu = 0, 0, 0.0
    for process in processes:
        with contextlib.suppress(psutil.Error), process.oneshot():
            own = process.memory_info().rss - shared, process.num_threads(), process.cpu_times()
            memory, threads = memory + max(0, own[0]), threads + own[1]
            cpu += sum(own[2][:4])  # in user and in system mode, itself and its ended children
    return Usage(threads, memory, cpu)


def memory_of_this_process() -> int:
    """Return how many bytes of memory this process has."""
    return psutil.Process().memory_info().rss


def cpu_of_ended_children() -> float:
    """Return the seconds of processor time of this process's children that have ended."""
    times = psutil.Process().cpu_times()
    return times.children_user + times.children_system


def waited(process: psutil.Process) -> float:
    """Return for how many seconds a process was ready to run and had no processor.

    Of its threads that one counts which waited longest. A kernel that does not tell leaves all of
    the time out that is not spent on a processor.
    """
    if not _TELLS_WAITING:
        return time.monotonic()
    longest = 0
    with contextlib.suppress(psutil.Error):
        for thread in process.threads():
            with contextlib.suppress(OSError, IndexError, ValueError):
                told = Path(f"/proc/{process.pid}/task/{thread.id}/schedstat").read_bytes()
                longest = max(longest, int(told.split()[1]))
    return longest / 1e9


def threads_of_user(uid: int) -> int:
    """Count the threads that the kernel holds against this user's process limit."""
    everybody = psutil.process_iter(["uids", "num_threads"])
    facts = [process.info for process in everybody]
    count = [p["num_threads"] for p in facts if p["uids"] and p["uids"].real == uid]
    return sum(filter(None, count))


def kill(processes: Iterable[psutil.Process]) -> None:
    """End the processes; all are stopped first, so that none starts another one meanwhile."""
    processes = list(processes)
    for wanted in (signal.SIGSTOP, signal.SIGKILL):
        for process in processes:
            with contextlib.suppress(psutil.Error):
                process.send_signal(wanted)


def kill_user(uid: int) -> None:
    """End every process of a user, by a helper that becomes this user."""
    helper = os.fork()
    if helper == 0:
        try:
            os.setresuid(uid, uid, uid)
            os.kill(-1, signal.SIGKILL)
        finally:
            os._exit(0)
    os.waitpid(helper, 0)
