"""The class as one page that sorts and filters, and a page for each learner; all work offline."""

import base64
import hashlib
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from ae_course._files import write_text
from ae_course.grading.batch.formats import number
from ae_course.grading.batch.template import template
from ae_course.grading.gradebook.exports import feedback_name
from ae_course.grading.gradebook.marks import ADJUSTMENT, newest_marks, texts_of
from ae_course.grading.gradebook.outcomes import STATUSES, outcomes
from ae_course.grading.gradebook.similar import Group
from ae_course.grading.gradebook.standing import Standing
from ae_course.grading.gradebook.store import Book, now

_HERE = Path(__file__).parent


def write_pages(
    book: Book, standing: Standing, folder: Path, groups: list[Group] | None = None
) -> int:
    """Write `class.html` and `feedback/` into a folder; return how many feedback pages there are.

    Args:
        book: the gradebook.
        standing: from `standing`, with names or pseudonyms.
        folder: where; pages of learners who are gone stay.
        groups: from `similar`, to be shown on the class page.

    Raises:
        OSError: if they can't be written.
    """
    for row, text in feedback_pages(book, standing):
        path = folder / feedback_name(row.learner)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    write_text(folder / "class.html", class_page(book, standing, groups or []))
    return len(standing.rows)


def class_page(book: Book, standing: Standing, groups: list[Group]) -> str:
    """Return the page of the class.

    Args:
        book: the gradebook.
        standing: from `standing`.
        groups: from `similar`.
    """
    owner = {
        row["id"]: (row["path"], row["learner"])
        for row in book.rows(
            "SELECT handin.id, path, owner.learner FROM handin LEFT JOIN owner ON owner.id ="
            " (SELECT max(id) FROM owner WHERE handin = handin.id)"
        )
    }
    pseudonym = {r["id"]: r["pseudonym"] for r in book.rows("SELECT id, pseudonym FROM learner")}
    shown = {row.learner["pseudonym"]: row.learner for row in standing.rows}
    members = []
    for group in groups:
        people = []
        for handin in group.handins:
            path, id = owner[handin]
            learner = shown.get(pseudonym.get(id, ""))
            people.append(learner["name"] if learner else path if id is None else "withdrawn")
        members.append(list(dict.fromkeys(people)))
    script = (_HERE / "class_page.js").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    sections = sorted({row.learner["section"] for row in standing.rows} - {""})
    return template(_HERE / "class_page.html").render(
        title=book.setting("title"),
        made=now(),
        standing=standing,
        policy=_policy(book),
        outcomes=outcomes(book, standing),
        statuses=STATUSES,
        groups=list(zip(groups, members, strict=True)),
        sections=sections,
        script=script,
        digest=digest,
    )


def feedback_pages(book: Book, standing: Standing):
    """Yield each learner's row and page: tasks with messages, and what was marked by hand."""
    results, runs = _results(book), _runs(book)
    marks = defaultdict(dict)
    for (learner, stem, task), mark in newest_marks(book).items():
        marks[learner, stem][task] = mark
    ids = {row["pseudonym"]: row["id"] for row in book.rows("SELECT id, pseudonym FROM learner")}
    feedback, title = template(_HERE / "feedback.html"), book.setting("title")
    pages, policy = book.setting("pages").rstrip("/"), _policy(book)
    for row in standing.rows:
        id = ids[row.learner["pseudonym"]]
        parts = []
        for chapter in standing.chapters:
            cell = row.cells[chapter["stem"]]
            of_hand = marks.get((id, chapter["stem"]), {})
            texts = texts_of(book, cell.handin)
            parts.append(
                {
                    "chapter": chapter,
                    "cell": cell,
                    "tasks": results.get(cell.attempt, []),
                    "texts": {
                        task: (texts.get(task, ""), of_hand.get(task))
                        for task in sorted({*texts, *of_hand} - {ADJUSTMENT}, key=_place)
                    },
                    "adjustment": of_hand.get(ADJUSTMENT),
                    "run": runs.get(cell.attempt),
                }
            )
        yield (
            row,
            feedback.render(
                title=title, row=row, parts=parts, pages=pages, policy=policy, made=now()
            ),
        )


def _place(task: str) -> tuple[int, ...]:
    return tuple(int(part) for part in task.split("."))


def _policy(book: Book) -> str:
    which = "the best hand-in" if book.setting("attempts") == "best" else "the last hand-in"
    percent, floor, grace = map(book.setting, ("late_percent", "late_floor", "grace_minutes"))
    lowest = f", down to {number(float(floor))} %" if float(floor) else ""
    return (
        f"Of several, {which} counts. A day late costs {number(float(percent))} % of a chapter's "
        f"points{lowest}, after {number(float(grace))} minutes of grace."
    )


def _results(book: Book) -> dict[int, list[dict[str, Any]]]:
    found = defaultdict(list)
    for row in book.rows("SELECT * FROM result ORDER BY attempt, place"):
        found[row["attempt"]].append({**row, "messages": json.loads(row["messages"])})
    return found


def _runs(book: Book) -> dict[int, dict[str, Any]]:
    """Where each verdict comes from."""
    rows = book.rows(
        "SELECT attempt.id, at, kind, seed, isolation, versions, course, sha256, notes FROM attempt"
        " JOIN run ON run.id = attempt.run JOIN handin ON handin.id = attempt.handin"
    )
    return {
        row["id"]: {
            **row,
            "versions": ", ".join(f"{n} {v}" for n, v in json.loads(row["versions"]).items()),
            "notes": json.loads(row["notes"]),
        }
        for row in rows
    }
