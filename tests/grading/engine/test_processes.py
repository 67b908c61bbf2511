"""Every process below another one is found, measured and ended."""

import os
import signal
import subprocess
import time

from ae_course.grading.sandbox.child import processes
from ae_course.grading.sandbox.child.processes import Usage

import pytest

SPIN = "while :; do :; done"


@pytest.fixture
def start():
    """Start a shell; whatever it started is ended with the test."""
    started = []

    def start(script):
        started.append(subprocess.Popen(["sh", "-c", script]))
        return started[-1]

    yield start
    for shell in started:
        processes.kill(processes.descendants(shell.pid))
        shell.kill()
        shell.wait()


def eventually(true):
    until = time.monotonic() + 60
    while not true() and time.monotonic() < until:
        time.sleep(0.02)
    assert true()


def pids(pid=None):
    return {process.pid for process in processes.descendants(pid)}


def test_children_and_grandchildren_are_found_and_nobody_else(start):
    shell, other = start("(sleep 60 & wait) & wait"), start("sleep 60 & wait")
    eventually(lambda: len(pids(shell.pid)) == 2)
    assert pids(shell.pid) | pids(other.pid) | {shell.pid, other.pid} <= pids()
    assert not pids(shell.pid) & {shell.pid, *pids(other.pid), os.getpid()}


def test_a_process_that_has_ended_is_none_though_nobody_has_asked_for_it(start):
    shell = start("exit 0")
    eventually(lambda: shell.pid not in pids())
    assert pids(shell.pid) == set()
    shell.wait()
    assert pids(shell.pid) == set()


def test_what_they_use_adds_up(start):
    shell = start(f"{SPIN} & {SPIN}")
    eventually(lambda: len(pids(shell.pid)) == 1)
    family = [one for one in processes.descendants() if one.pid in {shell.pid, *pids(shell.pid)}]
    assert processes.usage(family).threads == 2
    eventually(lambda: all(processes.usage([one]).cpu >= 0.05 for one in family))
    each, both = [processes.usage([one]) for one in family], processes.usage(family)
    assert both.cpu >= sum(one.cpu for one in each)
    assert both.memory == pytest.approx(sum(one.memory for one in each), rel=0.5) and both.memory
    assert processes.usage(family, shared=1 << 40).memory == 0


def test_one_that_has_ended_uses_nothing(start):
    shell = start("sleep 60")
    family = [one for one in processes.descendants() if one.pid == shell.pid]
    shell.kill()
    shell.wait()
    assert processes.usage(family) == Usage()
    assert processes.waited(family[0]) >= 0
    processes.kill(family)  # no other process that got its number


def test_the_time_of_children_that_have_ended_is_kept():
    before = processes.cpu_of_ended_children()
    subprocess.run(["sh", "-c", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"], check=True)
    assert processes.cpu_of_ended_children() > before


def test_all_of_them_are_ended_also_one_that_has_stopped_itself(start):
    shell = start("sleep 60 & kill -STOP $$")
    eventually(lambda: pids(shell.pid))
    family = [one for one in processes.descendants() if one.pid in {shell.pid, *pids(shell.pid)}]
    processes.kill(family)
    eventually(lambda: not any(one.is_running() and one.status() != "zombie" for one in family))
    assert len(family) == 2 and shell.wait() == -signal.SIGKILL


def test_the_threads_of_a_user_are_counted(start):
    before = processes.threads_of_user(os.getuid())
    assert before >= 1
    start("sleep 60 & sleep 60 & wait")
    eventually(lambda: processes.threads_of_user(os.getuid()) >= 3)
    assert processes.threads_of_user(4_000_000_000) == 0


def test_a_process_waits_no_longer_than_it_lives():
    me = processes.psutil.Process()
    assert 0 <= processes.waited(me) <= time.time() - me.create_time() + 1
