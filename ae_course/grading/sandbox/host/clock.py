"""The time that a submission uses, on a machine that may be busy with other work."""

import time
from collections.abc import Callable


class Clock:
    """The time of one request: of a processor, or asleep, but not of waiting for a busy machine.

    Args:
        seconds: what the request may take.
        patience: how many seconds of wall time each of them may take.
        usage: returns the seconds of processor time, and of waiting for a processor, so far.
    """

    def __init__(self, seconds: float, patience: float, usage: Callable[[], tuple[float, float]]):
        self._usage, self._patience = usage, patience
        self._cpu, self._waited = usage()
        self._began = time.monotonic()
        self._allowed, self._latest = seconds, self._began + patience * seconds

    def left(self) -> float:
        """Return the seconds that are left; 0 or less at the end."""
        return min(self._allowed - self._measured(), self._latest - time.monotonic())

    def extend(self, seconds: float) -> None:
        """Grant so many seconds from now on."""
        self._allowed = self._measured() + seconds
        self._latest = time.monotonic() + self._patience * seconds

    def spent(self, ended: bool) -> float:
        """Return what the request has taken.

        Args:
            ended: whether the process that worked on it has ended, so that nobody can tell.
        """
        wall = time.monotonic() - self._began
        return min(wall, self._allowed) if ended or wall < 1 else self._measured()

    def _measured(self) -> float:
        cpu, waited = self._usage()
        wall = time.monotonic() - self._began
        return max(cpu - self._cpu, wall - (waited - self._waited))
