"""`ae-course release` and `ae-course prove`: exercises from solutions, and whether they hold."""

import argparse
from pathlib import Path

from ae_course._exit_codes import Exit, table
from ae_course._output import say


def add_commands(commands) -> None:
    """Describe the subcommand. Loads nothing."""
    add = commands.add_parser(
        "release",
        help="write the exercises from the solutions",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=table((Exit.DONE, Exit.NO, Exit.NOTHING)),
    )
    add.add_argument("stems", nargs="*", metavar="EXERCISE", help="stem or number (default: all)")
    add.add_argument("--check", action="store_true", help="write nothing, only compare")
    add.add_argument("--no-execute", action="store_true", help="leave the outputs out")
    add.add_argument(
        "--root", type=Path, default=Path(), help="the course's folder (default: this one)"
    )
    add.set_defaults(run=release_exercises)
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
    """The stems of what was asked for by stem or number; none if one of them is not there."""
    from ae_course.grading.judging.task import stems

    there, numbers = stems(), [one.zfill(2) for one in wanted]
    chosen = [one for one in there if not wanted or one in wanted or one[:2] in numbers]
    if len(chosen) < len(wanted):
        say(f"There are {', '.join(there)}.")
        return []
    return chosen
