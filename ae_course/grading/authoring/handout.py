"""A learner's folder filled with the exercises, and later with newer ones, without a loss.

What was given is noted in the folder, so that a notebook is known to be as it was given. Only such
a one gets its newer version in its place; every other one is the learner's and stays, and its newer
version is put beside it. Each file is written whole or not at all, so that a run that was
interrupted is simply made again.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import ae_course
from ae_course._files import PART, write_text
from ae_course.grading.authoring.first_cell import first_cell
from ae_course.grading.authoring.workspace import GIVEN, given_path, notebooks_in
from ae_course.grading.judging.task import stems
from ae_course.grading.reading.identity import PROGRESS_PAGE

RECORD = ".ae-course.json"
"""The file in a learner's folder that says what was given."""

PAGE = "progress"
"""The stem of the page, which running changes: once there, it stays as it is."""

Action = Literal["brought", "renewed", "current", "kept", "beside"]


@dataclass(frozen=True)
class Outcome:
    """What became of one notebook.

    Attributes:
        path: the learner's file.
        action: `brought` if it was not there, `renewed` if it was as given and has become the newer
            one, `current` if it is as given now, `kept` if it is the learner's and nothing is newer
            than what it was made from, `beside` if something is, which lies at `newer`.
        newer: where a newer version lies, if there is one beside the learner's.
    """

    path: Path
    action: Action
    newer: Path | None = None


def start(folder: Path) -> Iterator[Outcome]:
    """Put what is not there yet into a folder: the exercises, and the page `progress.ipynb`.

    Args:
        folder: made if need be; what else is in it stays as it is.

    Raises:
        FileNotFoundError: if the package came without the exercises.
        ValueError: if it is a file, or holds the exercises that are given.
    """
    return _deliver(folder, newer=False)


def update(folder: Path) -> Iterator[Outcome]:
    """Bring the exercises of this version: in place of what is as it was given, else beside it.

    Args:
        folder: a learner's, where `start` or its owner put exercises.

    Raises:
        FileNotFoundError: if no exercise is there, or the package came without them.
        ValueError: if it is a file, or holds the exercises that are given.
    """
    if folder.is_dir() and not (folder / RECORD).exists():
        notebooks_in(folder)
    elif not folder.exists():
        raise FileNotFoundError(f"There is no folder {folder}; `ae-course start` makes one.")
    return _deliver(folder, newer=True)


def progress_page() -> str:
    """Return the notebook that shows how all the exercises in its folder stand."""
    title = (
        "# Progress\n\nRun the cell below to see how the exercises in this folder stand, as they "
        "were last saved."
    )
    cells = [
        {"cell_type": "markdown", "id": "title", "metadata": {}, "source": title},
        {**first_cell(), "execution_count": None},
        {
            **_EMPTY_CODE,
            "id": "overview",
            "source": "from ae_course.grading import overview\n\noverview()",
        },
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {
        "cells": cells,
        "metadata": {"ae_course": PROGRESS_PAGE, "kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


_EMPTY_CODE = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}


def _deliver(folder: Path, newer: bool) -> Iterator[Outcome]:
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file; name a folder.")
    if folder.resolve() in GIVEN:
        raise ValueError(
            f"{folder.resolve()} holds the exercises that are given. Work in them as they are, "
            "or name another folder."
        )
    given = {stem: given_path(stem).read_text("utf-8") for stem in stems()}
    return _outcomes(folder, given | {PAGE: progress_page()}, newer)


def _outcomes(folder: Path, given: dict[str, str], newer: bool) -> Iterator[Outcome]:
    for part in (*folder.glob(f"{PART}*"), *folder.glob(f"new-*/{PART}*")):
        shutil.rmtree(part)  # what a run that was killed left
    record, present = _read_record(folder), _present(folder)
    for name, text in given.items():
        path = present.get(name, folder / f"{name}.ipynb")
        noted = record.get(name, {})
        outcome = _put(folder, path, text, noted, newer and name != PAGE)
        if newer or outcome.action in ("brought", "current"):
            beside = outcome.newer and outcome.newer.relative_to(folder).as_posix()
            record[name] = {"sha256": _sha256(text.encode()), "newer": beside}
            _write_record(folder, record)
        yield outcome


def _put(folder: Path, path: Path, text: str, noted: dict[str, Any], newer: bool) -> Outcome:
    if not path.exists():
        write_text(path, text)
        return Outcome(path, "brought")
    mine, given = _sha256(path.read_bytes()), _sha256(text.encode())
    if mine == given:
        return Outcome(path, "current")
    if newer and mine == noted.get("sha256"):
        write_text(path, text)
        return Outcome(path, "renewed")
    if newer and noted.get("sha256") != given:
        return Outcome(path, "beside", _put_beside(folder, path.name, text))
    lies = folder / noted["newer"] if noted.get("newer") else None
    return Outcome(path, "kept", lies if lies and lies.exists() else None)


def _put_beside(folder: Path, name: str, text: str) -> Path:
    """Write a newer version into a folder of its own, over nothing."""
    number = 1
    while True:
        suffix = f"-{number}" if number > 1 else ""
        path = folder / f"new-{ae_course.__version__}{suffix}" / name
        if not path.exists():
            write_text(path, text)
        if path.read_bytes() == text.encode():
            return path
        number += 1


def _present(folder: Path) -> dict[str, Path]:
    try:
        return notebooks_in(folder)[0]
    except FileNotFoundError:
        return {}


def _read_record(folder: Path) -> dict[str, dict[str, Any]]:
    """What was given; nothing is known of a record that can't be read, so all is the learner's."""
    try:
        given = json.loads((folder / RECORD).read_text("utf-8"))["given"]
        return {name: noted for name, noted in given.items() if isinstance(noted, dict)}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _write_record(folder: Path, given: dict[str, dict[str, Any]]) -> None:
    record = {"version": ae_course.__version__, "given": given}
    text = json.dumps(record, indent=1) + "\n"
    if not (folder / RECORD).exists() or (folder / RECORD).read_text("utf-8") != text:
        write_text(folder / RECORD, text)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
