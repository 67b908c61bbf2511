"""The `ae-course` command. What a subcommand needs is imported when it runs."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

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
    study.add_commands(commands)
    reproduce = commands.add_parser(
        "reproduce", help="run a published experiment in full; goes on where it was stopped"
    )
    reproduce.add_argument("experiment", choices=["curves", "mnist"])
    reproduce.add_argument("--out", type=Path, default=Path("results"), help="folder (./results)")
    reproduce.add_argument("--seeds", type=int, default=3, help="how many (3)")
    reproduce.add_argument("--effort", type=float, default=1.0, help="share of the epochs (1)")
    reproduce.add_argument("--train", type=int, help="how many training images (all)")
    reproduce.set_defaults(run=_reproduce)
    grade = commands.add_parser("grade", help="grade notebooks, one or a whole class")
    grading.add_arguments(grade)
    grade.set_defaults(run=grading.run)
    arguments = parser.parse_args(argv)
    return arguments.run(arguments)


def _reproduce(arguments: argparse.Namespace) -> int:
    from ae_course import reproduce, results

    given = vars(arguments)
    settings = {name: given[name] for name in ("seeds", "effort", "train")}
    try:
        path = reproduce.reproduce(arguments.experiment, arguments.out, **settings)
    except (ConnectionError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped. The same command goes on from here.", file=sys.stderr)
        return 130
    results.draw(results.read(path), path.with_suffix(".png"))
    print(f"Results: {path}, figure: {path.with_suffix('.png')}")
    return 0


def _doctor(arguments: argparse.Namespace) -> int:
    from ae_course import devices

    print(devices.doctor())
    if not sys.platform.startswith("linux"):
        print("Grading needs Linux (on Windows: WSL; on a Mac: a container).")
        return 0
    from ae_course.grading.self_test import report

    print(report())
    return 0


if __name__ == "__main__":
    sys.exit(main())
