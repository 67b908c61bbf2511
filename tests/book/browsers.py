"""The browsers that can open the pages, and how to start one that is quiet."""

import os
import shutil
import tempfile

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LONGEST_TEMPORARY = 60
"""Bytes: Chromium makes a socket below the temporary folder, and a socket's path has 108."""


def find() -> str | None:
    """The program of a browser, or None where there is none."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def launch(playwright, executable: str):
    """Start a browser, also where the temporary folder has a long path."""
    environment = dict(os.environ)
    if len(os.fsencode(tempfile.gettempdir())) > LONGEST_TEMPORARY:
        environment["TMPDIR"] = "/tmp"
    return playwright.chromium.launch(executable_path=executable, args=QUIET, env=environment)
