"""Slides of every chapter, made from its page when the book is built: `slides/NN_name.html`.

Each section gets a heading with the question that it opens with, and from its body what an audience
looks at: formulas, theorems and definitions, figures, tables, lists, printed results of three lines
or more; if there is none of these, its first paragraph. Other paragraphs, proofs and code are left
to the speaker and the chapter. A cell with the tag `no-slide`, and a directive with that class, is
left out, too. `_static/slides.js` spreads what is here over pages of one size.
"""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from bs4 import BeautifulSoup, NavigableString, Tag

SHOWN = (
    "div.math, figure, div.proof, div.admonition, .pst-scrollable-table-container, table, ul, ol,"
    " pre"
)
LEFT_OUT = (
    ".headerlink, .no-slide, .tag_no-slide, .chapter-box, .cell_input, details.hide,"
    " .toctree-wrapper, script, button"
)
PROOF = ["proof", "admonition"]
"""All classes of a proof; a theorem has one more."""
FEWEST_LINES = 3
LAST = "Further reading"
PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Slides: {title}</title>
<link rel="stylesheet" href="../_static/slides.css">
<script>window.MathJax = {mathjax}</script>
<script defer src="../_static/{mathjax_path}"></script>
<script defer src="../_static/slides.js"></script>
</head>
<body>
<main>
{slides}
</main>
<nav aria-label="Slides">
<a href="../book/{stem}.html">Chapter</a>
<button type="button" id="back" aria-label="Previous slide">◀</button>
<output id="place" aria-label="Slide"></output>
<button type="button" id="on" aria-label="Next slide">▶</button>
</nav>
</body>
</html>
"""


def write_slides(app, exception):
    """Write the slides of all chapters that the build has written."""
    if exception is not None or app.builder.name != "html":
        return
    folder = Path(app.outdir) / "slides"
    folder.mkdir(exist_ok=True)
    for page in sorted((Path(app.outdir) / "book").glob("[0-9][0-9]_*.html")):
        title, slides = slides_of(page.read_text("utf-8"), page.stem)
        html = PAGE.format(
            title=title,
            stem=page.stem,
            mathjax=json.dumps(app.config.mathjax3_config),
            mathjax_path=app.config.mathjax_path,
            slides=slides,
        )
        (folder / page.name).write_text(html, "utf-8")


def slides_of(html: str, stem: str) -> tuple[str, str]:
    """Return a chapter's title and its slides: a `<section>` for each of its sections."""
    chapter = BeautifulSoup(html, "html.parser").select_one("article").find("section")
    for cell in chapter.select("div.cell:has(.cell_input)"):
        if "show_source(" in cell.select_one(".cell_input").get_text():
            cell.decompose()
    for tag in chapter.select(LEFT_OUT):
        if not tag.decomposed:
            tag.decompose()
    for tag in chapter.find_all(id=True):
        del tag["id"]
    for link in chapter.find_all("a", href=True):
        link["href"] = seen_from_slides(link["href"], stem)
    title = chapter.find("h1").get_text()
    sections = [
        one for one in chapter.find_all("section") if one.find(["h2", "h3"], recursive=False)
    ]
    kept = [one for one in sections if LAST not in one.find(["h2", "h3"]).get_text()]
    return title, "\n".join(page for one in (chapter, *kept) for page in slides_of_section(one))


def seen_from_slides(link: str, stem: str) -> str:
    """A link of a chapter, as it is written in the folder of the slides."""
    if link.startswith("#"):
        return f"../book/{stem}.html{link}"
    return link if re.match(r"\.\./|\w+:", link) else f"../book/{link}"


def slides_of_section(section: Tag) -> Iterator[str]:
    """What is shown of a section; what to remember from the chapter has a heading of its own."""
    heading = section.find(["h1", "h2", "h3"], recursive=False)
    if heading.get_text().endswith(("Check yourself", "Exercises")):
        yield slide(heading, section.find_all(["p", "details"], recursive=False))
        return
    closing = section.find("div", class_="important", recursive=False)
    if closing is not None:
        closing.extract()
    first = section.find_all("p", recursive=False, limit=1)
    yield slide(heading, list(items_of(section)) or first)
    if closing is not None:
        title, *rest = closing.find_all(True, recursive=False)
        yield slide(title, rest)


def slide(heading: Tag, items: Iterable[Tag | str]) -> str:
    """A heading and items below it."""
    level = "h1" if heading.name == "h1" else "h2"
    body = "\n".join(f'<div class="item">{item}</div>' for item in items)
    return f"<section>\n<{level}>{heading.decode_contents()}</{level}>\n{body}\n</section>"


def items_of(section: Tag) -> Iterator[str]:
    """What an audience sees of a section: its question, and what is no prose."""
    first = section.find("p", recursive=False)
    for tag in section.find_all(True, recursive=False):
        if tag.name == "p":
            if tag is first and (asked := question(tag)):
                yield f'<p class="question">{asked}</p>'
            elif lead := opening(tag):
                yield f'<p class="lead">{lead}</p>'
        elif tag.name not in ("section", "h1", "h2", "h3"):
            for found in [tag] if tag.css.match(SHOWN) else outermost(tag):
                if is_shown(found):
                    yield str(found)


def outermost(tag: Tag) -> list[Tag]:
    """What is to be shown in a tag, without what lies in another of them."""
    found = tag.select(SHOWN)
    return [one for one in found if not any(other in one.parents for other in found)]


def is_shown(tag: Tag) -> bool:
    """Whether it is neither a proof nor a printed line or two."""
    lines = len(tag.get_text().strip().splitlines())
    return tag.get("class") != PROOF and (tag.name != "pre" or lines >= FEWEST_LINES)


def opening(paragraph: Tag) -> str:
    """The bold words that a paragraph begins with, if it does."""
    begin = next(
        (c for c in paragraph.contents if not isinstance(c, NavigableString) or c.strip()), None
    )
    return begin.decode_contents() if isinstance(begin, Tag) and begin.name == "strong" else ""


def question(paragraph: Tag) -> str:
    """The sentence of a paragraph that ends with its first question mark, if it has one."""
    before = ""
    for content in paragraph.contents:
        if isinstance(content, NavigableString) and "?" in content:
            before += content.output_ready().partition("?")[0] + "?"
            return re.split(r"(?<=[.:!])\s+(?=[A-Z])", before)[-1].strip()
        before += str(content)
    return ""


def setup(app):
    """Write slides when the pages are there."""
    app.connect("build-finished", write_slides)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
