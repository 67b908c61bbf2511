"""Marks by hand: points and comments on free-text answers, and adjustments with a reason."""

import math
from pathlib import Path
from typing import Any

from ae_course.grading.gradebook.answers import cells_of, texts_by_task
from ae_course.grading.gradebook.chapters import stem_named
from ae_course.grading.gradebook.roster import learner_named
from ae_course.grading.gradebook.standing import standing
from ae_course.grading.gradebook.store import Book, BookError, now
from ae_course.grading.gradebook.tables import read_table, write_table

ADJUSTMENT = "adjustment"
"""The task of a mark that is for the chapter as a whole."""

_SHEET = ("learner", "task", "answer", "most", "points", "comment")


def add_mark(
    book: Book,
    learner: str,
    task: str,
    points: float | None,
    comment: str = "",
    marker: str = "",
) -> None:
    """Mark a free-text answer, or with a chapter in place of a task adjust its points.

    The newest mark of a task counts; earlier ones stay in the book.

    Args:
        book: the gradebook.
        learner: id, login, address or pseudonym.
        task: such as `"1.5"`; or a chapter's number or stem, for an adjustment up or down.
        points: None for a comment alone.
        comment: for the learner.
        marker: who marks.

    Raises:
        BookError: for a learner, a task or points that can't be. Then nothing is changed.
    """
    mark = _checked(book, learner, task, points, comment, marker)
    with book.change("mark", learner=mark[0], task=task):
        book.add(_INSERT, *mark)


def answer_sheet(book: Book, stem: str, anonymous: bool = False) -> str:
    """Return CSV with each learner's free-text answers, to be filled with points and comments.

    Args:
        book: the gradebook.
        stem: the exercise.
        anonymous: pseudonyms in place of ids.
    """
    key = "pseudonym" if anonymous else "id"
    marks = newest_marks(book)
    most = _most(book)
    rows = []
    for row in standing(book).rows:
        for task, text in (
            texts_of(book, row.cells[stem].handin).items() if stem in row.cells else ()
        ):
            mark = marks.get((row.learner["id"], stem, task), {})
            rows.append(
                {
                    "learner": row.learner[key],
                    "task": task,
                    "answer": text,
                    "most": most.get(task, ""),
                    "points": mark.get("points"),
                    "comment": mark.get("comment", ""),
                }
            )
    rows.sort(key=lambda one: (one["task"], one["learner"] if anonymous else ""))
    return write_table(_SHEET, rows)


def read_sheet(book: Book, path: str | Path, marker: str = "") -> int:
    """Take a sheet's points and comments into the book; return how many marks are new.

    Rows without both are left alone, as are marks that the book has.

    Raises:
        BookError: with every line that can't be. Then nothing is changed.
    """
    names, rows = read_table(path)
    missing = {"learner", "task", "points", "comment"} - set(names)
    if missing:
        raise BookError(
            f"{path}: the column {', '.join(sorted(missing))} is missing; found "
            f"{', '.join(names)}. `gradebook answers` writes such a sheet."
        )
    marks, wrong = [], []
    known = newest_marks(book)
    for line, row in rows:
        text = row["points"].replace(",", ".")
        if not text and not row["comment"]:
            continue
        try:
            points = float(text) if text else None
            mark = _checked(book, row["learner"], row["task"], points, row["comment"], marker)
        except ValueError as error:
            says = error if isinstance(error, BookError) else f"{text!r} is no number of points."
            wrong.append(f"line {line}: {says}")
            continue
        old = known.get(mark[:3])
        if old is None or (old["points"], old["comment"]) != (mark[3], mark[4]):
            marks.append(mark)
    if wrong:
        told = wrong if len(wrong) <= 20 else [*wrong[:20], f"and {len(wrong) - 20} more"]
        raise BookError("\n".join([f"{path}: nothing was changed.", *told]))
    with book.change("marks", source=str(path), marks=len(marks)):
        book.add_many(_INSERT, marks)
    return len(marks)


def newest_marks(book: Book) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Return the mark that counts of each learner, exercise and task."""
    rows = book.rows("SELECT * FROM mark ORDER BY id")
    return {(row["learner"], row["stem"], row["task"]): dict(row) for row in rows}


def texts_of(book: Book, handin: int | None) -> dict[str, str]:
    """Return the free-text answers in a hand-in by task; none if its notebook is not kept."""
    found = book.rows(
        "SELECT stem, cells FROM handin JOIN notebook USING (sha256) WHERE handin.id = ?", handin
    )
    return texts_by_task(cells_of(found[0]["cells"]), found[0]["stem"]) if found else {}


_INSERT = (
    "INSERT INTO mark (learner, stem, task, points, comment, marker, at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)


def _most(book: Book) -> dict[str, float]:
    return {row["task"]: row["points"] for row in book.rows("SELECT * FROM free_text")}


def _checked(
    book: Book, learner: str, task: str, points: float | None, comment: str, marker: str
) -> tuple:
    """The row of a mark, if it can be."""
    if points is None and not comment:
        raise BookError("A mark has points, a comment, or both.")
    of_task = "." in task
    stem = stem_named(task.partition(".")[0] if of_task else task)
    if not book.rows("SELECT 1 FROM chapter WHERE stem = ?", stem):
        raise BookError(f"Nothing of {stem} is in the book. Import a batch of it first.")
    if points is not None and not math.isfinite(points):
        raise BookError(f"{points} is no number of points.")
    if of_task and points is not None:
        most = _most(book).get(task)
        if most is None:
            raise BookError(
                f"Task {task} has no points for text. `gradebook chapter BOOK {stem[:2]} "
                f"--free-text {task}=10` gives it some; a comment needs none."
            )
        if not 0 <= points <= most:
            raise BookError(f"Task {task} has 0 to {most:g} points for text, not {points:g}.")
    who = learner_named(book, learner)
    return (who, stem, task if of_task else ADJUSTMENT, points, comment, marker, now())
