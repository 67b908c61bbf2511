"""What counts: chapters with weights and due dates, extensions, and points for free text."""

import math

from ae_course.grading.gradebook.answers import tasks_with_text
from ae_course.grading.gradebook.store import DEFAULTS, Book, BookError
from ae_course.grading.judging.task import stems

POLICIES = ("best", "last")
"""Which of a learner's hand-ins counts: that with most points after lateness, or the last one."""


def add_chapter(book: Book, stem: str, max_points: float = 100) -> None:
    """Have a chapter count, if it does not yet. Call it within `Book.change`.

    Args:
        book: the gradebook.
        stem: the exercise.
        max_points: that its tasks give.
    """
    number, _, title = stem.partition("_")
    book.add(
        "INSERT OR IGNORE INTO chapter (stem, title, max_points) VALUES (?, ?, ?)",
        *(stem, f"{number} {title.replace('_', ' ').capitalize()}", max_points),
    )


def stem_named(text: str) -> str:
    """Return the exercise that a stem or a chapter's number names.

    Raises:
        BookError: if there is none.
    """
    known = stems()
    found = [s for s in known if text == s or (text.isdecimal() and int(text) == int(s[:2]))]
    if not found:
        raise BookError(f"There is no exercise {text!r}. There are {', '.join(known)}.")
    return found[0]


def set_chapter(
    book: Book,
    stem: str,
    *,
    weight: float | None = None,
    due: str | None = None,
    assignment: str | None = None,
    free_text: dict[str, float] | None = None,
) -> None:
    """Change what a chapter counts; what is None stays.

    Args:
        book: the gradebook.
        stem: the exercise.
        weight: against the other chapters; 0 leaves it out of the total.
        due: a moment as the book writes it; empty for none.
        assignment: what Canvas calls it, such as `"Exercise 1 (4711)"`.
        free_text: points for a task's free-text answer, by task, such as `{"1.5": 10}`.

    Raises:
        BookError: for a weight below 0, or a task without free text.
    """
    if weight is not None and not (math.isfinite(weight) and weight >= 0):
        raise BookError(f"A weight is a number from 0 up, not {weight}.")
    asked = tasks_with_text(stem)
    for task, points in (free_text or {}).items():
        if task not in asked:
            raise BookError(
                f"Task {task} asks for no text. In {stem}, these do: {', '.join(asked) or 'none'}."
            )
        if not (math.isfinite(points) and points > 0):
            raise BookError(f"Points for a text are a number above 0, not {points}.")
    with book.change(
        "chapter", stem=stem, weight=weight, due=due, assignment=assignment, free_text=free_text
    ):
        add_chapter(book, stem)
        for column, value in (("weight", weight), ("assignment", assignment)):
            if value is not None:
                book.add(f"UPDATE chapter SET {column} = ? WHERE stem = ?", value, stem)
        if due is not None:
            book.add("UPDATE chapter SET due = ? WHERE stem = ?", due or None, stem)
        for task, points in (free_text or {}).items():
            book.add("INSERT OR REPLACE INTO free_text VALUES (?, ?, ?)", task, stem, points)


def extend(book: Book, learner: str, stem: str, due: str, reason: str = "") -> None:
    """Give a learner another due date for a chapter; an earlier extension is replaced.

    The book's log keeps every one.
    """
    with book.change("extension", learner=learner, stem=stem, due=due, reason=reason):
        add_chapter(book, stem)
        book.add("INSERT OR REPLACE INTO extension VALUES (?, ?, ?, ?)", learner, stem, due, reason)


def set_policy(book: Book, **settings: str | float | None) -> None:
    """Change how attempts and lateness count; what is None stays.

    Args:
        book: the gradebook.
        settings: of `attempts`, `late_percent`, `late_floor`, `grace_minutes`, `zone`, `title`,
            `pages`.

    Raises:
        BookError: for a value that makes no sense.
        KeyError: for another name.
    """
    given = {name: value for name, value in settings.items() if value is not None}
    if given.get("attempts", "best") not in POLICIES:
        raise BookError(f"Attempts count as one of {POLICIES}, not {given['attempts']!r}.")
    for name, most in (("late_percent", 100), ("late_floor", 100), ("grace_minutes", math.inf)):
        value = float(given.get(name, DEFAULTS[name]))
        if not (0 <= value <= most and math.isfinite(value)):
            most = "up" if most == math.inf else f"to {most}"
            raise BookError(f"{name.replace('_', ' ')} is a number from 0 {most}, not {value:g}.")
    if given:
        book.set(**given)
