"""Grade a class of 300 with `ae-course grade`, and measure what one more submission costs.

    python tests/campaigns/class_of_300.py [--submissions 300] [--jobs 2]

The hand-ins are an exercise solved in five degrees, without the tasks that train a model. A small
batch comes first: the difference between the two is what the submissions cost when the sandboxes
are warm. The table goes to `class_of_300.md` beside this file.
"""

import argparse
import datetime
import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TABLE = HERE / "class_of_300.md"
STEM, WARM_UP = "02_encoder_and_decoder", 20

_MEASURED = """
import json, resource, sys
from ae_course.cli import main
code = main(sys.argv[2:])
own, below = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
facts = {
    "code": code,
    "cpu": own.ru_utime + own.ru_stime + below.ru_utime + below.ru_stime,
    "own_cpu": own.ru_utime + own.ru_stime,
    "own_mb": own.ru_maxrss >> 10,
}
open(sys.argv[1], "w").write(json.dumps(facts))
"""


def _cells(folder: str) -> list[dict]:
    text = (ROOT / folder / f"{STEM}.ipynb").read_text("utf-8")
    return [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]


def hand_in(folder: Path, number: int) -> None:
    """Write so many notebooks, a fifth of them in each degree of completion."""
    solved = [cell for cell in _cells("solutions") if "fit(" not in "".join(cell["source"])]
    half = len(solved) // 2
    crash = {"cell_type": "code", "metadata": {}, "source": "1 / 0", "outputs": []}
    degrees = [solved, solved[:half], [*solved[:half], crash, *solved[half:]], _cells("exercises")]
    degrees.append(solved[:1])
    folder.mkdir(parents=True)
    for n in range(number):
        own = {**crash, "source": f"# hand-in {n}"}
        cells = [own, *degrees[n % len(degrees)]]
        for i, cell in enumerate(cells):
            cell |= {"id": f"c{i}", "execution_count": None, "outputs": []}
        whole = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        (folder / f"learner_{n:03}.ipynb").write_text(json.dumps(whole), encoding="utf-8")


def grade(folder: Path, number: int, jobs: int) -> dict:
    """Grade a class of so many; return what it took and what came out."""
    hand_in(folder / "in", number)
    facts, out = folder / "facts.json", folder / "out"
    command = [sys.executable, "-c", _MEASURED, str(facts), "grade", str(folder / "in"), "--quiet"]
    command += ["--exercise", STEM, "--output", str(out), "--jobs", str(jobs), "--seed", "0"]
    began = datetime.datetime.now()
    subprocess.run(command, check=True)
    seconds = (datetime.datetime.now() - began).total_seconds()
    report = json.loads((out / "grades.json").read_text("utf-8"))
    entries = report["submissions"]
    return {
        **json.loads(facts.read_text("utf-8")),
        "seconds": seconds,
        "submissions": len(entries),
        "scores": Counter(one["score"] for one in entries),
        "lost": sum(one["sandbox_lost"] or not one["graded"] for one in entries),
        "peak_mb": max(one["peak_mb"] for one in entries),
        "report_kb": (out / "grades.json").stat().st_size >> 10,
        "level": report["isolation"],
    }


def campaign(folder: Path, number: int, jobs: int, warm_up: int = WARM_UP) -> dict:
    """Return the figures of the class, with what each submission beyond a small batch costs."""
    small = grade(folder / "small", warm_up, jobs)
    whole = grade(folder / "class", warm_up + number, jobs)
    each = {name: (whole[name] - small[name]) / number for name in ("seconds", "cpu", "own_cpu")}
    return {**whole, "each": each}


def _table(found: dict, jobs: int) -> str:
    commit = subprocess.run(
        ["git", "-C", str(HERE), "describe", "--always", "--dirty"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    each = found["each"]
    rows = {
        "submissions": found["submissions"],
        "with a report that says so": found["submissions"] - found["lost"],
        "scores": ", ".join(f"{n} × {score:g}" for score, n in sorted(found["scores"].items())),
        "wall seconds, all": f"{found['seconds']:.0f}",
        "wall seconds, each further submission": f"{each['seconds']:.2f}",
        "CPU seconds, each further submission": f"{each['cpu']:.2f}",
        "of these in the deciding process": f"{each['own_cpu']:.3f}",
        "memory of the deciding process, MB": found["own_mb"],
        "memory of the largest submission, libraries left out, MB": found["peak_mb"],
        "size of the report, kB": found["report_kb"],
    }
    lines = [
        f"# A class of {found['submissions']}",
        "",
        f"Exercise {STEM} without its training tasks, level {found['level']}, {jobs} at once, "
        f"commit {commit}, {datetime.date.today()}; made by",
        f"`python tests/campaigns/class_of_300.py --submissions {found['submissions'] - WARM_UP} "
        f"--jobs {jobs}`.",
        "",
        "| | |",
        "|---|---:|",
        *(f"| {name} | {value} |" for name, value in rows.items()),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the campaign and write its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--submissions", type=int, default=300)
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = campaign(Path(folder), arguments.submissions, arguments.jobs)
    TABLE.write_text(_table(found, arguments.jobs), encoding="utf-8")
    print(TABLE.read_text("utf-8"))


if __name__ == "__main__":
    main()
