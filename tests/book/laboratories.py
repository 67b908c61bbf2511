"""Which laboratories stand on which page, read from the sources of the book."""

import json
import re
from dataclasses import dataclass

from book_pages import PAGES, ROOT

FENCE = re.compile(r"^[:`]{3,}\{lab\} (\S+)\n:name: (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Place:
    """A laboratory, the page that it stands on, and the name of its figure there."""

    page: str
    lab: str
    figure: str


def prose(page: str) -> str:
    """The markdown of a page, of a notebook's cells or of a file."""
    path = ROOT / f"{page}.md"
    if path.exists():
        return path.read_text("utf-8")
    cells = json.loads(path.with_suffix(".ipynb").read_text("utf-8"))["cells"]
    return "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")


PLACES = [Place(page, lab, figure) for page in PAGES for lab, figure in FENCE.findall(prose(page))]
HOME = {place.lab: place.page for place in PLACES if place.figure == f"lab-{place.lab}"}
"""The page that teaches what a laboratory shows; its figure there is `lab-` and the name."""

TRAINED = [name for name in HOME if name not in ("draw", "unit", "search", "codebook", "diffusion")]
"""Those in which a worker trains."""


def on_page(page: str) -> list[str]:
    """The laboratories of a page, in order."""
    return [place.lab for place in PLACES if place.page == page]
