"""Mend what the theme, Sphinx and docutils write and a screen reader cannot use."""

import re
from collections import Counter

from bs4 import BeautifulSoup

ID = re.compile(r'\sid="([^"]+)"')
EMPTY_HEADER = '<th class="head"><p></p></th>'


def name_expanders(contents):
    """Say what each arrow beside the contents opens; the theme leaves it without a word."""
    for summary in contents.select("li.has-children > details > summary"):
        link = summary.find_parent("li").find("a", recursive=False)
        if link and not summary.get_text(strip=True):
            summary["aria-label"] = f"Pages below {link.get_text(strip=True)}"
    return contents


def mend(body):
    """Return a page's body without roles, lists, headers and ids that HTML does not allow."""
    soup = BeautifulSoup(body, "html.parser")
    known = Counter()
    for element in soup.select("[id]"):  # proofs without a label share theirs
        known[name := element["id"]] += 1
        if known[name] > 1:
            element["id"] = f"{name}-{known[name]}"
    for entry in soup.select("[role=doc-biblioentry], .citation-list[role=list]"):
        del entry["role"]
    for corner in soup.select("thead th"):
        if not corner.get_text(strip=True):
            corner.name = "td"
    for parameters in soup.select("dt.sig dl"):  # terms without definitions
        parameters.name = "ul"
        parameters["class"] = "sig-parameters"
        for parameter in parameters.find_all("dd", recursive=False):
            parameter.name = "li"
    return str(soup)


def mend_page(app, pagename, templatename, context, doctree):
    """Mend the contents in the sidebar, and the body where it needs it."""
    generate = context.get("generate_toctree_html")

    def named(*args, **kwargs):
        contents = generate(*args, **kwargs)
        return name_expanders(contents) if contents else contents

    if generate:
        context["generate_toctree_html"] = named
    body = context.get("body", "")
    ids, marks = ID.findall(body), ("doc-biblioentry", "sig-param", EMPTY_HEADER)
    if len(ids) > len(set(ids)) or any(mark in body for mark in marks):
        context["body"] = mend(body)


def setup(app):
    """Come after the theme, which puts its functions into the context."""
    app.connect("html-page-context", mend_page, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
