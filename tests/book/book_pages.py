"""The pages of the book, from its table of contents."""

from functools import cache
from pathlib import Path

import yaml
from bs4 import BeautifulSoup

ROOT = Path(__file__).parents[2]


def pages_of(entry: dict) -> list[str]:
    """The documents of a table of contents, in reading order."""
    own = [entry[key] for key in ("root", "file") if key in entry]
    inner = [e for key in ("parts", "chapters", "sections") for e in entry.get(key, ())]
    return own + [page for e in inner for page in pages_of(e)]


PAGES = pages_of(yaml.safe_load((ROOT / "book/_toc.yml").read_text("utf-8")))


@cache
def read(path: Path) -> BeautifulSoup:
    """A page, to be searched and not to be changed: all tests share it."""
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


def soup_of(book, page: str) -> BeautifulSoup:
    """A page of a built book."""
    return read(book.html / f"{page}.html")
