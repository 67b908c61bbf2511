"""The folder of a sandbox, gone when it ends, even if the grader was killed before."""

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ae_course.grading.sandbox.child.scratch import remove

_PREFIX, _LOCK = "ae-course-", "grader.lock"


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """Make a folder that others may pass through, and remove those of graders that are no more.

    A grader holds a lock in each of its folders. The kernel releases it when the grader ends.
    """
    _remove_left_behind(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    with (folder / "new").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (folder / "new").rename(folder / _LOCK)
        try:
            folder.chmod(0o711)
            yield folder
        finally:
            remove(folder)


def _remove_left_behind(temporary: Path) -> None:
    for path in temporary.glob(f"{_PREFIX}*/{_LOCK}"):
        with contextlib.suppress(OSError):
            if path.parent.is_symlink() or path.parent.stat().st_uid != os.geteuid():
                continue
            handle = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove(path.parent)
            finally:
                os.close(handle)
