"""Marks by hand: what can't be is refused with the line, and nothing is half taken in."""

import csv
import io

from ae_course.grading.gradebook.answers import (
    cells_of,
    code_by_task,
    keep,
    notebook,
    tasks_with_text,
    texts_by_task,
)  # fmt: skip
from ae_course.grading.gradebook.chapters import set_chapter
from ae_course.grading.gradebook.marks import add_mark, answer_sheet, newest_marks, read_sheet
from ae_course.grading.gradebook.store import BookError
from ae_course.grading.reading.notebooks import code_cells, parse

import pytest

FIRST = "01_basic_structure"


def read(text):
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_what_is_kept_is_the_code_to_the_letter_and_the_free_text(made):
    for path in sorted((made[0] / FIRST / "hand-ins").rglob("*.ipynb"))[:3]:
        data = path.read_bytes()
        kept = keep(data)
        again = parse(notebook(kept).encode())
        assert code_cells(again)[0] == code_cells(parse(data))[0]
        assert len(kept) < len(data) / 2
        (text,) = texts_by_task(cells_of(kept), FIRST).values()
        assert text.startswith("Because of reason")
        assert set(code_by_task(cells_of(kept))) == {"", *(f"1.{i}" for i in range(1, 7))}


def test_the_exercise_says_which_tasks_ask_for_text():
    assert tasks_with_text(FIRST) == ("1.5",)
    assert tasks_with_text("99_nothing") == ()


def test_a_sheet_has_every_answer_and_comes_back_with_marks(book, tmp_path):
    set_chapter(book, FIRST, free_text={"1.5": 5})
    rows = read(answer_sheet(book, FIRST))
    assert len(rows) == 12 and rows[0]["most"] == "5"
    assert all(row["answer"].startswith("Because of") for row in rows)
    rows[0].update(points="4,5", comment="=Good")
    rows[1].update(comment="See me.")
    path = tmp_path / "marked.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0], delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
    assert read_sheet(book, path, "T") == 2
    assert read_sheet(book, path, "T") == 0
    marks = newest_marks(book)
    mark = marks[rows[0]["learner"], FIRST, "1.5"]
    assert (mark["points"], mark["comment"], mark["marker"]) == (4.5, "=Good", "T")
    again = read(answer_sheet(book, FIRST))
    assert again[0]["points"] == "4.5" and again[0]["comment"] == "'=Good"


def test_an_anonymous_sheet_names_nobody_and_comes_back(book, tmp_path):
    names = [r for r in book.rows("SELECT * FROM learner")]
    set_chapter(book, FIRST, free_text={"1.5": 5})
    text = answer_sheet(book, FIRST, anonymous=True)
    assert not any(r["id"] in text or r["last"] in text or r["email"] in text for r in names)
    rows = read(text)
    assert [r["learner"] for r in rows] == sorted(r["pseudonym"] for r in names)
    path = tmp_path / "m.csv"
    path.write_text(f"learner,task,points,comment\n{rows[0]['learner']},1.5,3,\n")
    assert read_sheet(book, path) == 1


def test_a_sheet_with_a_wrong_line_changes_nothing_and_names_every_one(book, tmp_path):
    set_chapter(book, FIRST, free_text={"1.5": 5})
    who = book.rows("SELECT id FROM learner")[0]["id"]
    path = tmp_path / "m.csv"
    path.write_text(
        f"learner,task,points,comment\n{who},1.5,3,\nnobody,1.5,3,\n{who},1.5,6,\n{who},1.5,x,\n"
        f"{who},9.9,1,\n{who},1.4,1,\n{who},1.5,nan,\n{who},1.5,,\n"
    )
    with pytest.raises(BookError) as told:
        read_sheet(book, path)
    lines = str(told.value).splitlines()
    assert [line.partition(":")[0] for line in lines[1:]] == [f"line {i}" for i in range(3, 9)]
    assert newest_marks(book) == {}
    path.write_text("learner,points\nx,1\n")
    with pytest.raises(BookError, match="comment, task is missing"):
        read_sheet(book, path)


def test_an_earlier_mark_is_kept(book):
    who = book.rows("SELECT id FROM learner")[0]["id"]
    for points in (-3, -5):
        add_mark(book, who, "1", points, "Copied.")
    assert [r["points"] for r in book.rows("SELECT points FROM mark ORDER BY id")] == [-3, -5]


@pytest.mark.parametrize(
    ("task", "points", "comment", "says"),
    [
        ("1.5", 3, "", "--free-text"),
        ("3", 3, "", "Nothing of 03"),
        ("77", 3, "", "no exercise '77'"),
        ("1", None, "", "points, a comment, or both"),
        ("1", float("inf"), "", "no number"),
    ],
)
def test_a_mark_that_cannot_be_is_refused(book, task, points, comment, says):
    who = book.rows("SELECT id FROM learner")[0]["id"]
    with pytest.raises(BookError, match=says):
        add_mark(book, who, task, points, comment)
