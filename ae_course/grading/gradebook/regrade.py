"""Grading hand-ins that the book keeps once more; the verdict is added to the old ones."""

import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ae_course.grading.batch.grade import grade
from ae_course.grading.batch.slot import Settings
from ae_course.grading.gradebook.answers import notebook
from ae_course.grading.gradebook.intake import take_in
from ae_course.grading.gradebook.standing import standing
from ae_course.grading.gradebook.store import Book, BookError
from ae_course.grading.sandbox.child.limits import Limits


def course_fingerprint() -> str:
    """Return the hash of the course's sources, which a verdict depends on."""
    return Settings(seed=0, level="").facts()["course"]


def chosen(book: Book, learners: Sequence[str] = (), stem: str = "", every: bool = False) -> list:
    """Return the hand-ins to grade again: number, stem, path, sha256, cells, seed and limits.

    Files that were no notebooks are left out.

    Args:
        book: the gradebook.
        learners: ids; none for everybody.
        stem: the exercise; empty for all.
        every: all hand-ins of theirs, not only those that count now or have no verdict.
    """
    rows = book.rows(
        "SELECT handin.id, handin.stem, path, handin.sha256, cells, seed, limits, owner.learner,"
        " problem"
        " FROM handin JOIN owner ON owner.id = (SELECT max(id) FROM owner WHERE handin ="
        " handin.id) JOIN attempt ON attempt.id = (SELECT max(id) FROM attempt WHERE handin ="
        " handin.id) JOIN run ON run.id = attempt.run LEFT JOIN notebook ON notebook.sha256 ="
        " handin.sha256 WHERE owner.learner IS NOT NULL AND handin.stem IS NOT NULL"
        " ORDER BY handin.id"
    )
    wanted = [
        row
        for row in rows
        if (not learners or row["learner"] in learners) and stem in ("", row["stem"])
        if row["cells"] is not None or not row["problem"]
    ]
    if not every:
        cells = [(r.learner["id"], s, c) for r in standing(book).rows for s, c in r.cells.items()]
        counting = {c.handin for _, _, c in cells}
        open_ones = {(who, s) for who, s, c in cells if c.handin is None}
        wanted = [
            row
            for row in wanted
            if row["id"] in counting or (row["learner"], row["stem"]) in open_ones
        ]
    return wanted


def regrade(
    book: Book,
    rows: Sequence[Any],
    *,
    same_seed: bool = False,
    grade: Callable[..., dict[str, Any]] = grade,
    **settings: Any,
) -> dict[int, tuple[float | None, float | None]]:
    """Grade hand-ins again; return each one's points before and after, None without a verdict.

    Each is graded with the limits that it had, and of those whose seeds differ, each with its own
    if the seed is to be the same. Nothing is written until all are graded.

    Args:
        book: the gradebook.
        rows: from `chosen`.
        same_seed: with the inputs that it had; otherwise with fresh ones.
        grade: what grades.
        settings: more of `grade`: jobs, isolation, require_isolation.

    Raises:
        BookError: if a notebook is not in the book.
    """
    lost = [row["path"] for row in rows if row["cells"] is None]
    if lost:
        raise BookError(
            f"The book has no notebook of {', '.join(lost[:5])}{' …' if len(lost) > 5 else ''}. "
            "Import their batch again with --submissions and the folder that was graded."
        )
    batches = defaultdict(list)
    for row in rows:
        batches[row["limits"], row["seed"] if same_seed else ""].append(row)
    reports = []
    for (limits, seed), group in batches.items():
        with tempfile.TemporaryDirectory() as folder:
            for row in group:
                place = Path(folder, str(row["id"]))
                place.mkdir()
                text = notebook(row["cells"])
                Path(place, f"{row['stem']}.ipynb").write_text(text, encoding="utf-8")
            report = grade(
                [folder],
                seed=int(seed) if same_seed else None,
                limits=Limits(**json.loads(limits)),
                **settings,
            )
        reports.append(_as_handed_in(report, {str(row["id"]): row for row in group}))
    before = _points(book)
    for report in reports:
        take_in(book, report, kind="regrade", source="the book", course=course_fingerprint())
    after = _points(book)
    return {row["id"]: (before.get(row["id"]), after.get(row["id"])) for row in rows}


def _as_handed_in(report: dict[str, Any], rows: dict[str, Any]) -> dict[str, Any]:
    """The report with the paths and hashes under which the hand-ins are in the book."""
    entries = []
    for one in report["submissions"]:
        row = rows[one["path"].partition("/")[0]]
        entries.append(
            {**one, "path": row["path"], "sha256": row["sha256"], "exercise": row["stem"]}
        )
    return {**report, "submissions": entries}


def _points(book: Book) -> dict[int, float | None]:
    rows = book.rows("SELECT handin, graded, points FROM attempt ORDER BY id")
    return {row["handin"]: row["points"] if row["graded"] else None for row in rows}
