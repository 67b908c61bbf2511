"""Give each line that a cell prints an element of its own, so that where it goes on it is set in.

A table is told apart: it scrolls by itself, as the other tables do, since its columns say nothing
when each row is broken.
"""

import re
from html import unescape

BEGIN = r'<div class="output stream[^>]*><div class="highlight"><pre>'
OUTPUT = re.compile(f"({BEGIN})(.*?)(</pre>)", re.DOTALL)
NARROW = 50  # characters of a line that a phone shows
START = "<span></span>"  # Pygments' way to keep an empty first line


def set_in(match):
    """Return an output with its lines in elements; colored ones stay as they are."""
    begin, text, end = match.groups()
    text = text.removeprefix(START)
    if "<" in text:
        return match.group()
    rows = text.splitlines(keepends=True)
    if sum(len(unescape(row)) > NARROW for row in rows) >= 3:
        begin = begin.replace("output stream", "output stream printed-table", 1)
    lines = (f'<span class="printed">{row}</span>' for row in rows)
    return begin + START + "".join(lines) + end


def set_in_outputs(app, pagename, templatename, context, doctree):
    """Change the outputs of a page."""
    if body := context.get("body"):
        context["body"] = OUTPUT.sub(set_in, body)


def setup(app):
    """Register the event."""
    app.connect("html-page-context", set_in_outputs)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
