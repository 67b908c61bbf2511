"""A task put back to its start: the given cells take the place of all that answered it."""

import ast
import json
import re
import secrets
from pathlib import Path
from typing import Any

from ae_course._files import write_text
from ae_course.grading.authoring.release import CODE_STUB
from ae_course.grading.authoring.workspace import find_notebook, given, read
from ae_course.grading.judging.task import Exercise, exercise_of
from ae_course.grading.reading.identity import task_of
from ae_course.grading.reading.notebooks import source_of

Cell = dict[str, Any]


def reset(task_id: str, path: Path) -> tuple[Path, int]:
    """Put a task's cells back as they were given, and keep the notebook before that beside it.

    What answered the task goes, even where ids and metadata are lost: its cells, and the learner's
    own ones that define what the task asks for. Other cells stay as they are.

    Args:
        task_id: such as `"2.1"`.
        path: the learner's notebook, replaced in one step, or its folder.

    Returns:
        The copy of the notebook as it was, and how many cells it had that are gone.

    Raises:
        KeyError: if there is no such task.
        FileNotFoundError: if its notebook, or the one as it was given, is not there.
        ValueError: if the notebook can't be read, or is of another exercise.
    """
    exercise = exercise_of(task_id)
    path = find_notebook(task_id, path)
    before, mine, start = path.read_bytes(), read(path), given(exercise)["cells"]
    cells = [cell for cell in mine["cells"] if isinstance(cell, dict)]
    answers = _answers(cells, task_id, exercise, start)
    fresh = [cell for cell in start if task_of(cell) == task_id]
    for cell in fresh:
        old = next((i for i in answers if _mark(cells[i]) == _mark(cell) != ""), None)
        if old is not None:
            answers.remove(old)
            cells[old] = cell
    gone = [cells[i] for i in answers]
    first = min(answers, default=None)
    for cell in fresh:
        if not any(other is cell for other in cells):
            cells.insert(_place(cells, cell, start, task_id, first), cell)
    cells = [cell for cell in cells if not any(cell is other for other in gone)]
    backup = _unused(path)
    backup.write_bytes(before)
    write_text(path, _text({**mine, "cells": _with_ids(cells)}))
    return backup, len(gone)


def _answers(cells: list[Cell], task_id: str, exercise: Exercise, start: list[Cell]) -> list[int]:
    """The positions of what answers a task, by its marks, or else by where and what it is."""
    known = {source_of(cell) for cell in start}
    marked = [i for i, cell in enumerate(cells) if task_of(cell) == task_id]
    wants_text = any(c["cell_type"] == "markdown" for c in start if task_of(c) == task_id)
    has_text = any(cells[i].get("cell_type") == "markdown" for i in marked)
    asked, others = _names_asked_for(exercise, task_id)
    asked = asked.union(*(_defined(cell) for cell in start if task_of(cell) == task_id))
    section = _section(cells, task_id)
    found = set(marked)
    for i, cell in enumerate(cells):
        if task_of(cell) is not None or (source_of(cell) in known and not _is_stub(cell)):
            continue
        defined = _defined(cell)
        if defined & asked and (i in section or not defined & others):
            found.add(i)
        if i in section and (_is_stub(cell) or _is_text(cell, wants_text and not has_text)):
            found.add(i)
    return sorted(found)


def _names_asked_for(exercise: Exercise, task_id: str) -> tuple[set[str], set[str]]:
    """The names that a task asks for, and those that only the other ones do."""
    by_task = {t.id: {name.partition(".")[0] for name in t.targets} for t in exercise.tasks}
    asked = by_task.pop(task_id)
    return asked, set().union(*by_task.values()) - asked


def _is_stub(cell: Cell) -> bool:
    return cell.get("cell_type") == "code" and CODE_STUB[0] in (source_of(cell) or "")


def _is_text(cell: Cell, wanted: bool) -> bool:
    return wanted and cell.get("cell_type") == "markdown"


def _section(cells: list[Cell], task_id: str) -> range:
    """The positions after a task's heading, up to the next task's."""
    heads = [_heading(cell) for cell in cells]
    if task_id not in heads:
        return range(0)
    start = heads.index(task_id) + 1
    ends = [i for i in range(start, len(cells)) if heads[i]]
    return range(start, ends[0] if ends else len(cells))


def _heading(cell: Cell) -> str:
    """The task whose heading a Markdown cell holds; else empty."""
    if cell.get("cell_type") != "markdown":
        return ""
    found = re.search(r"^## (\d+\.\d+) ", source_of(cell) or "", re.M)
    return found[1] if found else ""


def _defined(cell: Cell) -> set[str]:
    """The names that a code cell gives a value at its top level."""
    if cell.get("cell_type") != "code":
        return set()
    try:
        body = ast.parse(source_of(cell) or "").body
    except (SyntaxError, ValueError, RecursionError):
        names = re.findall(r"^(?:def|class)\s+(\w+)|^(\w+)\s*=(?!=)", source_of(cell) or "", re.M)
        return {name for pair in names for name in pair if name}
    found = set()
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            stored = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
            found |= {n.id for n in stored if isinstance(n.ctx, ast.Store)}
    return found


def _mark(cell: Cell) -> str:
    """A cell's own name, from nbgrader's metadata or its id; empty if it has lost both."""
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    name = name or cell.get("id")
    return name if isinstance(name, str) else ""


def _place(cells: list[Cell], fresh: Cell, start: list[Cell], task_id: str, first) -> int:
    """Where a given cell belongs: after the last of those before it that is there."""
    before = start[: next(i for i, cell in enumerate(start) if cell is fresh)]
    sources = {source_of(cell) for cell in before} - {""}
    marks = {_mark(cell) for cell in before} - {""}
    places = [
        i + 1
        for i, cell in enumerate(cells)
        if _mark(cell) in marks or source_of(cell) in sources or _heading(cell) == task_id
    ]
    if places:
        return places[-1]
    return len(cells) if first is None else first


def _with_ids(cells: list[Cell]) -> list[Cell]:
    """Every cell with an id of its own, as format 4.5 wants it; the given ones keep theirs."""
    seen, found = set(), []
    for cell in cells:
        name = cell.get("id")
        if not isinstance(name, str) or name in seen or not re.fullmatch(r"[\w-]{1,64}", name):
            name = secrets.token_hex(4)
        seen.add(name)
        found.append({**cell, "id": name})
    return found


def _text(notebook: dict[str, Any]) -> str:
    minor = notebook.get("nbformat_minor")
    minor = max(5, minor) if isinstance(minor, int) else 5
    return json.dumps({**notebook, "nbformat_minor": minor}, indent=1, ensure_ascii=False) + "\n"


def _unused(notebook: Path) -> Path:
    number = 1
    while (path := notebook.with_name(f"{notebook.stem}.before-reset-{number}.bak")).exists():
        number += 1
    return path
