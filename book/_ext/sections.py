"""What the search page searches: the text of each section, in a script that works from disk, too.

Sphinx finds pages. A reader wants the section, and a line of it; `_static/search.js` looks for it
in the list that is written here, of `[page, anchor, title of the page, title, text]`. Solutions
are not in it, nor what cells print.
"""

import json
import re
from pathlib import Path

from docutils import nodes
from sphinx import addnodes

from reading_path import SOLUTIONS

FILE = "sections.js"
UNREAD = (
    *(nodes.raw, nodes.comment, nodes.image, nodes.target, nodes.system_message, nodes.title),
    *(addnodes.desc, addnodes.desc_signature, addnodes.glossary, nodes.label),
)
UNREAD_CLASSES = {"cell_output", "chapter-box"}
LONGEST_FORMULA = 12


def parts(page):
    """Yield anchor, title and node of every section, function or class, and term of a page."""
    for node in page.findall(lambda n: isinstance(n, nodes.section | addnodes.desc | nodes.term)):
        if titled(node):
            yield node["ids"][0], node.next_node(nodes.title).astext(), node
        elif isinstance(node, nodes.term):
            yield from ((anchor, node.astext(), node.parent[-1]) for anchor in node["ids"][:1])
        elif isinstance(node, addnodes.desc) and node[0]["ids"]:
            yield node[0]["ids"][0], node[0].get("fullname", node[0]["ids"][0]), node


def titled(node):
    """Whether a node is a section of the page: theorems and proofs are such without a title."""
    return isinstance(node, nodes.section) and isinstance(node.next_node(), nodes.title)


def words(node):
    """Yield the text of a node without that of the parts below it."""
    for child in node.children:
        if isinstance(child, nodes.Text):
            yield child.astext()
        elif isinstance(child, nodes.math | nodes.math_block):
            text = child.astext()
            plain = "\\" not in text and len(text) <= LONGEST_FORMULA
            yield text if plain else "…"
        elif not (
            titled(child) or isinstance(child, UNREAD) or {*child["classes"]} & UNREAD_CLASSES
        ):
            yield from words(child)
            if not isinstance(child, nodes.Inline):
                yield " "


def read(node):
    """The text of a node without that of the parts below it, in one line."""
    return re.sub(r"\s+", " ", "".join(words(node))).strip()


def collect(app, page, name):
    """Keep the parts of a page that is written."""
    if app.builder.format == "html" and not name.startswith(SOLUTIONS):
        title = app.env.titles[name].astext()
        address = app.builder.get_target_uri(name)
        found = [[address, anchor, title, part, read(node)] for anchor, part, node in parts(page)]
        app.course_sections[name] = found


def write(app):
    """Write the list when all pages are written; those that were not written anew are read."""
    for name in app.env.found_docs - app.course_sections.keys():
        if not name.startswith(SOLUTIONS):
            app.env.get_and_resolve_doctree(name, app.builder)
    held = [one for name in sorted(app.course_sections) for one in app.course_sections[name]]
    text = json.dumps(held, ensure_ascii=False, separators=(",", ":"))
    Path(app.outdir, FILE).write_text(f"const courseSections = {text};\n", "utf-8")
    return []


def setup(app):
    """Collect from each page; Sphinx then asks for more pages, and all others are there."""
    app.course_sections = {}
    app.connect("doctree-resolved", collect, priority=900)
    app.connect("html-collect-pages", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
