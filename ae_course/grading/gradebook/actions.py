"""What the subcommands of `ae-course gradebook` do that change the book."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ae_course._exit_codes import Exit
from ae_course._output import say
from ae_course.grading.batch.formats import number
from ae_course.grading.gradebook.chapters import extend as give_time
from ae_course.grading.gradebook.chapters import set_chapter, set_policy, stem_named
from ae_course.grading.gradebook.intake import Found, Taken, find_notebooks, read_report, take_in
from ae_course.grading.gradebook.late import moment, zone_named
from ae_course.grading.gradebook.marks import add_mark, read_sheet
from ae_course.grading.gradebook.matching import give, unowned
from ae_course.grading.gradebook.matching import match as match_all
from ae_course.grading.gradebook.roster import enroll, learner_named, read_roster
from ae_course.grading.gradebook.standing import standing
from ae_course.grading.gradebook.store import DEFAULTS, Book, BookError
from ae_course.grading.gradebook.tables import read_table

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
    from ae_course.grading.batch import grade_command

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


def _points(value: float | None) -> str:
    return "no points" if value is None else number(value)


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
    "mark": mark,
}
"""What each subcommand calls that changes the book, by its name."""
