"""The directive `lab` by itself: what it writes, in which formats, and what it refuses."""

import io

import pytest
from book_pages import ROOT
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

GOOD = """
Title
=====

.. lab:: training
   :name: lab-here
   :title: Train it
   :alt: A curve that falls.

   The caption, :math:`x^2`.

   The legend.
"""


@pytest.fixture
def build(tmp_path, monkeypatch):
    """Build one page in a format; return its text and the warnings."""
    monkeypatch.syspath_prepend(str(ROOT / "book/_ext"))
    picture = tmp_path / "book/_static/lab/pictures/training.png"
    picture.parent.mkdir(parents=True)
    picture.write_bytes((ROOT / "book/_static/lab/pictures/training.png").read_bytes())

    def run(source, builder="html"):
        (tmp_path / "index.rst").write_text(source, "utf-8")
        warnings = io.StringIO()
        settings = {"extensions": ["lab", "sphinx.ext.mathjax"], "numfig": True}
        with docutils_namespace():
            app = Sphinx(
                tmp_path,
                None,
                tmp_path / "out",
                tmp_path / "trees",
                builder,
                settings,
                status=None,
                warning=warnings,
                freshenv=True,
            )
            app.build()
        suffix = {"html": "html", "text": "txt", "latex": "tex"}[builder]
        [page] = [
            p for p in (tmp_path / "out").glob(f"*.{suffix}") if p.stem in ("index", "python")
        ]
        return page.read_text("utf-8"), warnings.getvalue()

    return run


def test_a_page_holds_mount_image_caption_legend_and_scripts(build):
    html, warnings = build(GOOD)
    assert 'data-lab="training"' in html and 'data-title="Train it"' in html
    assert html.index('class="lab"') < html.index("A curve that falls.") < html.index("The caption")
    assert "The legend." in html and 'id="lab-here"' in html
    assert "_static/lab/lab.js" in html and "_static/lab/lab.css" in html
    assert "variational" not in html
    assert warnings == ""


def test_a_page_without_a_laboratory_loads_nothing_of_it(build):
    html, _ = build("Title\n=====\n\nText.\n")
    assert "_static/lab/" not in html


def test_other_formats_keep_picture_and_caption(build):
    text, warnings = build(GOOD, "text")
    assert "The caption" in text and "A curve that falls." in text
    assert warnings == ""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("lab:: training", "lab:: magic", "no laboratory is called 'magic'"),
        ("   :alt: A curve that falls.\n", "", "needs :alt:"),
        ("   The caption, :math:`x^2`.\n\n   The legend.\n", "", "needs a caption"),
    ],
)
def test_a_mistake_is_named(build, old, new, words):
    assert old in GOOD
    _, warnings = build(GOOD.replace(old, new))
    assert words in warnings
