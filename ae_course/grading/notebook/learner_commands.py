"""`ae-course next`, `reset` and `release`: for learners the first two, for authors the third."""

import argparse
from pathlib import Path

RELEASE_EXIT_CODES = """\
exit codes:
  0  everything is in step (or, without --check, is now)
  1  with --check: something is out of step
  2  a solution does not fit its exercise's definition
"""


def add_commands(commands) -> None:
    """Describe the three subcommands. Loads nothing."""
    add = commands.add_parser("next", help="name the next open task")
    add.add_argument("path", nargs="?", type=Path, default=Path("exercises"), metavar="PATH")
    add.set_defaults(run=next_task)

    add = commands.add_parser("reset", help="start a task afresh")
    add.add_argument("task", metavar="TASK", help="such as 2.1")
    add.add_argument("path", nargs="?", type=Path, default=Path("exercises"), metavar="PATH")
    add.add_argument("--yes", action="store_true", help="do not ask")
    add.set_defaults(run=reset_task)

    add = commands.add_parser(
        "release",
        help="write the exercises from the solutions",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=RELEASE_EXIT_CODES,
    )
    add.add_argument("stems", nargs="*", metavar="EXERCISE", help="stem or number (default: all)")
    add.add_argument("--check", action="store_true", help="write nothing, only compare")
    add.add_argument("--no-execute", action="store_true", help="leave the outputs out")
    add.add_argument("--root", type=Path, default=Path(), help="the course's folder")
    add.set_defaults(run=release_exercises)


def next_task(arguments: argparse.Namespace) -> int:
    """Print the first task that the saved notebooks do not show as correct."""
    from ae_course.grading.render import WORDS
    from ae_course.grading.workspace import saved_standing

    try:
        tasks = saved_standing(arguments.path)
    except (FileNotFoundError, ValueError) as error:
        print(error)
        return 2
    done = [t for t in tasks if t.status == "correct"]
    opened = [t for t in tasks if t.status != "correct"]
    print(f"{len(done)} of {len(tasks)} tasks are correct, as the notebooks were last saved.")
    if not opened:
        print("All done. Well done!")
        return 0
    task, words = opened[0].task, WORDS.get(opened[0].status, "not checked yet")
    print(f"Next: {task.id} {task.title} ({task.points} points, {task.level}), {words}.")
    print(f"Open {opened[0].notebook}")
    return 0


def reset_task(arguments: argparse.Namespace) -> int:
    """Put a task's cells back as they were given, after asking."""
    from ae_course.grading.workspace import find_notebook, reset

    try:
        notebook = find_notebook(arguments.task, arguments.path)
        question = f"Put the cells of task {arguments.task} in {notebook} back to the start? [y/N] "
        if not arguments.yes and input(question).strip().lower() not in ("y", "yes"):
            print("Nothing was changed.")
            return 1
        backup = reset(arguments.task, notebook)
    except (KeyError, FileNotFoundError, ValueError) as error:
        print(error.args[0] if isinstance(error, KeyError) else error)
        return 2
    print(f"Task {arguments.task} is as it was given. Your notebook before that: {backup}")
    print("If the notebook is open, reload it from disk.")
    return 0


def release_exercises(arguments: argparse.Namespace) -> int:
    """Write, or with `--check` compare, the exercises."""
    from ae_course.grading.release import ReleaseError, release
    from ae_course.grading.task import stems

    wanted = arguments.stems or stems()
    chosen = [
        stem for stem in stems() if stem in wanted or stem[:2] in [w.zfill(2) for w in wanted]
    ]
    if len(chosen) < len(wanted):
        print(f"There are {', '.join(stems())}.")
        return 2
    changed = []
    for stem in chosen:
        try:
            changed += release(stem, arguments.root, arguments.check, not arguments.no_execute)
        except (ReleaseError, FileNotFoundError) as error:
            print(error)
            return 2
    for path in changed:
        print(f"{path} {'is out of step' if arguments.check else 'written'}")
    return int(bool(changed) and arguments.check)
