"""A control group counts and ends; where there is none, a sandbox does without."""

import contextlib
import subprocess
import sys

from ae_course.grading.sandbox.child import memory
from ae_course.grading.sandbox.child.limits import Limits
from ae_course.grading.sandbox.host import memory_group
from ae_course.grading.sandbox.host.memory_group import MemoryGroup
from ae_course.grading.sandbox.host.remote import RemoteLearner
from ae_course.grading.sandbox.host.sandbox import Sandbox

import pytest
from hostile_cases import OFFERED

MB = 1 << 20
FILLS = "import mmap\nm = mmap.mmap(-1, {0} << 20)\nfor _ in range({0}): m.write(bytes(1 << 20))"


@pytest.fixture
def group():
    found = MemoryGroup.make()
    if found is None:
        pytest.skip("this process may make no control group")
    yield found
    found.close()
    assert not found.folder.exists()


def run(group, megabytes):
    command = group.joined([sys.executable, "-c", FILLS.format(megabytes)])
    return subprocess.run(command, capture_output=True, check=False).returncode


def test_the_kernel_ends_what_passes_the_limit_and_nothing_else(group):
    assert run(group, 100) == 0
    group.allow(60 * MB)
    with group.counter() as counter:
        assert run(group, 10) == 0 and memory.kills(counter.fileno()) == 0
        assert run(group, 100) == -9 and memory.kills(counter.fileno()) == 1


@pytest.fixture
def second(tmp_path, monkeypatch):
    """Files as cgroup version 2 has them, since this kernel may have version 1."""
    own = tmp_path / "a.slice" / "session.scope"
    own.mkdir(parents=True)
    (tmp_path / "own").write_text("0::/a.slice/session.scope\n")
    monkeypatch.setattr(memory_group, "GROUPS", tmp_path)
    monkeypatch.setattr(memory_group, "OWN", tmp_path / "own")
    mkdir = type(own).mkdir

    def with_files(folder, *arguments, **options):
        mkdir(folder, *arguments, **options)
        if folder.parent.name == "a.slice":
            (folder / "memory.current").write_text("1000")
            (folder / "memory.events").write_text("low 0\noom 3\noom_kill 2\n")

    monkeypatch.setattr(type(own), "mkdir", with_files)
    return own.parent


def test_version_2_is_a_neighbour_of_our_own_group(second):
    group = MemoryGroup.make()
    (folder,) = second.glob("ae-course-*")
    group.allow(500)
    assert (folder / "memory.max").read_text() == "1500"
    assert (folder / "memory.swap.max").read_text() == "0"
    with group.counter() as counter:
        assert memory.kills(counter.fileno()) == 2
    assert str(folder / "cgroup.procs") in group.joined(["true"])


@pytest.mark.parametrize("without", [False, True], ids=["group if there is one", "no group"])
@pytest.mark.parametrize("level", OFFERED)
def test_a_sandbox_says_that_memory_was_the_reason(level, without, monkeypatch):
    if without:
        monkeypatch.setattr(MemoryGroup, "make", classmethod(lambda cls: None))
    cell = (
        "import os, time\n"
        "for _ in range(8):\n"
        "    if os.fork() == 0:\n"
        "        kept = bytearray(b'x' * (60 << 20))\n"
        "        time.sleep(30)\n"
        "        os._exit(0)\n"
        "time.sleep(30)"
    )
    limits = Limits(memory_mb=128)
    with Sandbox((), limits, level, ()) as sandbox:
        learner = RemoteLearner(sandbox, (cell, "answer = 7"), limits)
        with contextlib.closing(learner):
            assert learner.get("answer") == 7
    assert any("memory" in note for note in learner.notes), learner.notes
