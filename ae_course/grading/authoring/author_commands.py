"""`ae-course release`."""

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


def release_exercises(arguments: argparse.Namespace) -> int:
    """Write, or with `--check` compare, the exercises."""
    from ae_course.grading.authoring.release import ReleaseError, release
    from ae_course.grading.judging.task import stems

    wanted = arguments.stems or stems()
    chosen = [
        stem for stem in stems() if stem in wanted or stem[:2] in [w.zfill(2) for w in wanted]
    ]
    if len(chosen) < len(wanted):
        say(f"There are {', '.join(stems())}.")
        return Exit.NOTHING
    changed = []
    for stem in chosen:
        try:
            changed += release(stem, arguments.root, arguments.check, not arguments.no_execute)
        except (ReleaseError, FileNotFoundError) as error:
            say(error)
            return Exit.NOTHING
    for path in changed:
        say(f"{path} {'is out of step' if arguments.check else 'written'}")
    return Exit.NO if changed and arguments.check else Exit.DONE
