"""A regrade adds a verdict, of the same code under the same limits, and keeps the old one."""

import hashlib

from ae_course.grading.batch.submission import collect_submissions as submissions
from ae_course.grading.gradebook.regrade import chosen, course_fingerprint, regrade
from ae_course.grading.gradebook.roster import learner_named
from ae_course.grading.gradebook.standing import standing
from ae_course.grading.gradebook.store import BookError
from ae_course.grading.judging.task import stems
from ae_course.grading.sandbox.child.limits import Limits

import pytest

FIRST = "01_basic_structure"


@pytest.fixture
def grader(make):
    """Stands in for `grade`: every hand-in gets 7 points; remembers what it was asked."""

    def grade(paths, **settings):
        found, _ = submissions(paths, stems())
        grade.asked.append((found, settings))
        return make.report(
            *(make.entry(one.path, 7, one.exercise, one.sha256) for one in found),
            seed=settings["seed"] or 99,
        )

    grade.asked = []
    return grade


def test_one_learner_and_exercise(book, grader):
    before = {row.learner["id"]: row.cells for row in standing(book).rows}
    who = learner_named(book, "s10003")
    rows = chosen(book, [who], FIRST)
    assert [(row["learner"], row["stem"]) for row in rows] == [(who, FIRST)]
    found = regrade(book, rows, grade=grader)
    assert found == {rows[0]["id"]: (before[who][FIRST].points, 7)}
    after = {row.learner["id"]: row.cells for row in standing(book).rows}
    assert after[who][FIRST].points == 7 and after[who][FIRST].verdicts == 2
    del before[who], after[who]
    assert before == after
    kept = book.rows("SELECT points FROM attempt WHERE handin = ? ORDER BY id", rows[0]["id"])
    assert len(kept) == 2 and kept[1]["points"] == 7
    run = book.rows("SELECT * FROM run ORDER BY id DESC LIMIT 1")[0]
    assert (run["kind"], run["course"], run["seed"]) == ("regrade", course_fingerprint(), "99")


def test_what_is_graded_is_the_code_that_was_handed_in(book, made, grader):
    rows = chosen(book, stem=FIRST)
    regrade(book, rows, grade=grader)
    ((found, settings),) = grader.asked
    original, _ = submissions([made[0] / FIRST / "hand-ins"], stems())
    assert sorted(one.cells for one in found) == sorted(one.cells for one in original)
    assert settings["limits"] == Limits() and settings["seed"] is None
    hashes = {row["sha256"] for row in book.rows("SELECT sha256 FROM handin")}
    files = (made[0] / FIRST / "hand-ins").rglob("*.ipynb")
    assert {hashlib.sha256(path.read_bytes()).hexdigest() for path in files} <= hashes


def test_the_same_seed_on_demand_and_twice_is_twice(book, grader):
    rows = chosen(book, ["s10003"], FIRST)
    for _ in range(2):
        regrade(book, rows, same_seed=True, grade=grader)
    assert [settings["seed"] for _, settings in grader.asked] == [0, 0]
    kept = book.rows("SELECT points FROM attempt WHERE handin = ?", rows[0]["id"])
    assert len(kept) == 3


def test_a_batch_that_fails_leaves_the_book_as_it_was(book, grader):
    def fails(paths, **settings):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        regrade(book, chosen(book), grade=fails)
    assert book.rows("SELECT count(*) AS n FROM run WHERE kind = 'regrade'")[0]["n"] == 0


def test_without_the_notebook_it_is_told(empty, make):
    from ae_course.grading.gradebook.intake import take_in

    take_in(empty, make.report(make.entry("ada/1.ipynb")))
    with pytest.raises(BookError, match="--submissions"):
        regrade(empty, chosen(empty))


def test_a_file_that_was_no_notebook_does_not_stop_the_others(empty, make):
    from ae_course.grading.gradebook.intake import take_in

    lost = make.entry("bo/1.ipynb", 0, graded=False, problem="The file is empty.")
    take_in(empty, make.report(make.entry("ada/1.ipynb"), lost))
    assert [row["path"] for row in chosen(empty)] == ["ada/1.ipynb"]


def test_only_what_counts_or_has_no_verdict_unless_every_one_is_asked_for(empty, make):
    from ae_course.grading.gradebook.intake import take_in

    take_in(empty, make.report(make.entry("ada/1.ipynb", 5), make.entry("ada/2.ipynb", 10)))
    take_in(empty, make.report(make.entry("bo/1.ipynb", 0, sandbox_lost=True), seed=2))
    assert [row["path"] for row in chosen(empty)] == ["ada/2.ipynb", "bo/1.ipynb"]
    assert len(chosen(empty, every=True)) == 3
