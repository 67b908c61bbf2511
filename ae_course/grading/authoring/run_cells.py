"""Run notebook cells in this process: an author's own, never a learner's."""

import contextlib
import io
import linecache
from typing import Any

from ae_course.grading.authoring import first_cell


def run_cell(source: str, namespace: dict[str, Any], name: str = "cell") -> None:
    """Execute a cell's source; what it prints is not shown, and errors quote its lines."""
    filename = f"<{name}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(source, filename, "exec"), namespace)


def run_notebook(notebook: Any) -> dict[str, Any]:
    """Execute every code cell but the installing one and the checks; return the variables."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    namespace = {"__name__": "__main__"}
    for cell in notebook.cells:
        if cell.id == first_cell.ID:
            continue
        if cell.cell_type == "code" and cell.metadata.get("ae_course", {}).get("role") != "check":
            run_cell(cell.source, namespace, cell.id)
    plt.close("all")
    return namespace
