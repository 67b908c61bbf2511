"""How smooth a page stays while its laboratory trains, on a machine four times slower.

    make book && python bench/laboratories.py [--slower 4] [--seconds 4]

Chromium slows the page down. The tasks of the page's main thread are what a reader waits for who
scrolls or moves a slider; 95 in 100 of them shall take 30 ms of a processor at most. It measures
on an idle machine only: beside other work Chromium slows down by more than it is told.
"""

import argparse
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/book"))


def main() -> None:
    """Measure and print a Markdown table."""
    from tracing import at

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--slower", type=float, default=4, help="(%(default)g)")
    parser.add_argument("--seconds", type=float, default=4, help="of each (%(default)g)")
    arguments = parser.parse_args()
    print("| laboratory | median, ms | 95 in 100, ms | longest, ms |\n|---|---|---|---|")
    for name, tasks in measure(arguments.slower, arguments.seconds):
        numbers = (at(share, tasks) for share in (0.5, 0.95, 1))
        cells = " | ".join(f"{number:.1f}" for number in numbers)
        print(f"| {name} | {cells} |", flush=True)


def measure(slower: float, seconds: float):
    """Yield the name of each laboratory that trains, and its page's tasks in milliseconds."""
    from browsers import find, launch
    from laboratories import HOME, TRAINED
    from tracing import busy

    with sync_playwright() as playwright:
        browser = launch(playwright, find())
        for name in TRAINED:
            tab = browser.new_page()
            tab.goto((ROOT / f"book/_build/html/{HOME[name]}.html").as_uri())
            figure = tab.locator(f"#lab-{name}")
            figure.locator(".lab-open").click()
            figure.get_by_role("button", name="Pause").wait_for()
            yield name, busy(tab, seconds, slower)["page"]
            tab.close()


if __name__ == "__main__":
    main()
