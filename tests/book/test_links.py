"""Links: inside the book each leads somewhere; to other sites, only `make links` asks."""

import re
import urllib.error
import urllib.request
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from book_pages import ROOT, read

LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "object": "data"}
OURS = "https://github.com/ae-course/"  # edit and launch links lead to what is not pushed yet
LAUNCHERS = ("https://mybinder.org/v2/", "https://colab.research.google.com/github/")

SOURCES = [
    *ROOT.glob("*.md"),
    *(
        path
        for folder in ("book", "exercises", "solutions", "ae_course")
        for path in ROOT.glob(f"{folder}/**/*")
        if path.suffix in (".md", ".ipynb", ".py") and "_build" not in path.parts
    ),
]
OWN_PATH = re.compile(r"`((?:tests|ae_course|book|bench|solutions|exercises|\.ci)/[\w./*-]+)`")
MADE = re.compile(r"\bNN_name\b|\bNAME\b|/_build/")
"""Parts of paths that a reader fills in, and of those that a command makes."""


def pages(book) -> list[Path]:
    """All pages, with the search and the index; the theme's own templates are none."""
    return [p for p in book.html.rglob("*.html") if "_static" not in p.parts]


@cache
def anchors(page: Path) -> set[str]:
    return {tag["id"] for tag in read(page).find_all(id=True)}


def targets(page: Path) -> set[str]:
    """Where a page leads and what it loads."""
    tags = read(page).find_all(True)
    return {tag[key] for tag in tags for key in ("href", "src") if tag.get(key)}


def is_external(link: str) -> bool:
    return bool(urlsplit(link).netloc or urlsplit(link).scheme)


def test_links_inside_the_book_lead_to_a_file_and_an_anchor(book):
    broken = []
    for page in pages(book):
        for link in filter(lambda t: not is_external(t), targets(page)):
            parts = urlsplit(link)
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            if not target.exists():
                broken.append(f"{page.relative_to(book.html)}: no file for {link}")
            elif target.suffix == ".html" and unquote(parts.fragment) not in anchors(target) | {""}:
                broken.append(f"{page.relative_to(book.html)}: no anchor for {link}")
    assert broken == []


def test_pages_load_nothing_from_another_site(book):
    remote = []
    for page in pages(book):
        soup = read(page)
        loaded = [tag.get(key, "") for name, key in LOADED.items() for tag in soup.find_all(name)]
        loaded += [
            tag["href"] for tag in soup.find_all("link", href=True) if tag["rel"] != ["canonical"]
        ]
        remote += [f"{page.relative_to(book.html)}: {link}" for link in loaded if is_external(link)]
    for sheet in book.html.rglob("*.css"):
        urls = re.findall(
            r"(?:url\(|@import\s+)[\"']?((?:https?:)?//[^\"')]+)", sheet.read_text("utf-8")
        )
        remote += [f"{sheet.relative_to(book.html)}: {url}" for url in urls]
    assert remote == []


@pytest.mark.external
def test_links_to_other_sites_answer(book):
    links = {t for page in pages(book) for t in targets(page) if t.startswith("http")}
    links |= set(re.findall(r"https?://[^\s)>\"`]+", (ROOT / "README.md").read_text("utf-8")))
    dead = []
    for link in sorted(link for link in links if not link.startswith((OURS, *LAUNCHERS))):
        request = urllib.request.Request(link, headers={"User-Agent": "Mozilla/5.0 (link check)"})
        try:
            urllib.request.urlopen(request, timeout=20).close()
        except urllib.error.HTTPError as error:
            if error.code in (404, 410):  # others mean: there, but not for programs
                dead.append(f"{link}: {error}")
        except OSError as error:
            dead.append(f"{link}: {error}")
    assert dead == []


def paths_of_no_file(text: str) -> list[str]:
    """What a text sets as a path of the repository and is none."""
    named = (path for path in OWN_PATH.findall(text) if not MADE.search(path))
    return [path for path in named if not list(ROOT.glob(path.rstrip("/")))]


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_paths_in_the_text_are_those_of_files(source):
    assert paths_of_no_file(source.read_text("utf-8")) == []


def test_a_path_that_has_moved_is_found():
    text = "see `tests/book/test_links.py`, `book/NN_name.ipynb` and `tests/book/test_moved.py`"
    assert paths_of_no_file(text) == ["tests/book/test_moved.py"]
