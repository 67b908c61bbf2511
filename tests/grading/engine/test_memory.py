"""Memory is counted once however many processes share it, and where no page shows it."""

import gc
import mmap
import os
import signal
import socket
import time

from ae_course.grading.sandbox.child import confine
from ae_course.grading.sandbox.child.memory import held

import pytest

MB = 1 << 20


@pytest.fixture
def child():
    """Run a function in a process of its own; return its id once the function has run."""
    pids = []

    def start(act):
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            gc.disable()  # it would write into every page that it shares with its parent
            confine.show_memory()  # what runs these tests may be hidden
            kept = act()
            theirs.send(b"done")
            time.sleep(600)
            os._exit(bool(kept))
        pids.append(pid)
        theirs.close()
        assert ours.recv(4) == b"done"
        return pid

    yield start
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def shared_and_let_go():
    area = mmap.mmap(-1, 50 * MB)
    for _ in range(50):
        area.write(b"x" * MB)
    area.madvise(mmap.MADV_DONTNEED)
    return area


def full_sockets():
    pairs = [socket.socketpair() for _ in range(150)]
    for pair in pairs:
        pair[0].setblocking(False)
        try:
            while True:
                pair[0].send(bytes(30_000))
        except BlockingIOError:
            pass
    return pairs


@pytest.fixture
def grown():
    """How much more this process and others hold than it alone held before."""
    gc.collect()  # now, not while the test measures
    before = held([os.getpid()])
    return lambda *pids: held([os.getpid(), *pids]) - before


def test_what_a_process_writes_counts(grown, child):
    assert 49 * MB < grown(child(lambda: bytearray(b"x" * (50 * MB)))) < 75 * MB


def test_what_it_shares_with_its_parent_counts_once(grown, child):
    kept = bytearray(b"x" * (50 * MB))
    children = child(lambda: kept[0]), child(lambda: kept[1])
    assert 49 * MB < grown(*children) < 75 * MB


def test_a_shared_area_counts_once_though_no_page_of_it_is_mapped(grown, child):
    first = child(shared_and_let_go)
    assert 49 * MB < grown(first) < 75 * MB
    assert 99 * MB < grown(first, child(shared_and_let_go)) < 130 * MB


def test_what_waits_in_sockets_counts(grown, child):
    assert grown(child(full_sockets)) > 30 * MB


def test_a_process_that_has_ended_holds_nothing():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    assert held([pid]) == 0
