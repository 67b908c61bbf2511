"""The command answers at once, and says what it can do."""

import subprocess
import sys

from ae_course.cli import main

import pytest


def test_help_loads_nothing_heavy():
    heavy = ["keras", "tensorflow", "numpy", "rich"]
    code = (
        "import sys; from ae_course.cli import main\n"
        "try: main(['--help'])\n"
        f"except SystemExit: print([m for m in {heavy} if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip().endswith("[]")


def test_doctor_reports_backend_and_advice_and_says_what_takes_time(capsys):
    assert main(["doctor"]) == 0
    printed = capsys.readouterr()
    assert "backend" in printed.out and "GPU" in printed.out
    assert "Loading Keras and its backend" in printed.err and "Loading" not in printed.out


def test_doctor_says_that_it_loads_keras_before_it_does():
    code = (
        "import sys; from ae_course import cli\n"
        "cli.say = lambda *_: sys.exit(f'keras' in sys.modules)\n"
        "cli.main(['doctor'])"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("arguments", [[], ["nothing"]])
def test_what_it_does_not_know_ends_with_2_and_the_commands(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "COMMAND" in capsys.readouterr().err or "doctor" in capsys.readouterr().err
