"""Every image of the book says in words what is to be seen."""

import re

import pytest
from book_pages import PAGES, soup_of

FILE_OR_HASH = re.compile(r"^\S*(?:\.\w{2,4}|[0-9a-f]{16,})$|^_?images?\b")


@pytest.mark.parametrize("page", PAGES)
def test_images_have_alt_text(book, page):
    soup = soup_of(book, page)
    silent = [
        f"{image['src']}: {image.get('alt')!r}"
        for image in soup.find_all("img")
        if len(image.get("alt", "").strip()) < 10 or FILE_OR_HASH.match(image["alt"])
    ]
    assert silent == []
