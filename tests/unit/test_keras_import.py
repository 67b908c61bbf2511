"""A reader's notebook shows no start-up log."""

import subprocess
import sys

import pytest

STARTS = ["from ae_course import Autoencoder", "from ae_course.models.layers import TiedDense"]


@pytest.mark.parametrize("code", STARTS)
def test_keras_starts_without_a_word(code):
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("", "")


def test_what_is_written_afterwards_is_seen_again():
    code = "import os, ae_course.quiet; os.write(2, b'heard')"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stderr == "heard"
