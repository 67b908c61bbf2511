"""Seconds a submission: ours, nbgrader's autograde and otter-grader, on the same notebook.

    python bench/grading.py [--submissions 50] [--otter /path/to/python/with/otter]

The notebook is the first chapter's solution, model training included, once a submission with a
comment of its own. Everything runs on one core. nbgrader runs the released notebook's own check
cells. otter-grader lives in an environment of its own (it needs none of ours but the course's
libraries, which it finds through PYTHONPATH) and gets public tests of the same questions in its
own format; without `--otter` it is left out and the table says so. Start-up that is paid once a
batch is shown apart.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ae_course._versions import versions

ROOT = Path(__file__).resolve().parents[1]
STEM = "01_basic_structure"
OTTER_TESTS = {
    "1_1": "float(encode(np.ones((1, 2)), np.ones((3, 2)), -2 * np.ones(3))[0, 0]) == 0.5",
    "1_2": "decode(np.ones((1, 2)), np.ones((3, 2)), np.ones(3)).tolist() == [[3.0, 3.0, 3.0]]",
    "1_3": "int(count_parameters(np.array([2, 1, 2]))) == 7",
    "1_4": "float(squared_error(np.ones((2, 3)), np.zeros((2, 3)))) == 3.0",
    "1_5": "learned_1_5 == 'c'",
    "1_6": "model.encode(digits.test).shape[1] <= 8",
}


COLUMNS = ("grader", "version", "submissions", "once a batch, s", "a submission, s", "full marks")


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=50)
    parser.add_argument("--others", type=int, help="submissions for the other two (the same)")
    parser.add_argument("--otter", help="a Python that has otter-grader")
    arguments = parser.parse_args()
    rows = measure(arguments.submissions, arguments.others, arguments.otter)
    for row in (COLUMNS, ["---"] * len(COLUMNS), *rows):
        print("| " + " | ".join(map(str, row)) + " |")


def measure(count: int, others: int | None = None, otter_python: str | None = None) -> list[tuple]:
    """Grade on one core with each grader; one row of `COLUMNS` each."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        with tempfile.TemporaryDirectory() as folder:
            return [
                ours(Path(folder, "ours"), count),
                nbgrader(Path(folder, "nbgrader"), others or count),
                otter(Path(folder, "otter"), others or count, otter_python),
            ]
    finally:
        os.sched_setaffinity(0, cores)


def submissions(folder: Path, count: int, layout: str) -> list[Path]:
    """Write the submissions; no two are the same."""
    notebook = json.loads((ROOT / "solutions" / f"{STEM}.ipynb").read_text("utf-8"))
    paths = []
    for number in range(count):
        notebook["cells"][1]["source"] = [*notebook["cells"][1]["source"], f"\n# {number}"]
        path = folder / layout.format(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(notebook), encoding="utf-8")
        paths.append(path)
    return paths


def ours(folder: Path, count: int) -> tuple:
    """`ae-course grade` with one job: once a batch is the warm start and the first submission."""
    from ae_course.grading.batch.grade import grade

    submissions(folder, count, "learner_{:03}/" + f"{STEM}.ipynb")
    times = [time.perf_counter()]
    report = grade([folder], jobs=1, on_result=lambda *_: times.append(time.perf_counter()))
    each = (times[-1] - times[1]) / max(1, count - 1)
    once = times[1] - times[0] - each
    full = sum(one["score"] == 100 for one in report["submissions"])
    name = f"ae-course grade ({report['isolation']})"
    return (
        name,
        versions("ae-course")["ae-course"],
        count,
        f"{once:.1f}",
        f"{each:.2f}",
        f"{full} of {count}",
    )


def nbgrader(folder: Path, count: int) -> tuple:
    """nbgrader's own command, as a teacher runs it."""
    command = [sys.executable, "-m", "nbgrader"]
    bin_first = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": bin_first}  # it calls `alembic`
    paths = submissions(folder, count, "submitted/learner_{:03}/chapter/" + f"{STEM}.ipynb")
    source = folder / "source" / "chapter"
    source.mkdir(parents=True)
    shutil.copy(ROOT / "solutions" / f"{STEM}.ipynb", source)
    began = time.perf_counter()
    _quietly([*command, "generate_assignment", "chapter"], folder, environment)
    once = time.perf_counter() - began
    began = time.perf_counter()
    _quietly([*command, "autograde", "chapter", "--Execute.timeout=300"], folder, environment)
    each = (time.perf_counter() - began) / len(paths)
    _quietly([*command, "export", "--to=grades.csv"], folder, environment)
    rows = (folder / "grades.csv").read_text("utf-8").splitlines()
    column = rows[0].split(",").index("score")
    full = sum(float(row.split(",")[column]) == 100 for row in rows[1:])
    return (
        "nbgrader autograde",
        versions("nbgrader")["nbgrader"],
        count,
        f"{once:.1f}",
        f"{each:.2f}",
        f"{full} of {count}",
    )


def otter(folder: Path, count: int, python: str | None) -> tuple:
    """`otter run`, one process a submission: it has no batch without Docker."""
    if python is None:
        return "otter-grader", "not installed", "—", "—", "—", "—"
    paths = submissions(folder, count, f"learner_{{:03}}_{STEM}.ipynb")
    tests = folder / "tests"
    tests.mkdir()
    (folder / "out").mkdir()
    for name, expression in OTTER_TESTS.items():
        case = {"code": f">>> bool({expression})\nTrue", "hidden": False, "locked": False}
        suite = {"cases": [case], "type": "doctest", "scored": True}
        test = {"name": name, "points": 1, "suites": [suite]}
        (tests / f"{name}.py").write_text(f"OK_FORMAT = True\ntest = {test!r}\n")
    site = next(path for path in sys.path if path.endswith("site-packages"))
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{site}"}
    command = [python, "-m", "otter"]
    began = time.perf_counter()
    _quietly([*command, "generate", "-t", "tests", "--no-environment"], folder, environment)
    once = time.perf_counter() - began
    began, full = time.perf_counter(), 0
    for path in paths:
        said = _quietly(
            [*command, "run", "-a", "autograder.zip", "-o", "out", "--no-logo", path.name],
            folder,
            environment,
        )
        results = json.loads((folder / "out" / "results.json").read_text("utf-8")) if said else {}
        scores = [
            test.get("score", 0) for test in results.get("tests", []) if test.get("max_score")
        ]
        full += len(scores) == len(OTTER_TESTS) and all(scores)
    each = (time.perf_counter() - began) / count
    shown = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    number = re.search(r"\d+\.\d+\.\d+", shown.stdout)[0]
    return "otter run", number, count, f"{once:.1f}", f"{each:.2f}", f"{full} of {count}"


def _quietly(command: list[str], folder: Path, environment: dict | None = None) -> bool:
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return True


if __name__ == "__main__":
    main()
