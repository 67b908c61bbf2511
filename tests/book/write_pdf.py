"""The whole book as one PDF with bookmarks and links, out of its pages: `make pdf`."""

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path, PurePosixPath
from urllib.parse import urldefrag, urlsplit

from ae_course import __version__
from ae_course._output import say

import yaml
from book_pages import PAGES, ROOT, pages_of
from browsers import find, launch
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, sync_playwright

HTML = ROOT / "book/_build/html"
SCALE = 0.75
WIDTH = 900  # of A4 within its margins, in pixels of that scale
ONLY_ON_SCREENS = "script, button, .headerlink, .sd-tab-set > input"
SCRIPTS = ("mathjax/", "equations.js")
STYLE = """
section.bd-article { break-before: page }
section.bd-article img { max-width: 100%; height: auto }
section.part { break-before: page; padding-top: 35vh; text-align: center }
"""
PLACE = re.compile('(<p id="whole-book">).*?(</p>)', re.DOTALL)
"""Where the introduction links to the file, once it is there."""
FOOTER = """<div style="width: 100%; text-align: center; font: 8px sans-serif">
<span class="pageNumber"></span></div>"""


def main() -> None:
    """Write `autoencoders.pdf` among the pages, and link it from the first."""
    pdf = HTML / "autoencoders.pdf"
    with sync_playwright() as playwright:
        write(HTML, pdf, launch(playwright, find()))
    link(HTML, pdf)
    say(f"Written, and linked from the introduction: {pdf}")


def link(html: Path, pdf: Path) -> None:
    """Have the introduction of a built book lead to the file, and say how large it is."""
    page = html / f"{PAGES[0]}.html"
    words = f"The whole book as one PDF, {pdf.stat().st_size / 1e6:.0f} MB"
    path = f"{'../' * PAGES[0].count('/')}{pdf.relative_to(html).as_posix()}"
    linked = rf'\1<a href="{path}">{words}</a>\2'
    page.write_text(PLACE.sub(linked, page.read_text("utf-8")), "utf-8")


def write(html: Path, pdf: Path, browser: Browser, pages: Sequence[str] = PAGES) -> None:
    """Print these pages of a built book."""
    whole = html / "whole.html"
    whole.write_text(merged(html, pages), "utf-8")
    tab = browser.new_page(viewport={"width": WIDTH, "height": 900}, color_scheme="light")
    tab.set_default_timeout(1_200_000)
    try:
        tab.emulate_media(media="print")
        tab.goto(whole.as_uri())
        tab.evaluate("async () => { await MathJax.startup.promise; fitEquations(); }")
        tab.pdf(
            path=pdf,
            format="A4",
            margin=dict.fromkeys(("left", "right", "top", "bottom"), "15mm"),
            scale=SCALE,
            print_background=True,
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=FOOTER,
            outline=True,
            tagged=True,
        )
    finally:
        tab.close()
        whole.unlink()


def merged(html: Path, pages: Sequence[str]) -> str:
    """Return the articles of the pages as one page that lies beside them all."""
    first = _soup(html, pages[0])
    head = [f'<link rel="stylesheet" href="{_at(link["href"], pages[0])}">'
            for link in first.select('link[rel="stylesheet"]')]  # fmt: skip
    head.append(f"<style>{STYLE}</style>")
    head += [str(s) for s in first.select("script") if "window.MathJax" in (s.string or "")]
    sources = [_at(script["src"], pages[0]) for script in first.select("script[src]")]
    head += [
        f'<script defer src="{src}"></script>'
        for src in sources
        if any(name in src for name in SCRIPTS)
    ]
    parts = _parts()
    name = first.title.text.rpartition("—")[2].strip()  # of the book, after that of the page
    articles = [_title_page(name, f"Version {__version__}")]
    for page in pages:
        if page in parts:
            articles.append(_title_page(parts[page]))
        articles.append(str(_article(html, page, pages)))
    start = '<!doctype html><html lang="en" data-theme="light" data-mode="light">'
    title = f"<title>{name}</title>"
    return "\n".join(
        [start, '<head><meta charset="utf-8">', title, *head, "</head><body>", *articles, "</body>"]
    )


def _parts() -> dict[str, str]:
    """The name of the part that begins with a page."""
    contents = yaml.safe_load((ROOT / "book/_toc.yml").read_text("utf-8"))
    return {pages_of(part)[0]: part["caption"] for part in contents["parts"]}


def _title_page(name: str, below: str = "") -> str:
    return f'<section class="part"><h1>{escape(name)}</h1><p>{escape(below)}</p></section>'


def _article(html: Path, page: str, pages: Sequence[str]):
    """A page's article; its names begin with the page's, and links know them."""
    article = _soup(html, page).select_one("article.bd-article")
    for tag in article.select(ONLY_ON_SCREENS):
        tag.decompose()
    for tag in article.find_all("details"):  # paper cannot be clicked
        tag["open"] = ""
    for tag in article.find_all(id=True):
        tag["id"] = f"{_name(page)}--{tag['id']}"
    for tag in article.find_all(src=True):
        tag["src"] = _at(tag["src"], page)
    for link in article.find_all("a", href=True):
        link["href"] = _target(link["href"], page, pages)
        if not link["href"]:
            del link["href"]
    article.name, article["id"] = "section", _name(page)
    return article


def _target(href: str, page: str, pages: Sequence[str]) -> str:
    """Where a link leads on the one page; nowhere, if to what is not on it."""
    if urlsplit(href).scheme:
        return href
    path, place = urldefrag(href)
    there = _at(path, page).removesuffix(".html") if path else page
    if there not in pages:
        return ""
    return f"#{_name(there)}--{place}" if place else f"#{_name(there)}"


def _soup(html: Path, page: str) -> BeautifulSoup:
    return BeautifulSoup((html / f"{page}.html").read_text("utf-8"), "html.parser")


def _name(page: str) -> str:
    return page.replace("/", "-")


def _at(path: str, page: str) -> str:
    """A path that a page names, from the folder of all pages."""
    if urlsplit(path).scheme:
        return path
    parts: list[str] = []
    for part in (PurePosixPath(page).parent / path).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


if __name__ == "__main__":
    main()
