"""Files that are there whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

PART = ".part-"
"""How the names of folders begin that hold a file while it is written."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield where to write a file that takes the place of `path` in one step, if all goes well.

    A reader finds the old file or the new one, never a part; of a write that fails nothing is left.

    Args:
        path: the file; its folder is made.

    Example:
        >>> with replacing(Path("results.json")) as part:
        ...     part.write_text("{}", encoding="utf-8")
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=path.parent, prefix=PART) as folder:
        part = Path(folder, path.name)
        yield part
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(path)
        sync_folder(path.parent)


def write_text(path: Path, text: str) -> None:
    """Write a text file in one step, in UTF-8, line ends as they are."""
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8", newline="")


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk, so that they survive a loss of power."""
    if os.name == "nt":  # which opens no folder
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
