"""Days late, and what they cost."""

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ae_course.grading.gradebook.store import BookError


def late_days(handed_in: str | None, due: str | None, grace_minutes: float = 0) -> int:
    """Return how many days late a hand-in is: begun days after the due moment and the grace.

    Args:
        handed_in: a moment as the book writes it; None if not known, which counts as in time.
        due: likewise; None if there is no due date.
        grace_minutes: within which nothing counts as late.

    Example:
        >>> late_days("2026-11-03T00:00:00+00:00", "2026-11-01T12:00:00+00:00")
        2
    """
    if not handed_in or not due:
        return 0
    over = datetime.fromisoformat(handed_in) - datetime.fromisoformat(due)
    if over <= timedelta(minutes=grace_minutes):
        return 0
    return math.ceil((over - timedelta(minutes=grace_minutes)) / timedelta(days=1))


def deduction(
    points: float, max_points: float, days: int, percent: float, floor: float = 0
) -> float:
    """Return the points that lateness takes.

    Args:
        points: that were earned.
        max_points: that could be.
        days: from `late_days`.
        percent: of `max_points` that each day takes.
        floor: percent of `max_points` below which lateness takes nothing.

    Example:
        >>> deduction(80, 100, 2, 10), deduction(80, 100, 9, 10, floor=50)
        (20.0, 30.0)
    """
    kept = max(points - days * percent / 100 * max_points, min(points, floor / 100 * max_points))
    return round(points - max(kept, 0.0), 2)


def moment(text: str, zone: str, end_of_day: bool = False) -> str:
    """Return what a teacher or platform wrote as a moment of the book, in UTC.

    Args:
        text: ISO 8601, such as `2026-11-01`, `2026-11-01 23:59` or with `+01:00`.
        zone: where times without a zone are meant, such as `"Europe/Berlin"`.
        end_of_day: a date alone is its last second, not its first.

    Raises:
        BookError: if it is none, or the zone is not known.
    """
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BookError(
            f"{text!r} is no moment. Write it as 2026-11-01 or 2026-11-01 23:59."
        ) from None
    if end_of_day and len(text.strip()) <= 10:
        found = found.replace(hour=23, minute=59, second=59)
    if found.tzinfo is None:
        found = found.replace(tzinfo=zone_named(zone))
    return found.astimezone(UTC).isoformat(timespec="seconds")


def zone_named(zone: str) -> ZoneInfo:
    """Return a time zone by its name.

    Raises:
        BookError: if there is none.
    """
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BookError(
            f"There is no time zone {zone!r}. Names are like Europe/Berlin or Asia/Shanghai."
        ) from None
