"""What a learner does from the command line: `ae-course check`, `hint`, `progress`, `next`…"""

import argparse
import sys
from pathlib import Path

from ae_course._exit_codes import Exit, table
from ae_course._output import say
from ae_course.grading.reading.notebooks import Unreadable


def add_commands(commands) -> None:
    """Describe the subcommands. Loads nothing."""
    add = _command(commands, "start", "put the exercises into a folder", start_course)
    says = "made if need be; what is in it stays (default: ./%(default)s)"
    folder = {"nargs": "?", "type": Path, "metavar": "FOLDER"}
    add.add_argument("folder", **folder, default=Path("exercises"), help=says)
    add = _command(
        commands, "update", "bring newer exercises, beside what was changed", update_course
    )
    add.add_argument("path", **folder, help="of exercises (default: ./exercises, or this one)")
    add = _command(commands, "check", "run a notebook and say how a task stands", check_task)
    _add_task_and_path(add)
    add = _command(commands, "hint", "show a hint for a task", show_hint)
    add.add_argument("task", metavar="TASK", help="such as 2.1")
    add.add_argument(
        "number", nargs="?", type=int, default=1, metavar="NUMBER", help="1, 2, … (%(default)s)"
    )
    add = _command(commands, "progress", "show how the saved notebooks stand", show_progress)
    _add_path(add)
    add = _command(commands, "next", "name the next open task", next_task)
    _add_path(add)
    add = _command(commands, "reset", "start a task afresh", reset_task)
    _add_task_and_path(add)
    add.add_argument("--yes", action="store_true", help="do not ask")


def start_course(arguments: argparse.Namespace) -> int:
    """Put the exercises that are not there yet into a folder."""
    from ae_course.grading.authoring import handout

    kept = False
    for outcome in handout.start(arguments.folder):
        _say_outcome(outcome)
        kept = kept or outcome.action == "kept"
    if kept:
        say("What was there already stays as it is; `ae-course update` brings newer versions.")
    say(f"The exercises are in {arguments.folder.resolve()}. Open one with Jupyter, from the top;")
    say("`progress.ipynb`, or `ae-course progress`, shows how all of them stand.")
    return Exit.DONE


def update_course(arguments: argparse.Namespace) -> int:
    """Bring the exercises of the installed version, over nothing that was changed."""
    import ae_course
    from ae_course.grading.authoring import handout

    actions = []
    for outcome in handout.update(arguments.path):
        _say_outcome(outcome)
        actions.append(outcome.action)
    if set(actions) <= {"current", "kept"}:
        say(f"Nothing is newer than what is here (ae-course {ae_course.__version__}).")
    if "beside" in actions:
        say("What you changed stays as it is. A newer version has none of your answers in it: copy")
        say("them over, cell by cell, or go on in yours.")
    return Exit.DONE


def _say_outcome(outcome) -> None:
    words = {
        "brought": "new",
        "renewed": "newer version, the one before was unchanged",
        "current": "as it is given",
        "kept": "kept as it is",
        "beside": "changed by you, kept as it is",
    }[outcome.action]
    where = f"; newer version: {outcome.newer}" if outcome.newer else ""
    say(f"{outcome.path}: {words}{where}")


def check_task(arguments: argparse.Namespace) -> int:
    """Run the cells up to a task's check, and show the verdict."""
    from ae_course.grading.authoring.workspace import find_notebook
    from ae_course.grading.judging.task import exercise_of
    from ae_course.grading.notebook.cards import verdict
    from ae_course.grading.notebook.check import judge, next_step
    from ae_course.grading.notebook.rerun import Rerun

    exercise = exercise_of(arguments.task)
    task = exercise[arguments.task]
    path = find_notebook(task.id, arguments.path)
    print(f"Running {path}, as it was last saved …", file=sys.stderr)
    result = judge(task, Rerun(path, task))
    say(verdict(result, next_step(exercise, task, result, f"`ae-course hint {task.id}`")))
    return Exit.DONE if result.status == "correct" else Exit.NO


def show_hint(arguments: argparse.Namespace) -> int:
    """Show one of a task's hints."""
    from ae_course.grading.judging.task import exercise_of
    from ae_course.grading.notebook.cards import hint_card

    task = exercise_of(arguments.task)[arguments.task]
    number = min(max(arguments.number, 1), len(task.hints))
    another = f"`ae-course hint {task.id} {number + 1}`"
    say(hint_card(task, number, another))
    return Exit.DONE


def show_progress(arguments: argparse.Namespace) -> int:
    """Print every task of the saved notebooks with its verdict."""
    from ae_course.grading.authoring.workspace import saved_standing
    from ae_course.grading.judging.task import MARKS
    from ae_course.grading.notebook.cards import WORDS

    tasks, remarks = saved_standing(arguments.path)
    for notebook in dict.fromkeys(one.notebook for one in tasks):
        group = [one for one in tasks if one.notebook == notebook]
        points = sum(one.points for one in group)
        total = sum(one.task.points for one in group)
        say(f"{notebook}: {points:g} of {total} points")
        for one in group:
            words = WORDS.get(one.status, "not checked yet")
            mark = MARKS.get(one.status, " ")
            say(f"  {mark} {one.task.id} {one.task.title}: {words}, {one.points:g} points")
    say("\n".join(["As the notebooks were last saved.", *remarks]))
    return Exit.DONE


def next_task(arguments: argparse.Namespace) -> int:
    """Print the first task that the saved notebooks do not show as correct."""
    from ae_course.grading.authoring.workspace import saved_standing
    from ae_course.grading.notebook.cards import WORDS

    tasks, remarks = saved_standing(arguments.path)
    done = [t for t in tasks if t.status == "correct"]
    opened = [t for t in tasks if t.status != "correct"]
    say(f"{len(done)} of {len(tasks)} tasks are correct, as the notebooks were last saved.")
    if opened:
        task, words = opened[0].task, WORDS.get(opened[0].status, "not checked yet")
        say(f"Next: {task.id} {task.title} ({task.points} points, {task.level}), {words}.")
        say(f"Open {opened[0].notebook}")
    else:
        say("All done. Well done!")
    for remark in remarks:
        say(remark)
    return Exit.DONE


def reset_task(arguments: argparse.Namespace) -> int:
    """Put a task's cells back as they were given, after asking."""
    from ae_course.grading.authoring.reset import reset
    from ae_course.grading.authoring.workspace import find_notebook

    notebook = find_notebook(arguments.task, arguments.path)
    if not arguments.yes and not _confirmed(arguments.task, notebook):
        say("Nothing was changed.")
        return Exit.NO
    backup, gone = reset(arguments.task, notebook)
    say(f"Task {arguments.task} is as it was given. Your notebook before that: {backup}")
    if gone:
        say(f"Cells of yours that answered it and are gone from the notebook: {gone}.")
    say("If the notebook is open, reload it from disk and do not save it before.")
    return Exit.DONE


def _confirmed(task_id: str, notebook: Path) -> bool:
    question = f"Put the cells of task {task_id} in {notebook} back to the start? [y/N] "
    try:
        say(question, end="")
        return input().strip().lower() in ("y", "yes")
    except EOFError:
        say("\nThere is no terminal to answer on; say `--yes`.")
        return False


def _command(commands, name: str, what: str, act) -> argparse.ArgumentParser:
    """Add a subcommand whose errors, which are worded for a learner, are printed as they are."""

    def run(arguments: argparse.Namespace) -> int:
        if hasattr(arguments, "task"):
            arguments.task = arguments.task.strip()
        if arguments.__dict__.get("path", 0) is None:
            exercises = Path("exercises")
            arguments.path = exercises if exercises.is_dir() else Path()
        try:
            return act(arguments)
        except Unreadable as error:
            return _fail(error, Exit.UNREADABLE)
        except KeyError as error:
            return _fail(f"{error.args[0]}.", Exit.NOTHING)
        except ValueError as error:
            return _fail(error, Exit.NOTHING)
        except OSError as error:
            if error.errno is None:  # not the system's: said in words
                return _fail(error, Exit.NOTHING)
            says = f"{error.strerror}: {error.filename}"
            if name in ("start", "update"):
                says += ". Name another folder, or make this one writable."
            return _fail(says, Exit.NOT_WRITTEN)
        except KeyboardInterrupt:
            return _fail("Interrupted. The same command goes on from here.", Exit.INTERRUPTED)

    codes = (
        *(Exit.DONE, Exit.NO, Exit.NOTHING, Exit.UNREADABLE, Exit.NOT_WRITTEN),
        Exit.INTERRUPTED,
    )
    parser = commands.add_parser(
        name,
        help=what,
        epilog=table(codes),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    return parser


def _fail(reason: object, code: Exit) -> Exit:
    print(reason, file=sys.stderr)
    return code


def _add_task_and_path(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("task", metavar="TASK", help="such as 2.1")
    _add_path(parser)


def _add_path(parser: argparse.ArgumentParser) -> None:
    says = "notebook or folder (default: ./exercises, or this folder)"
    parser.add_argument("path", nargs="?", type=Path, metavar="PATH", help=says)
