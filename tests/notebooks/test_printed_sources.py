"""Sources that a notebook prints are those of the package: told in seconds, not by a run."""

import ast
import contextlib
import io

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from test_notebooks import NOTEBOOKS

SHOWING = [p for p in NOTEBOOKS if "show_source(" in p.read_text(encoding="utf-8")]


def printed_and_current(path):
    """Yield what each cell with `show_source` printed, and what it would print now."""
    names = {}
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        shown = io.StringIO()
        for statement in ast.parse(TransformerManager().transform_cell(cell.source)).body:
            code = ast.unparse(statement)
            if isinstance(statement, ast.Import | ast.ImportFrom):
                exec(code, names)
            elif "show_source(" in code:
                with contextlib.redirect_stdout(shown):
                    exec(code, names)
        if shown.getvalue():
            yield "".join(output.get("text", "") for output in cell.outputs), shown.getvalue()


@pytest.mark.parametrize("path", SHOWING, ids=lambda path: path.stem)
def test_a_notebook_prints_the_sources_of_today(path):
    for printed, current in printed_and_current(path):
        assert printed == current, f"run `make execute NB={path}`"


def test_sources_were_found():
    assert sum(1 for path in SHOWING for _ in printed_and_current(path)) >= 20
