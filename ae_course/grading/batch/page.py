"""The report as one self-contained HTML page: the class, and every submission with its messages."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ae_course.grading.batch.formats import OUTCOMES
from ae_course.grading.batch.template import template

_PAGE = Path(__file__).with_name("page.html")


def page(report: Mapping[str, Any]) -> str:
    """Return the page of a whole report, or of the one submission in it."""
    submissions, versions = report["submissions"], report["versions"].items()
    facts = [f"Seed {report['seed']}", f"isolation {report['isolation']}"]
    facts += [", ".join(f"{name} {version}" for name, version in versions)]
    facts += filter(None, [report["caution"], *report["remarks"]])
    title = submissions[0]["path"] if len(submissions) == 1 else "Grades"
    return template(_PAGE).render(report=report, title=title, facts=facts, outcomes=OUTCOMES)
