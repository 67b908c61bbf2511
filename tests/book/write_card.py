"""Draw the picture that stands beside a link to the book where it is shared: `make card`."""

from pathlib import Path

from ae_course._output import say

from browsers import find, launch
from playwright.sync_api import sync_playwright

STATIC = Path(__file__).parents[2] / "book/_static"
WIDTH, HEIGHT = 1200, 630
PAGE = """<!doctype html><meta charset="utf-8"><style>
  body { margin: 0; height: 100vh; display: flex; flex-direction: column; justify-content: center;
    align-items: center; font: 30px system-ui, sans-serif; color: #222; background: white }
  h1 { font-size: 84px; margin: 0 0 8px } p { margin: 0 0 40px; color: #555 } img { width: 980px }
</style><h1>Autoencoders</h1><p>a course in Jupyter, with a Keras package</p><img src="%s">"""


def main() -> None:
    """Write `card.png`, of the size that social networks ask for."""
    page = STATIC / "card.html"
    page.write_text(PAGE % "autoencoder.svg", "utf-8")
    try:
        with sync_playwright() as playwright:
            tab = launch(playwright, find()).new_page(viewport={"width": WIDTH, "height": HEIGHT})
            tab.goto(page.as_uri())
            tab.screenshot(path=STATIC / "card.png")
    finally:
        page.unlink()
    say(f"Written: {STATIC / 'card.png'}")


if __name__ == "__main__":
    main()
