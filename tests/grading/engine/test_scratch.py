"""A sandbox's folder goes with its grader, one way or the other."""

import os
import signal
import subprocess
import sys
import tempfile

from ae_course.grading.sandbox.host.scratch import scratch_folder

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
