"""A notebook is known by its cells, whatever it is called; only then by names."""

import json
import time
from pathlib import Path

from ae_course.grading.judging.task import stems
from ae_course.grading.reading.identity import (
    stem_in_names,
    stems_in_cells,
    task_of,
    without_stem,
)

import pytest

ROOT = Path(__file__).parents[3]


def without_ids(cell):
    cell.pop("id", None)


def without_metadata(cell):
    cell["metadata"] = {}


def without_ours(cell):
    cell["metadata"].pop("ae_course", None)


def without_all(cell):
    without_ids(cell)
    without_metadata(cell)


@pytest.mark.parametrize("lose", [without_ids, without_metadata, without_ours, without_all])
@pytest.mark.parametrize("stem", stems())
@pytest.mark.parametrize("folder", ["exercises", "solutions"])
def test_a_notebook_is_known_by_what_is_left_of_its_cells(folder, stem, lose):
    cells = json.loads((ROOT / folder / f"{stem}.ipynb").read_text("utf-8"))["cells"]
    for cell in cells:
        lose(cell)
    assert stems_in_cells(cells, stems()) == [stem]


@pytest.mark.parametrize(
    "cell",
    [
        None,
        3,
        [],
        {},
        {"metadata": 3},
        {"metadata": {"ae_course": []}},
        {"metadata": {"ae_course": {"task": ["1.1"]}}},
        {"metadata": {"ae_course": {"task": "1.1\n"}}},
        {"metadata": {"nbgrader": {"grade_id": 3}}},
        {"id": "check-999-1"},
        {"cell_type": "code", "source": 3},
        {"cell_type": "code", "source": [3]},
        {"cell_type": "code", "source": "recheck('1.1')"},
        {"cell_type": "markdown", "source": 'check("1.1")'},
    ],
    ids=repr,
)
def test_a_cell_that_says_nothing_says_nothing(cell):
    assert task_of(cell) is None
    assert stems_in_cells([cell], stems()) == []


def test_the_exercise_with_most_tasks_comes_first():
    cells = [{"id": f"check-{task}"} for task in ("2-1", "1-1", "2-2", "2-2", "77-1")]
    assert stems_in_cells(cells, stems()) == ["02_encoder_and_decoder", "01_basic_structure"]


@pytest.mark.parametrize(
    "name",
    [
        "01_basic_structure.ipynb",
        "01-Basic structure.ipynb",
        "ada_01_basic_structure (2).ipynb.txt",
        "1 Basic Structure.IPYNB",
        "Basic-01-basicstructure",
    ],
)
def test_a_name_is_read_however_it_is_spelt(name):
    assert stem_in_names([name], stems()) == "01_basic_structure"
    assert stem_in_names([name, "x.ipynb"], stems()) == "01_basic_structure"


@pytest.mark.parametrize("name", ["basic.ipynb", "101_basic_structure.ipynb", "x", ""])
def test_another_name_says_nothing(name):
    assert stem_in_names([name], stems()) is None


def test_the_files_name_counts_before_the_folders():
    parts = ["01_basic_structure", "02_encoder_and_decoder.ipynb"]
    assert stem_in_names(parts, stems()) == "02_encoder_and_decoder"


def test_what_is_left_of_a_name_is_the_learners():
    assert without_stem("ada_01-Basic structure", "01_basic_structure").strip("_ ") == "ada"


def test_a_cell_of_blank_lines_takes_no_time():
    cell = {"cell_type": "code", "source": "\n" * 2_000_000 + "check("}
    began = time.process_time()
    assert task_of(cell) is None
    assert time.process_time() - began < 2
