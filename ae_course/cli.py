"""The `ae-course` command. What a subcommand needs is imported when it runs."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import ae_course
from ae_course._exit_codes import Exit, table
from ae_course._output import say
from ae_course.grading.authoring import author_commands
from ae_course.grading.batch import grade_command, platform_commands
from ae_course.grading.gradebook import commands as gradebook_commands
from ae_course.grading.notebook import learner_commands


def main(argv: Sequence[str] | None = None) -> int:
    """Run `ae-course` and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="ae-course",
        usage="ae-course [-h] [--version] [--tasks FOLDER] COMMAND ...",
        description="Companion of the course on autoencoders.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--tasks", metavar="FOLDER", help="tasks of your own, too (or AE_COURSE_TASKS)"
    )
    parser.add_argument("--version", action="version", version=f"ae-course {ae_course.__version__}")
    every = parser.add_subparsers(
        dest="command",
        required=True,
        metavar="COMMAND",
        help=argparse.SUPPRESS,
        prog="ae-course",
    )
    learners, teachers, authors = map(_Group, ("learners", "teachers", "authors"), [every] * 3)
    learner_commands.add_commands(learners)
    _add_doctor(learners)
    grade = teachers.add_parser("grade", help="grade notebooks, one or a whole class")
    grade_command.add_arguments(grade)
    grade.set_defaults(run=grade_command.run)
    gradebook_commands.add_commands(teachers)
    platform_commands.add_commands(teachers)
    author_commands.add_commands(authors)
    _add_reproduce(authors)
    parser.epilog = "\n\n".join([*map(str, (learners, teachers, authors)), _HELP, table()])
    arguments = parser.parse_args(argv)
    if own_tasks := arguments.tasks or os.environ.get("AE_COURSE_TASKS"):
        from ae_course.grading.judging.task import use_tasks

        try:
            use_tasks(own_tasks)
        except ValueError as error:
            say(f"ae-course: {error}.", sys.stderr)
            return Exit.NOTHING
    return arguments.run(arguments)


_HELP = "`ae-course COMMAND --help` says what a command takes, and its defaults."


class _Group:
    """The commands for one kind of people, which the help lists together."""

    def __init__(self, people: str, commands):
        self._people, self._commands, self._lines = people, commands, []

    def add_parser(self, name: str, help: str, **more) -> argparse.ArgumentParser:
        """Add a subcommand; see `argparse`."""
        self._lines.append(f"    {name:<11} {help}")
        return self._commands.add_parser(name, **more)

    def __str__(self) -> str:
        return "\n".join([f"for {self._people}:", *self._lines])


def _add_doctor(commands: _Group) -> None:
    doctor = commands.add_parser("doctor", help="what Keras runs on here, and what to do about it")
    doctor.set_defaults(run=_doctor)


def _add_reproduce(commands: _Group) -> None:
    reproduce = commands.add_parser(
        "reproduce", help="run a published experiment in full; goes on where it was stopped"
    )
    reproduce.add_argument("experiment", metavar="NAME", help="of an experiment; `list` names all")
    reproduce.add_argument("--out", type=Path, default=Path("results"), help="folder (./results)")
    reproduce.add_argument("--seeds", type=int, default=3, help="how many (3)")
    reproduce.add_argument("--budget", type=float, default=1.0, help="share of the epochs (1)")
    reproduce.add_argument("--methods", default="", help="a regular expression (all methods)")
    reproduce.add_argument("--train", type=int, help="how many training images (all)")
    reproduce.set_defaults(run=_reproduce)


def _reproduce(arguments: argparse.Namespace) -> int:
    from ae_course.experiments import ledger, verdicts

    given = vars(arguments)
    settings = {name: given[name] for name in ("seeds", "budget", "train", "methods")}
    if arguments.experiment == "list":
        for name, experiment in ledger.find().items():
            say(f"{name:12} {experiment.paper}: {experiment.title}")
        return Exit.DONE
    try:
        path = ledger.reproduce(arguments.experiment, arguments.out, **settings)
        verdicts.draw(verdicts.read(path), path.with_suffix(".png"))
    except (ConnectionError, ValueError) as error:
        print(error, file=sys.stderr)
        return Exit.NOTHING
    except OSError as error:
        kept = "What was written before is kept; the same command goes on from there."
        print(f"{arguments.out}: {error}. {kept}", file=sys.stderr)
        return Exit.NOT_WRITTEN
    except KeyboardInterrupt:
        print("Stopped. The same command goes on from here.", file=sys.stderr)
        return Exit.INTERRUPTED
    say(f"Results: {path}, figure: {path.with_suffix('.png')}")
    return Exit.DONE


def _doctor(arguments: argparse.Namespace) -> int:
    say("Loading Keras and its backend, which can take half a minute ...", sys.stderr)
    from ae_course import devices

    say(devices.doctor())
    if not sys.platform.startswith("linux"):
        say("Grading needs Linux (on Windows: WSL; on a Mac: a container).")
        return Exit.DONE
    from ae_course.grading.batch import self_test

    say("Grading a known solution at each level of isolation ...", sys.stderr)
    for line in self_test.report():
        say(line)
    return Exit.DONE


if __name__ == "__main__":
    sys.exit(main())
