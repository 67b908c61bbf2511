"""Submitted notebooks, and what else was found; nothing in them is trusted."""

import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ae_course.grading.judging.text import harmless
from ae_course.grading.reading.archives import FoundFile, without_ending
from ae_course.grading.reading.files import find
from ae_course.grading.reading.identity import (
    is_progress_page,
    stem_in_names,
    stems_in_cells,
    without_stem,
)
from ae_course.grading.reading.notebooks import Unreadable, code_cells, looks_like_one, parse

_COPIES = ".ipynb_checkpoints"
_COPIES_ALONE = (
    "Jupyter keeps copies of notebooks here, and beside it lies no notebook: it was not handed in."
)
_MISLEADING = ("ae_course", "numpy", "keras", "tensorflow", "matplotlib", "sklearn")


@dataclass(frozen=True)
class Submission:
    """One notebook that was handed in, or what may have been one.

    Attributes:
        id: unique in the batch.
        path: relative to the folder that was named, as harmless text.
        learner: whose it is: the first folder in `path`, or the file's name.
        exercise: the stem of the exercise; None if neither cells nor names say it.
        sha256: of the file's bytes; empty if they could not be had.
        code: the code cells, compressed, so that a bomb stays small.
        problem: why it can't be graded; empty if it can.
        notes: what a teacher should know.
    """

    id: str
    path: str
    learner: str
    exercise: str | None
    sha256: str = ""
    code: bytes = b""
    problem: str = ""
    notes: tuple[str, ...] = ()

    @property
    def cells(self) -> tuple[str, ...]:
        """The sources of the code cells, in order."""
        return tuple(json.loads(zlib.decompress(self.code))) if self.code else ()


@dataclass(frozen=True)
class Unread:
    """A file that was found and is no notebook.

    Attributes:
        path: relative to the folder that was named, as harmless text.
        reason: why it was not read.
        system_file: whether a system left it there, so that nobody need look.
    """

    path: str
    reason: str
    system_file: bool = False


def collect_submissions(
    paths: Iterable[str | Path],
    stems: Sequence[str],
    exercise: str | None = None,
    without: str | Path | None = None,
) -> tuple[list[Submission], list[Unread]]:
    """Return all that was handed in, exercise by exercise, and all else that was found.

    Args:
        paths: files, archives and folders.
        stems: the exercises that there are.
        exercise: the exercise that all are for; by default each notebook says it.
        without: a folder that is left out, such as that of the results.

    Raises:
        FileNotFoundError: if a path does not exist.
    """
    submissions, unread, count, places, copies = [], [], Counter(), {}, {}
    for found_file in find(paths, without):
        count[found_file.parts] += 1
        taken = read(found_file, stems, exercise, count[found_file.parts])
        if isinstance(taken, Unread):
            if found_file.parts[-1] == _COPIES:
                copies[len(unread)] = found_file.parts[:-1]
            unread.append(taken)
        else:
            submissions.append(taken)
            places[taken.id] = found_file.parts[:-1]
    for i, folder in copies.items():
        if not any(place[: len(folder)] == folder for place in places.values()):
            unread[i] = Unread(unread[i].path, _COPIES_ALONE)
    modules = {
        (*parts[:i], name.removesuffix(".py"))
        for parts in count
        for i, name in enumerate(parts)
        if name.removesuffix(".py") in _MISLEADING
    }
    submissions = [_with_neighbours(one, places[one.id], modules) for one in submissions]
    submissions.sort(key=lambda one: (one.exercise or "", one.path, one.id))
    return submissions, unread


def read(
    found_file: FoundFile, stems: Sequence[str], exercise: str | None = None, number: int = 1
) -> Submission | Unread:
    """Read one file; whatever is wrong with it is told in the result.

    Args:
        found_file: the file.
        stems: the exercises that there are.
        exercise: the exercise it is for, if it is not to say so itself.
        number: counts the files of that name, since an archive may hold several.
    """
    shown = "/".join(map(_name, found_file.parts))
    data = found_file.data or b""
    may_be_one = found_file.lost or looks_like_one(found_file.parts[-1], data)
    if found_file.system_file or not may_be_one:
        return Unread(shown, found_file.problem or "This is no notebook.", found_file.system_file)
    cells, notes, problem, stems_of_cells = [], [], found_file.problem, []
    if not problem:
        try:
            notebook = parse(data)
            stems_of_cells = stems_in_cells(notebook["cells"], stems)
            if is_progress_page(notebook) and not stems_of_cells:
                return Unread(shown, "This page only shows how exercises stand.", system_file=True)
            cells, notes = code_cells(notebook)
        except Unreadable as error:
            problem = str(error)
    named = stem_in_names(found_file.parts, stems)
    stem = exercise or (stems_of_cells[0] if stems_of_cells else named)
    if stem is None and not problem:
        problem = (
            "Neither its cells nor its name say which exercise it is. "
            f"There are {', '.join(stems)}; --exercise names one."
        )
    notes += _conflicting_names(stem, stems_of_cells, named)
    unique = [*found_file.parts, *([str(number)] if number > 1 else [])]
    return Submission(
        id=hashlib.sha256("\0".join(unique).encode("utf-8", "surrogatepass")).hexdigest()[:16],
        path=shown,
        learner=_learner(found_file.parts, stem) or shown,
        exercise=stem,
        sha256="" if found_file.data is None else hashlib.sha256(data).hexdigest(),
        code=zlib.compress(json.dumps(cells).encode()),
        problem=problem,
        notes=tuple(notes),
    )


def _conflicting_names(stem: str | None, stems_of_cells: list[str], named: str | None) -> list[str]:
    """What a teacher should know when cells and names say different things."""
    others = [other for other in stems_of_cells if other != stem]
    if others:
        return [f"It also holds tasks of {', '.join(others)}; only {stem} is graded here."]
    if stems_of_cells and named not in (None, stem):
        return [f"Its name says {named}; its cells are those of {stem}, which is graded."]
    return []


def _with_neighbours(one: Submission, folder: tuple[str, ...], modules: set) -> Submission:
    beside = [
        f"A module {name} lies beside the notebook. It is not used here."
        for name in _MISLEADING
        if (*folder, name) in modules
    ]
    return Submission(**{**vars(one), "notes": (*one.notes, *beside)}) if beside else one


def _learner(parts: Sequence[str], stem: str | None) -> str:
    first = without_ending(parts[0]) if len(parts) > 1 else Path(parts[0]).stem
    return _name(without_stem(first, stem) if stem else first).strip("_- ")


def _name(part: str) -> str:
    shown = part.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return harmless(shown, 200, lines=False).strip()
