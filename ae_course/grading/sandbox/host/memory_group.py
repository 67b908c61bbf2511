"""A control group of the kernel, which counts and limits all memory of a sandbox.

It also counts what no process shows: page tables, what waits in sockets, names of files. Making one
takes root, or a group that was handed over; elsewhere the warm process counts alone.
"""

import contextlib
import os
import secrets
import time
from pathlib import Path
from typing import BinaryIO

GROUPS = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")
_FIRST = (
    "memory.oom_control",
    "memory.usage_in_bytes",
    "memory.limit_in_bytes",
    "memory.memsw.limit_in_bytes",
)
_SECOND = ("memory.events", "memory.current", "memory.max", "memory.swap.max")


class MemoryGroup:
    """A group that a process joins and whose descendants stay in it.

    Args:
        folder: the group's, empty.
        is_second: whether it is one of cgroup version 2.

    Attributes:
        folder: the group's.
    """

    def __init__(self, folder: Path, is_second: bool):
        self.folder = folder
        self._kills, self._used, *self._limits = _SECOND if is_second else _FIRST
        self._is_second = is_second

    @classmethod
    def make(cls) -> "MemoryGroup | None":
        """Make a group; None where this process may not, or the kernel counts no memory."""
        for above, is_second in _places():
            folder = above / f"ae-course-{os.getpid()}-{secrets.token_hex(4)}"
            group = cls(folder, is_second)
            with contextlib.suppress(OSError):
                folder.mkdir()
                if (folder / group._used).exists():
                    return group
                group.close()
        return None

    def joined(self, command: list[str]) -> list[str]:
        """Return a command that joins the group and becomes the given one."""
        procs = str(self.folder / "cgroup.procs")
        return ["/bin/sh", "-c", 'echo $$ > "$0" && exec "$@"', procs, *command]

    def allow(self, further: int) -> None:
        """Limit the group to what it uses now and so many bytes more, swapped out or not.

        Raises:
            OSError: if the kernel refuses.
        """
        most = int((self.folder / self._used).read_text()) + further
        (self.folder / self._limits[0]).write_text(str(most))
        with contextlib.suppress(OSError):  # a kernel that does not count swapped memory
            (self.folder / self._limits[1]).write_text("0" if self._is_second else str(most))

    def counter(self) -> BinaryIO:
        """Open the file in which the kernel counts whom it has ended; see `memory.kills`."""
        return (self.folder / self._kills).open("rb")

    def close(self) -> None:
        """Remove the group once its last process has ended."""
        for _ in range(100):
            with contextlib.suppress(OSError):
                self.folder.rmdir()
            if not self.folder.exists():
                return
            time.sleep(0.02)


def _places() -> list[tuple[Path, bool]]:
    """Return where a group may be made, and whether that is version 2: beside or below our own."""
    places = []
    with contextlib.suppress(OSError):
        for line in OWN.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers == "memory":
                places.append((GROUPS / "memory" / path.lstrip("/"), False))
            elif not controllers:
                places.append(((GROUPS / path.lstrip("/")).parent, True))
                places.append((GROUPS / path.lstrip("/"), True))
    return places
