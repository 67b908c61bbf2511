"""The folders that a submission may write to: how much is in them, and how they are emptied."""

import contextlib
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

OPEN_TO_ALL = ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run/lock")
"""Where every user of a usual system may write."""


def kilobytes(folders: Iterable[str]) -> int:
    """Return what is in the folders, however deep."""
    return _total(folders, "--block-size=1K")


def files(folders: Iterable[str]) -> int:
    """Return how many files and folders there are."""
    return _total(folders, "--inodes")


def files_of_file_systems(folders: Iterable[str]) -> int:
    """The same for folders that are file systems of their own, at once."""
    facts = map(os.statvfs, folders)
    return sum(one.f_files - one.f_ffree for one in facts)


def _total(folders: Iterable[str], unit: str) -> int:
    command = ["du", "-sc", unit, "--", *folders]
    told = subprocess.run(command, capture_output=True, check=False).stdout
    return int((told.split(b"\n")[-2] if b"\n" in told else b"0").split()[0])


def remove(path: Path) -> bool:
    """Remove a file or folder, whatever a submission made of it; True if it is gone.

    By `chmod` and `rm`, which cope with any depth, links and folders without rights.
    """
    with contextlib.suppress(OSError):
        path.rmdir()
        return True
    with contextlib.suppress(OSError):  # a link itself, never what it leads to
        path.unlink()
        return True
    for command in (["chmod", "-R", "u+rwx"], ["rm", "-rf", "--one-file-system"]):
        subprocess.run([*command, "--", str(path)], capture_output=True, check=False)
    return not os.path.lexists(path)


def remove_left_by(uid: int, folders: Iterable[str] = OPEN_TO_ALL) -> bool:
    """Remove what a user who is submissions alone has left in these folders; True if it is gone."""
    left = []
    for folder in folders:
        with contextlib.suppress(OSError):
            left += [
                e.path for e in os.scandir(folder) if e.stat(follow_symlinks=False).st_uid == uid
            ]
    return all([remove(Path(path)) for path in left])
