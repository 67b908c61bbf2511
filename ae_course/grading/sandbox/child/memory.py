"""How much memory processes hold together: each page once, however many of them share it."""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

_SOCKET_BYTES = 2 * 212_992  # what one may have on the way: twice the kernel's usual limit
_FEW_FILES = 256
_PRIVATE = (b"Pss_Anon:", b"SwapPss:")
_SHARED = b"/dev/zero (deleted)"


def held(pids: Iterable[int]) -> int | None:
    """Return the bytes that processes hold, libraries and files that they map left out.

    Memory shared by mapping counts whole, also where no process has touched it or touches it any
    more; so does what may be on its way through sockets, where there are many of these.

    Args:
        pids: processes; those that have ended hold nothing.

    Returns:
        The bytes; None if the kernel does not tell this process.
    """
    private, areas, files = 0, {}, []
    try:
        for pid in pids:
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                private += _private(Path(f"/proc/{pid}"))
                areas |= _shared(Path(f"/proc/{pid}"))
                files += [f"/proc/{pid}/fd/{name}" for name in os.listdir(f"/proc/{pid}/fd")]  # noqa: PTH208
    except OSError:
        return None
    return private + sum(areas.values()) + _on_the_way(files)


def kills(counter: int | None) -> int:
    """Return how many processes the kernel has ended because a control group was full.

    Args:
        counter: the open file that says so; None if there is no group.
    """
    told = b"" if counter is None else os.pread(counter, 4096, 0)
    return sum(int(line.split()[1]) for line in told.splitlines() if line.startswith(b"oom_kill "))


def _private(process: Path) -> int:
    lines = (process / "smaps_rollup").read_bytes().splitlines()
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith(_PRIVATE))


def _shared(process: Path) -> dict[tuple[bytes, bytes], int]:
    """Return the length of every shared area without a file, by device and inode."""
    text, found = (process / "maps").read_bytes(), {}
    for line in text.splitlines() if _SHARED in text else ():
        if line.endswith(_SHARED):
            span, _, offset, device, inode, *_ = line.split()
            start, end = (int(part, 16) for part in span.split(b"-"))
            known = found.get((device, inode), 0)
            found[device, inode] = max(known, end - start + int(offset, 16))
    return found


def _on_the_way(files: list[str]) -> int:
    if len(files) <= _FEW_FILES:
        return 0
    sockets = set()
    for file in files:
        with contextlib.suppress(OSError):
            target = os.readlink(file)  # noqa: PTH115
            sockets |= {target} if target.startswith("socket:") else set()
    return len(sockets) * _SOCKET_BYTES
