"""Verdicts as a learner sees them: HTML cards in Jupyter, plain text elsewhere.

A card inherits the page's text color and draws on a transparent ground, so it reads in light and
dark. Every text passes through `html.escape`; only then do `back-ticks` become code.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ae_course.grading.authoring.workspace import Standing
from ae_course.grading.judging.task import MARKS, Exercise, Task, TaskResult

WORDS = {
    "correct": "correct",
    "partly": "partly right",
    "incorrect": "not right yet",
    "not attempted": "not done yet",
    "error": "could not be checked",
}
_COLORS = {
    "correct": "#2a9d62",
    "partly": "#c98a00",
    "incorrect": "#d1495b",
    "not attempted": "#8a8f98",
    "error": "#d1495b",
    "hint": "#3b82c4",
}


@dataclass(frozen=True)
class Card:
    """Something to show: a heading, lines, and a pointer to the next step.

    Attributes:
        status: which color and, in a notebook's metadata, which verdict.
        title: the heading.
        lines: one paragraph each; a line's own line breaks are kept.
        footer: the next step.
        metadata: stored with the output in a notebook, never shown.
    """

    status: str
    title: str
    lines: tuple[str, ...] = ()
    footer: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        lines = ["  " + line.replace("\n", "\n    ") for line in self.lines]
        footer = [f"  → {self.footer}"] if self.footer else []
        return "\n".join([self.title, *lines, *footer])

    def html(self) -> str:
        """Return the card as one self-contained HTML element."""
        color = _COLORS[self.status]
        lines = "".join(map(_paragraph, self.lines))
        footer = ""
        if self.footer:
            footer = f'<div style="margin:.45em 0 0;opacity:.8">→ {_rich(self.footer)}</div>'
        return (
            f'<div role="status" style="border-left:4px solid {color};padding:.4em .8em;'
            'margin:.3em 0;color:inherit;line-height:1.45;overflow-wrap:anywhere">'
            f"<strong>{_rich(self.title)}</strong>{lines}{footer}</div>"
        )


def verdict(result: TaskResult, footer: str = "", remarks: tuple[str, ...] = ()) -> Card:
    """Return a task's result as a card; remarks stand before what the checks found."""
    title = (
        f"{MARKS[result.status]} {result.id} {result.title}: {WORDS[result.status]}, "
        f"{points(result)}"
    )
    stored = {"task": result.id, "status": result.status, "points": result.points}
    lines = tuple(result.messages)
    if result.status == "not attempted":
        lines = tuple(line.partition("\n")[2] for line in lines[:1])
    return Card(result.status, title, (*remarks, *lines), footer, {"ae_course": stored})


def standing(exercise: Exercise, results: list[TaskResult], footer: str = "") -> Card:
    """Return a whole notebook's standing as a card."""
    total = sum(result.points for result in results)
    status = "not attempted" if total == 0 else "correct" if total >= 100 else "partly"
    lines = tuple(
        f"{MARKS[r.status]} {r.id} {r.title}: {WORDS[r.status]}, {points(r)}" for r in results
    )
    title = f"Chapter {exercise.chapter} {exercise.title}: {total:g} of 100 points"
    return Card(status, title, lines, footer)


def standing_of_all(tasks: Sequence[Standing], remarks: Sequence[str] = ()) -> Card:
    """Return how all the exercises of a folder stand as a card, a line for each."""
    lines, earned, possible = [], 0.0, 0
    for notebook in dict.fromkeys(one.notebook for one in tasks):
        group = [one for one in tasks if one.notebook == notebook]
        points, total = sum(o.points for o in group), sum(o.task.points for o in group)
        signs = "".join(MARKS.get(one.status, "·") for one in group)
        lines.append(f"{signs} {notebook.name}: {points:g} of {total} points")
        earned, possible = earned + points, possible + total
    status = "not attempted" if earned == 0 else "correct" if earned >= possible else "partly"
    opened = [one.task for one in tasks if one.status != "correct"]
    footer = f"Next: {opened[0].id} {opened[0].title}." if opened else "All done. Well done!"
    title = f"{earned:g} of {possible} points, as the notebooks were last saved"
    return Card(status, title, (*lines, *remarks), footer)


def hint_card(task: Task, number: int, another: str = "") -> Card:
    """Return a task's hint, counted from 1, as a card; `another` is what shows the next one."""
    last = number >= len(task.hints)
    another = another or f'`hint("{task.id}")`'
    footer = f"Another one: {another}"
    if last:
        footer = (
            "That was the last hint. A solution page in the book, if yours has them, shows one way."
        )
    title = f"Hint {number} of {len(task.hints)} for {task.id} {task.title}"
    return Card("hint", title, (task.hints[number - 1],), footer)


def points(result: TaskResult) -> str:
    """Return `3 of 20 points`."""
    return f"{result.points:g} of {result.max_points} points"


def _paragraph(line: str) -> str:
    first, *rest = line.split("\n")
    rest = "".join(f'<div style="margin-left:1.3em">{_rich(part)}</div>' for part in rest)
    return f'<div style="margin:.25em 0 0">{_rich(first)}{rest}</div>'


def _rich(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))
