"""Who takes the course: a roster in CSV, as Moodle, Canvas, Gradescope or a spreadsheet writes."""

import re
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ae_course.grading.gradebook.store import Book, BookError
from ae_course.grading.gradebook.tables import read_table
from ae_course.grading.judging.text import harmless

_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_COLUMNS = {  # ours → how it is called elsewhere, in small letters without blanks at the ends
    "id": (
        "id number", "student id", "student_id", "student number", "matriculation number",
        "matrikelnummer", "sid", "sis user id", "idnumber", "id", "学号",
    ),
    "name": ("name", "full name", "student", "student name", "姓名"),
    "first": ("first name", "firstname", "first_name", "given name", "vorname"),
    "last": ("last name", "lastname", "last_name", "surname", "family name", "nachname"),
    "email": ("email address", "email", "e-mail", "mail", "邮箱"),
    "login": ("sis login id", "login", "login id", "username", "user name", "netid"),
    "participant": ("identifier",),
    "section": ("section", "sections", "group", "groups", "class"),
}  # fmt: skip
_STAFF = re.compile(r"instructor|teacher|ta|reader|observer", re.I)


@dataclass(frozen=True)
class Learner:
    """A row of the roster; what is not known is empty.

    Attributes:
        id: the learner's own, by which marks are kept.
        name: as it is shown.
        first: given name.
        last: family name.
        email: address.
        login: at the platform.
        canvas: the number that Canvas gives.
        participant: the number that Moodle gives in one assignment.
        section: or group.
    """

    id: str
    name: str = ""
    first: str = ""
    last: str = ""
    email: str = ""
    login: str = ""
    canvas: str = ""
    participant: str = ""
    section: str = ""


@dataclass(frozen=True)
class Roster:
    """What a file held: learners, and remarks with line numbers on what was left out."""

    learners: tuple[Learner, ...]
    remarks: tuple[str, ...] = field(default=())


def read_roster(path: str | Path) -> Roster:
    """Read a roster.

    Columns may be called as Moodle, Canvas, Gradescope, nbgrader and spreadsheets call them, in
    any order; others are left alone. The id is the student number where there is one, else the
    login, else the address. A row that repeats another is left out and named; staff, too.

    Raises:
        BookError: if no column holds ids, or two rows of one id differ.
    """
    names, rows = read_table(path)
    column = _columns(names)
    if not {"id", "login", "email", "canvas"} & set(column):
        raise BookError(
            f"{path}: expected a column with ids, such as {', '.join(_COLUMNS['id'][:4])}, or an "
            f"email address; found {', '.join(filter(None, names)) or 'none'}. Rename the column."
        )
    role = next((name for name in names if name.lower() == "role"), None)
    seen: dict[str, tuple[int, Learner]] = {}
    remarks, clashes = [], []
    for line, row in rows:
        if row.get(column.get("name", ""), "").lower() == "points possible":
            continue  # of Canvas
        if role and _STAFF.fullmatch(row[role]):
            remarks.append(f"line {line}: {row[role]}; left out.")
            continue
        learner = _learner(row, column)
        if not learner.id:
            remarks.append(f"line {line}: no id, login or address; left out.")
            continue
        key = learner.id.casefold()
        before, same = seen.setdefault(key, (line, learner))
        if before != line and same == learner:
            remarks.append(f"line {line} repeats line {before} ({learner.id}); left out.")
        elif before != line:
            clashes.append(f"lines {before} and {line} ({learner.id})")
    if clashes:
        raise BookError(
            f"{path}: one id, but other names or addresses in {'; '.join(clashes)}. Remove the "
            "wrong lines. Nothing was changed."
        )
    if not seen:
        raise BookError(f"{path} names no learner: {len(rows)} rows, none with an id.")
    return Roster(tuple(one for _, one in seen.values()), tuple(remarks))


def enroll(book: Book, roster: Roster, withdraw: bool = False) -> dict[str, list[str]]:
    """Put a roster into the book; return the ids that are `new`, `changed`, `missing`.

    Learners who are in the book and not in the roster stay.

    Args:
        book: the gradebook.
        roster: from `read_roster`.
        withdraw: leave those who are missing out of exports from now on; their results stay.
    """
    known = {row["id"]: row for row in book.rows("SELECT * FROM learner")}
    spelled = {id.casefold(): id for id in known}
    used = {row["pseudonym"] for row in known.values()}
    found: dict[str, list[str]] = {"new": [], "changed": [], "missing": []}
    with book.change("roster", learners=len(roster.learners), withdraw=withdraw):
        for one in roster.learners:
            facts = asdict(one)
            old = known.get(spelled.get(one.id.casefold(), ""))
            if old is None:
                found["new"].append(one.id)
                book.add(
                    "INSERT INTO learner (pseudonym, id, name, first, last, email, login, canvas,"
                    " participant, section) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    *(_pseudonym(used), *facts.values()),
                )
                continue
            del facts["id"]
            facts = {name: value or old[name] for name, value in facts.items()}
            if any(old[name] != value for name, value in facts.items()) or not old["active"]:
                found["changed"].append(old["id"])
                book.add(
                    "UPDATE learner SET active = 1, name = ?, first = ?, last = ?, email = ?,"
                    " login = ?, canvas = ?, participant = ?, section = ? WHERE id = ?",
                    *(*facts.values(), old["id"]),
                )
        here = {one.id.casefold() for one in roster.learners}
        found["missing"] = sorted(id for id in known if id.casefold() not in here)
        if withdraw:
            for id in found["missing"]:
                book.add("UPDATE learner SET active = 0 WHERE id = ?", id)
    return found


def learner_named(book: Book, text: str) -> str:
    """Return the id of the learner whose id, login, address, pseudonym or whole name this is.

    Raises:
        BookError: if there is none, or several.
    """
    found = book.rows(
        "SELECT id FROM learner WHERE ? IN (lower(id), lower(login), lower(email),"
        " lower(pseudonym), lower(name))",
        text.strip().lower(),
    )
    if len(found) != 1:
        which = ", ".join(row["id"] for row in found)
        raise BookError(
            f"{text!r} is {f'several learners ({which})' if found else 'nobody in the roster'}. "
            "Give an id, a login, an address or a pseudonym; `gradebook show` lists them."
        )
    return found[0]["id"]


def _columns(names: list[str]) -> dict[str, str]:
    plain = {name.lower(): name for name in reversed(names) if name}
    column = {
        ours: next((plain[theirs] for theirs in known if theirs in plain), "")
        for ours, known in _COLUMNS.items()
    }
    if {"student", "id"} <= set(plain):  # of Canvas, whose `ID` is its own
        column["canvas"] = plain["id"]
        if column["id"] == plain["id"]:
            column["id"] = ""
    return {ours: name for ours, name in column.items() if name}


def _learner(row: dict[str, str], column: dict[str, str]) -> Learner:
    facts = {ours: harmless(row[name], 200, lines=False) for ours, name in column.items()}
    if not facts.get("id"):
        facts["id"] = next(filter(None, (facts.get(n) for n in ("login", "email", "canvas"))), "")
    facts["participant"] = "".join(re.findall(r"\d+", facts.get("participant", ""))[-1:])
    first, last, name = (facts.get(n, "") for n in ("first", "last", "name"))
    if not name:
        name = f"{first} {last}".strip()
    elif not (first or last):
        family, comma, given = name.partition(",")
        if comma:
            first, last = given.strip(), family.strip()
            name = f"{first} {last}".strip()
        else:
            first, _, last = name.rpartition(" ")
    return Learner(**{**facts, "name": name or facts["id"], "first": first, "last": last})


def _pseudonym(used: set[str]) -> str:
    while (name := "P-" + "".join(secrets.choice(_LETTERS) for _ in range(6))) in used:
        continue
    used.add(name)
    return name
