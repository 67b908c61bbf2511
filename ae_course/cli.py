"""The `ae-course` command. What a subcommand needs is imported when it runs."""

import argparse
import sys
from collections.abc import Sequence

from ae_course.grading import command as grading
from ae_course.grading import study


def main(argv: Sequence[str] | None = None) -> int:
    """Run `ae-course` and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="ae-course", description="Companion of the course on autoencoders."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    doctor = commands.add_parser("doctor", help="what Keras runs on here, and what to do about it")
    doctor.set_defaults(run=_doctor)
    grade = commands.add_parser("grade", help="grade notebooks, one or a whole class")
    grading.add_arguments(grade)
    grade.set_defaults(run=grading.run)
    study.add_commands(commands)
    arguments = parser.parse_args(argv)
    return arguments.run(arguments)


def _doctor(arguments: argparse.Namespace) -> int:
    from ae_course import devices

    print(devices.doctor())
    return 0


if __name__ == "__main__":
    sys.exit(main())
