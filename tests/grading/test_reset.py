"""A task is put back to its start even where ids and metadata are lost; all else stays."""

import json
from pathlib import Path

from ae_course.grading.authoring.reset import reset
from ae_course.grading.authoring.workspace import given
from ae_course.grading.judging.task import exercise_of, load_exercise, stems
from ae_course.grading.reading.identity import task_of
from ae_course.grading.reading.notebooks import source_of

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
ALL = [task.id for stem in stems() for task in load_exercise(stem).tasks]


def nothing(cell):
    pass


def ids(cell):
    cell.pop("id", None)


def metadata(cell):
    cell["metadata"] = {}


def everything(cell):
    ids(cell)
    metadata(cell)


def solved(stem, lose=nothing):
    """The solution, without the marks around its answers, as a learner's notebook."""
    notebook = json.loads((ROOT / "solutions" / f"{stem}.ipynb").read_text("utf-8"))
    for cell in notebook["cells"]:
        lose(cell)
        lines = source_of(cell).split("\n")
        cell["source"] = "\n".join(line for line in lines if " SOLUTION" not in line)
    if lose in (ids, everything):
        notebook["nbformat_minor"] = 0
    return notebook


def put(tmp_path, notebook, name="mine.ipynb"):
    path = tmp_path / name
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def cells_of(path):
    return json.loads(path.read_text("utf-8"))["cells"]


def sources(cells):
    return [source_of(cell) for cell in cells]


@pytest.mark.parametrize("lose", [nothing, ids, metadata, everything])
@pytest.mark.parametrize("task_id", ALL)
def test_the_answer_goes_the_given_cells_come_and_the_rest_stays(tmp_path, task_id, lose):
    exercise = exercise_of(task_id)
    before = solved(exercise.stem, lose)
    path = put(tmp_path, before)
    reset(task_id, path)
    after, start = cells_of(path), given(exercise)["cells"]
    answer = {i for i, cell in enumerate(start) if task_of(cell) == task_id}
    expected = [
        source_of(cell) if i in answer else source_of(before["cells"][i])
        for i, cell in enumerate(start)
    ]
    assert sources(after) == expected
    nbformat.validate(json.loads(path.read_text("utf-8")))
    assert len({cell["id"] for cell in after}) == len(after)


def test_all_tasks_one_by_one_give_the_exercise_back(tmp_path):
    for stem in stems():
        path = put(tmp_path, solved(stem, everything), f"{stem}.ipynb")
        for task in load_exercise(stem).tasks:
            reset(task.id, path)
        given_sources = sources(given(load_exercise(stem))["cells"])
        assert sources(cells_of(path))[1:] == given_sources[1:]  # the first says "Solution"


def code(source, **more):
    return {"cell_type": "code", "metadata": {}, "outputs": [], "source": source, **more}


ANSWER = "def encode(x, W, b):\n    return 0"


@pytest.mark.parametrize(
    ("place", "extra", "goes"),
    [
        (-1, code(ANSWER), True),
        (-1, code([ANSWER + "\n", "extra = 1"]), True),
        (-1, code("encode = lambda x, W, b: 0"), True),
        (-1, code("def encode(x, W, b)\n    return 0"), True),
        (4, code(ANSWER), True),
        (4, code(ANSWER, id="solution-1-1"), True),
        (4, code("# YOUR CODE HERE\nencode = ..."), True),
        (4, code("helper = encode"), False),
        (4, code("print(encode)"), False),
        (-1, code("encode == 3"), False),
        (-1, code("def count_parameters(s):\n    encode = 1"), False),
        (4, {"cell_type": "markdown", "metadata": {}, "source": "My notes"}, False),
    ],
)
def test_what_would_win_over_the_given_cells_goes_and_what_would_not_stays(
    tmp_path, place, extra, goes
):
    notebook = solved("01_basic_structure")
    notebook["cells"].insert(place if place > 0 else len(notebook["cells"]), extra)
    path = put(tmp_path, notebook)
    backup, gone = reset("1.1", path)
    assert (source_of(extra) in sources(cells_of(path))) is not goes
    assert gone == int(goes)
    assert source_of(extra) in sources(cells_of(backup))


def test_a_notebook_of_which_only_the_name_is_left_gets_the_cells_at_its_end(tmp_path):
    notebook = {"nbformat": 4, "nbformat_minor": 0, "metadata": {}, "cells": [code(ANSWER), None]}
    path = put(tmp_path, notebook, "01_basic_structure.ipynb")
    reset("1.1", path)
    start = given(exercise_of("1.1"))["cells"]
    assert sources(cells_of(path)) == sources(c for c in start if task_of(c) == "1.1")


def test_odd_cells_do_no_harm(tmp_path):
    odd = [3, [], {}, {"cell_type": "code", "source": 3}, {"metadata": 3, "id": []}]
    notebook = solved("01_basic_structure", everything)
    notebook["cells"][2:2] = odd
    path = put(tmp_path, notebook)
    reset("1.1", path)
    assert "raise NotImplementedError()" in "".join(filter(None, sources(cells_of(path))))
