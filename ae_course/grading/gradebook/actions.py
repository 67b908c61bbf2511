"""What the subcommands of `ae-course gradebook` do and print."""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ae_course._exit_codes import Exit
from ae_course._files import write_text
from ae_course._output import say
from ae_course.grading.gradebook import exports
from ae_course.grading.gradebook.chapters import extend as give_time
from ae_course.grading.gradebook.chapters import set_chapter, set_policy, stem_named
from ae_course.grading.gradebook.intake import Found, Taken, find_notebooks, read_report, take_in
from ae_course.grading.gradebook.late import moment, zone_named
from ae_course.grading.gradebook.marks import add_mark, answer_sheet, read_sheet
from ae_course.grading.gradebook.matching import give, unowned
from ae_course.grading.gradebook.matching import match as match_all
from ae_course.grading.gradebook.outcomes import STATUSES, outcomes
from ae_course.grading.gradebook.roster import enroll, learner_named, read_roster
from ae_course.grading.gradebook.standing import standing
from ae_course.grading.gradebook.store import DEFAULTS, Book, BookError
from ae_course.grading.gradebook.tables import number, read_table

_LISTED = 20  # of what may be many, in the terminal


def init(arguments: argparse.Namespace) -> int:
    """Make a book, with a roster if one is named."""
    read = read_roster(arguments.roster) if arguments.roster else None
    _check_zone(arguments)
    with Book(arguments.book, create=True) as book:
        say(f"{arguments.book} is a new gradebook.")
        _set_policy(book, arguments)
        if read is not None:
            _enroll(book, read)
    return Exit.DONE


def roster(arguments: argparse.Namespace) -> int:
    """Add learners or change what is known of them."""
    read = read_roster(arguments.csv)
    with Book(arguments.book) as book:
        _enroll(book, read, arguments.withdraw)
        left = match_all(book)
        if left:
            say(f"{len(left)} hand-ins are nobody's; `gradebook match` lists them.")
    return Exit.NO if left else Exit.DONE


def policy(arguments: argparse.Namespace) -> int:
    """Change settings, and print what holds."""
    _check_zone(arguments)
    with Book(arguments.book) as book:
        _set_policy(book, arguments)
        for name in DEFAULTS:
            say(f"{name.replace('_', '-'):14} {book.setting(name)}")
    return Exit.DONE


def chapter(arguments: argparse.Namespace) -> int:
    """Change what a chapter counts."""
    stem = stem_named(arguments.exercise)
    texts = {}
    for pair in arguments.free_text:
        task, _, points = pair.partition("=")
        try:
            texts[task] = float(points)
        except ValueError:
            raise BookError(f"--free-text is TASK=POINTS, such as 1.5=10, not {pair!r}.") from None
    with Book(arguments.book) as book:
        due = arguments.due and moment(arguments.due, book.setting("zone"), end_of_day=True)
        set_chapter(
            book,
            stem,
            weight=arguments.weight,
            due=due,
            assignment=arguments.assignment,
            free_text=texts,
        )
        for one in standing(book).chapters:
            texts = ", ".join(f"{t} {number(p)} points" for t, p in one["free_text"].items())
            say(
                f"{one['stem']}: {number(one['max_points'])} points, weight "
                f"{number(one['weight'])}, due {one['due'] or 'never'}"
                + (f", free text {texts}" if texts else "")
            )
    return Exit.DONE


def extend(arguments: argparse.Namespace) -> int:
    """Give a learner another due date."""
    stem = stem_named(arguments.exercise)
    with Book(arguments.book) as book:
        learner = learner_named(book, arguments.learner)
        until = moment(arguments.until, book.setting("zone"), end_of_day=True)
        give_time(book, learner, stem, until, arguments.reason)
        say(f"{learner} has until {until} for {stem}.")
    return Exit.DONE


def import_(arguments: argparse.Namespace) -> int:
    """Take in a report that there is."""
    report = read_report(arguments.report)
    return _take_in(arguments, report, arguments.submissions, "import", arguments.report)


def grade(arguments: argparse.Namespace) -> int:
    """Grade with the command of that name, and take its report in."""
    from ae_course.grading.batch import command as grade_command

    with Book(arguments.book):  # there is one, before hours of grading
        pass
    code = grade_command.run(arguments)
    if code in (Exit.NOTHING, Exit.NO_SANDBOX, Exit.NOT_WRITTEN, Exit.INTERRUPTED):
        return code
    from ae_course.grading.gradebook.regrade import course_fingerprint

    arguments.commit = arguments.commit or course_fingerprint()
    report = read_report(arguments.output)
    taken = _take_in(arguments, report, arguments.paths, "grade", arguments.output)
    return code or taken


def regrade(arguments: argparse.Namespace) -> int:
    """Grade hand-ins again; print what they had and have."""
    from ae_course.grading.gradebook.regrade import chosen
    from ae_course.grading.gradebook.regrade import regrade as regrade_all
    from ae_course.grading.sandbox.host.isolation import SandboxError

    stem = stem_named(arguments.exercise) if arguments.exercise else ""
    with Book(arguments.book) as book:
        learners = [learner_named(book, who) for who in arguments.learner]
        rows = chosen(book, learners, stem, arguments.every)
        if not rows:
            raise BookError("Nothing of these learners and exercises is in the book.")
        try:
            found = regrade_all(
                book,
                rows,
                same_seed=arguments.same_seed,
                jobs=arguments.jobs,
                isolation=arguments.isolation,
                require_isolation=arguments.require_isolation,
            )
        except SandboxError as error:
            print(f"ae-course gradebook: {error}", file=sys.stderr)
            return Exit.NO_SANDBOX
    for row in rows:
        before, after = map(_points, found[row["id"]])
        same = " (the same)" if before == after else ""
        say(f"{row['learner']}, {row['stem']}: {before} before, {after} now{same}")
    return Exit.SANDBOX_LOST if any(now is None for _, now in found.values()) else Exit.DONE


def match(arguments: argparse.Namespace) -> int:
    """Give hand-ins to learners, and list what is nobody's."""
    with Book(arguments.book) as book:
        for text, who in arguments.give:
            found = book.rows("SELECT id FROM handin WHERE id = ? OR path = ?", text, text)
            if not found:
                raise BookError(f"There is no hand-in {text!r}. `gradebook match` lists them.")
            learner = learner_named(book, who) if who else None
            for row in found:
                give(book, row["id"], learner)
        if not arguments.give:
            match_all(book)
        left = unowned(book)
        for one in left:
            say(f"{one['id']:>6}  {one['path']} ({one['stem'] or 'no exercise'}): {one['how']}")
        say(f"{len(left)} hand-ins are nobody's.")
    return Exit.NO if left else Exit.DONE


def answers(arguments: argparse.Namespace) -> int:
    """Write a sheet of free-text answers."""
    stem = stem_named(arguments.exercise)
    with Book(arguments.book) as book:
        text = answer_sheet(book, stem, arguments.anonymous)
    write_text(arguments.output, text)
    say(f"{text.count(chr(13) + chr(10)) - 1} lines of answers are in {arguments.output}.")
    return Exit.DONE


def mark(arguments: argparse.Namespace) -> int:
    """Take in marks: a sheet, or a single one."""
    with Book(arguments.book) as book:
        if arguments.sheet:
            count = read_sheet(book, arguments.sheet, arguments.marker)
            say(f"{count} marks are new.")
        elif arguments.learner and arguments.task:
            add_mark(
                book,
                arguments.learner,
                arguments.task,
                arguments.points,
                arguments.comment,
                arguments.marker,
            )
            say("Marked. An earlier mark of the same task is kept, and counts no more.")
        else:
            raise BookError("Name a --sheet, or a --learner and a --task.")
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
    _print_table(("task", "learners", "mean", *STATUSES, "discrimination"), rows)
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
            say(
                f"{row['at']} {row['stem']} {row['task']}: {_points(row['points'])} by "
                f"{row['marker'] or 'hand'}: {row['comment']}"
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
        text = {
            "csv": lambda: exports.whole_csv(now),
            "canvas": lambda: exports.canvas(now, template),
            "moodle": lambda: exports.moodle(book, now, template, stem),
            "gradescope": lambda: exports.gradescope(book, now, stem),
            "nbgrader": lambda: exports.nbgrader(now),
        }[form]()
    path = arguments.output or Path(f"{form}.csv")
    write_text(path, text)
    say(f"{path}: {len(now.rows)} learners, {len(now.chapters)} chapters.")
    return Exit.DONE


def backup(arguments: argparse.Namespace) -> int:
    """Copy the book."""
    with Book(arguments.book) as book:
        book.backup(arguments.to)
    say(f"{arguments.to} is a copy of {arguments.book}.")
    return Exit.DONE


def _take_in(
    arguments: argparse.Namespace,
    report: Mapping[str, Any],
    paths: Sequence[Path],
    kind: str,
    source: Path,
) -> int:
    with Book(arguments.book) as book:
        notebooks = find_notebooks(paths) if paths else {}
        times = _times(book, arguments, report, notebooks)
        taken = take_in(
            book,
            report,
            notebooks,
            times,
            kind=kind,
            source=str(source),
            course=arguments.commit,
        )
    _tell(taken)
    return Exit.NO if taken.unowned else Exit.DONE


def _times(
    book: Book,
    arguments: argparse.Namespace,
    report: Mapping[str, Any],
    notebooks: Mapping[tuple[str, str], Found],
) -> dict[str, str]:
    """When each path was handed in, as far as it is told."""
    zone, found = book.setting("zone"), {}
    paths = [one["path"] for one in report["submissions"]]
    if arguments.handed_in == "written":
        found = {path: one.written for (path, _), one in notebooks.items() if one.written}
    elif arguments.handed_in:
        found = dict.fromkeys(paths, moment(arguments.handed_in, zone))
    if arguments.times is None:
        return found
    names, rows = read_table(arguments.times)
    key = next((name for name in ("path", "learner") if name in names), None)
    if key is None or "time" not in names:
        raise BookError(
            f"{arguments.times}: expected the columns `path` or `learner`, and `time`; found "
            f"{', '.join(names)}."
        )
    told = {one["learner"].casefold(): one["path"] for one in report["submissions"]}
    for line, row in rows:
        path = row[key] if key == "path" else told.get(row[key].casefold())
        if path not in paths:
            raise BookError(
                f"{arguments.times}, line {line}: nothing of {row[key]!r} is in the report. "
                "Nothing was changed."
            )
        found[path] = moment(row["time"], zone)
    return found


def _tell(taken: Taken) -> None:
    if taken.known:
        say(f"The book has this report, as batch {taken.run}; no attempt was added.")
    else:
        say(f"Batch {taken.run}: {taken.attempts} attempts added.")
    for title, lines in (
        ("without a notebook beside the report (no regrading, free text, likeness)",
         taken.without_notebook),
        ("of which nobody knows when they were handed in (they count as in time)",
         taken.without_time),
        ("without a verdict", [f"{path}: {why}" for path, why in taken.no_verdict]),
        ("found and not read", [f"{path}: {why}" for path, why in taken.unread]),
    ):  # fmt: skip
        _list(title, lines, _LISTED)
    unowned = [f"{path}: {why}" for path, why in taken.unowned]
    _list("that are nobody's; `gradebook match --give` gives them", unowned, len(unowned))


def _list(title: str, lines: Sequence[str], most: int) -> None:
    if lines:
        say(f"{len(lines)} {title}:")
        for line in lines[:most]:
            say(f"  {line}")
        if len(lines) > most:
            say(f"  and {len(lines) - most} more")


def _enroll(book: Book, read: Any, withdraw: bool = False) -> None:
    found = enroll(book, read, withdraw)
    for remark in read.remarks:
        say(remark)
    say(f"{len(read.learners)} learners: {len(found['new'])} new, {len(found['changed'])} changed.")
    if found["missing"]:
        what = "withdrawn, their results kept" if withdraw else "not in this roster, kept"
        say(f"{len(found['missing'])} {what}: {', '.join(found['missing'])}")


def _set_policy(book: Book, arguments: argparse.Namespace) -> None:
    set_policy(book, **{name: getattr(arguments, name) for name in DEFAULTS})


def _check_zone(arguments: argparse.Namespace) -> None:
    if arguments.zone is not None:
        zone_named(arguments.zone)


def _groups(book: Book, arguments: argparse.Namespace, stems: Sequence[str] = ()) -> list:
    from ae_course.grading.gradebook.similar import similar as find_similar

    return find_similar(
        book,
        share=arguments.share,
        min_tokens=arguments.min_tokens,
        common=arguments.common,
        stems=stems,
    )


def _points(value: float | None) -> str:
    return "no points" if value is None else number(value)


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


ACTIONS = {
    "init": init,
    "roster": roster,
    "policy": policy,
    "chapter": chapter,
    "extend": extend,
    "import": import_,
    "grade": grade,
    "regrade": regrade,
    "match": match,
    "answers": answers,
    "mark": mark,
    "similar": similar,
    "statistics": statistics,
    "show": show,
    "history": history,
    "export": export,
    "backup": backup,
}
"""What each subcommand calls, by its name."""
