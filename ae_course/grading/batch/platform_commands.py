"""`ae-course nbgrader` and `ae-course gradescope`: the exercises on other people's platforms."""

import argparse
import sys
from pathlib import Path

from ae_course._exit_codes import Exit, table
from ae_course._output import say


def add_commands(commands) -> None:
    """Describe the subcommands. Loads nothing."""
    add = commands.add_parser(
        "nbgrader",
        help="make exercises assignments of an nbgrader course (extra: nbgrader)",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=table((Exit.DONE, Exit.NOTHING)),
    )
    add.add_argument("course", type=Path, metavar="FOLDER", help="the course's folder")
    add.add_argument("stems", nargs="*", metavar="EXERCISE", help="stem or number (default: all)")
    add.set_defaults(run=make_nbgrader_assignments)
    add = commands.add_parser(
        "gradescope",
        help="write the zip file of a Gradescope autograder",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=table((Exit.DONE, Exit.NOTHING, Exit.NOT_WRITTEN)),
    )
    add.add_argument(
        "stem",
        nargs="?",
        metavar="EXERCISE",
        help="the exercise that the assignment is for (default: any that is handed in)",
    )
    add.add_argument(
        "--out",
        type=Path,
        default=Path("autograder.zip"),
        metavar="FILE",
        help="file to write (%(default)s)",
    )
    add.set_defaults(run=write_gradescope_autograder)


def make_nbgrader_assignments(arguments: argparse.Namespace) -> int:
    """Write the assignments' sources and have nbgrader generate them."""
    from ae_course.grading.authoring.workspace import given_path
    from ae_course.grading.batch.nbgrader import CourseError, make_assignments
    from ae_course.grading.judging.task import stems

    try:
        wanted = [_stem(name) for name in arguments.stems] or stems()
        released = make_assignments(arguments.course, map(given_path, wanted))
    except (CourseError, FileNotFoundError, KeyError, ModuleNotFoundError) as error:
        return _fail("nbgrader", error, Exit.NOTHING)
    for path in released:
        say(f"{path} written")
    return Exit.DONE


def write_gradescope_autograder(arguments: argparse.Namespace) -> int:
    """Write the zip file."""
    from ae_course.grading.batch.gradescope import write_autograder

    try:
        stem = arguments.stem and _stem(arguments.stem)
        write_autograder(arguments.out, stem)
    except (FileNotFoundError, KeyError) as error:
        return _fail("gradescope", error, Exit.NOTHING)
    except OSError as error:
        return _fail("gradescope", f"{arguments.out} can't be written: {error}", Exit.NOT_WRITTEN)
    say(f"{arguments.out} written, for {stem or 'any exercise'}. Upload it as the autograder.")
    return Exit.DONE


def _stem(name: str) -> str:
    """Return the stem of an exercise that a teacher named by stem or number.

    Raises:
        KeyError: if there is none.
    """
    from ae_course.grading.judging.task import load_exercise, stems

    found = [stem for stem in stems() if name == stem or name.zfill(2) == stem[:2]]
    return found[0] if found else load_exercise(name).stem


def _fail(command: str, error: object, code: int) -> int:
    says = error.args[0] if isinstance(error, KeyError) else error
    say(f"ae-course {command}: {says}", file=sys.stderr)
    return code
