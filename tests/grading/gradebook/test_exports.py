"""Columns as the platforms have them, every learner once, and no formula in any cell."""

import csv
import importlib.util
import io
import re
from pathlib import Path

from ae_course.grading.gradebook import exports
from ae_course.grading.gradebook.chapters import set_chapter, set_policy
from ae_course.grading.gradebook.intake import take_in
from ae_course.grading.gradebook.marks import add_mark
from ae_course.grading.gradebook.roster import Learner, Roster, enroll
from ae_course.grading.gradebook.standing import standing
from ae_course.grading.gradebook.store import BookError
from ae_course.grading.gradebook.tables import BOM, number, write_table

import pytest

FIRST, SECOND = "01_basic_structure", "02_encoder_and_decoder"


@pytest.fixture
def graded(empty, make):
    evil = Learner("=1+1", "=HYPERLINK(1)", "x;=2+2", "\uff1d3", "@sum", "-l", "501", "77", "+g")
    enroll(empty, Roster((evil,)))
    set_policy(empty, late_percent=10, grace_minutes=0)
    when = {"ada/1.ipynb": "2026-11-03T00:00:00+00:00"}
    entries = [make.entry("ada/1.ipynb", 16), make.entry("bo/1.ipynb", 10.25)]
    entries += [make.entry("ada/2.ipynb", 20, exercise=SECOND)]
    take_in(empty, make.report(*entries), times=when)
    set_chapter(empty, FIRST, due="2026-11-02T00:00:00+00:00", free_text={"1.5": 5})
    add_mark(empty, "ada", "1.5", 3, "Why, though?")
    return empty


def rows(text):
    return list(csv.DictReader(io.StringIO(text.removeprefix(BOM))))


def of(text, column, value):
    return next(row for row in rows(text) if row[column] == value)


def everything(book):
    now = standing(book)
    return {
        "csv": exports.whole_csv(now),
        "canvas": exports.canvas(now),
        "moodle": exports.moodle(book, now),
        "gradescope": exports.gradescope(book, now, FIRST),
        "nbgrader": exports.nbgrader(now),
    }


def test_no_cell_is_a_formula_under_any_separator_and_excel_knows_the_letters(graded):
    for form, text in everything(graded).items():
        assert text.startswith(BOM) == (form != "nbgrader")
        for separator in ",;\t|":
            for row in csv.reader(io.StringIO(text.removeprefix(BOM)), delimiter=separator):
                for cell in row:
                    assert not re.match(r"\s*[=+@\uff1d]", cell), cell
                    assert not re.match(r"\s*-(?![\d.]+$)", cell), cell


def test_one_row_a_learner_with_late_points_and_the_feedbacks_path(graded):
    text = exports.whole_csv(standing(graded))
    ada = of(text, "id", "ada")
    assert (ada[FIRST], ada[f"{FIRST} late days"], ada[f"{FIRST} late points"]) == ("17", "1", "-2")
    assert ada[f"{FIRST} by hand"] == "3" and ada["total_percent"] == "84"
    assert re.fullmatch(r"feedback/P-\w{6}\.html", ada["feedback"])
    assert of(text, "id", "cy")[FIRST] == "" and len(rows(text)) == 4


def test_canvas_of_its_own(graded):
    text = exports.canvas(standing(graded))
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert list(rows(text)[0])[:5] == head
    assert rows(text)[0]["Student"] == "    Points Possible"
    assert rows(text)[0]["01 Basic structure"] == "25"
    ada = of(text, "SIS User ID", "ada")
    assert ada["Student"] == "Lovelace, Ada" and ada["01 Basic structure"] == "17"


def test_canvas_export_is_filled_and_otherwise_kept(graded, tmp_path):
    path = tmp_path / "canvas.csv"
    path.write_text(
        "Student,ID,SIS User ID,SIS Login ID,Section,Essay (9),01 Basic structure (4711),Two (12),"
        "Final Score\n    Points Possible,,,,,10,25,20,(read only)\n"
        '"Lovelace, Ada",7,ada,,A,8,,,\n"Test, Student",8,,x,A,,,,\n'
    )
    with pytest.raises(BookError, match=r"no column '02 .*--assignment"):
        exports.canvas(standing(graded), path)
    set_chapter(graded, SECOND, assignment="Two")
    left: list[str] = []
    text = exports.canvas(standing(graded), path, left)
    assert sorted(left) == ["=1+1", "bo", "cy"]
    ada = of(text, "SIS User ID", "ada")
    assert (ada["Essay (9)"], ada["01 Basic structure (4711)"], ada["Two (12)"]) == (
        "8",
        "17",
        "20",
    )
    assert [row["Student"] for row in rows(text)] == [
        "    Points Possible", "Lovelace, Ada", "Test, Student",
    ]  # fmt: skip
    path.write_text(path.read_text().replace(",ada,", ",nobody,"))
    with pytest.raises(BookError, match="names nobody"):
        exports.canvas(standing(graded), path)


def test_moodle_by_id_number(graded):
    text = exports.moodle(graded, standing(graded))
    assert list(rows(text)[0])[:4] == ["First name", "Last name", "ID number", "Email address"]
    assert of(text, "ID number", "bo")["01 Basic structure"] == "10.25"


def test_moodles_worksheet_is_filled_with_comments(graded, tmp_path):
    path = tmp_path / "worksheet.csv"
    head = "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Feedback comments\n"
    path.write_text(f"{head}Participant 9,Ada,ada@x.org,s,,25,\nParticipant 77,Evil,,s,,25,\n")
    left: list[str] = []
    text = exports.moodle(graded, standing(graded), path, FIRST, left)
    assert sorted(left) == ["bo", "cy"]
    ada, evil = rows(text)
    assert ada["Grade"] == "17" and ada["Feedback comments"] == "1.5 (3 points): Why, though?"
    assert evil["Grade"] == "" and evil["Status"] == "s"
    with pytest.raises(BookError, match="--exercise"):
        exports.moodle(graded, standing(graded), path)
    path.write_text("a,b\n1,2\n")
    with pytest.raises(BookError, match="grading worksheet"):
        exports.moodle(graded, standing(graded), path, FIRST)


def test_gradescope_has_a_column_a_task(graded):
    text = exports.gradescope(graded, standing(graded), FIRST)
    ada, cy = of(text, "SID", "ada"), of(text, "SID", "cy")
    assert ada["1.1: Encoder step (20.0 pts)"] == "16" and ada["Total Score"] == "17"
    assert (ada["Status"], ada["Lateness (H:M:S)"], cy["Status"]) == (
        "Graded",
        "24:00:00",
        "Missing",
    )
    with pytest.raises(BookError, match="--exercise"):
        exports.gradescope(graded, standing(graded), "09_generative")


def test_nbgrader_has_the_columns_of_the_installed_one(graded):
    text = exports.nbgrader(standing(graded))
    source = Path(importlib.util.find_spec("nbgrader").origin).parent / "plugins/export.py"
    keys = re.search(r"keys = \[(.*?)\]", source.read_text(), re.S)[1]
    assert list(rows(text)[0]) == re.findall(r'"(\w+)"', keys)
    ada = of(text, "student_id", "ada")
    assert (ada["raw_score"], ada["late_submission_penalty"], ada["score"]) == ("19", "2", "17")
    assert len(rows(text)) == 8


def test_anonymous_exports_name_nobody(graded):
    now = standing(graded, anonymous=True)
    for text in (exports.whole_csv(now), exports.canvas(now), exports.moodle(graded, now)):
        assert not re.search(r"\b(ada|lovelace|bo|x\.org)\b", text, re.I)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (-0.001, "0"), (10, "10"), (10.5, "10.5"), (2 / 3, "0.67"), (100.0, "100")],
)
def test_numbers_are_as_short_as_they_are(value, text):
    assert number(value) == text


def test_a_table_without_rows_has_its_names():
    assert write_table(["a", "b"], []) == f"{BOM}a,b\r\n"
