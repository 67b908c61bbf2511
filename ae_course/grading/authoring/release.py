"""From a solution notebook to the exercise that learners get.

`solutions/NN_name.ipynb` is the only source. Its author writes plain cells and three marks:

- a region between `### BEGIN SOLUTION` and `### END SOLUTION` is what the learner has to write,
- a cell that is nothing but `check("2.1")` closes the task,
- a heading `## 2.1 Title (20 points, easy)` opens it; the first one is `# Solution 2: …`.

All the rest is derived here: the first cell, and from the trusted definition nbgrader's metadata,
the cells' ids and the stubs. Function stubs are nbgrader's own; a variable's stub is `name = ...`,
so that an untouched exercise runs to its end.
"""

import ast
import copy
import os
import re
from pathlib import Path
from typing import Any

from ae_course._files import write_text
from ae_course.grading.authoring.first_cell import with_first_cell
from ae_course.grading.judging.task import Exercise, Task, load_exercise

BEGIN, END = "BEGIN SOLUTION", "END SOLUTION"
CODE_STUB = ("# YOUR CODE HERE", "raise NotImplementedError()")
TEXT_STUB = ("YOUR ANSWER HERE",)
_CHECK = re.compile(r'check\("(\d+\.\d+)"\)')


class ReleaseError(ValueError):
    """A solution notebook that does not fit its exercise's definition."""


def release(stem: str, root: Path, check: bool = False, execute: bool = True) -> list[str]:
    """Write `exercises/<stem>.ipynb` from `solutions/<stem>.ipynb`, both executed.

    Args:
        stem: the exercise, such as `"01_basic_structure"`.
        root: the folder that holds `solutions/` and `exercises/`.
        check: write nothing, only compare.
        execute: run both notebooks, so that they are stored with their outputs.

    Returns:
        The files that were out of step; with `check` these still are.

    Raises:
        ReleaseError: if the solution does not fit the definition, in words for its author.
    """
    exercise = load_exercise(stem)
    source, target = root / "solutions" / f"{stem}.ipynb", root / "exercises" / f"{stem}.ipynb"
    solution = read(source)
    stored = copy.deepcopy(solution)
    annotate(solution, exercise)
    released = strip(solution, exercise)
    changed = []
    if content(solution) != content(stored):
        changed.append(f"solutions/{stem}.ipynb")
    if not target.exists() or content(released) != content(read(target)):
        changed.append(f"exercises/{stem}.ipynb")
    if check:
        return changed
    for notebook, path in ((solution, source), (released, target)):
        if execute:
            path.parent.mkdir(exist_ok=True)  # the first time there is no folder of exercises
            run(notebook, path.parent)
        if execute or f"{path.parent.name}/{path.name}" in changed:
            write(notebook, path)
    return changed


def annotate(notebook: Any, exercise: Exercise) -> None:
    """Give a solution notebook its first cell, ids and nbgrader metadata, in place.

    Raises:
        ReleaseError: if headings, regions and checks do not fit the exercise.
    """
    from nbformat import from_dict

    notebook.metadata = _notebook_metadata(notebook)
    notebook.cells = with_first_cell(notebook.cells, from_dict)
    pending, checked, headings = [], [], set()
    for cell in notebook.cells:
        cell.metadata.pop("nbgrader", None)
        cell.metadata.pop("ae_course", None)
        cell.metadata.pop("execution", None)
        if cell.cell_type == "markdown":
            headings.update(line.strip() for line in cell.source.split("\n"))
        if BEGIN in cell.source:
            pending.append(cell)
        closing = _CHECK.fullmatch(cell.source.strip()) if cell.cell_type == "code" else None
        if closing is None:
            continue
        task = _task(exercise, closing[1])
        if task.id in checked:
            raise ReleaseError(f'{exercise.stem}: check("{task.id}") stands there twice')
        if heading(task) not in headings:
            raise ReleaseError(f"{exercise.stem}: task {task.id} needs the heading {heading(task)}")
        if not pending:
            raise ReleaseError(f'{exercise.stem}: no solution region before check("{task.id}")')
        checked.append(task.id)
        _mark(cell, "check", task, grade=True, solution=False, points=task.points)
        _mark_answers(pending, task)
        pending = []
    if pending:
        raise ReleaseError(f"{exercise.stem}: a solution region after the last check")
    expected = [task.id for task in exercise.tasks]
    if checked != expected:
        raise ReleaseError(
            f"{exercise.stem}: the notebook checks {checked}, its tasks are {expected}"
        )


def strip(solution: Any, exercise: Exercise) -> Any:
    """Return the exercise of an annotated solution: stubs for answers, no outputs."""
    notebook = copy.deepcopy(solution)
    first = notebook.cells[0]
    first.source = first.source.replace("# Solution", "# Exercise", 1)
    for cell in notebook.cells:
        ours = cell.metadata.get("ae_course", {})
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        if ours.get("role") == "check":
            cell.metadata.update(deletable=False, editable=False)
        elif ours:
            asked = {target.partition(".")[0] for target in exercise[ours["task"]].targets}
            cell.source = stub(cell.source, asked, cell.cell_type == "code")
            cell.metadata.deletable = False
    return notebook


def stub(source: str, asked: set[str], code: bool = True) -> str:
    """Return a cell's source with stubs in place of its solution regions.

    Args:
        source: the cell's source.
        asked: the names that the task asks for; those that a region at the left margin assigns
            become `name = ...`.
        code: False for a Markdown cell.

    Example:
        >>> print(stub('### BEGIN SOLUTION\\nanswer = "b"\\n### END SOLUTION', {"answer"}))
        # YOUR CODE HERE
        answer = ...
    """
    kept, region, indent = [], None, ""
    for line in source.split("\n"):
        if BEGIN in line:
            if region is not None:
                raise ReleaseError(f"A solution region inside another one:\n{source}")
            region, indent = [], line[: len(line) - len(line.lstrip())]
        elif END in line:
            if region is None:
                raise ReleaseError(f"{END} without {BEGIN}:\n{source}")
            lines = TEXT_STUB
            if code:
                lines = CODE_STUB if indent else (CODE_STUB[0], *_unset(region, asked))
            kept += [indent + stub_line for stub_line in lines]
            region = None
        else:
            (kept if region is None else region).append(line)
    if region is not None:
        raise ReleaseError(f"{BEGIN} without {END}:\n{source}")
    return "\n".join(kept)


def heading(task: Task) -> str:
    """Return the Markdown heading that opens a task in its notebook."""
    return f"## {task.id} {task.title} ({task.points} points, {task.level})"


def content(notebook: Any) -> dict[str, Any]:
    """Return a notebook without what running it adds, for comparing."""
    bare = copy.deepcopy(dict(notebook))
    bare["metadata"] = _notebook_metadata(notebook)
    for cell in bare["cells"]:
        cell.pop("outputs", None)
        cell.pop("execution_count", None)
    return bare


def run(notebook: Any, folder: Path) -> None:
    """Execute a notebook in place, as if it stood in `folder`."""
    from nbclient import NotebookClient

    os.environ["AE_COURSE_PROGRESS"] = "off"
    resources = {"metadata": {"path": str(folder)}}
    options = {"timeout": 600, "record_timing": False, "coalesce_streams": True}
    NotebookClient(notebook, resources=resources, **options).execute()
    notebook.metadata = _notebook_metadata(notebook)


def read(path: Path) -> Any:
    """Return a notebook in nbformat 4.5."""
    import nbformat

    return nbformat.read(path, as_version=4)


def write(notebook: Any, path: Path) -> None:
    """Write a notebook in one step."""
    import nbformat

    write_text(path, nbformat.writes(notebook) + "\n")


def _task(exercise: Exercise, task_id: str) -> Task:
    try:
        return exercise[task_id]
    except KeyError as error:
        raise ReleaseError(error.args[0]) from None


def _mark_answers(cells: list[Any], task: Task) -> None:
    count = {"solution": 0, "reasoning": 0}
    for cell in cells:
        role = "solution" if cell.cell_type == "code" else "reasoning"
        count[role] += 1
        number = f"-{count[role]}" if count[role] > 1 else ""
        # nbgrader insists that a written answer is graded: by hand, and here for no points.
        extra = {"points": 0} if role == "reasoning" else {}
        _mark(cell, role, task, grade=bool(extra), solution=True, number=number, **extra)


def _mark(cell: Any, role: str, task: Task, grade: bool, solution: bool, number="", **points: int):
    cell.id = f"{role}-{task.id.replace('.', '-')}{number}"
    cell.metadata["ae_course"] = {"role": role, "task": task.id}
    cell.metadata["nbgrader"] = {
        "grade": grade,
        "grade_id": cell.id,
        "locked": grade and not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
        **points,
    }


def _unset(region: list[str], asked: set[str]) -> list[str]:
    names = {}
    for node in ast.parse("\n".join(region)).body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        for name in (n for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)):
            if name.id in asked:
                names[name.id] = f"{name.id} = ..."
    return list(names.values())


def _notebook_metadata(notebook: Any) -> Any:
    metadata = copy.deepcopy(notebook.metadata)
    metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata["language_info"] = {"name": "python"}
    return metadata
