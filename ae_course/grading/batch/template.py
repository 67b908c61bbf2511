"""Pages of HTML for teachers and learners: one frame, `base.html`, with one style.

Whatever a page is given is escaped, and a page reaches nothing outside itself.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ae_course.grading.batch.formats import number

if TYPE_CHECKING:
    from jinja2 import Template

_FRAME = Path(__file__).parent


@cache
def template(path: Path) -> "Template":
    """Return the template in a file that extends `base.html`.

    Its filter `n` writes a number. To be rendered without a name that it uses is an error.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader([path.parent, _FRAME]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["n"] = number
    return environment.get_template(path.name)
