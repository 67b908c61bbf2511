"""What search engines, and those with whom a link is shared, are told of a page.

`sphinxext.opengraph` writes the tags. Its description is all text from the top, links beside a
chapter's title and formulas included; here it is the page's first sentences.
"""

import textwrap
from html import escape

from docutils import nodes

from sections import read

LONGEST = 200


def describe(app, pagename, templatename, context, doctree):
    """Give a page's first sentences to the tags."""
    first = doctree.next_node(nodes.section) if doctree else None
    if first and (text := textwrap.shorten(read(first), LONGEST, placeholder=" …")):
        context["metatags"] += f'<meta name="description" content="{escape(text)}" />\n'
        context["meta"] = {**(context["meta"] or {}), "og:description": escape(text)}


def setup(app):
    """Come before `sphinxext.opengraph`."""
    app.connect("html-page-context", describe, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
