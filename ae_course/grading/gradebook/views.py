"""What the subcommands of `ae-course gradebook` do that show the book or write it down."""

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ae_course._exit_codes import Exit
from ae_course._files import write_text
from ae_course._output import say
from ae_course.grading.batch.formats import number
from ae_course.grading.gradebook import exports
from ae_course.grading.gradebook.chapters import stem_named
from ae_course.grading.gradebook.marks import answer_sheet
from ae_course.grading.gradebook.matching import unowned
from ae_course.grading.gradebook.outcomes import STATUSES, outcomes
from ae_course.grading.gradebook.roster import learner_named
from ae_course.grading.gradebook.standing import standing
from ae_course.grading.gradebook.store import Book, BookError
from ae_course.grading.judging.task import MARKS


def answers(arguments: argparse.Namespace) -> int:
    """Write a sheet of free-text answers."""
    stem = stem_named(arguments.exercise)
    with Book(arguments.book) as book:
        text = answer_sheet(book, stem, arguments.anonymous)
    write_text(arguments.output, text)
    say(f"{text.count(chr(13) + chr(10)) - 1} lines of answers are in {arguments.output}.")
    return Exit.DONE


def similar(arguments: argparse.Namespace) -> int:
    """List groups of hand-ins that are alike."""
    stems = [stem_named(one) for one in arguments.exercise]
    with Book(arguments.book) as book:
        groups = _groups(book, arguments, stems)
        key = "pseudonym" if arguments.anonymous else "name"
        name = {row["id"]: row[key] for row in book.rows("SELECT * FROM learner")}
        paths = {
            row["id"]: row
            for row in book.rows(
                "SELECT handin.id, path, (SELECT learner FROM owner WHERE handin = handin.id ORDER"
                " BY owner.id DESC LIMIT 1) AS learner FROM handin"
            )
        }
    for group in groups:
        people = [paths[handin] for handin in group.handins]
        who = [name.get(one["learner"], one["path"]) for one in people]
        share = f" ({100 * group.share:.0f} %)" if group.kind == "similar" else ""
        say(
            f"{group.task or group.stem}: {group.kind}{share}, {group.tokens} tokens: "
            f"{'; '.join(dict.fromkeys(who))}"
        )
        for line in group.evidence.splitlines()[:6]:
            say(f"    {line[:100]}")
    say(f"{len(groups)} groups. A reason to look, not a verdict.")
    return Exit.DONE


def statistics(arguments: argparse.Namespace) -> int:
    """Print the tasks with means and outcomes."""
    with Book(arguments.book) as book:
        rows = [
            (
                f"{one.task} {one.title}",
                one.learners,
                f"{number(one.mean)} / {number(one.max_points)}",
                *(one.counts[status] for status in STATUSES),
                "–" if one.discrimination is None else number(one.discrimination),
            )
            for one in outcomes(book, standing(book))
        ]
    _print_table(("task", "n", "mean", *(MARKS[status] for status in STATUSES), "d"), rows)
    marks = "  ".join(f"{mark} {status}" for status, mark in MARKS.items())
    say(f"n learners  {marks}  d how well it tells strong learners from weak ones")
    return Exit.DONE


def show(arguments: argparse.Namespace) -> int:
    """Print a row a learner."""
    with Book(arguments.book) as book:
        now = standing(book, arguments.anonymous)
        rows = [
            (
                *(row.learner["id"], row.learner["name"], number(row.total), row.late_days),
                *(number(c.points) if c.hand_ins or c.manual else "–" for c in row.cells.values()),
            )
            for row in now.rows
        ]
        titles = [one["stem"][:2] for one in now.chapters]
        _print_table(("id", "name", "total %", "late days", *titles), rows)
        left = len(unowned(book))
    if left:
        say(f"{left} hand-ins are nobody's; `gradebook match` lists them.")
    return Exit.NO if left else Exit.DONE


def history(arguments: argparse.Namespace) -> int:
    """Print all that the book has of a learner."""
    with Book(arguments.book) as book:
        who = learner_named(book, arguments.learner)
        counting = {
            cell.attempt
            for row in standing(book).rows
            for cell in row.cells.values()
            if row.learner["id"] == who
        }
        for row in book.rows(
            "SELECT attempt.*, run.at, run.kind, run.seed, run.isolation, run.course, run.versions,"
            " stem, path, sha256 FROM attempt JOIN handin ON handin.id = attempt.handin JOIN run ON"
            " run.id = attempt.run WHERE (SELECT learner FROM owner WHERE handin = handin.id ORDER"
            " BY owner.id DESC LIMIT 1) = ? ORDER BY stem, attempt.id",
            who,
        ):
            versions = ", ".join(f"{n} {v}" for n, v in json.loads(row["versions"]).items())
            points = number(row["points"]) if row["graded"] else "no verdict"
            say(
                f"{row['at']} {row['stem']} {row['kind']}: {points} of {number(row['max_points'])}"
                f"{', counts' if row['id'] in counting else ''}; hand-in {row['handin']} "
                f"{row['path']}, notebook {row['sha256'][:12]}, seed {row['seed']}, isolation "
                f"{row['isolation']}, course {row['course'][:12] or 'not known'}, {versions}"
            )
        for row in book.rows("SELECT * FROM extension WHERE learner = ?", who):
            say(f"extension for {row['stem']} until {row['due']}: {row['reason'] or 'no reason'}")
        for row in book.rows("SELECT * FROM mark WHERE learner = ? ORDER BY id", who):
            points = "a comment" if row["points"] is None else f"{number(row['points'])} points"
            say(
                f"{row['at']} {row['stem']} {row['task']}: {points} by {row['marker'] or 'hand'}: "
                f"{row['comment']}"
            )
    return Exit.DONE


def export(arguments: argparse.Namespace) -> int:
    """Write one form of the book."""
    form, template = arguments.form, arguments.template
    stem = stem_named(arguments.exercise) if arguments.exercise else ""
    with Book(arguments.book) as book:
        now = standing(book, arguments.anonymous)
        if form == "pages":
            from ae_course.grading.gradebook.pages import write_pages

            folder = arguments.output or Path("pages")
            count = write_pages(book, now, folder, _groups(book, arguments))
            say(f"{folder / 'class.html'} and {count} pages of feedback are written.")
            return Exit.DONE
        if template is not None and form not in ("canvas", "moodle"):
            raise BookError(f"--template is for canvas and moodle, not for {form}.")
        left: list[str] = []
        text = {
            "csv": lambda: exports.whole_csv(now),
            "canvas": lambda: exports.canvas(now, template, left),
            "moodle": lambda: exports.moodle(book, now, template, stem, left),
            "gradescope": lambda: exports.gradescope(book, now, stem),
            "nbgrader": lambda: exports.nbgrader(now),
        }[form]()
    path = arguments.output or Path(f"{form}.csv")
    write_text(path, text)
    say(f"{path}: {len(now.rows) - len(left)} learners, {len(now.chapters)} chapters.")
    if left:
        say(f"{len(left)} learners are not in {template}, so not here, either: {', '.join(left)}")
    return Exit.NO if left else Exit.DONE


def backup(arguments: argparse.Namespace) -> int:
    """Copy the book."""
    with Book(arguments.book) as book:
        book.backup(arguments.to)
    say(f"{arguments.to} is a copy of {arguments.book}.")
    return Exit.DONE


def _groups(book: Book, arguments: argparse.Namespace, stems: Sequence[str] = ()) -> list:
    from ae_course.grading.gradebook.similar import similar as find_similar

    return find_similar(
        book,
        share=arguments.share,
        min_tokens=arguments.min_tokens,
        common=arguments.common,
        stems=stems,
    )


def _print_table(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for i, name in enumerate(names):
        table.add_column(Text(name), justify="left" if i == 0 else "right", overflow="fold")
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    console = Console()
    with console.capture() as drawn:
        console.print(table)
    say(drawn.get(), end="")


VIEWS = {
    "answers": answers,
    "similar": similar,
    "statistics": statistics,
    "show": show,
    "history": history,
    "export": export,
    "backup": backup,
}
"""What each subcommand calls that changes nothing in the book, by its name."""
