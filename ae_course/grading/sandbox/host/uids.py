"""Unused user ids, allocated for submissions where the grader runs as root."""

import contextlib
import os
import random
import socket
from pathlib import Path

_FIRST, _COUNT = 50_000, 10_000


def may_change_user() -> bool:
    """Whether this process can switch to such a user id."""
    if os.geteuid() != 0:
        return False
    for line in Path("/proc/self/uid_map").read_text().splitlines():
        first, _, count = map(int, line.split())
        if first <= _FIRST and first + count >= _FIRST + _COUNT:
            return True
    return False


class UnusedUid:
    """A user id allocated to this grader until `close`.

    It is claimed by binding a socket to a name that holds the id: one process at a time can.

    Attributes:
        uid: the id; None where changing the user is not possible, nor needed.
    """

    def __init__(self):
        self.uid: int | None = None
        self._claim = socket.socket(socket.AF_UNIX)
        start = random.randrange(_COUNT)
        for number in range(_COUNT if may_change_user() else 0):
            uid = _FIRST + (start + number) % _COUNT
            with contextlib.suppress(OSError):
                self._claim.bind(f"\0ae-course-user-{uid}")
                self.uid = uid
                break

    def close(self) -> None:
        """Release the user id."""
        self._claim.close()
