"""What a task calls equation (9.8) is the one that it means, also after one is added before it."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TASKS = ROOT / "ae_course/grading/tasks"
NUMBER = re.compile(r"(?<![\w.])\(([1-9])\.(\d+)\)")
LABEL = re.compile(r"\$\$ \((eq-[\w-]+)\)")
MEANT = {
    "4.3": "eq-linear-minimum",
    "9.7": "eq-vae-loss",
    "9.8": "eq-kl-gaussian",
    "9.14": "eq-linear-vae",
}


def named() -> set[str]:
    """The numbers of equations that tasks name."""
    texts = [path.read_text("utf-8") for path in TASKS.glob("[0-9]*.py")]
    return {".".join(parts) for text in texts for parts in NUMBER.findall(text)}


def label(number: str) -> str:
    """The label of the equation that has this number."""
    chapter, place = map(int, number.split("."))
    [path] = (ROOT / "book").glob(f"{chapter:02}_*.ipynb")
    cells = json.loads(path.read_text("utf-8"))["cells"]
    prose = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    return LABEL.findall(prose)[place - 1]


def test_every_number_is_known():
    assert named() == MEANT.keys()


@pytest.mark.parametrize("number", MEANT)
def test_a_number_is_that_of_the_equation_meant(number):
    assert label(number) == MEANT[number]
