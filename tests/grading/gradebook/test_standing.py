"""Which points count, and what the total is made of."""

from ae_course.grading.gradebook.chapters import extend, set_chapter, set_policy
from ae_course.grading.gradebook.intake import take_in
from ae_course.grading.gradebook.marks import add_mark
from ae_course.grading.gradebook.standing import standing
from ae_course.grading.gradebook.store import BookError

import pytest

FIRST, SECOND = "01_basic_structure", "02_encoder_and_decoder"
DUE = "2026-11-01T12:00:00+00:00"


def cell(book, learner="ada", stem=FIRST):
    rows = {row.learner["id"]: row for row in standing(book).rows}
    return rows[learner].cells[stem]


def hand_in(book, make, path, points, when=None, seed=1, **more):
    one = make.entry(path, points, **more)
    return take_in(book, make.report(one, seed=seed), times={path: when} if when else {})


def test_one_row_a_learner_with_those_who_handed_nothing_in(empty, make):
    hand_in(empty, make, "ada/1.ipynb", 15)
    totals = {row.learner["id"]: row.total for row in standing(empty).rows}
    assert totals == {"ada": 75, "bo": 0, "cy": 0}
    assert cell(empty, "bo").hand_ins == 0 and cell(empty, "bo").attempt is None


def test_best_and_last_hand_in(empty, make):
    hand_in(empty, make, "ada/a.ipynb", 15, "2026-10-01T00:00:00+00:00")
    hand_in(empty, make, "ada/b.ipynb", 5, "2026-10-02T00:00:00+00:00")
    assert cell(empty).points == 15 and cell(empty).hand_ins == 2
    set_policy(empty, attempts="last")
    assert cell(empty).points == 5


def test_the_best_is_the_best_after_lateness(empty, make):
    set_policy(empty, late_percent=50)
    hand_in(empty, make, "ada/a.ipynb", 12, "2026-10-01T00:00:00+00:00")
    hand_in(empty, make, "ada/b.ipynb", 20, "2026-11-02T00:00:00+00:00")
    set_chapter(empty, FIRST, due=DUE)
    assert (cell(empty).points, cell(empty).late_days) == (12, 0)


def test_last_is_the_last_handed_in_not_the_last_imported(empty, make):
    set_policy(empty, attempts="last")
    hand_in(empty, make, "ada/b.ipynb", 5, "2026-10-02T00:00:00+00:00")
    hand_in(empty, make, "ada/a.ipynb", 15, "2026-10-01T00:00:00+00:00")
    assert cell(empty).points == 5


def test_a_new_verdict_on_the_same_hand_in_counts_and_the_old_one_stays(empty, make):
    hand_in(empty, make, "ada/a.ipynb", 15)
    hand_in(empty, make, "ada/a.ipynb", 10, seed=2)
    assert (cell(empty).points, cell(empty).verdicts, cell(empty).hand_ins) == (10, 2, 1)
    points = [row["points"] for row in empty.rows("SELECT points FROM attempt ORDER BY id")]
    assert points == [15, 10]


def test_a_lost_sandbox_takes_nobodys_points(empty, make):
    hand_in(empty, make, "ada/a.ipynb", 15)
    hand_in(empty, make, "ada/a.ipynb", 0, seed=2, sandbox_lost=True)
    hand_in(empty, make, "bo/a.ipynb", 0, graded=False, problem="Cut short.")
    assert cell(empty).points == 15 and cell(empty).verdicts == 1
    assert cell(empty, "bo").problem == "Cut short." and cell(empty, "bo").hand_ins == 1


def test_lateness_and_an_extension(empty, make):
    set_policy(empty, late_percent=10, grace_minutes=0)
    hand_in(empty, make, "ada/a.ipynb", 16, "2026-11-03T00:00:00+00:00")
    set_chapter(empty, FIRST, due=DUE)
    assert (cell(empty).points, cell(empty).deduction, cell(empty).late_days) == (12, 4, 2)
    extend(empty, "ada", FIRST, "2026-11-02T12:00:00+00:00", "ill")
    assert (cell(empty).points, cell(empty).late_days) == (14, 1)
    set_chapter(empty, FIRST, due="")
    extend(empty, "ada", FIRST, "2026-11-05T00:00:00+00:00")
    assert cell(empty).points == 16


def test_weights_make_the_total_and_weight_nought_leaves_a_chapter_out(empty, make):
    hand_in(empty, make, "ada/a.ipynb", 20)
    hand_in(empty, make, "ada/b.ipynb", 10, exercise=SECOND)
    total = lambda: {row.learner["id"]: row.total for row in standing(empty).rows}["ada"]  # noqa: E731
    assert total() == 75
    set_chapter(empty, SECOND, weight=3)
    assert total() == 62.5
    set_chapter(empty, SECOND, weight=0)
    assert total() == 100
    set_chapter(empty, FIRST, weight=0)
    assert total() == 0


def test_points_by_hand_add_to_both_and_stay_within_the_maximum(empty, make):
    hand_in(empty, make, "ada/a.ipynb", 20)
    set_chapter(empty, FIRST, free_text={"1.5": 5})
    assert cell(empty).max_points == 25
    add_mark(empty, "ada", "1.5", 4, "Good.")
    assert (cell(empty).points, cell(empty).manual) == (24, 4)
    add_mark(empty, "ada", "1.5", 2, "Read it again.")
    assert cell(empty).points == 22
    add_mark(empty, "ada", "1", -50, "Copied.")
    assert cell(empty).points == 0
    add_mark(empty, "ada", "1", 50)
    assert cell(empty).points == 25


def test_who_withdrew_and_pseudonyms(empty, make):
    hand_in(empty, make, "ada/a.ipynb", 20)
    hidden = standing(empty, anonymous=True)
    shown = [row.learner for row in hidden.rows]
    assert {one["id"] for one in shown} == {one["pseudonym"] for one in shown}
    assert not any("ada" in str(one).lower() or "x.org" in str(one) for one in shown)
    assert [one["id"] for one in shown] == sorted(one["id"] for one in shown)
    with empty.change("test"):
        empty.add("UPDATE learner SET active = 0 WHERE id = 'ada'")
    assert len(standing(empty).rows) == 2


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"attempts": "worst"}, "one of"),
        ({"late_percent": 101}, "0 to 100"),
        ({"late_floor": -1}, "0 to 100"),
        ({"grace_minutes": float("nan")}, "0 up"),
    ],
)
def test_a_policy_without_sense_is_refused(empty, settings, says):
    with pytest.raises(BookError, match=says):
        set_policy(empty, **settings)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"weight": -1}, "from 0 up"),
        ({"free_text": {"1.1": 5}}, r"asks for no text.*1\.5"),
        ({"free_text": {"1.5": 0}}, "above 0"),
    ],
)
def test_a_chapter_without_sense_is_refused(empty, settings, says):
    with pytest.raises(BookError, match=says):
        set_chapter(empty, FIRST, **settings)
