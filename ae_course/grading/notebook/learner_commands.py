"""`ae-course next` and `ae-course reset`."""

import argparse
from pathlib import Path

from ae_course._output import say


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
        say(error)
        return 2
    done = [t for t in tasks if t.status == "correct"]
    opened = [t for t in tasks if t.status != "correct"]
    say(f"{len(done)} of {len(tasks)} tasks are correct, as the notebooks were last saved.")
    if not opened:
        say("All done. Well done!")
        return 0
    task, words = opened[0].task, WORDS.get(opened[0].status, "not checked yet")
    say(f"Next: {task.id} {task.title} ({task.points} points, {task.level}), {words}.")
    say(f"Open {opened[0].notebook}")
    return 0


def reset_task(arguments: argparse.Namespace) -> int:
    """Put a task's cells back as they were given, after asking."""
    from ae_course.grading.authoring.workspace import find_notebook, reset

    try:
        notebook = find_notebook(arguments.task, arguments.path)
        question = f"Put the cells of task {arguments.task} in {notebook} back to the start? [y/N] "
        if not arguments.yes:
            say(question, end="")
            if input().strip().lower() not in ("y", "yes"):
                say("Nothing was changed.")
                return 1
        backup = reset(arguments.task, notebook)
    except (KeyError, FileNotFoundError, ValueError) as error:
        say(error.args[0] if isinstance(error, KeyError) else error)
        return 2
    say(f"Task {arguments.task} is as it was given. Your notebook before that: {backup}")
    say("If the notebook is open, reload it from disk.")
    return 0
