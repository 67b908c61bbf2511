"""The report's files in a folder, each whole or not at all."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ae_course._files import PART, write_text
from ae_course.grading.batch import formats
from ae_course.grading.batch.journal import NotWritten
from ae_course.grading.batch.page import page
from ae_course.grading.batch.report import as_json

_OURS = re.compile(r".*-[0-9a-f]{16}")


def write_all(report: Mapping[str, Any], folder: Path) -> None:
    """Write the report in all its forms, and remove what an earlier one left there.

    Raises:
        NotWritten: if a file can't be written.
    """
    try:
        _write_all(report, folder)
    except OSError as error:
        raise NotWritten(f"{error.strerror}: {error.filename or folder}") from error


def _write_all(report: Mapping[str, Any], folder: Path) -> None:
    feedback, own = folder / "feedback", set()
    for one in report["submissions"]:
        name = re.sub(r"[^A-Za-z0-9-]+", "_", one["path"].removesuffix(".ipynb")).strip("_")[:80]
        place = feedback / f"{name}-{one['id']}"
        own.add(place)
        alone = {**report, "submissions": [one], "unread": [], "remarks": []}
        write_text(place / "feedback.html", page(alone))
        write_text(place / "results.json", formats.gradescope(one))
    write_text(folder / "grades.csv", formats.gradebook(report))
    write_text(folder / "junit.xml", formats.junit(report))
    write_text(folder / "grades.html", page(report))
    write_text(folder / "grades.md", formats.markdown(report))
    write_text(folder / "grades.json", as_json(report))
    for old in {*feedback.glob("*")} - own:
        if _OURS.fullmatch(old.name):
            shutil.rmtree(old)
    for cut_off in [*folder.glob(f"{PART}*"), *feedback.glob(f"*/{PART}*")]:
        shutil.rmtree(cut_off)
