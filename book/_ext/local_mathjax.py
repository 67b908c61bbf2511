"""Serve MathJax from the book itself: one script and its fonts, 2 MB in place of a CDN."""

from importlib.util import find_spec
from pathlib import Path

from sphinx.util.fileutil import copy_asset

SCRIPT = "tex-chtml-full.js"
FONTS = "output/chtml/fonts/woff-v2"


def copy_mathjax(app, exception):
    """Copy the script and the fonts out of the package `sphinx-mathjax-offline`."""
    if exception is None and app.builder.format == "html":
        source = Path(find_spec("sphinx-mathjax-offline").origin).parent / "static/mathjax"
        target = Path(app.outdir) / "_static/mathjax"
        copy_asset(source / SCRIPT, target)
        copy_asset(source / FONTS, target / FONTS)


def setup(app):
    """Point Sphinx to the local script."""
    app.config.mathjax_path = f"mathjax/{SCRIPT}"
    app.connect("build-finished", copy_mathjax)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
