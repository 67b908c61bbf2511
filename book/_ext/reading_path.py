"""Solutions stand beside the reading path: not next, not previous, folded; nor are they numbered.

The theme leads from a chapter to its exercise, and on to the open solution. Here the exercise leads
on to the next chapter. Exercises and solutions have no section number, which would stand beside
their tasks' numbers: task 5.2 in section 5.13.
"""

import json

from docutils import nodes

SOLUTIONS = "solutions/"
UNNUMBERED = ("exercises/", SOLUTIONS)
BEFORE, AFTER = 1, 2
PROMPTS = {"code_prompt_show": "Show a solution", "code_prompt_hide": "Hide the solution"}


def fold(app, docname, source):
    """Have the cells of a solution opened by a click."""
    if docname.startswith(SOLUTIONS):
        notebook = json.loads(source[0])
        for cell in notebook["cells"]:
            if cell["metadata"].get("ae_course", {}).get("role") == "solution":
                cell["metadata"].setdefault("tags", []).append("hide-input")
                cell["metadata"].setdefault("mystnb", {}).update(PROMPTS)
        source[0] = json.dumps(notebook)


def unnumber(app, env):
    """Take the numbers off pages of exercises and solutions, and off what leads to them."""
    for docname in filter(lambda name: name.startswith(UNNUMBERED), env.toc_secnumbers):
        env.toc_secnumbers[docname] = {}
        for titles in (env.titles, env.longtitles):
            titles[docname].attributes.pop("secnumber", None)
    for contents in env.tocs.values():
        for link in contents.findall(nodes.reference):
            if link["refuri"].startswith(UNNUMBERED):
                link.attributes.pop("secnumber", None)
    return ()


def neighbor(builder, page, side):
    """The first page on this side that is no solution, or None."""
    name = builder.relations[page][side]
    while name and name.startswith(SOLUTIONS):
        name = builder.relations[name][side]
    return name


def lead_past(app, pagename, templatename, context, doctree):
    """Let the links at a page's end lead past solutions."""
    if pagename in app.builder.relations:
        for key, side in (("prev", BEFORE), ("next", AFTER)):
            if name := neighbor(app.builder, pagename, side):
                title = app.builder.render_partial(app.env.titles[name])["title"]
                link = app.builder.get_relative_uri(pagename, name)
                context[key] = {"link": link, "title": title}
            else:
                context[key] = None


def setup(app):
    """Act when a page is read, when all are numbered, and when one is written."""
    app.connect("source-read", fold)
    app.connect("env-get-updated", unnumber, priority=900)  # after Sphinx numbers the sections
    app.connect("html-page-context", lead_past)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
