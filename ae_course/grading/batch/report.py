"""The report: one versioned JSON that all other forms are derived from."""

import json
import math
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, get_args

from ae_course._versions import versions
from ae_course.grading.batch.submission import Submission, Unread
from ae_course.grading.judging.task import Exercise, Status, TaskResult
from ae_course.grading.judging.text import harmless

FORMAT, VERSION = "ae-course-grades", 1
_MESSAGES = 20
_NO_VERDICT = "This task could not be graded: no fault of the answer is known."
_FACTS = {"output": str, "seconds": float, "peak_mb": int, "sandbox_lost": bool}


def entry(
    submission: Submission, exercise: Exercise | None, results: Mapping[str, TaskResult], **facts
) -> dict[str, Any]:
    """Return the report's part on one submission.

    Every task of the trusted definition stands in it exactly once, with points between 0 and what
    the definition gives; a task without a result is an error.

    Args:
        submission: what was handed in.
        exercise: the trusted definition; None if no name says which.
        results: by task id.
        facts: more keys.
    """
    tasks = [
        _task(task, results.get(task.id), submission) for task in getattr(exercise, "tasks", ())
    ]
    return {
        "id": submission.id,
        "path": submission.path,
        "learner": submission.learner,
        "exercise": submission.exercise,
        "sha256": submission.sha256,
        "graded": not submission.problem,
        "problem": submission.problem,
        "score": round(sum(task["points"] for task in tasks), 2),
        "max_score": sum(task["max_points"] for task in tasks),
        "tasks": tasks,
        "notes": list(submission.notes),
        **{name: kind() for name, kind in _FACTS.items()},
        **facts,
    }


def is_whole(one: Mapping[str, Any], submission: Submission, exercise: Exercise | None) -> bool:
    """Whether an entry that was kept is one that `entry` can have made of this submission.

    Args:
        one: from a file, so it may be anything.
        submission: what was handed in.
        exercise: the trusted definition.
    """
    try:
        results = {task["id"]: TaskResult(**task) for task in one["tasks"]}
        facts = {name: kind(one[name]) for name, kind in _FACTS.items()}
        facts["notes"] = [str(note) for note in one["notes"]]
        json.dumps(one, allow_nan=False)
        return entry(submission, exercise, results, **facts) == one
    except (KeyError, TypeError, ValueError, AttributeError):
        return False


def _task(task, result: TaskResult | None, submission: Submission) -> dict[str, Any]:
    status, points = "error", 0.0
    messages = [submission.problem or _NO_VERDICT]
    if result is not None and result.status in get_args(Status):
        status = result.status
        messages = [harmless(str(message)) for message in result.messages[:_MESSAGES]]
        if isinstance(result.points, int | float) and math.isfinite(result.points):
            points = round(min(max(float(result.points), 0.0), task.points), 2)
    return {
        "id": task.id,
        "title": task.title,
        "status": status,
        "points": points,
        "max_points": task.points,
        "messages": messages,
    }


def build(
    entries: Iterable[Mapping[str, Any]], unread: Iterable[Unread] = (), **facts: Any
) -> dict[str, Any]:
    """Return the whole report.

    Args:
        entries: from `entry`.
        unread: what else was found.
        facts: what must be known to reproduce it: seed, isolation, limits.
    """
    entries = sorted(entries, key=lambda e: (e["path"], e["id"]))
    return {
        "format": FORMAT,
        "version": VERSION,
        **facts,
        "versions": versions("ae-course", "keras", "numpy", "tensorflow"),
        "submissions": entries,
        "unread": [asdict(one) for one in sorted(unread, key=lambda one: one.path)],
        "statistics": class_statistics(entries),
    }


def class_statistics(entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return for every exercise the scores over the class, and for every task the outcomes.

    Example:
        >>> class_statistics([])
        {}
    """
    by_exercise: dict[str, list] = {}
    for one in entries:
        if one["tasks"]:
            by_exercise.setdefault(one["exercise"], []).append(one)
    return {stem: _statistics(group) for stem, group in sorted(by_exercise.items())}


def _statistics(group: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    scores = [one["score"] for one in group]
    tasks = {}
    for rows in zip(*(one["tasks"] for one in group), strict=True):
        first = rows[0]
        mean = statistics.fmean(row["points"] for row in rows)
        tasks[first["id"]] = {
            "title": first["title"],
            "max_points": first["max_points"],
            "mean": round(mean, 2),
            "mean_share": round(mean / first["max_points"], 3) if first["max_points"] else 0.0,
            **{status: 0 for status in get_args(Status)},
            **Counter(row["status"] for row in rows),
        }
    return {
        "submissions": len(group),
        "max_score": group[0]["max_score"],
        "mean": round(statistics.fmean(scores), 2),
        "median": round(statistics.median(scores), 2),
        "lowest": min(scores),
        "highest": max(scores),
        "tasks": tasks,
    }


def as_json(report: Mapping[str, Any]) -> str:
    """Return the report as JSON text."""
    return json.dumps(report, indent=1, ensure_ascii=True, allow_nan=False) + "\n"
