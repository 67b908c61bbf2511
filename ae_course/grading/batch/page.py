"""The report as one self-contained HTML page: the class, and every submission with its messages.

The template, `page.html`, escapes whatever it is given.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ae_course.grading.batch.formats import OUTCOMES


def page(report: Mapping[str, Any]) -> str:
    """Return the page of a whole report, or of the one submission in it."""
    submissions, versions = report["submissions"], report["versions"].items()
    facts = [f"Seed {report['seed']}", f"isolation {report['isolation']}"]
    facts += [", ".join(f"{name} {version}" for name, version in versions)]
    facts += filter(None, [report["caution"], *report["remarks"]])
    title = submissions[0]["path"] if len(submissions) == 1 else "Grades"
    return _template().render(report=report, title=title, facts=facts, outcomes=OUTCOMES)


@cache
def _template():
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["g"] = "{:g}".format
    return environment.get_template("page.html")
