"""`ae-course next` and `ae-course reset`."""

import argparse
from pathlib import Path

from ae_course._exit_codes import Exit


def add_commands(commands) -> None:
    """Describe both subcommands. Loads nothing."""
    add = commands.add_parser("next", help="name the next open task")
    add.add_argument("path", nargs="?", type=Path, default=Path("exercises"), metavar="PATH")
    add.set_defaults(run=next_task)

    add = commands.add_parser("reset", help="start a task afresh")
    add.add_argument("task", metavar="TASK", help="such as 2.1")
    add.add_argument("path", nargs="?", type=Path, default=Path("exercises"), metavar="PATH")
    add.add_argument("--yes", action="store_true", help="do not ask")
    add.set_defaults(run=reset_task)


def next_task(arguments: argparse.Namespace) -> int:
    """Print the first task that the saved notebooks do not show as correct."""
    from ae_course.grading.authoring.workspace import saved_standing
    from ae_course.grading.notebook.cards import WORDS

    try:
        tasks = saved_standing(arguments.path)
    except (FileNotFoundError, ValueError) as error:
        print(error)
        return Exit.NOTHING
    done = [t for t in tasks if t.status == "correct"]
    opened = [t for t in tasks if t.status != "correct"]
    print(f"{len(done)} of {len(tasks)} tasks are correct, as the notebooks were last saved.")
    if not opened:
        print("All done. Well done!")
        return Exit.DONE
    task, words = opened[0].task, WORDS.get(opened[0].status, "not checked yet")
    print(f"Next: {task.id} {task.title} ({task.points} points, {task.level}), {words}.")
    print(f"Open {opened[0].notebook}")
    return Exit.DONE


def reset_task(arguments: argparse.Namespace) -> int:
    """Put a task's cells back as they were given, after asking."""
    from ae_course.grading.authoring.workspace import find_notebook, reset

    try:
        notebook = find_notebook(arguments.task, arguments.path)
        question = f"Put the cells of task {arguments.task} in {notebook} back to the start? [y/N] "
        if not arguments.yes and input(question).strip().lower() not in ("y", "yes"):
            print("Nothing was changed.")
            return Exit.NO
        backup = reset(arguments.task, notebook)
    except (KeyError, FileNotFoundError, ValueError) as error:
        print(error.args[0] if isinstance(error, KeyError) else error)
        return Exit.NOTHING
    print(f"Task {arguments.task} is as it was given. Your notebook before that: {backup}")
    print("If the notebook is open, reload it from disk.")
    return Exit.DONE
