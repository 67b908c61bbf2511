"""`ae-course release` and `prove`: out of the solutions what learners get, and whether it holds."""

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

from ae_course._exit_codes import Exit, table
from ae_course._output import say

_NEEDED = ("nbclient", "nbformat")


def add_commands(commands) -> None:
    """Describe the subcommand. Loads nothing."""
    add = commands.add_parser(
        "release",
        help="write the exercises from the solutions, or all but the solutions (--public)",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=table((Exit.DONE, Exit.NO, Exit.NOTHING, Exit.NOT_WRITTEN, Exit.INTERRUPTED)),
    )
    add.add_argument("stems", nargs="*", metavar="EXERCISE", help="stem or number (default: all)")
    add.add_argument("--check", action="store_true", help="write nothing, only compare")
    add.add_argument("--no-execute", action="store_true", help="leave the outputs out")
    add.add_argument(
        "--root", type=Path, default=Path(), help="the course's folder (default: this one)"
    )
    add.add_argument(
        "--public",
        type=Path,
        metavar="FOLDER",
        help="in place of that: the course without its solutions, written or brought into step "
        "(default: no)",
    )
    add.set_defaults(run=release)
    add = commands.add_parser(
        "prove",
        help="run exercises and solutions here, and try every known mistake; only your own",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=table((Exit.DONE, Exit.NO, Exit.NOTHING)),
    )
    add.add_argument("stems", nargs="*", metavar="EXERCISE", help="stem or number (default: all)")
    add.add_argument("--seeds", type=int, default=3, metavar="N", help="of inputs (%(default)s)")
    says = "the course's folder (default: this one)"
    add.add_argument("--root", type=Path, default=Path(), help=says)
    add.set_defaults(run=prove_exercises)


def release(arguments: argparse.Namespace) -> int:
    """Write the exercises, or with `--public` the course without its solutions."""
    return release_public(arguments) if arguments.public else release_exercises(arguments)


def release_public(arguments: argparse.Namespace) -> int:
    """Write the course without its solutions, and say what changed."""
    from ae_course.grading.authoring.public import write_public
    from ae_course.grading.authoring.release import ReleaseError

    try:
        changed, removed = write_public(arguments.root, arguments.public)
    except ReleaseError as error:
        say(error, sys.stderr)
        return Exit.NOTHING
    except OSError as error:
        say(f"{error.strerror}: {error.filename}", sys.stderr)
        return Exit.NOT_WRITTEN
    except KeyboardInterrupt:
        say("Interrupted. The same command goes on from here.", sys.stderr)
        return Exit.INTERRUPTED
    for verb, names in (("written", changed), ("removed", removed)):
        for name in names if len(names) < 20 else ():
            say(f"{name} {verb}")
    say(f"{arguments.public}: {len(changed)} files written, {len(removed)} removed, no solution.")
    return Exit.DONE


def release_exercises(arguments: argparse.Namespace) -> int:
    """Write, or with `--check` compare, the exercises."""
    from ae_course.grading.authoring.release import ReleaseError, release

    chosen, changed = _chosen(arguments.stems), []
    if not chosen:
        return Exit.NOTHING
    for stem in chosen:
        try:
            changed += release(stem, arguments.root, arguments.check, not arguments.no_execute)
        except (ReleaseError, FileNotFoundError) as error:
            say(error)
            return Exit.NOTHING
    for path in changed:
        say(f"{path} {'is out of step' if arguments.check else 'written'}")
    return Exit.NO if changed and arguments.check else Exit.DONE


def prove_exercises(arguments: argparse.Namespace) -> int:
    """Say what is wrong with exercises."""
    from ae_course.grading.authoring.proof import prove
    from ae_course.grading.authoring.release import ReleaseError

    code, chosen = Exit.DONE, _chosen(arguments.stems)
    for stem in chosen:
        try:
            wrong = prove(stem, arguments.root, range(arguments.seeds))
        except (ReleaseError, FileNotFoundError) as error:
            say(error)
            return Exit.NOTHING
        for one in wrong:
            say(f"{stem}: {one}")
            code = Exit.NO
        if not wrong:
            say(f"{stem}: the solution gets full marks, the exercise none, every mistake its words")
    return code if chosen else Exit.NOTHING


def _chosen(wanted: list[str]) -> list[str]:
    """The stems of what was asked for by stem or number; none if anything is not there."""
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        say(f"This needs {' and '.join(missing)}: pip install 'ae-course[authors]'", sys.stderr)
        return []
    from ae_course.grading.judging.task import stems

    there, numbers = stems(), [one.zfill(2) for one in wanted]
    chosen = [one for one in there if not wanted or one in wanted or one[:2] in numbers]
    if len(chosen) < len(wanted):
        say(f"There are {', '.join(there)}.")
        return []
    return chosen
