"""The command answers at once, and says what it can do."""

import argparse
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import ae_course
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


def test_it_says_its_version_which_is_that_of_the_distribution(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"ae-course {ae_course.__version__}\n"
    project = Path(__file__).parents[2] / "pyproject.toml"
    assert tomllib.loads(project.read_text("utf-8"))["project"]["version"] == ae_course.__version__


def test_the_help_lists_the_commands_for_learners_teachers_and_authors(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    printed = capsys.readouterr().out
    parts = re.split(r"^for (\w+):$", printed.partition("\n\nexit codes")[0], flags=re.M)[1:]
    people = dict(zip(parts[::2], parts[1::2], strict=True))
    listed = {who: re.findall(r"^    (\w+) ", text, re.M) for who, text in people.items()}
    assert {"start", "update", "check"} <= {*listed["learners"]}
    assert {"grade", "gradebook"} <= {*listed["teachers"]} and "release" in listed["authors"]
    assert max(map(len, printed.partition("exit codes")[0].splitlines())) < 100


def test_every_option_of_every_command_says_its_default(monkeypatch, capsys):
    silent = []
    add_argument = argparse.ArgumentParser.add_argument

    def record(parser, *names, **more):
        is_option = names[0][0] == "-" or more.get("nargs") in ("?", "*")
        says_itself = more.get("action") in ("help", "version", "store_true")
        if is_option and not says_itself and not more["help"].endswith(")"):
            silent.append((parser.prog, names[0]))
        return add_argument(parser, *names, **more)

    monkeypatch.setattr(argparse.ArgumentParser, "add_argument", record)
    with pytest.raises(SystemExit):
        main(["--version"])
    # what says so by itself: grade works on all the paths it is given, none by default
    assert silent == [("ae-course grade", "paths"), ("ae-course gradebook grade", "paths")]
