"""The level that is asked for, or none: what this system lacks is said, not passed over."""

import contextlib
import os
import pwd
import subprocess
import tempfile
from pathlib import Path

from ae_course.grading.sandbox.child.limits import Limits
from ae_course.grading.sandbox.host import isolation
from ae_course.grading.sandbox.host.isolation import SandboxError, strongest
from ae_course.grading.sandbox.host.sandbox import Sandbox
from ae_course.grading.sandbox.host.uids import UnusedUid, may_change_user

import pytest

ISOLATION = "ae_course.grading.sandbox.host.isolation"
UIDS = "ae_course.grading.sandbox.host.uids"


def test_isolation_that_is_required_and_missing_fails_closed(monkeypatch):
    monkeypatch.setattr(
        f"{ISOLATION}.available",
        lambda: {"limits": "", "fs": "no Landlock", "full": "no bubblewrap"},
    )
    with pytest.raises(SandboxError, match="no bubblewrap"):
        strongest("full")
    with pytest.raises(SandboxError, match="no Landlock"):
        strongest(wanted="fs")


@pytest.mark.parametrize("root", [True, False], ids=["root", "ordinary user"])
def test_the_weakest_level_is_chosen_for_root_alone_and_else_by_name(root, monkeypatch):
    offered = {"limits": "", "fs": "no Landlock", "full": "no bubblewrap"}
    monkeypatch.setattr(f"{ISOLATION}.available", lambda: offered)
    monkeypatch.setattr(f"{ISOLATION}.may_change_user", lambda: root)
    assert strongest(wanted="limits") == "limits"
    if root:
        assert strongest() == "limits"
    else:
        with pytest.raises(SandboxError, match=r"(?s)no Landlock.*your own files.*--isolation"):
            strongest()


def test_a_processor_whose_system_calls_are_not_known_gets_no_level(monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    monkeypatch.setattr(isolation, "available", isolation.available.__wrapped__)
    with pytest.raises(SandboxError, match="riscv64"):
        strongest()


@pytest.mark.skipif(not may_change_user(), reason="only root becomes another user")
def test_when_every_user_id_is_taken_nothing_runs(monkeypatch):
    monkeypatch.setattr(f"{UIDS}._COUNT", 2)
    monkeypatch.setattr(f"{UIDS}._FIRST", 70_000)  # which no other grader uses
    with contextlib.closing(UnusedUid()), contextlib.closing(UnusedUid()):
        with pytest.raises(OSError, match="every user id"):
            UnusedUid()
        with pytest.raises(SandboxError, match="every user id"):
            Sandbox((), Limits(), "limits", ()).launch()
    with contextlib.closing(UnusedUid()) as again:
        assert again.uid in (70_000, 70_001)


@contextlib.contextmanager
def _an_account(uid, monkeypatch):
    known = pwd.getpwuid(0)
    monkeypatch.setattr("pwd.getpwuid", lambda asked: {uid: known}[asked])
    yield


@contextlib.contextmanager
def _a_process(uid, monkeypatch):
    process = subprocess.Popen(["sleep", "600"], user=uid)
    yield
    assert process.poll() is None  # nor has it been ended
    process.kill()
    process.wait()


@contextlib.contextmanager
def _a_file(uid, monkeypatch):
    handle, path = tempfile.mkstemp(dir="/var/tmp")
    os.close(handle)
    os.chown(path, uid, uid)
    yield
    Path(path).unlink()  # nor has it been removed


@pytest.mark.skipif(not may_change_user(), reason="only root becomes another user")
@pytest.mark.parametrize("have", [_an_account, _a_process, _a_file])
def test_a_user_id_that_is_somebodys_is_left_alone(have, monkeypatch):
    monkeypatch.setattr(f"{UIDS}._COUNT", 2)
    monkeypatch.setattr(f"{UIDS}._FIRST", 70_010)
    with have(70_010, monkeypatch), contextlib.closing(UnusedUid()) as free:
        assert free.uid == 70_011
        with pytest.raises(OSError, match="every user id"):
            UnusedUid()
        with Sandbox((), Limits(), "limits", ()) as sandbox, pytest.raises(SandboxError):
            sandbox.launch()


def test_a_stronger_level_than_required_may_not_be_undercut():
    with pytest.raises(SandboxError, match="required"):
        strongest("full", "limits")
