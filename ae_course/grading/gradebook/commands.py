"""`ae-course gradebook`: its subcommands and their arguments. Loads nothing heavy."""

import argparse
import sys
from pathlib import Path

from ae_course._exit_codes import Exit, table
from ae_course.grading.batch import grade_command
from ae_course.grading.gradebook.store import DEFAULTS, BookError

_EPILOG = f"""\
{table()}

With 1 an action is done; it names hand-ins, or lines of a template, that are nobody's.

A first time through:
  ae-course gradebook init class.sqlite --roster roster.csv --zone Europe/Berlin
  ae-course gradebook chapter class.sqlite 1 --due 2026-11-01
  ae-course gradebook grade class.sqlite submissions/ --handed-in written
  ae-course gradebook export class.sqlite canvas --output canvas.csv
"""


def add_commands(commands) -> None:
    """Describe `gradebook` and its subcommands."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = commands.add_parser(
        "gradebook",
        help="a class over all batches: roster, late days, marks by hand, export",
        formatter_class=raw,
        epilog=_EPILOG,
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, (says, describe) in DESCRIPTIONS.items():
        action = actions.add_parser(name, help=says, description=f"{says[0].upper()}{says[1:]}.")
        action.add_argument("book", type=Path, metavar="BOOK", help="the gradebook's file")
        describe(action)
        action.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run a subcommand and return its exit code; what goes wrong is told in a sentence."""
    try:
        from ae_course.grading.gradebook.actions import ACTIONS
        from ae_course.grading.gradebook.views import VIEWS

        return {**ACTIONS, **VIEWS}[arguments.action](arguments)
    except BookError as error:
        print(f"ae-course gradebook: {error}", file=sys.stderr)
        return Exit.NOTHING
    except OSError as error:
        print(f"ae-course gradebook: {error.strerror}: {error.filename}", file=sys.stderr)
        return Exit.NOT_WRITTEN
    except KeyboardInterrupt:
        print("Interrupted; what was not yet in the book is not in it.", file=sys.stderr)
        return Exit.INTERRUPTED


def _init(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--roster", type=Path, metavar="CSV", help="who takes the course (default: add it later)")
    _policy_arguments(parser)


def _roster(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("csv", type=Path, metavar="CSV", help="of Moodle, Canvas, or your own")
    parser.add_argument(
        "--withdraw",
        action="store_true",
        help="leave out of exports who is not in it; results stay (default: they stay in)",
    )


def _policy(parser: argparse.ArgumentParser) -> None:
    _policy_arguments(parser)


def _policy_arguments(parser: argparse.ArgumentParser) -> None:
    def add(name: str, says: str, **more) -> None:
        parser.add_argument(
            f"--{name}", help=f"{says} (a new book: {DEFAULTS[_key(name)]})", **more
        )

    add("attempts", "which hand-in of a learner counts", choices=("best", "last"))
    add("late-percent", "of the points there are, a day", type=float, metavar="P")
    add("late-floor", "percent below which lateness takes nothing", type=float, metavar="P")
    add("grace-minutes", "within which nothing is late", type=float, metavar="M")
    add("zone", "of times without one, such as Europe/Berlin", metavar="ZONE")
    add("title", "of the pages", metavar="TEXT")
    parser.add_argument(
        "--pages", metavar="URL", help="of the book, for links in feedback (a new book: no links)"
    )


def _key(name: str) -> str:
    return name.replace("-", "_")


def _chapter(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("exercise", metavar="EXERCISE", help="its stem or the chapter's number")
    add("--weight", type=float, metavar="W", help="against the others (a new one: 1)")
    add(
        "--due",
        metavar="WHEN",
        help="such as 2026-11-01 or '2026-11-01 12:00', '' for none (a new one: none)",
    )
    add("--assignment", metavar="NAME", help="what Canvas calls it (a new one: number and title)")
    add(
        "--free-text",
        action="append",
        default=[],
        metavar="TASK=POINTS",
        help="points for a free-text answer, on top; may be given again (default: none)",
    )


def _extend(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("exercise", metavar="EXERCISE", help="its stem or the chapter's number")
    add("learner", metavar="LEARNER", help="id, login, address or pseudonym")
    add("until", metavar="WHEN", help="the learner's own due date")
    add("--reason", default="", metavar="TEXT", help="kept in the book (default: none)")


def _times_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--handed-in",
        metavar="WHEN",
        help="for all: a moment, or `written` for when each file was (default: not known, in time)",
    )
    parser.add_argument(
        "--times",
        type=Path,
        metavar="CSV",
        help="columns `path` or `learner`, and `time`; goes before --handed-in (default: none)",
    )
    parser.add_argument(
        "--commit", default="", metavar="ID", help="of the course that graded (default: not known)"
    )


def _import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("report", type=Path, metavar="GRADES", help="grades.json, or its folder")
    parser.add_argument(
        "--submissions",
        nargs="+",
        type=Path,
        default=[],
        metavar="PATH",
        help="what was graded: for regrading, free text and likeness (default: without these)",
    )
    _times_arguments(parser)


def _grade(parser: argparse.ArgumentParser) -> None:
    grade_command.add_arguments(parser)
    _times_arguments(parser)


def _regrade(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--learner", action="append", default=[], metavar="WHO", help="again and again (all)")
    add("--exercise", default="", metavar="EXERCISE", help="stem or number (default: all)")
    add("--every", action="store_true", help="all hand-ins, not only those that count")
    add("--same-seed", action="store_true", help="the same inputs again (default: fresh ones)")
    add("--jobs", type=int, metavar="N", help="at once (default: one a processor)")
    levels = ("limits", "fs", "full")
    add("--isolation", choices=levels, help="level to use (default: the strongest there is)")
    add("--require-isolation", choices=levels, metavar="LEVEL", help="or fail (default: no)")


def _match(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--give",
        nargs=2,
        action="append",
        default=[],
        metavar=("HANDIN", "LEARNER"),
        help="a hand-in by number or path; '' as the learner takes it away (default: only look)",
    )


def _mark(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--sheet",
        type=Path,
        metavar="CSV",
        help="that `answers` wrote, filled in (default: one mark, as follows)",
    )
    add("--learner", metavar="WHO", help="id, login, address or pseudonym (no default)")
    add(
        "--task",
        metavar="TASK",
        help="such as 1.5, or a chapter's number to adjust its points (no default)",
    )
    add("--points", type=float, metavar="P", help="for the text, or up and down (default: none)")
    add("--comment", default="", metavar="TEXT", help="for the learner (default: none)")
    add("--marker", default="", metavar="NAME", help="who marks (default: not said)")


def _answers(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("exercise", metavar="EXERCISE", help="its stem or the chapter's number")
    add("--output", type=Path, default=Path("answers.csv"), help="the sheet (%(default)s)")
    add("--anonymous", action="store_true", help="pseudonyms in place of ids")


def _likeness_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--share", type=float, default=0.8, metavar="S", help="from which similar (%(default)s)")
    add("--min-tokens", type=int, default=40, metavar="N", help="of an answer (%(default)s)")
    add(
        "--common",
        type=float,
        default=0.1,
        metavar="C",
        help="what a larger part of the class has is no evidence (%(default)s)",
    )


def _similar(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("exercise", nargs="*", metavar="EXERCISE", help="(default: all)")
    parser.add_argument("--anonymous", action="store_true", help="pseudonyms in place of names")
    _likeness_arguments(parser)


def _export(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    forms = ("csv", "canvas", "moodle", "gradescope", "nbgrader", "pages")
    add("form", choices=forms, metavar="FORM", help=", ".join(forms))
    add("--output", type=Path, metavar="PATH", help="file; for pages a folder (FORM.csv; pages)")
    add(
        "--exercise",
        default="",
        metavar="EXERCISE",
        help="for gradescope, a Moodle worksheet (no default)",
    )
    add("--template", type=Path, metavar="CSV", help="of Canvas or Moodle, filled (default: none)")
    add("--anonymous", action="store_true", help="pseudonyms in place of names and ids")
    _likeness_arguments(parser)


def _nothing(parser: argparse.ArgumentParser) -> None:
    pass


def _backup(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("to", type=Path, metavar="FILE", help="a new file")


def _show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--anonymous", action="store_true", help="pseudonyms in place of names")


DESCRIPTIONS = {
    "init": ("make a new book", _init),
    "roster": ("add learners, or bring them up to date", _roster),
    "policy": ("say how attempts and lateness count", _policy),
    "chapter": ("say what a chapter counts and when it is due", _chapter),
    "extend": ("give a learner more time", _extend),
    "import": ("take in what `ae-course grade` wrote", _import),
    "grade": ("grade, as `ae-course grade`, and take it in", _grade),
    "regrade": ("grade again what the book keeps; old verdicts stay", _regrade),
    "match": ("list hand-ins that are nobody's, and give them to learners", _match),
    "answers": ("write free-text answers into a sheet to be marked", _answers),
    "mark": ("take in points and comments given by hand", _mark),
    "similar": ("list hand-ins that are alike, with what they share", _similar),
    "statistics": ("show how the class did, task by task", _nothing),
    "show": ("show where everybody stands", _show),
    "history": ("show every verdict, change and mark of a learner", lambda p: p.add_argument(
        "learner", metavar="LEARNER", help="id, login, address or pseudonym")),
    "export": ("write what a platform imports, or pages to read", _export),
    "backup": ("copy the book while it is in use", _backup),
}  # fmt: skip
