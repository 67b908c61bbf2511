"""Every notebook runs where nothing is installed: its first cell brings the package."""

import copy
import json
import subprocess
import sys

import ae_course
from ae_course.grading.authoring.first_cell import ID, first_cell, with_first_cell
from ae_course.grading.sandbox.child.run_cells import without_magics

import pytest
from test_notebooks import NOTEBOOKS, ROOT
from write_first_cells import READ_FILES

RUN = (
    "import sys; from IPython.core.interactiveshell import InteractiveShell as S; s = S.instance()"
)


NOTEBOOKS = [path for path in NOTEBOOKS if path.stem not in READ_FILES]


@pytest.mark.parametrize(
    "path", NOTEBOOKS, ids=[path.relative_to(ROOT).with_suffix("").as_posix() for path in NOTEBOOKS]
)
def test_every_notebook_has_it_after_its_title(path):
    cells = json.loads(path.read_text("utf-8"))["cells"]
    found = {**cells[1], "source": "".join(cells[1]["source"])}
    assert found == first_cell(), "`make first-cells` puts it there"
    assert [cell["id"] for cell in cells].count(ID) == 1


def test_it_asks_for_a_release_that_goes_with_this_version():
    major, minor, _ = ae_course.__version__.split(".")
    assert f'"ae-course~={major}.{minor}.0"' in first_cell()["source"]


def test_all_else_stays_as_it_is_and_is_counted_on():
    result = {"output_type": "execute_result", "execution_count": 1, "data": {}, "metadata": {}}
    cells = [
        {"id": "title", "cell_type": "markdown"},
        {"id": "a", "cell_type": "code", "execution_count": 1, "outputs": [result]},
        {"id": "b", "cell_type": "code", "execution_count": None, "outputs": []},
    ]
    before = copy.deepcopy(cells)
    once = with_first_cell(cells)
    assert [cell.get("execution_count") for cell in once] == [None, 1, 2, None]
    assert once[2]["outputs"][0]["execution_count"] == 2
    once[2]["execution_count"] = once[2]["outputs"][0]["execution_count"] = 1
    assert [once[0], *once[2:]] == before
    assert with_first_cell(copy.deepcopy(once)) == once


@pytest.mark.parametrize("installed", [True, False])
def test_it_installs_where_the_package_is_missing_and_does_nothing_elsewhere(installed):
    """In IPython, as a notebook runs it, with `pip` that only says what it was asked for."""
    code = [RUN, "from importlib import util; find = util.find_spec"]
    code += [f"util.find_spec = lambda name: find(name) if {installed} else None"]
    code += ["s.register_magic_function(lambda line: print('pip', line), magic_name='pip')"]
    code += [f"r = s.run_cell({first_cell()['source']!r}); r.raise_error()"]
    code += ["print('ae_course' in sys.modules, 'keras' in sys.modules)"]
    run = subprocess.run(
        [sys.executable, "-c", "\n".join(code)], capture_output=True, text=True, check=True
    )
    asked = [] if installed else [f"pip install --quiet {first_cell()['source'].split()[-1]}"]
    assert run.stdout.splitlines() == [*asked, "False False"]


def test_outside_jupyter_it_is_python_once_its_magic_is_left_out():
    namespace = {}
    exec(compile(without_magics(first_cell()["source"]), "<cell>", "exec"), namespace)
    assert set(namespace) == {"__builtins__", "importlib"}
