"""Which exercise a notebook is: its cells say so, else its name, else a folder's.

Jupyter, Colab and learners rename files and drop ids; what survives most is a cell's metadata,
then nbgrader's, then the cell's id, then the line `check("1.1")` itself.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from ae_course.grading.reading.notebooks import source_of

_MARK = re.compile(r"(?:check|solution|reasoning)-(\d{1,2})-(\d{1,3})(?:-\d+)?")
_CHECK = re.compile(r"""^[ \t]*check\(["'] ?(\d{1,2}\.\d{1,3}) ?["']\)""", re.M)
_TASK = re.compile(r"\d{1,2}\.\d{1,3}")

PROGRESS_PAGE = {"role": "progress"}
"""What a notebook's metadata say under `ae_course` if it only shows how the exercises stand."""


def task_of(cell: Any) -> str | None:
    """Return the id of the task that a cell belongs to; None if it does not say.

    Args:
        cell: of a parsed notebook; it may be anything.

    Example:
        >>> task_of({"metadata": {"ae_course": {"role": "solution", "task": "1.1"}}})
        '1.1'
        >>> task_of({"cell_type": "code", "source": 'check("1.1")'})
        '1.1'
    """
    if not isinstance(cell, dict):
        return None
    task = _key(cell, "metadata", "ae_course", "task")
    if isinstance(task, str) and _TASK.fullmatch(task):
        return task
    for name in (_key(cell, "metadata", "nbgrader", "grade_id"), _key(cell, "id")):
        if isinstance(name, str) and (mark := _MARK.fullmatch(name)):
            return f"{mark[1]}.{mark[2]}"
    found = _CHECK.search(source_of(cell) or "") if cell.get("cell_type") == "code" else None
    return found[1] if found else None


def stems_in_cells(cells: Iterable[Any], stems: Sequence[str]) -> list[str]:
    """Return the exercises whose tasks a notebook's cells name, that with most tasks first."""
    named: dict[int, set[str]] = {}
    for task in filter(None, map(task_of, cells)):
        named.setdefault(int(task.partition(".")[0]), set()).add(task)
    by_chapter = {int(stem[:2]): stem for stem in stems}
    found = sorted(named.items(), key=lambda item: (-len(item[1]), item[0]))
    return [by_chapter[chapter] for chapter, _ in found if chapter in by_chapter]


def is_progress_page(notebook: Any) -> bool:
    """Return whether a parsed notebook is the page that shows how the exercises stand."""
    return _key(notebook, "metadata", "ae_course") == PROGRESS_PAGE


def stem_in_names(parts: Sequence[str], stems: Sequence[str]) -> str | None:
    """Return the exercise that a file's name contains, or else a folder's, however it is spelt.

    Example:
        >>> stem_in_names(["ada", "1-Basic structure (2).ipynb"], ["01_basic_structure"])
        '01_basic_structure'
    """
    for part in reversed(parts):
        for stem in stems:
            if _pattern(stem).search(part):
                return stem
    return None


def without_stem(name: str, stem: str) -> str:
    """Return a file's name without the exercise's in it: what is left is mostly a learner's."""
    return _pattern(stem).sub(" ", name)


def _pattern(stem: str) -> re.Pattern:
    number, *words = stem.split("_")
    spelling = r"[\W_]*".join([f"0*{int(number)}", *map(re.escape, words)])
    return re.compile(rf"(?<!\d){spelling}", re.I)


def _key(value: Any, *path: str) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
