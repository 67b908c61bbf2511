"""How the class did, task by task."""

import json
import statistics
from collections import defaultdict
from dataclasses import dataclass
from typing import get_args

from ae_course.grading.gradebook.standing import Standing
from ae_course.grading.gradebook.store import Book
from ae_course.grading.judging.task import Status

STATUSES: tuple[str, ...] = get_args(Status)


@dataclass(frozen=True)
class Outcome:
    """A task over the class.

    Attributes:
        stem: the exercise.
        task: its id.
        title: its title.
        learners: with a verdict.
        mean: of the points.
        max_points: that there are.
        counts: learners by status, all of `STATUSES`.
        discrimination: correlation of the task's points with those of the exercise's other tasks;
            None where either is the same for all. A low one says that good and weak learners do
            alike, so that the task may be unclear.
        message: what the grader said most often to those without full points.
    """

    stem: str
    task: str
    title: str
    learners: int
    mean: float
    max_points: float
    counts: dict[str, int]
    discrimination: float | None
    message: str


def outcomes(book: Book, now: Standing) -> list[Outcome]:
    """Return the tasks in order, from the verdicts that count.

    Args:
        book: the gradebook.
        now: from `standing`.
    """
    counting = {c.attempt for row in now.rows for c in row.cells.values() if c.attempt is not None}
    by_task, totals = defaultdict(list), defaultdict(float)
    for row in book.rows(
        "SELECT result.*, stem FROM result JOIN attempt ON attempt.id = result.attempt"
        " JOIN handin ON handin.id = attempt.handin ORDER BY stem, place, attempt"
    ):
        if row["attempt"] in counting:
            by_task[row["stem"], row["task"]].append(row)
            totals[row["attempt"]] += row["points"]
    return [_outcome(stem, task, rows, totals) for (stem, task), rows in by_task.items()]


def _outcome(stem: str, task: str, rows: list, totals: dict[int, float]) -> Outcome:
    points = [row["points"] for row in rows]
    rest = [totals[row["attempt"]] - row["points"] for row in rows]
    try:
        together = round(statistics.correlation(points, rest), 2)
    except statistics.StatisticsError:
        together = None
    said = defaultdict(int)
    for row in rows:
        if row["points"] < row["max_points"]:
            for message in json.loads(row["messages"])[:1]:
                said[message] += 1
    return Outcome(
        stem=stem,
        task=task,
        title=rows[-1]["title"],
        learners=len(rows),
        mean=round(statistics.fmean(points), 2),
        max_points=rows[-1]["max_points"],
        counts={status: sum(row["status"] == status for row in rows) for status in STATUSES},
        discrimination=together,
        message=max(said, key=said.get) if said else "",
    )
