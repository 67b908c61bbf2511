"""Where each learner stands: one row a learner, with what each point comes from."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from ae_course.grading.gradebook.late import deduction, late_days
from ae_course.grading.gradebook.store import Book


@dataclass(frozen=True)
class Cell:
    """What a learner has of a chapter.

    Attributes:
        points: that count, after lateness, with what was marked by hand.
        max_points: that there are.
        automatic: from the checks.
        manual: for free text, and adjustments.
        late_days: of the hand-in that counts.
        deduction: what they took.
        handed_in: when; empty if nobody knows.
        handin: its number; None if there is none with a verdict.
        attempt: the number of the verdict that counts.
        hand_ins: how many there are.
        verdicts: how many there are of the one that counts; above 1 after regrading.
        problem: why there is no verdict, though there is a hand-in.
    """

    points: float = 0.0
    max_points: float = 100.0
    automatic: float = 0.0
    manual: float = 0.0
    late_days: int = 0
    deduction: float = 0.0
    handed_in: str = ""
    handin: int | None = None
    attempt: int | None = None
    hand_ins: int = 0
    verdicts: int = 0
    problem: str = ""


@dataclass(frozen=True)
class Row:
    """A learner, as the roster has it, the chapters by stem, and the total in percent."""

    learner: dict[str, Any]
    cells: dict[str, Cell]
    total: float

    @property
    def late_days(self) -> int:
        """Of all chapters."""
        return sum(cell.late_days for cell in self.cells.values())


@dataclass(frozen=True)
class Standing:
    """The whole class: chapters as rows of the book, and a row a learner by name."""

    chapters: tuple[dict[str, Any], ...]
    rows: tuple[Row, ...]


def standing(book: Book, anonymous: bool = False) -> Standing:
    """Return where everybody stands now, who withdrew left out.

    A chapter's points are those of the hand-in that the policy chooses, less what lateness takes,
    and what was marked by hand, within 0 and the maximum. A chapter without a hand-in counts 0.
    The total is the mean of the chapters' shares, by weight.

    Args:
        book: the gradebook.
        anonymous: pseudonyms in place of ids, names and addresses, and in their order.
    """
    chapters = [dict(row) for row in book.rows("SELECT * FROM chapter ORDER BY stem")]
    texts = defaultdict(dict)
    for row in book.rows("SELECT * FROM free_text"):
        texts[row["stem"]][row["task"]] = row["points"]
    for chapter in chapters:
        chapter["free_text"] = texts[chapter["stem"]]
        chapter["max_points"] += sum(chapter["free_text"].values())
    candidates = _candidates(book)
    manual = _manual(book)
    policy = book.setting("attempts")
    rows = []
    for one in map(dict, book.rows("SELECT * FROM learner WHERE active ORDER BY last, first, id")):
        cells = {
            chapter["stem"]: _cell(
                chapter,
                candidates.get((one["id"], chapter["stem"]), []),
                manual.get((one["id"], chapter["stem"]), 0.0),
                policy,
            )
            for chapter in chapters
        }
        rows.append(Row(hidden(one) if anonymous else one, cells, _total(chapters, cells)))
    if anonymous:
        rows.sort(key=lambda row: row.learner["id"])
    return Standing(tuple(chapters), tuple(rows))


def hidden(learner: dict[str, Any]) -> dict[str, Any]:
    """Return a learner with nothing but the pseudonym."""
    shown = {name: "" for name in learner}
    pseudonym = learner["pseudonym"]
    return {**shown, "id": pseudonym, "name": pseudonym, "pseudonym": pseudonym, "active": 1}


def _candidates(book: Book) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Every owned hand-in with its newest verdict, lateness reckoned, in the order handed in."""
    percent, floor, grace = (
        float(book.setting(name)) for name in ("late_percent", "late_floor", "grace_minutes")
    )
    due = {row["stem"]: row["due"] for row in book.rows("SELECT stem, due FROM chapter")}
    longer = {(r["learner"], r["stem"]): r["due"] for r in book.rows("SELECT * FROM extension")}
    owner = {
        row["handin"]: row["learner"]
        for row in book.rows("SELECT handin, learner FROM owner ORDER BY id")
    }
    arrival = {r["handin"]: r["moment"] for r in book.rows("SELECT * FROM arrival ORDER BY id")}
    verdict: dict[int, Any] = {}
    verdicts: dict[int, int] = defaultdict(int)
    for row in book.rows("SELECT * FROM attempt ORDER BY id"):
        if row["graded"] or row["handin"] not in verdict:
            verdict[row["handin"]] = row  # one without a verdict never stands for one that has it
        verdicts[row["handin"]] += row["graded"]
    found = defaultdict(list)
    for handin in book.rows("SELECT id, stem FROM handin WHERE stem IS NOT NULL"):
        learner, last = owner.get(handin["id"]), verdict.get(handin["id"])
        if learner is None or last is None:
            continue
        key = (learner, handin["stem"])
        days = late_days(arrival.get(handin["id"]), longer.get(key, due[handin["stem"]]), grace)
        lost = deduction(last["points"], last["max_points"], days, percent, floor)
        found[key].append(
            {
                "handin": handin["id"],
                "attempt": last["id"],
                "graded": last["graded"],
                "problem": last["problem"],
                "automatic": last["points"],
                "late_days": days,
                "deduction": lost,
                "handed_in": arrival.get(handin["id"], ""),
                "verdicts": verdicts[handin["id"]],
            }
        )
    for group in found.values():
        group.sort(key=lambda one: (one["handed_in"], one["handin"]))
    return found


def _cell(
    chapter: dict[str, Any], candidates: list[dict[str, Any]], manual: float, policy: str
) -> Cell:
    graded = [one for one in candidates if one["graded"]]
    most = {"max_points": chapter["max_points"], "hand_ins": len(candidates), "manual": manual}
    if not graded:
        problem = candidates[-1]["problem"] or "no verdict" if candidates else ""
        return Cell(points=_within(manual, most["max_points"]), problem=problem, **most)
    chosen = graded[-1]
    if policy == "best":  # of equal ones, the last
        chosen = max(reversed(graded), key=lambda one: one["automatic"] - one["deduction"])
    points = chosen["automatic"] - chosen["deduction"] + manual
    facts = {name: value for name, value in chosen.items() if name != "graded"}
    return Cell(points=_within(points, most["max_points"]), **{**facts, "problem": ""}, **most)


def _manual(book: Book) -> dict[tuple[str, str], float]:
    """The sum of the newest marks of each task."""
    newest = {
        (row["learner"], row["stem"], row["task"]): row["points"] or 0.0
        for row in book.rows("SELECT * FROM mark ORDER BY id")
    }
    found: dict[tuple[str, str], float] = defaultdict(float)
    for (learner, stem, _), points in newest.items():
        found[learner, stem] += points
    return found


def _within(points: float, most: float) -> float:
    return round(min(max(points, 0.0), most), 2)


def _total(chapters: list[dict[str, Any]], cells: dict[str, Cell]) -> float:
    whole = sum(chapter["weight"] for chapter in chapters)
    if not whole:
        return 0.0
    shares = (c["weight"] * cells[c["stem"]].points / c["max_points"] for c in chapters)
    return round(100 * sum(shares) / whole, 2)
