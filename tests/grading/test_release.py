"""From a solution to its exercise: stubs, metadata that nbgrader accepts, and a clear refusal."""

import copy
import json
import re
from pathlib import Path

from ae_course.cli import main
from ae_course.grading.authoring import release
from ae_course.grading.authoring.release import (
    ReleaseError,
    annotate,
    content,
    read,
    strip,
    stub,
    write,
)
from ae_course.grading.judging.task import load_exercise

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ROOT = Path(__file__).parents[2]
STEM = "01_basic_structure"
EXERCISE = load_exercise(STEM)


@pytest.fixture
def solution():
    return read(ROOT / f"solutions/{STEM}.ipynb")


@pytest.fixture
def course(tmp_path, solution):
    """A course's folder with one exercise, in step."""
    write(solution, tmp_path / f"solutions/{STEM}.ipynb")
    write(read(ROOT / f"exercises/{STEM}.ipynb"), tmp_path / f"exercises/{STEM}.ipynb")
    return tmp_path


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "def f(x):\n    ### BEGIN SOLUTION\n    return x\n    ### END SOLUTION",
            "def f(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()",
        ),
        (
            "### BEGIN SOLUTION\nhelper = 2\na = helper\nb, c = 1, 2\na = 3\n### END SOLUTION\nx",
            "# YOUR CODE HERE\na = ...\nc = ...\nx",
        ),
        ("### BEGIN SOLUTION\ndef a():\n    b = 1\n### END SOLUTION", "# YOUR CODE HERE"),
        ("x = 1", "x = 1"),
    ],
    ids=["a function", "variables", "a definition", "nothing"],
)
def test_a_region_becomes_a_stub(source, expected):
    assert stub(source, {"a", "c"}) == expected


def test_a_written_answer_becomes_nbgraders_words():
    source = "Why?\n\n<!-- ### BEGIN SOLUTION -->\nSo.\n<!-- ### END SOLUTION -->"
    assert stub(source, set(), code=False) == "Why?\n\nYOUR ANSWER HERE"


@pytest.mark.parametrize(
    "source",
    [
        "### BEGIN SOLUTION",
        "### END SOLUTION",
        "### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION",
    ],
)
def test_a_region_that_is_not_one_is_refused(source):
    with pytest.raises(ReleaseError, match="SOLUTION"):
        stub(source, set())


def test_function_stubs_are_nbgraders_own(solution):
    from nbgrader.preprocessors import ClearSolutions

    theirs, _ = ClearSolutions().preprocess(copy.deepcopy(solution), {})
    ours = strip(solution, EXERCISE)
    for mine, other in zip(ours.cells, theirs.cells, strict=True):
        if "BEGIN SOLUTION" in (before := _source(solution, mine.id)):
            if before.startswith("### BEGIN"):  # a variable: theirs would stop the notebook
                assert mine.source.startswith("# YOUR CODE HERE\n")
            else:
                assert mine.source == other.source


def _source(notebook, cell_id):
    return next(cell.source for cell in notebook.cells if cell.id == cell_id)


def test_metadata_is_what_nbgrader_accepts(solution):
    from nbgrader.nbgraderformat import MetadataValidator

    annotate(solution, EXERCISE)
    MetadataValidator().validate_nb(solution)
    graded = [c for c in solution.cells if "nbgrader" in c.metadata]
    keys = {"schema_version", "grade", "solution", "locked", "task", "grade_id"}
    for cell in graded:
        meta = cell.metadata["nbgrader"]
        assert set(meta) == keys | ({"points"} if meta["grade"] else set())
    assert sum(c.metadata["nbgrader"].get("points", 0) for c in graded) == 100


def test_only_the_first_heading_and_the_answers_change(solution):
    annotate(solution, EXERCISE)
    exercise = strip(solution, EXERCISE)
    assert exercise.cells[0].source.startswith("# Exercise 1")
    assert [c.id for c in exercise.cells] == [c.id for c in solution.cells]
    for given, full in zip(exercise.cells[1:], solution.cells[1:], strict=True):
        if "BEGIN SOLUTION" not in full.source:
            assert given.source == full.source
    assert not any(c.get("outputs") for c in exercise.cells)


def _cell(notebook, source):
    return next(cell for cell in notebook.cells if cell.source == source)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda nb: nb.cells.remove(_cell(nb, 'check("1.4")')), "the notebook checks"),
        (lambda nb: nb.cells.append(new_code_cell('check("1.4")')), "twice"),
        (lambda nb: nb.cells.insert(0, new_code_cell('check("1.1")')), "heading|no solution"),
        (lambda nb: setattr(_cell(nb, 'check("1.4")'), "source", 'check("1.44")'), "no task 1.44"),
        (lambda nb: nb.cells.append(new_code_cell("### BEGIN SOLUTION")), "after the last check"),
        (lambda nb: nb.cells.pop(3), "needs the heading ## 1.1 Encoder step"),
    ],
)
def test_a_solution_that_does_not_fit_its_definition_is_refused(solution, damage, words):
    damage(solution)
    with pytest.raises(ReleaseError, match=words):
        annotate(solution, EXERCISE)


def test_check_finds_what_is_out_of_step_and_writes_nothing(course, capsys):
    arguments = ["release", "--root", str(course), "--check", "1"]
    assert main(arguments) == 0
    path = course / f"exercises/{STEM}.ipynb"
    notebook = read(path)
    notebook.cells[4].source += "\n# edited by hand"
    write(notebook, path)
    before = path.read_bytes()
    assert main(arguments) == 1
    assert f"exercises/{STEM}.ipynb is out of step" in capsys.readouterr().out
    assert path.read_bytes() == before
    assert main([a for a in arguments if a != "--check"] + ["--no-execute"]) == 0
    assert main(arguments) == 0


def test_outputs_do_not_count_as_a_difference(course):
    path = course / f"exercises/{STEM}.ipynb"
    notebook = read(path)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    notebook.metadata.language_info = {"name": "python", "version": "3.99"}
    write(notebook, path)
    assert release.release(STEM, course, check=True) == []


def test_an_exercise_that_stops_is_not_released(course):
    from nbclient.exceptions import CellExecutionError

    path = course / f"solutions/{STEM}.ipynb"
    notebook = read(path)
    notebook.cells[2].source = "raise ValueError('in the first cell')"
    write(notebook, path)
    before = (course / f"exercises/{STEM}.ipynb").read_bytes()
    with pytest.raises(CellExecutionError, match="in the first cell"):
        release.release(STEM, course)
    assert (course / f"exercises/{STEM}.ipynb").read_bytes() == before


def test_content_ignores_only_what_running_adds():
    notebook = new_notebook(cells=[new_markdown_cell("a"), new_code_cell("b")])
    other = copy.deepcopy(notebook)
    other.cells[1].execution_count = 7
    assert content(other) == content(notebook)
    other.cells[1].metadata["tags"] = ["new"]
    assert content(other) != content(notebook)


def test_an_unknown_exercise_is_named(capsys):
    assert main(["release", "--check", "77"]) == 2
    assert STEM in capsys.readouterr().out


@pytest.mark.parametrize("path", sorted((ROOT / "exercises").glob("*.ipynb")), ids=lambda p: p.stem)
def test_a_learners_notebook_shows_no_role_that_only_the_book_resolves(path):
    cells = json.loads(path.read_text("utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    assert not re.findall(r"\{[a-z:]+\}`", text)
