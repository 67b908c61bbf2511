"""Run the laboratory's own scripts in the Node.js that comes with Playwright."""

import json
import os
import subprocess
from pathlib import Path

import playwright

LAB = Path(__file__).parents[2] / "book/_static/lab"
NODE = Path(playwright.__file__).parent / "driver" / ("node.exe" if os.name == "nt" else "node")
CORE = ("random", "layers", "network", "optimizers", "trainer", "data/digits")
"""What every page with a laboratory loads and a worker runs."""
TRAINED = (
    *("principal", "pad", "curves", "sparse", "training", "bottleneck", "overcomplete"),
    *("regularized", "score", "signal", "alarm", "variational", "superposition"),
)
"""What holds the models that laboratories train."""

WITHOUT_A_PAGE = "const labDefine = () => {};\n"


def evaluate(expression: str, *files: str, replace: tuple[str, str] | None = None):
    """Return the value of a JavaScript expression after the core and these files.

    Args:
        expression: its value must have a form in JSON.
        files: more scripts of the laboratory, without their ending.
        replace: a text of the sources and what stands in its place, to show that a test can fail.
    """
    sources = "\n".join((LAB / f"{file}.js").read_text("utf-8") for file in (*CORE, *files))
    if replace:
        assert sources.count(replace[0]) == 1, f"{replace[0]!r} is not there once"
        sources = sources.replace(*replace)
    program = f"{WITHOUT_A_PAGE}{sources}\nconsole.log(JSON.stringify({expression}));"
    run = subprocess.run(
        [NODE, "-"], input=program, capture_output=True, text=True, encoding="utf-8"
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)
