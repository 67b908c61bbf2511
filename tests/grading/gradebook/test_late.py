"""Days late, and what they cost."""

from ae_course.grading.gradebook.late import deduction, late_days, moment, zone_named
from ae_course.grading.gradebook.store import BookError

import pytest

DUE = "2026-11-01T12:00:00+00:00"


@pytest.mark.parametrize(
    ("handed_in", "grace", "days"),
    [
        ("2026-11-01T12:00:00+00:00", 0, 0),
        ("2026-11-01T12:00:01+00:00", 0, 1),
        ("2026-11-01T13:00:00+01:00", 0, 0),
        ("2026-11-01T12:30:00+00:00", 60, 0),
        ("2026-11-01T13:00:00+00:00", 60, 0),
        ("2026-11-02T13:00:00+00:00", 60, 1),
        ("2026-11-02T13:00:01+00:00", 60, 2),
        ("2026-10-01T00:00:00+00:00", 0, 0),
        (None, 0, 0),
    ],
)
def test_begun_days_after_due_date_and_grace(handed_in, grace, days):
    assert late_days(handed_in, DUE, grace) == days


def test_nothing_is_late_without_a_due_date():
    assert late_days("2030-01-01T00:00:00+00:00", None) == 0


@pytest.mark.parametrize(
    ("points", "days", "percent", "floor", "lost"),
    [
        (80, 0, 10, 0, 0), (80, 2, 10, 0, 20), (5, 3, 10, 0, 5), (80, 9, 10, 50, 30),
        (40, 3, 10, 50, 0), (80, 1, 0, 0, 0), (80, 1, 100, 0, 80),
    ],
)  # fmt: skip
def test_what_lateness_takes(points, days, percent, floor, lost):
    assert deduction(points, 100, days, percent, floor) == pytest.approx(lost)


def test_moments_are_meant_in_the_books_zone():
    assert moment("2026-11-01", "Europe/Berlin", end_of_day=True) == "2026-11-01T22:59:59+00:00"
    assert moment("2026-07-01 12:00", "Europe/Berlin") == "2026-07-01T10:00:00+00:00"
    assert moment("2026-07-01T12:00+08:00", "Europe/Berlin") == "2026-07-01T04:00:00+00:00"


@pytest.mark.parametrize("text", ["tomorrow", "", "2026-13-01"])
def test_what_is_no_moment_is_told(text):
    with pytest.raises(BookError, match="no moment"):
        moment(text, "UTC")


@pytest.mark.parametrize("zone", ["Berlin", "", "../etc/passwd"])
def test_an_unknown_zone_is_told(zone):
    with pytest.raises(BookError, match="no time zone"):
        zone_named(zone)
