"""Submitted notebooks: found, read and parsed, with nothing in them trusted."""

import hashlib
import json
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ae_course.grading.judging.text import harmless

_NOTEBOOK_BYTES, _CODE_CHARACTERS, _CELLS = 16 << 20, 500_000, 500
_ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".7z", ".rar")
_MISLEADING = ("ae_course", "numpy", "keras", "tensorflow", "matplotlib", "sklearn")


class Unreadable(ValueError):
    """A file that is no notebook, in words for its learner."""


@dataclass(frozen=True)
class Submission:
    """One file that was handed in.

    Attributes:
        id: unique in the batch.
        path: relative to the folder that was named, as harmless text.
        learner: whose it is: the first folder in `path`, or the file's name.
        exercise: the stem of the exercise; None if no name says it.
        sha256: of the file's bytes; empty if they could not be had.
        cells: the sources of the code cells, in order.
        problem: why it can't be graded; empty if it can.
        notes: what a teacher should know.
    """

    id: str
    path: str
    learner: str
    exercise: str | None
    sha256: str = ""
    cells: tuple[str, ...] = ()
    problem: str = ""
    notes: tuple[str, ...] = ()


def find(paths: Iterable[str | Path]) -> Iterator[tuple[Path, Path]]:
    """Yield the notebooks at and below the paths, each with the folder its name counts from.

    That is the folder that holds them all. Links are not followed. What looks like a submission
    but is no regular file is yielded, too, so that the report names it.

    Raises:
        FileNotFoundError: if a path does not exist.
    """
    named = [Path(os.path.abspath(path)) for path in paths]  # noqa: PTH100 - follows no link
    for path in named:
        if not os.path.lexists(path):
            raise FileNotFoundError(f"There is no {str(path)!r}")
    roots = [path.parent if _is_single(path) else path for path in named]
    root = Path(os.path.commonpath(roots)) if roots else Path()
    for path in named:
        if _is_single(path):
            yield path, root
            continue
        for folder, folders, files in os.walk(path):
            linked = [name for name in folders if os.path.islink(os.path.join(folder, name))]  # noqa: PTH114, PTH118
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted([*files, *linked]):
                archive = name.endswith(_ARCHIVES)
                if not name.startswith(("._", ".~")) and (
                    name.endswith(".ipynb") or archive or name in linked
                ):
                    yield Path(folder, name), root


def read(path: Path, root: Path, stems: Sequence[str], exercise: str | None = None) -> Submission:
    """Read one file; whatever is wrong with it is told in the result.

    Args:
        path: the file.
        root: the folder that its name counts from.
        stems: the exercises that there are.
        exercise: the exercise it is for, if its name does not say so.
    """
    parts = path.relative_to(root).parts
    stem = exercise or stem_of(path, root, stems)
    shown = "/".join(_name(part) for part in parts)
    learner = _name(
        parts[0] if len(parts) > 1 else path.stem.replace(stem or "\0", "").strip("_- ")
    )
    own = hashlib.sha256(os.fsencode(path.relative_to(root))).hexdigest()[:16]
    about = {"id": own, "path": shown, "learner": learner or shown, "exercise": stem}
    try:
        data = _bytes(path)
        about["sha256"] = hashlib.sha256(data).hexdigest()
        cells, notes = code_cells(data)
    except Unreadable as problem:
        return Submission(**about, problem=str(problem))
    if stem is None:
        known = ", ".join(stems)
        problem = f"The file's name does not say which exercise it is. There are {known}."
        return Submission(**about, problem=problem)
    for name in _MISLEADING:
        if os.path.lexists(path.with_name(f"{name}.py")) or path.with_name(name).is_dir():
            notes.append(f"A module {name} lies beside the notebook. It is not used here.")
    return Submission(**about, cells=tuple(cells), notes=tuple(notes))


def code_cells(data: bytes) -> tuple[list[str], list[str]]:
    """Return the sources of a notebook's code cells, in order, and notes on what is odd in it.

    Metadata, outputs and the kernel's name are not looked at.

    Raises:
        Unreadable: if it is no notebook of format 4.
    """
    if not data.strip():
        raise Unreadable("The file is empty.")
    try:
        notebook = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Unreadable("The file is not UTF-8 text, so it is no notebook.") from None
    except RecursionError:
        raise Unreadable("The file is nested too deeply to be a notebook.") from None
    except ValueError:
        raise Unreadable("The file is not JSON: cut short, or no notebook.") from None
    if not isinstance(notebook, dict):
        raise Unreadable("The file is JSON, but no notebook.")
    if notebook.get("nbformat") != 4 or not isinstance(notebook.get("cells"), list):
        version = notebook.get("nbformat")
        version = version if isinstance(version, int) and abs(version) < 100 else "unknown"
        raise Unreadable(
            f"The notebook's format is {version}, not 4. Open it in Jupyter and save it again."
        )
    sources, notes = [], []
    for cell in notebook["cells"]:
        kind = cell.get("cell_type") if isinstance(cell, dict) else None
        if kind not in ("code", "markdown", "raw"):
            notes.append("A cell that is none was left out.")
        elif kind == "code":
            source = cell.get("source", "")
            lines = source if isinstance(source, list) else [source]
            if all(isinstance(line, str) for line in lines):
                sources.append("".join(lines).encode("utf-8", "replace").decode())
            else:
                notes.append("A code cell without text was left out.")
    if len(sources) > _CELLS or sum(map(len, sources)) > _CODE_CHARACTERS:
        raise Unreadable(
            f"The notebook has too much code: at most {_CELLS} cells and {_CODE_CHARACTERS:,} "
            "characters."
        )
    return sources, list(dict.fromkeys(notes))


def _is_single(path: Path) -> bool:
    return path.is_symlink() or not path.is_dir()


def _bytes(path: Path) -> bytes:
    """The bytes of a regular file: no link is followed, no device or pipe opened."""
    if path.suffix in _ARCHIVES:
        raise Unreadable("This is an archive. Hand in the notebook itself (.ipynb).")
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        link = path.is_symlink()
        raise Unreadable(
            "This is a link, which is not followed. Hand in the file itself."
            if link
            else "The file can't be opened."
        ) from None
    with os.fdopen(handle, "rb") as file:
        facts = os.fstat(file.fileno())
        if not stat.S_ISREG(facts.st_mode):
            raise Unreadable("This is no regular file.")
        if facts.st_size > _NOTEBOOK_BYTES:
            limit = _NOTEBOOK_BYTES >> 20
            raise Unreadable(f"The file is larger than {limit} MB. Clear the outputs and save it.")
        return file.read(_NOTEBOOK_BYTES)


def stem_of(path: Path, root: Path, stems: Sequence[str]) -> str | None:
    """Return the exercise that the file's name contains, or else that a folder is named after."""
    parts = path.relative_to(root).parts
    for stem in stems:
        if stem in parts[-1]:
            return stem
    return next((stem for stem in stems if stem in parts[:-1]), None)


def _name(part: str) -> str:
    shown = part.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return harmless(shown, 200, lines=False).strip()
