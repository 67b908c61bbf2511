"""What of a notebook the book keeps: its code, its free-text answers, and whose task each is.

Outputs, pictures and metadata are left out, so that a class fits into one file; what the grader
reads, the code, is kept to the letter, so that it can be graded again.
"""

import json
import re
import zlib
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from ae_course.grading.authoring.workspace import given_path
from ae_course.grading.reading.identity import task_of
from ae_course.grading.reading.notebooks import parse, source_of

_ROLE = re.compile(r"(check|solution|reasoning)-\d")
_CHECK = re.compile(r"""\s*check\(["'][\d. ]+["']\)\s*""")
_LONGEST = 20_000  # characters of one free-text answer


def keep(data: bytes) -> bytes:
    """Return what the book keeps of a notebook's bytes, packed.

    Raises:
        Unreadable: if it is no notebook.
    """
    cells = []
    for cell in parse(data)["cells"]:
        kind = cell.get("cell_type") if isinstance(cell, dict) else None
        source = source_of(cell) if kind in ("code", "markdown") else None
        role = _role(cell) if source is not None else ""
        if kind == "code" and source is not None:
            cells.append([kind, task_of(cell) or "", role, source])
        elif role == "reasoning":
            cells.append([kind, task_of(cell) or "", role, source[:_LONGEST]])
    return zlib.compress(json.dumps(cells).encode())


def cells_of(kept: bytes) -> list[list[str]]:
    """Return the cells that `keep` packed, each as kind, task, role and source."""
    return json.loads(zlib.decompress(kept))


def notebook(kept: bytes) -> str:
    """Return a notebook with what was kept, as JSON, to be graded again."""
    cells = [
        {
            "cell_type": kind,
            "metadata": {"ae_course": {"role": role, "task": task}} if task else {},
            "source": source,
            **({"outputs": [], "execution_count": None} if kind == "code" else {}),
        }
        for kind, task, role, source in cells_of(kept)
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells})


def code_by_task(cells: Iterable[list[str]]) -> dict[str, list[str]]:
    """Return the sources of code cells by task; `""` has those of none. Checks are left out."""
    found: dict[str, list[str]] = {}
    for kind, task, role, source in cells:
        if kind == "code" and role != "check" and not _CHECK.fullmatch(source):
            found.setdefault(task, []).append(source)
    return found


def texts_by_task(cells: Iterable[list[str]], stem: str) -> dict[str, str]:
    """Return the free-text answers by task, without the lines that the exercise gives.

    Args:
        cells: from `cells_of`.
        stem: the exercise.
    """
    given = {line.strip() for text in _given(stem)["texts"] for line in text.splitlines()}
    found = {}
    for _, task, role, source in cells:
        if role == "reasoning" and task:
            own = [line for line in source.splitlines() if line.strip() not in given]
            found[task] = "\n".join(own).strip()
    return found


def given_code(stem: str) -> tuple[str, ...]:
    """Return the sources of the code cells that an exercise gives; none if it is not there."""
    return _given(stem)["code"]


def tasks_with_text(stem: str) -> tuple[str, ...]:
    """Return the tasks of an exercise that ask for a free-text answer."""
    return _given(stem)["tasks"]


@cache
def _given(stem: str) -> Mapping[str, tuple[str, ...]]:
    try:
        cells = cells_of(keep(given_path(stem).read_bytes()))
    except (FileNotFoundError, ValueError):
        cells = []
    reasoning = [(task, source) for _, task, role, source in cells if role == "reasoning"]
    return {
        "code": tuple(source for kind, _, _, source in cells if kind == "code"),
        "texts": tuple(source for _, source in reasoning),
        "tasks": tuple(task for task, _ in reasoning),
    }


def _role(cell: Mapping[str, Any]) -> str:
    metadata = cell.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    told = metadata.get("ae_course")
    role = told.get("role") if isinstance(told, dict) else None
    if isinstance(role, str):
        return role
    of_nbgrader = metadata.get("nbgrader")
    names = [of_nbgrader.get("grade_id") if isinstance(of_nbgrader, dict) else None]
    for name in (*names, cell.get("id")):
        if isinstance(name, str) and (found := _ROLE.match(name)):
            return found[1]
    return ""
