"""A batch's report taken into the book: hand-ins, attempts and results are added, none replaced."""

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

from ae_course.grading.batch import report as batch
from ae_course.grading.batch.submission import read
from ae_course.grading.gradebook.answers import keep
from ae_course.grading.gradebook.chapters import add_chapter
from ae_course.grading.gradebook.matching import match
from ae_course.grading.gradebook.store import Book, BookError, now
from ae_course.grading.judging.task import Status
from ae_course.grading.reading.files import find
from ae_course.grading.reading.notebooks import Unreadable, looks_like_one

_ENTRY = {
    "id": str, "path": str, "learner": str, "exercise": (str, type(None)), "sha256": str,
    "graded": bool, "problem": str, "score": (int, float), "max_score": (int, float),
    "tasks": list, "notes": list, "sandbox_lost": bool, "seconds": (int, float),
}  # fmt: skip
_TASK = {
    "id": str, "title": str, "status": str, "points": (int, float),
    "max_points": (int, float), "messages": list,
}  # fmt: skip


@dataclass(frozen=True)
class Found:
    """A notebook that was handed in, as it lies on the disk.

    Attributes:
        kept: what the book keeps of it.
        written: when the file was written; None if it lies in an archive.
    """

    kept: bytes
    written: str | None = None


@dataclass
class Taken:
    """What an import did.

    Attributes:
        run: the number of the batch in the book.
        known: whether the book had this report before.
        attempts: how many were added.
        without_notebook: paths whose notebook was not found beside the report.
        without_time: paths of which nobody knows when they were handed in.
        no_verdict: paths that have none, with the reason.
        unowned: paths that belong to nobody in the roster, with the reason.
        unread: files that the batch found and did not read, with the reason.
    """

    run: int = 0
    known: bool = False
    attempts: int = 0
    without_notebook: list[str] = field(default_factory=list)
    without_time: list[str] = field(default_factory=list)
    no_verdict: list[tuple[str, str]] = field(default_factory=list)
    unowned: list[tuple[str, str]] = field(default_factory=list)
    unread: list[tuple[str, str]] = field(default_factory=list)


def read_report(path: str | Path) -> dict[str, Any]:
    """Read `grades.json`, or that of the folder named.

    Raises:
        BookError: if it is not there, or is no such report, or is damaged; with the place.
    """
    path = Path(path)
    path = path / "grades.json" if path.is_dir() else path
    try:
        report = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BookError(
            f"{path} can't be read: {error.strerror}. Name grades.json of `ae-course grade`, or "
            "its folder."
        ) from error
    except (ValueError, RecursionError) as error:
        raise BookError(f"{path} is no JSON ({error}). Grade again, or restore it.") from error
    kind = report.get("format") if isinstance(report, dict) else None
    if kind != batch.FORMAT:
        raise BookError(f"{path}: expected the format {batch.FORMAT!r}, found {kind!r}.")
    if report.get("version") != batch.VERSION:
        raise BookError(
            f"{path}: expected version {batch.VERSION} of the report, found "
            f"{report.get('version')!r}. Use the ae-course that wrote it, or grade again."
        )
    _check(report, str(path))
    return report


def find_notebooks(paths: Iterable[str | Path]) -> dict[tuple[str, str], Found]:
    """Return the notebooks at and below paths, by path and hash as the report has them.

    Args:
        paths: the same that were graded.

    Raises:
        BookError: if one is not there.
    """
    paths = [Path(path) for path in paths]
    roots = [path if path.is_dir() else path.parent for path in paths]
    found = {}
    try:
        for found_file in find(paths):
            data = found_file.data or b""
            if found_file.system_file or not looks_like_one(found_file.parts[-1], data):
                continue
            try:
                kept = keep(data)
            except Unreadable:
                continue  # the report says why
            # the name alone is asked for, so nothing is read a second time
            named = read(replace(found_file, data=None, problem="-", lost=True), ())
            times = [_written(root.joinpath(*found_file.parts)) for root in roots]
            digest = hashlib.sha256(data).hexdigest()
            found[named.path, digest] = Found(kept, next(filter(None, times), None))
    except FileNotFoundError as error:
        raise BookError(f"{error}. Name the hand-ins that were graded.") from error
    return found


def take_in(
    book: Book,
    report: Mapping[str, Any],
    notebooks: Mapping[tuple[str, str], Found] | None = None,
    times: Mapping[str, str] | None = None,
    *,
    kind: str = "import",
    source: str = "",
    course: str = "",
) -> Taken:
    """Add a report to the book.

    A report that the book has adds no attempt a second time; notebooks and times that it did not
    have are added.

    Args:
        book: the gradebook.
        report: from `read_report`, or from `grade`.
        notebooks: from `find_notebooks`.
        times: when a path was handed in, as the book writes moments.
        kind: how the attempts came about.
        source: where the report lay.
        course: fingerprint or commit of the course that graded.

    Raises:
        BookError: if it can't be written. Then nothing is.
    """
    notebooks, times = notebooks or {}, times or {}
    text = json.dumps(report, sort_keys=True)
    if kind == "regrade":  # which is asked for, and so is another one however it comes out
        text += secrets.token_hex()
    digest = hashlib.sha256(text.encode()).hexdigest()
    before = book.rows("SELECT id FROM run WHERE report_sha256 = ?", digest)
    taken = Taken(known=bool(before))
    with book.change(kind, source=source, report=digest, hand_ins=len(report["submissions"])):
        for stem in sorted({one["exercise"] for one in report["submissions"] if one["exercise"]}):
            add_chapter(book, stem, _max_points(report, stem))
        taken.run = (
            before[0]["id"] if before else _add_run(book, report, digest, kind, source, course)
        )
        for one in report["submissions"]:
            found = notebooks.get((one["path"], one["sha256"]))
            handin = _handin(book, one)
            _keep_notebook(book, one, found, taken)
            _keep_time(book, handin, one["path"], times.get(one["path"]), taken)
            if not taken.known:
                add_attempt(book, handin, taken.run, one)
                taken.attempts += 1
            if not one["graded"] or one["sandbox_lost"]:
                reason = one["problem"] or "its sandbox died twice"
                taken.no_verdict.append((one["path"], reason))
    reasons = match(book)
    taken.unowned = [
        (row["path"], reasons[row["id"]])
        for row in book.rows("SELECT id, path FROM handin ORDER BY path")
        if row["id"] in reasons
    ]
    taken.unread = [(u["path"], u["reason"]) for u in report["unread"] if not u["system_file"]]
    return taken


def add_attempt(book: Book, handin: int, run: int, one: Mapping[str, Any]) -> None:
    """Add what a batch found of a hand-in. Call it within `Book.change`.

    Args:
        book: the gradebook.
        handin: its number.
        run: the batch's number.
        one: the report's entry.
    """
    attempt = book.add(
        "INSERT INTO attempt (handin, run, graded, problem, points, max_points, notes, seconds)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        *(handin, run, one["graded"] and not one["sandbox_lost"], one["problem"], one["score"]),
        *(one["max_score"], json.dumps(one["notes"]), one["seconds"]),
    )
    book.add_many(
        "INSERT INTO result VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (attempt, place, t["id"], t["title"], t["status"], t["points"], t["max_points"],
             json.dumps(t["messages"]))
            for place, t in enumerate(one["tasks"])
        ],
    )  # fmt: skip


def _add_run(
    book: Book, report: Mapping[str, Any], digest: str, kind: str, source: str, course: str
) -> int:
    return book.add(
        "INSERT INTO run (at, kind, source, report_sha256, seed, isolation, caution, limits,"
        " versions, course, unread) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *(now(), kind, source, digest, str(report["seed"]), report["isolation"]),
        *(report.get("caution") or "", json.dumps(report.get("limits", {}))),
        *(json.dumps(report["versions"]), course, json.dumps(report["unread"])),
    )


def _handin(book: Book, one: Mapping[str, Any]) -> int:
    key = (one["exercise"] or "", one["path"], one["sha256"])
    found = book.rows(
        "SELECT id FROM handin WHERE coalesce(stem, '') = ? AND path = ? AND sha256 = ?", *key
    )
    if found:
        return found[0]["id"]
    return book.add(
        "INSERT INTO handin (stem, path, told, sha256) VALUES (?, ?, ?, ?)",
        *(one["exercise"], one["path"], one["learner"], one["sha256"]),
    )


def _keep_notebook(book: Book, one: Mapping[str, Any], found: Found | None, taken: Taken) -> None:
    if found is not None:
        book.add("INSERT OR IGNORE INTO notebook VALUES (?, ?)", one["sha256"], found.kept)
    elif not book.rows("SELECT 1 FROM notebook WHERE sha256 = ?", one["sha256"]):
        taken.without_notebook.append(one["path"])


def _keep_time(book: Book, handin: int, path: str, moment: str | None, taken: Taken) -> None:
    last = book.rows("SELECT moment FROM arrival WHERE handin = ? ORDER BY id DESC LIMIT 1", handin)
    if moment is not None and (not last or last[0]["moment"] != moment):
        book.add(
            "INSERT INTO arrival (handin, moment, source) VALUES (?, ?, ?)",
            *(handin, moment, "import"),
        )
    elif not last:
        taken.without_time.append(path)


def _max_points(report: Mapping[str, Any], stem: str) -> float:
    of_stem = [one for one in report["submissions"] if one["exercise"] == stem and one["tasks"]]
    return max((one["max_score"] for one in of_stem), default=100)


def _written(path: Path) -> str | None:
    try:
        seconds = path.lstat().st_mtime
    except OSError:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _check(report: Mapping[str, Any], where: str) -> None:
    """Hold a report against what `batch.report.build` makes."""
    _has(report, {"seed": int, "isolation": str, "versions": dict, "submissions": list,
                  "unread": list}, where)  # fmt: skip
    for number, one in enumerate(report["submissions"]):
        place = f"{where}, submission {number + 1}"
        _has(one, _ENTRY, place)
        for task in one["tasks"]:
            _has(task, _TASK, place)
            if task["status"] not in get_args(Status):
                raise BookError(f"{place}: {task['status']!r} is no status of a task.")
            if not 0 <= task["points"] <= task["max_points"]:
                raise BookError(
                    f"{place}, task {task['id']}: {task['points']} points of {task['max_points']}. "
                    "The file was changed; grade again."
                )
        if len({task["id"] for task in one["tasks"]}) < len(one["tasks"]):
            raise BookError(f"{place}: a task stands in it twice. The file was changed.")
        total = sum(task["points"] for task in one["tasks"])
        if abs(total - one["score"]) > 0.01:
            raise BookError(
                f"{place}: the score is {one['score']}, its tasks' points sum to {total:g}. The "
                "file was changed; grade again."
            )


def _has(facts: Any, kinds: Mapping[str, Any], where: str) -> None:
    if not isinstance(facts, dict):
        raise BookError(f"{where}: expected an object, found {type(facts).__name__}.")
    for name, kind in kinds.items():
        if not isinstance(facts.get(name), kind):
            raise BookError(
                f"{where}: {name!r} is {facts.get(name)!r:.40}, which `ae-course grade` does not "
                "write. Grade again, or name another file."
            )
