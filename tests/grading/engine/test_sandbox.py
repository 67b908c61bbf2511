"""A sandbox ends when it is told to, at any moment, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import threading
import time

from ae_course.grading.sandbox.child.limits import Limits
from ae_course.grading.sandbox.host.isolation import SandboxError
from ae_course.grading.sandbox.host.remote import RemoteLearner
from ae_course.grading.sandbox.host.sandbox import LIBRARIES, Sandbox

import pytest
from hostile_cases import HONEST, OFFERED, notebook
from running import sandboxes

COMMAND = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
signal.signal(signal.SIGHUP, signal.SIG_DFL)
from ae_course.cli import main
sys.exit(main())
"""


def wait_until(condition, seconds=120):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.parametrize("level", OFFERED)
def test_it_ends_while_it_starts(level, temporary):
    sandbox, raised = Sandbox((), Limits(), level, LIBRARIES), []

    def use():
        try:
            sandbox.launch()
        except SandboxError as error:
            raised.append(error)

    thread = threading.Thread(target=use)
    thread.start()
    wait_until(lambda: sandboxes(temporary))
    sandbox.close_for_good()
    thread.join(60)
    assert raised
    assert not sandboxes(temporary)
    assert not list(temporary.iterdir())
    with pytest.raises(SandboxError, match="closed"):
        sandbox.launch()


def test_it_can_be_closed_twice_and_used_again(temporary):
    with Sandbox((), Limits(), "limits", ()) as sandbox:
        for _ in range(2):
            channel, *pipes = sandbox.launch()
            channel.close()
            for pipe in pipes:
                os.close(pipe)
            sandbox.close()
            sandbox.close()
            assert not list(temporary.iterdir())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_stopped_in_its_first_second_leaves_nothing(number, temporary):
    notebook_path = temporary.parent / "01_basic_structure.ipynb"
    notebook_path.write_bytes(notebook(HONEST))
    out = temporary.parent / "out"
    grader = subprocess.Popen(
        [sys.executable, "-c", COMMAND, "grade", notebook_path, "--output", out, "--jobs", "2"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    wait_until(lambda: sandboxes(temporary))
    grader.send_signal(number)
    says = grader.communicate(timeout=120)[1]
    assert grader.returncode == 130, says
    assert "goes on where it stood" in says
    assert not sandboxes(temporary)
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("level", OFFERED)
def test_the_number_of_files_is_limited(level, temporary):
    cell = "import os, time\nfor i in range(300): os.symlink('x', f'{i}')\ntime.sleep(60)"
    limits = Limits(files=200)
    with Sandbox((), limits, level, ()) as sandbox:
        learner = RemoteLearner(sandbox, (cell, "answer = 7"), limits)
        assert learner.get("answer") == 7
        learner.close()
    assert learner.notes == ["Code cell 1 made more than 200 files."]
