"""A notebook's JSON, with nothing in it trusted."""

import json
from typing import Any

BYTES = 16 << 20
"""The largest file that is read as a notebook."""

_CODE_CHARACTERS, _CELLS = 500_000, 500
_LISTS, _ITEMS = 500_000, 1_500_000  # of the whole JSON, so that a small file stays small in memory


class Unreadable(ValueError):
    """A file that is no notebook, in words for its learner."""


def looks_like_one(name: str, data: bytes) -> bool:
    """Whether a file claims to be a notebook, by its name or by its first characters.

    Args:
        name: the file's, with any ending (`x.IPYNB`, `x.ipynb.txt`).
        data: the file's bytes, or the first of them.
    """
    start = data[: 1 << 20].removeprefix(b"\xef\xbb\xbf").lstrip()
    return ".ipynb" in name.lower() or (start[:1] == b"{" and b'"cells"' in start)


def parse(data: bytes) -> dict[str, Any]:
    """Return a notebook of format 4; its `cells` are a list, of anything.

    Raises:
        Unreadable: if it is none.
    """
    if not data.strip():
        raise Unreadable("The file is empty.")
    if data.count(b"[") + data.count(b"{") > _LISTS or data.count(b",") > _ITEMS:
        raise Unreadable("The file has too many parts. Clear the notebook's outputs and save it.")
    try:
        notebook = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Unreadable("The file is not UTF-8 text, so it is no notebook.") from None
    except RecursionError:
        raise Unreadable("The file is nested too deeply to be a notebook.") from None
    except ValueError:
        raise Unreadable("The file is not JSON: cut short, or no notebook.") from None
    if not isinstance(notebook, dict):
        raise Unreadable("The file is JSON, but no notebook.")
    if notebook.get("nbformat") != 4 or not isinstance(notebook.get("cells"), list):
        version = notebook.get("nbformat")
        version = version if isinstance(version, int) and abs(version) < 100 else "unknown"
        raise Unreadable(
            f"The notebook's format is {version}, not 4. Open it in Jupyter and save it again."
        )
    return notebook


def code_cells(notebook: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Return the sources of a notebook's code cells, in order, and notes on what is odd in it.

    Metadata, outputs and the kernel's name are not looked at.

    Raises:
        Unreadable: if it has too much code.
    """
    sources, notes = [], []
    for cell in notebook["cells"]:
        kind = cell.get("cell_type") if isinstance(cell, dict) else None
        if kind not in ("code", "markdown", "raw"):
            notes.append("A cell that is none was left out.")
        elif kind == "code":
            source = source_of(cell)
            if source is None:
                notes.append("A code cell without text was left out.")
            else:
                sources.append(source)
    if len(sources) > _CELLS or sum(map(len, sources)) > _CODE_CHARACTERS:
        raise Unreadable(
            f"The notebook has too much code: at most {_CELLS} cells and {_CODE_CHARACTERS:,} "
            "characters."
        )
    return sources, list(dict.fromkeys(notes))


def source_of(cell: dict[str, Any]) -> str | None:
    """Return a cell's source as text that UTF-8 can hold; None if it is no text."""
    source = cell.get("source", "")
    lines = source if isinstance(source, list) else [source]
    if not all(isinstance(line, str) for line in lines):
        return None
    return "".join(lines).encode("utf-8", "replace").decode()
