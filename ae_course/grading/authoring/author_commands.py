"""`ae-course release`: the exercises, or all that learners may have, out of the solutions."""

import argparse
import sys
from pathlib import Path

from ae_course._exit_codes import Exit, table
from ae_course._output import say


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
