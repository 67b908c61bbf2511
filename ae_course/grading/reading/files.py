"""Everything that lies at and below the paths that a teacher names."""

import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from ae_course.grading.reading.archives import Allowance, FoundFile, is_archive, unpack
from ae_course.grading.reading.notebooks import BYTES

_OF_A_CLASS = {"files": 20_000, "size": 4 << 30}
_SYSTEM_FILE = re.compile(
    r"\.ipynb_checkpoints|__MACOSX|__pycache__|\.git|\.venv|\.DS_Store|Thumbs\.db|desktop\.ini"
    r"|\._.*|\.~.*|\.ae-course\.json"
)
_LINK = "This is a link, which is not followed. Hand in the file itself."


def find(paths: Iterable[str | Path], without: str | Path | None = None) -> Iterator[FoundFile]:
    """Yield every file at and below the paths, each once, with what is in it.

    A file's names count from the folder that holds all the paths; an archive is taken for a folder.
    Links are not followed, devices and pipes not opened. What can't be read is yielded with the
    reason. What systems leave behind (`.DS_Store`, `.ipynb_checkpoints`) is yielded by name only.

    Args:
        paths: files, archives and folders. An archive that is named here may be a whole class's;
            one that lies in a folder is a learner's and may hold less.
        without: a folder below them that is left out, such as that of the results.

    Raises:
        FileNotFoundError: if a path does not exist.
    """
    named = list(dict.fromkeys(Path(os.path.abspath(path)) for path in paths))  # noqa: PTH100 - follows no link
    for path in named:
        if not os.path.lexists(path):
            raise FileNotFoundError(f"There is no {str(path)!r}")
    roots = [path if _is_folder(path) else path.parent for path in named]
    root = Path(os.path.commonpath(roots)) if roots else Path()
    seen = set()
    for path in sorted(named, key=lambda path: len(path.parts)):
        for file, problem in _walk(path, without and Path(os.path.abspath(without))):  # noqa: PTH100
            if file not in seen:
                seen.add(file)
                parts = file.relative_to(root).parts or (file.name,)
                allowance = Allowance(**_OF_A_CLASS) if file in named else Allowance()
                for found_file in _without_system_files(
                    _found_files(file, parts, problem, allowance)
                ):
                    inner = found_file.parts[1:] if file == root else found_file.parts
                    yield replace(found_file, parts=inner or parts)


def _walk(path: Path, without: Path | None) -> Iterator[tuple[Path, str]]:
    """Yield files, and folders that are not entered with the reason."""
    if path.is_symlink() or not path.is_dir():
        yield path, ""
        return
    closed: list[OSError] = []
    for folder, folders, files in os.walk(path, onerror=closed.append):
        here = Path(folder)
        left_out = [name for name in folders if _SYSTEM_FILE.fullmatch(name)]
        links = [name for name in folders if (here / name).is_symlink()]
        folders[:] = sorted({*folders} - {*left_out, *links})
        folders[:] = [name for name in folders if here / name != without]
        for name in sorted([*files, *links, *left_out]):
            yield here / name, ""
    for error in closed:
        yield Path(error.filename), "The folder can't be opened."


def _found_files(
    path: Path, parts: tuple[str, ...], problem: str, allowance: Allowance
) -> Iterator[FoundFile]:
    if problem or _SYSTEM_FILE.fullmatch(path.name):
        yield FoundFile(parts, problem=problem, lost=True)
        return
    try:
        file = _open(path)
    except OSError as error:
        yield FoundFile(parts, problem=_LINK if path.is_symlink() else str(error), lost=True)
        return
    with file:
        head = file.read(512)
        file.seek(0)
        if is_archive(path.name, head):
            yield from unpack(parts, file, allowance)
            return
        data = file.read(BYTES + 1)
    if len(data) > BYTES:
        problem = f"The file is larger than {BYTES >> 20} MB. Clear the outputs and save it."
        data = data[: 1 << 20]
    yield FoundFile(parts, data, problem)


def _open(path: Path) -> BinaryIO:
    """Open a regular file: no link is followed, no device or pipe opened.

    Raises:
        OSError: if it is none, or can't be opened, in words.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        raise OSError("The file can't be opened.") from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError("This is no regular file.")
    return os.fdopen(handle, "rb")


def _without_system_files(files: Iterable[FoundFile]) -> Iterator[FoundFile]:
    """What a system left, in an archive as well, is one file without contents."""
    told = set()
    for found_file in files:
        end = next(
            (i for i, name in enumerate(found_file.parts) if _SYSTEM_FILE.fullmatch(name)), None
        )
        if end is None:
            yield found_file
        elif (parts := found_file.parts[: end + 1]) not in told:
            told.add(parts)
            yield FoundFile(parts, problem="A system or program left it there.", system_file=True)


def _is_folder(path: Path) -> bool:
    """Whether a path's name is left out of the names of what it holds."""
    if path.is_symlink() or path.is_dir():
        return path.is_dir() and not path.is_symlink()
    try:
        with _open(path) as file:
            return is_archive(path.name, file.read(512))
    except OSError:
        return False
