"""The first code cell of every notebook: it brings the package where a host has none, as on Colab.

It is removed from the book's pages and folded elsewhere, and does nothing where the package is
installed. The release that it asks for is the newest one compatible with this version.
"""

from typing import Any

import ae_course

Cell = dict[str, Any]

ID = "install"
_COMPATIBLE = f"ae-course~={'.'.join(ae_course.__version__.split('.')[:2])}.0"
SOURCE = f"""\
# @title Install the course's package where it is missing
import importlib.util

if importlib.util.find_spec("ae_course") is None:
    %pip install --quiet "{_COMPATIBLE}\""""


def first_cell() -> Cell:
    """Return the cell, run: it prints nothing."""
    return {
        "cell_type": "code",
        "execution_count": 1,
        "id": ID,
        "metadata": {
            "cellView": "form",
            "jupyter": {"source_hidden": True},
            "tags": ["remove-cell"],
        },
        "outputs": [],
        "source": SOURCE,
    }


def with_first_cell(cells: list[Any], make=dict) -> list[Any]:
    """Return a notebook's cells with the first cell after its title, those after it counted on.

    Args:
        cells: of a notebook, each a dictionary; one that has the first cell gets it renewed.
        make: turns a dictionary into what the cells are.

    Example:
        >>> cells = [{"cell_type": "markdown"}, {"cell_type": "code", "execution_count": 1}]
        >>> [cell.get("execution_count") for cell in with_first_cell(cells)]
        [None, 1, 2]
    """
    title, *rest = [cell for cell in cells if cell.get("id") != ID]
    shift = len(rest) + 2 - len(cells)
    for cell in rest if shift else ():
        for counted in (cell, *cell.get("outputs", ())):
            if counted.get("execution_count"):
                counted["execution_count"] += shift
    return [title, make(first_cell()), *rest]
