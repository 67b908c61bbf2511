"""What every exercise in the course keeps: in step, solvable, not empty, kind to known mistakes."""

import ast
from functools import cache
from pathlib import Path
from types import ModuleType

import ae_course
from ae_course.grading.authoring import proof
from ae_course.grading.authoring.release import content, read, release
from ae_course.grading.authoring.run_cells import run_notebook
from ae_course.grading.judging.task import load_exercise, stems
from ae_course.grading.sandbox.child.run_cells import without_magics

import pytest

ROOT = Path(__file__).parents[2]
TASKS = [(stem, task.id) for stem in stems() for task in load_exercise(stem).tasks]
each_task = pytest.mark.parametrize(("stem", "task_id"), TASKS, ids=[f"{s}-{t}" for s, t in TASKS])
each_exercise = pytest.mark.parametrize("stem", stems())


@cache
def notebook(folder, stem):
    return read(ROOT / folder / f"{stem}.ipynb")


@cache
def variables(folder, stem):
    return run_notebook(notebook(folder, stem))


@each_exercise
def test_regenerating_gives_what_is_committed(stem):
    assert release(stem, ROOT, check=True) == []


@each_task
def test_the_solution_gets_full_marks_whatever_the_inputs(stem, task_id):
    assert not proof.unsolved(load_exercise(stem)[task_id], variables("solutions", stem), range(3))


@each_task
def test_the_untouched_exercise_is_not_attempted(stem, task_id):
    assert not proof.attempted(load_exercise(stem)[task_id], variables("exercises", stem))


@each_task
def test_known_mistakes_get_their_words_and_not_the_points(stem, task_id):
    task, solved = load_exercise(stem)[task_id], variables("solutions", stem)
    assert not proof.untold(task, solved, range(3))


@each_task
def test_enough_mistakes_are_known_and_every_name_stands_in_the_notebook(stem, task_id):
    task = load_exercise(stem)[task_id]
    assert not proof.too_few(task) + proof.unmentioned(task, notebook("exercises", stem))


def short(thing):
    """The short name of a module, or of the module that defines a class or function."""
    name = thing.__name__ if isinstance(thing, ModuleType) else thing.__module__
    return name.rpartition(".")[2]


@each_exercise
def test_what_the_given_cells_use_is_loaded_before_a_submission_comes(stem):
    cells = [c for c in notebook("exercises", stem).cells if c.cell_type == "code"]
    source = without_magics("\n".join(c.source for c in cells))
    used = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == "ae_course":
            used |= {short(getattr(ae_course, a.name)) for a in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ae_course."):
            used.add(node.module.split(".")[1])
    assert used - {"grading"} <= {*load_exercise(stem).provides, "source"}


@each_exercise
def test_both_notebooks_are_stored_with_their_outputs(stem):
    for folder in ("exercises", "solutions"):
        cells = [c for c in notebook(folder, stem).cells if c.cell_type == "code"]
        assert [c.execution_count for c in cells] == list(range(1, len(cells) + 1))
        shown = [o["metadata"]["ae_course"] for c in cells for o in c.outputs if o.get("metadata")]
        status = {"exercises": "not attempted", "solutions": "correct"}[folder]
        expected = [(task.id, status) for task in load_exercise(stem).tasks]
        assert [(s["task"], s["status"]) for s in shown] == expected


@each_exercise
def test_no_solution_is_left_in_the_exercise(stem):
    exercise, solution = notebook("exercises", stem), notebook("solutions", stem)
    assert content(exercise) != content(solution)
    given = {line.strip() for cell in exercise.cells for line in cell.source.split("\n")}
    assert not any("SOLUTION" in line for line in given)
