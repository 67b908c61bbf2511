"""The class in the forms that platforms import, and the free one with everything.

Where the columns were seen:

- Canvas: `lib/gradebook_exporter.rb` of instructure/canvas-lms (`Student, ID, SIS User ID, SIS
  Login ID, Section`, assignments as `Title (id)`, then a row `    Points Possible`).
- Moodle's grading worksheet: `mod/assign/feedback/offline` of moodle/moodle writes and reads it
  (`Identifier, Full name, …, Grade, Maximum Grade, …, Feedback comments`). Its grade import lets
  one choose the column that identifies.
- Gradescope's download of an assignment's grades, as published programs that read it have it
  (`First Name, Last Name, SID, Email, Sections, Total Score, Max Points, Status, Submission ID,
  Submission Time, Lateness (H:M:S), View Count, Submission Count`, then questions as
  `1.1: Title (20.0 pts)`).
- nbgrader: `nbgrader/plugins/export.py` of 0.9.6.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ae_course.grading.batch.formats import number
from ae_course.grading.gradebook.marks import ADJUSTMENT, newest_marks
from ae_course.grading.gradebook.standing import Cell, Row, Standing
from ae_course.grading.gradebook.store import Book, BookError
from ae_course.grading.gradebook.tables import read_table, write_table

_POINTS_POSSIBLE = "    Points Possible"


def whole_csv(now: Standing) -> str:
    """Return a row a learner: points, late days and what lateness took of each chapter, the total.

    Args:
        now: from `standing`.
    """
    names = ["id", "pseudonym", "name", "email", "section", "total_percent", "late_days"]
    for chapter in now.chapters:
        stem = chapter["stem"]
        names += [stem, f"{stem} late days", f"{stem} late points", f"{stem} by hand"]
    names.append("feedback")

    def rows() -> Iterator[dict[str, Any]]:
        for row in now.rows:
            facts = {**row.learner, "total_percent": row.total, "late_days": row.late_days}
            for stem, cell in row.cells.items():
                facts[stem] = _given(cell)
                facts[f"{stem} late days"] = cell.late_days
                facts[f"{stem} late points"] = -cell.deduction
                facts[f"{stem} by hand"] = cell.manual
            yield {**facts, "feedback": feedback_name(row.learner)}

    return write_table(names, rows())


def canvas(
    now: Standing, template: str | Path | None = None, left_out: list[str] | None = None
) -> str:
    """Return what Canvas' gradebook imports.

    Args:
        now: from `standing`.
        template: an export of Canvas' own; its rows and columns stay, and the chapters' columns
            are filled. It is the sure way, since Canvas' ids are in it.
        left_out: gets the ids of learners whom the template does not name.

    Raises:
        BookError: if the template has no column for a chapter, or names nobody of the class.
    """
    titles = {c["stem"]: c["assignment"] or c["title"] for c in now.chapters}
    if template is None:
        names = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *titles.values()]
        possible = {titles[c["stem"]]: c["max_points"] for c in now.chapters}
        rows = [{"Student": _POINTS_POSSIBLE, **possible}]
        for row in now.rows:
            one = row.learner
            by_title = {titles[stem]: _given(cell) for stem, cell in row.cells.items()}
            who = {
                "Student": ", ".join(filter(None, (one["last"], one["first"]))) or one["name"],
                "ID": one["canvas"],
                "SIS User ID": one["id"],
                "SIS Login ID": one["login"],
                "Section": one["section"],
            }
            rows.append({**who, **by_title})
        return write_table(names, rows)
    names, table = read_table(template)
    columns = {stem: _column(names, title, str(template)) for stem, title in titles.items()}
    by = _index(now, ("canvas", "id", "login"))
    rows, filled = [], set()
    for _, row in table:
        found = None
        for name, key in (("ID", "canvas"), ("SIS User ID", "id"), ("SIS Login ID", "login")):
            found = found or by[key].get(row.get(name, "").casefold())
        if found is not None:
            filled.add(found.learner["id"])
            for stem, column in columns.items():
                row[column] = _given(found.cells[stem])
        if row.get("Student", "").lower() == "points possible":
            row["Student"] = _POINTS_POSSIBLE
        rows.append(row)
    left = _left(now, filled, str(template))
    if left_out is not None:
        left_out += left
    return write_table(names, rows)


def moodle(
    book: Book,
    now: Standing,
    template: str | Path | None = None,
    stem: str = "",
    left_out: list[str] | None = None,
) -> str:
    """Return what Moodle imports: grades by id number, or a filled grading worksheet.

    Args:
        book: the gradebook.
        now: from `standing`.
        template: the worksheet of one assignment; grades and comments are filled in.
        stem: the exercise of the worksheet.
        left_out: gets the ids of learners whom the template does not name.

    Raises:
        BookError: if the template is no worksheet, or names nobody of the class.
    """
    if template is None:
        titles = {c["stem"]: c["title"] for c in now.chapters}
        names = ["First name", "Last name", "ID number", "Email address", *titles.values(), "Total"]
        return write_table(
            names,
            (
                {
                    "First name": row.learner["first"],
                    "Last name": row.learner["last"],
                    "ID number": row.learner["id"],
                    "Email address": row.learner["email"],
                    **{titles[s]: _given(cell) for s, cell in row.cells.items()},
                    "Total": row.total,
                }
                for row in now.rows
            ),
        )
    names, table = read_table(template)
    if not {"Identifier", "Grade"} <= set(names):
        raise BookError(
            f"{template}: expected Moodle's grading worksheet with the columns Identifier and "
            f"Grade; found {', '.join(names)}. It is under View all submissions, Download "
            "grading worksheet."
        )
    _has_chapter(now, stem)
    by = _index(now, ("participant", "email", "id"))
    comments = _comments(book, stem)
    rows, filled = [], set()
    for _, row in table:
        number_of = row["Identifier"].rpartition(" ")[2]
        found = by["participant"].get(number_of)
        for name, key in (("Email address", "email"), ("ID number", "id")):
            found = found or by[key].get(row.get(name, "").casefold())
        if found is not None:
            filled.add(found.learner["id"])
            row["Grade"] = _given(found.cells[stem])
            if "Feedback comments" in names:
                row["Feedback comments"] = comments.get(found.learner["id"], "")
        rows.append(row)
    left = _left(now, filled, str(template))
    if left_out is not None:
        left_out += left
    return write_table(names, rows)


def gradescope(book: Book, now: Standing, stem: str) -> str:
    """Return an exercise's grades as Gradescope writes them.

    Args:
        book: the gradebook.
        now: from `standing`.
        stem: the exercise.
    """
    chapter = _has_chapter(now, stem)
    results = _results(book, stem)
    titles: dict[str, str] = {}
    for tasks in results.values():
        for t in tasks.values():
            titles[t["task"]] = f"{t['task']}: {t['title']} ({float(t['max_points'])} pts)"
    names = [
        *("First Name", "Last Name", "SID", "Email", "Sections", "Total Score", "Max Points"),
        *("Status", "Submission ID", "Submission Time", "Lateness (H:M:S)", "View Count"),
        *("Submission Count", *titles.values()),
    ]
    rows = []
    for row in now.rows:
        cell, one = row.cells[stem], row.learner
        tasks = results.get(cell.attempt, {})
        rows.append(
            {
                "First Name": one["first"],
                "Last Name": one["last"] or one["name"],
                "SID": one["id"],
                "Email": one["email"],
                "Sections": one["section"],
                "Total Score": _given(cell),
                "Max Points": chapter["max_points"],
                "Status": "Graded" if cell.attempt is not None else "Missing",
                "Submission ID": cell.handin,
                "Submission Time": cell.handed_in.replace("T", " ").replace("+00:00", " +0000"),
                "Lateness (H:M:S)": f"{24 * cell.late_days:02}:00:00" if cell.handin else "",
                "View Count": "",
                "Submission Count": cell.hand_ins,
                **{titles[id]: t["points"] for id, t in tasks.items()},
            }
        )
    return write_table(names, rows)


def nbgrader(now: Standing) -> str:
    """Return a row an exercise and learner, as `nbgrader export` writes it; without a BOM, too."""
    names = (
        *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
        *("raw_score", "late_submission_penalty", "score", "max_score"),
    )
    rows = [
        {
            "assignment": chapter["stem"],
            "duedate": _plain_moment(chapter["due"]),
            "timestamp": _plain_moment(cell.handed_in),
            "student_id": row.learner["id"],
            "last_name": row.learner["last"],
            "first_name": row.learner["first"],
            "email": row.learner["email"],
            "raw_score": round(cell.points + cell.deduction, 2),
            "late_submission_penalty": cell.deduction,
            "score": cell.points,
            "max_score": chapter["max_points"],
        }
        for chapter in now.chapters
        for row in now.rows
        for cell in [row.cells[chapter["stem"]]]
    ]
    return write_table(names, rows, bom=False)


def feedback_name(learner: Mapping[str, Any]) -> str:
    """Return the path of a learner's page, which tells no name."""
    return f"feedback/{learner['pseudonym']}.html"


def _given(cell: Cell) -> float | str:
    """The points; nothing where nothing was handed in or marked."""
    return cell.points if cell.hand_ins or cell.manual else ""


def _plain_moment(text: str | None) -> str:
    return (text or "").removesuffix("+00:00").replace("T", " ")


def _results(book: Book, stem: str) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for row in book.rows(
        "SELECT result.* FROM result JOIN attempt ON attempt.id = result.attempt JOIN handin ON"
        " handin.id = attempt.handin WHERE stem = ? ORDER BY attempt, place",
        stem,
    ):
        found.setdefault(row["attempt"], {})[row["task"]] = row
    return found


def _comments(book: Book, stem: str) -> dict[str, str]:
    """What was written by hand of an exercise, in a text a learner."""
    said: dict[str, list[str]] = {}
    for (learner, of, task), mark in newest_marks(book).items():
        if of == stem:
            points = "" if mark["points"] is None else f" ({number(mark['points'])} points)"
            what = "In all" if task == ADJUSTMENT else task
            said.setdefault(learner, []).append(f"{what}{points}: {mark['comment']}".rstrip(": "))
    return {learner: "\n".join(lines) for learner, lines in said.items()}


def _index(now: Standing, keys: tuple[str, ...]) -> dict[str, dict[str, Row]]:
    return {
        key: {row.learner[key].casefold(): row for row in now.rows if row.learner[key]}
        for key in keys
    }


def _column(names: list[str], title: str, where: str) -> str:
    """The column of an assignment, with or without Canvas' number behind it."""
    for name in names:
        bare, _, number_of = name.rpartition(" (")
        if title in (name, bare if number_of.rstrip(")").isdecimal() else name):
            return name
    raise BookError(
        f"{where} has no column {title!r}; it has {', '.join(names[5:])}. Make the assignment in "
        "Canvas, or say what it is called there: `gradebook chapter BOOK NUMBER --assignment NAME`."
    )


def _has_chapter(now: Standing, stem: str) -> Mapping[str, Any]:
    found = next((chapter for chapter in now.chapters if chapter["stem"] == stem), None)
    if found is None:
        known = ", ".join(chapter["stem"] for chapter in now.chapters) or "nothing yet"
        raise BookError(f"--exercise says which one, of {known}; {stem or 'none'} was named.")
    return found


def _left(now: Standing, filled: set[str], where: str) -> list[str]:
    """The ids of the class that a template does not name; it has to name somebody."""
    if not filled:
        raise BookError(
            f"{where} names nobody of the class by id, login or address. Import a roster with the "
            "platform's ids: `gradebook roster`."
        )
    return [row.learner["id"] for row in now.rows if row.learner["id"] not in filled]
