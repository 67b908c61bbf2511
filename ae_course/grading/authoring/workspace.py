"""A learner's folder of exercises: which task is open, and how to start one afresh."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ae_course.grading.authoring import release
from ae_course.grading.judging.task import Exercise, Task, exercise_of, load_exercise, stems

_COURSE = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Standing:
    """A task as a saved notebook shows it.

    Attributes:
        notebook: the file.
        task: the task.
        status: the verdict stored in its check cell's output; `not checked` if there is none.
    """

    notebook: Path
    task: Task
    status: str


def saved_standing(folder: Path) -> list[Standing]:
    """Return every task of the exercises in a folder, as the notebooks were last saved.

    Nothing runs: `check` stores its verdict beside what it shows.

    Args:
        folder: a folder with exercises, or one notebook.

    Raises:
        FileNotFoundError: if no exercise is there.
        ValueError: if a file is no notebook.
    """
    paths = [folder] if folder.is_file() else [folder / f"{stem}.ipynb" for stem in stems()]
    paths = [path for path in paths if path.exists() and path.stem in stems()]
    if not paths:
        raise FileNotFoundError(f"There is no exercise in {folder}; name the folder they are in.")
    return [
        Standing(path, task, verdicts.get(task.id, "not checked"))
        for path in paths
        for verdicts in [_verdicts(path)]
        for task in load_exercise(path.stem).tasks
    ]


def find_notebook(task_id: str, folder: Path) -> Path:
    """Return the notebook of a task in a folder of exercises, or the folder itself if it is one.

    Raises:
        KeyError: if there is no such task.
        FileNotFoundError: if its notebook is not there.
    """
    path = folder if folder.is_file() else folder / f"{exercise_of(task_id).stem}.ipynb"
    if not path.exists():
        raise FileNotFoundError(f"{path} is not there; name the notebook or its folder.")
    return path


def reset(task_id: str, notebook: Path) -> Path:
    """Put a task's cells back as they were given, and keep the notebook before that beside it.

    Args:
        task_id: such as `"2.1"`.
        notebook: the learner's notebook; replaced in one step.

    Returns:
        The copy of the notebook as it was.

    Raises:
        KeyError: if there is no such task.
        FileNotFoundError: if the course's own notebooks are not beside the package.
    """
    exercise = exercise_of(task_id)
    given = _released(exercise)
    text = notebook.read_bytes()
    mine = release.read(notebook)
    fresh = [c for c in given.cells if c.metadata.get("ae_course", {}).get("task") == task_id]
    for cell in fresh:
        _put(mine.cells, cell, given.cells)
    backup = _unused(notebook)
    backup.write_bytes(text)
    release.write(mine, notebook)
    return backup


def _verdicts(path: Path) -> dict[str, str]:
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        outputs = [output for cell in cells for output in cell.get("outputs", [])]
        stored = [output.get("metadata", {}).get("ae_course", {}) for output in outputs]
        return {s["task"]: s["status"] for s in stored if "task" in s}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError(f"{path} is not a notebook that can be read.") from None


def _released(exercise: Exercise) -> Any:
    source = _COURSE / "solutions" / f"{exercise.stem}.ipynb"
    if not source.exists():
        raise FileNotFoundError(
            f"{source} is not there: `reset` needs the course's repository, installed from it."
        )
    solution = release.read(source)
    release.annotate(solution, exercise)
    return release.strip(solution, exercise)


def _put(cells: list[Any], fresh: Any, given: list[Any]) -> None:
    """Replace the learner's version of a cell; put it after its predecessor if it is gone."""
    ids = [cell.get("id") for cell in cells]
    if fresh.id in ids:
        cells[ids.index(fresh.id)] = fresh
        return
    before = [cell.id for cell in given[: [c.id for c in given].index(fresh.id)]]
    places = [i for i, cell_id in enumerate(ids) if cell_id in before]
    cells.insert(places[-1] + 1 if places else 0, fresh)


def _unused(notebook: Path) -> Path:
    number = 1
    while (path := notebook.with_name(f"{notebook.stem}.before-reset-{number}.bak")).exists():
        number += 1
    return path
