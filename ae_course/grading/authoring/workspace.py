"""A learner's folder of exercises: which notebook is which, which task is open, and the given ones.

A notebook is known by its cells, whatever it is called; one that can't be read is named and costs
the others nothing.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ae_course.grading.judging.task import (
    Exercise,
    Task,
    definitions,
    exercise_of,
    load_exercise,
    stems,
)
from ae_course.grading.reading.identity import is_progress_page, stem_in_names, stems_in_cells
from ae_course.grading.reading.notebooks import Unreadable, parse

_PACKAGE = Path(__file__).resolve().parents[2]
# where the exercises lie as they are given: in an installed package, or beside it
GIVEN = (_PACKAGE / "exercises", _PACKAGE.parent / "exercises")


@dataclass(frozen=True)
class Standing:
    """A task as a saved notebook shows it.

    Attributes:
        notebook: the file.
        task: the task.
        status: the verdict stored in its check cell's output; `not checked` if there is none.
        points: what the verdict gave.
    """

    notebook: Path
    task: Task
    status: str
    points: float


def notebooks_in(path: Path) -> tuple[dict[str, Path], list[str]]:
    """Return the notebook of each exercise at a path, and what a learner should know of others.

    Args:
        path: a folder, or one notebook. Of two with the same exercise that one counts which has
            its name, else the one saved last.

    Raises:
        FileNotFoundError: if no exercise is there.
        Unreadable: if the one notebook that is named can't be read.
    """
    if not path.is_dir():
        if not path.exists():
            raise FileNotFoundError(f"{path} is not there; name the notebook or its folder.")
        return {_stem_of(path, read(path)): path}, []
    found: dict[str, Path] = {}
    remarks = []
    paths = [p for p in path.iterdir() if p.suffix.lower() == ".ipynb" and p.is_file()]
    paths.sort(key=lambda p: (p.stem in stems(), p.stat().st_mtime))
    for one in reversed(paths):
        notebook = {}
        try:
            notebook = read(one)
            stem = _stem_of(one, notebook)
        except (FileNotFoundError, ValueError) as error:
            if not is_progress_page(notebook):
                remarks.append(str(error))
            continue
        if stem in found:
            remarks.append(f"{one} is exercise {stem}, too; {found[stem]} is looked at.")
        found.setdefault(stem, one)
    if not found:
        told = " ".join(["", *remarks])
        raise FileNotFoundError(
            f"There is no exercise in {path.resolve()}: name the folder they are in, or "
            f"`ae-course start` puts them there.{told}"
        )
    return dict(sorted(found.items())), remarks


def saved_standing(path: Path) -> tuple[list[Standing], list[str]]:
    """Return every task of the exercises at a path, as the notebooks were last saved, and remarks.

    Nothing runs: `check` stores its verdict beside what it shows.

    Raises:
        FileNotFoundError: if no exercise is there.
        Unreadable: if the one notebook that is named can't be read.
    """
    found, remarks = notebooks_in(path)
    standing = []
    for stem, notebook in found.items():
        verdicts = _verdicts(read(notebook))
        for task in load_exercise(stem).tasks:
            status, points = verdicts.get(task.id, ("not checked", 0.0))
            standing.append(Standing(notebook, task, status, points))
    return standing, remarks


def find_notebook(task_id: str, path: Path) -> Path:
    """Return the notebook of a task at a path.

    Raises:
        KeyError: if there is no such task.
        FileNotFoundError: if its notebook is not there.
        Unreadable: if the one notebook that is named can't be read.
        ValueError: if it is of another exercise.
    """
    stem = exercise_of(task_id).stem
    found, remarks = notebooks_in(path)
    if stem in found:
        return found[stem]
    if path.is_dir():
        told = " ".join(["", *remarks])
        raise FileNotFoundError(f"The notebook of {stem} is not in {path.resolve()}.{told}")
    raise ValueError(f"{path} is exercise {next(iter(found))}; task {task_id} is one of {stem}.")


def given(exercise: Exercise) -> dict[str, Any]:
    """Return an exercise's notebook as learners get it, without outputs.

    Raises:
        FileNotFoundError: if the package came without the exercises.
    """
    notebook = read(given_path(exercise.stem))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return notebook


def given_path(stem: str) -> Path:
    """Return the file of an exercise as it is given.

    Raises:
        FileNotFoundError: if the package came without the exercises.
    """
    own = [path.parent / "exercises" for name, path in definitions().items() if name == stem]
    for folder in (*GIVEN, *own):
        if (folder / f"{stem}.ipynb").exists():
            return folder / f"{stem}.ipynb"
    raise FileNotFoundError(f"This installation came without {stem}.ipynb; install ae-course anew.")


def read(path: Path) -> dict[str, Any]:
    """Return a notebook's JSON.

    Raises:
        Unreadable: if it is no notebook, in words for its learner.
    """
    try:
        return parse(path.read_bytes())
    except (Unreadable, OSError) as error:
        says = str(error) if isinstance(error, Unreadable) else "The file can't be opened."
        raise Unreadable(f"{path} is not a notebook that can be read. {says}") from None


def _stem_of(path: Path, notebook: dict[str, Any]) -> str:
    found = stems_in_cells(notebook["cells"], stems())
    stem = found[0] if found else stem_in_names([path.name], stems())
    if stem is None:
        raise FileNotFoundError(f"{path} is no exercise of this course.")
    return stem


def _verdicts(notebook: dict[str, Any]) -> dict[str, tuple[str, float]]:
    """The verdicts stored in a notebook, which may hold anything else."""
    found = {}
    for cell in notebook["cells"]:
        outputs = cell.get("outputs") if isinstance(cell, dict) else None
        for output in outputs if isinstance(outputs, list) else []:
            metadata = output.get("metadata") if isinstance(output, dict) else None
            stored = metadata.get("ae_course") if isinstance(metadata, dict) else None
            if isinstance(stored, dict) and isinstance(stored.get("task"), str):
                points = stored.get("points")
                points = float(points) if isinstance(points, int | float) else 0.0
                found[stored["task"]] = str(stored.get("status")), points
    return found
