"""The book builds as `make book` builds it: without a warning, soon, with every page."""

import inspect

import ae_course

import pytest
from book_pages import PAGES, ROOT, soup_of
from sphinx.util.inventory import InventoryFile


def test_builds_without_a_warning(book):
    if book.returncode:
        pytest.fail(book.log, pytrace=False)


def test_the_build_executes_no_notebook(book):
    assert "Executing notebook" not in book.log
    assert book.cpu_seconds < 300, "of processor time; the notebooks alone take 600"


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_the_contents_is_there(book, page):
    assert (book.html / f"{page}.html").exists()


def test_no_page_names_the_machine_that_made_it(book):
    pages = [*book.html.rglob("*.html"), *book.html.rglob("searchindex.js")]
    assert len(pages) > 30
    found = [path.name for path in pages if str(ROOT) in path.read_text("utf-8")]
    assert found == []


@pytest.mark.parametrize("page", ["book/intro", "exercises/01_basic_structure"])
def test_the_footer_names_the_version(book, page):
    soup = soup_of(book, page)
    footer = " ".join(soup.find("footer", class_="bd-footer-content").get_text().split())
    assert f"Version {ae_course.__version__}." in footer


def test_every_notebook_is_a_page():
    folders = ("book", "exercises", "solutions")
    notebooks = [path for folder in folders for path in (ROOT / folder).glob("*.ipynb")]
    assert {p.relative_to(ROOT).with_suffix("").as_posix() for p in notebooks} <= set(PAGES)


def test_bringing_mathjax_costs_little(book):
    files = [p for p in (book.html / "_static/mathjax").rglob("*") if p.is_file()]
    assert 0 < sum(p.stat().st_size for p in files) < 3_000_000


def test_every_public_name_has_a_page(book):
    with (book.html / "objects.inv").open("rb") as file:
        inventory = InventoryFile.load(file, "", lambda base, uri: uri)
    documented = {name for kind, names in inventory.items() if kind[:3] == "py:" for name in names}
    public = set()
    for module in filter(inspect.ismodule, (getattr(ae_course, n) for n in ae_course.__all__)):
        own = [
            n for n, o in vars(module).items() if getattr(o, "__module__", "") == module.__name__
        ]
        names = getattr(module, "__all__", [n for n in own if not n.startswith("_")])
        public |= {f"{module.__name__}.{name}" for name in names}
    assert len(public) > 30
    assert public - documented == set()
