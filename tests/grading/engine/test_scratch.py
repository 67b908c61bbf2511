"""A sandbox's folder goes with its grader, one way or the other."""

import os
import signal
import subprocess
import sys
import tempfile

from ae_course.grading.sandbox.child.scratch import remove, remove_left_by
from ae_course.grading.sandbox.host.scratch import scratch_folder
from ae_course.grading.sandbox.host.uids import may_change_user

import pytest

HOLDS_ONE = """
import time
from ae_course.grading.sandbox.host.scratch import scratch_folder
with scratch_folder() as folder:
    print(folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def another():
    """Another grader that holds a folder."""
    process = subprocess.Popen([sys.executable, "-c", HOLDS_ONE], stdout=subprocess.PIPE, text=True)
    process.folder = process.stdout.readline().strip()
    yield process
    process.kill()
    process.wait()


def test_it_is_gone_afterwards_whatever_was_put_in_it(temporary):
    with scratch_folder() as folder:
        (folder / "closed").mkdir()
        (folder / "closed" / "file").touch()
        (folder / "closed").chmod(0)
    assert not list(temporary.iterdir())


def test_the_folder_of_a_grader_at_work_stays(another):
    with scratch_folder():
        assert os.path.isdir(another.folder)  # noqa: PTH112


def test_the_folder_of_a_grader_that_was_killed_goes_when_another_begins(another, temporary):
    another.send_signal(signal.SIGKILL)
    another.wait()
    with scratch_folder() as folder:
        assert [*temporary.iterdir()] == [folder]


def test_what_is_not_ours_stays(temporary):
    (temporary / "ae-course-notes").mkdir()
    (temporary / "elsewhere").mkdir()
    (temporary / "elsewhere" / "grader.lock").touch()
    (temporary / "ae-course-link").symlink_to(temporary / "elsewhere")
    with scratch_folder():
        pass
    assert {path.name for path in temporary.iterdir()} == {
        "ae-course-notes",
        "elsewhere",
        "ae-course-link",
    }
    assert (temporary / "elsewhere" / "grader.lock").exists()


def test_a_link_is_removed_and_what_it_leads_to_is_as_it_was(temporary):
    (temporary / "kept").mkdir(mode=0o500)
    (temporary / "link").symlink_to(temporary / "kept")
    assert remove(temporary / "link")
    assert [(path.name, path.stat().st_mode & 0o777) for path in temporary.iterdir()] == [
        ("kept", 0o500)
    ]


@pytest.mark.skipif(not may_change_user(), reason="to give a file to another user takes root")
def test_what_a_user_left_in_the_open_goes_and_what_is_anyone_elses_stays(temporary):
    for name in ("theirs", "ours"):
        (temporary / name).mkdir()
        (temporary / name / "file").touch()
    (temporary / "a link of theirs").symlink_to(temporary / "ours")
    for name in ("theirs", "a link of theirs"):
        os.chown(temporary / name, 54_321, 54_321, follow_symlinks=False)
    assert remove_left_by(54_321, [str(temporary), "/no/such/folder"])
    assert [path.name for path in temporary.iterdir()] == ["ours"]
    assert (temporary / "ours" / "file").exists()
