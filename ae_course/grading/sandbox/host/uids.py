"""Unused user ids, allocated for submissions where the grader runs as root."""

import contextlib
import errno
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

    Raises:
        OSError: if every id is taken.
    """

    def __init__(self):
        self._claim = socket.socket(socket.AF_UNIX)
        self.uid = self._claimed() if may_change_user() else None

    def _claimed(self) -> int:
        start = random.randrange(_COUNT)
        for number in range(_COUNT):
            uid = _FIRST + (start + number) % _COUNT
            with contextlib.suppress(OSError):
                self._claim.bind(f"\0ae-course-user-{uid}")
                return uid
        self._claim.close()
        last = _FIRST + _COUNT - 1
        raise OSError(
            errno.EUSERS,
            f"every user id for submissions ({_FIRST} to {last}) is taken: other programs hold the "
            "sockets @ae-course-user-* (see /proc/net/unix); end them",
        )

    def close(self) -> None:
        """Release the user id."""
        self._claim.close()
