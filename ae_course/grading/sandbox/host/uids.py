"""Unused user ids, allocated for submissions where the grader runs as root."""

import contextlib
import errno
import os
import pwd
import random
import socket
from collections.abc import Iterator
from pathlib import Path

from ae_course.grading.sandbox.child.scratch import OPEN_TO_ALL

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

    It is claimed by binding a socket to a name that holds the id: one process at a time can. All
    that it owns is ended and removed with a submission, so it is nobody's: without an account,
    a process, or a file in a folder that is open to all.

    Attributes:
        uid: the id; None where changing the user is not possible, nor needed.

    Raises:
        OSError: if every id is taken.
    """

    def __init__(self):
        self._claim = socket.socket(socket.AF_UNIX)
        self.uid = self._claimed() if may_change_user() else None

    def _claimed(self) -> int:
        start, taken = random.randrange(_COUNT), set(_owners())
        for number in range(_COUNT):
            uid = _FIRST + (start + number) % _COUNT
            if uid in taken or _has_account(uid):
                continue
            with contextlib.suppress(OSError):
                self._claim.bind(f"\0ae-course-user-{uid}")
                return uid
        self._claim.close()
        last = _FIRST + _COUNT - 1
        raise OSError(
            errno.EUSERS,
            f"every user id for submissions ({_FIRST} to {last}) is taken: it has an account, a "
            f"process, or a file in one of {', '.join(OPEN_TO_ALL)}; or other programs hold the "
            "sockets @ae-course-user-* (see /proc/net/unix): end them",
        )

    def close(self) -> None:
        """Release the user id."""
        self._claim.close()


def _has_account(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _owners() -> Iterator[int]:
    """Who has a process, or a file in a folder that is open to all."""
    for folder in ("/proc", *OPEN_TO_ALL):
        with contextlib.suppress(OSError):
            for entry in os.scandir(folder):
                with contextlib.suppress(OSError):  # it has ended meanwhile
                    yield entry.stat(follow_symlinks=False).st_uid
