"""Measure the tasks about trained models: right ones pass, cheats earn nothing, for all seeds.

    make calibrate                                        all, 200 seeds of the grader
    .venv/bin/python tests/grading/calibrate.py 1.6       one task

Each row of `calibration.json` says which commit was measured, when, and with how many seeds. A
credit is the part of the model's points that was earned, from 0 to 1.

The solutions are those of the solution notebooks, each trained once, as the notebook trains it, and
beside them stand right models in other styles; what varies is the grader's seed.
`test_calibration.py` runs a few seeds and reads the table.
"""

import argparse
import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from ae_course._output import say
from ae_course.grading.authoring.release import read
from ae_course.grading.authoring.run_cells import run_notebook
from ae_course.grading.judging import fresh
from ae_course.grading.judging.task import exercise_of, grade_task

import numpy as np
from cheats import Restarted, cheats
from trained import STYLES

ROOT = Path(__file__).parents[2]
TABLE = Path(__file__).with_name("calibration.json")
TASKS = {
    # task: the model's name, which check is about it, the longest code
    "1.6": ("model", 0, 8),
    "2.4": ("model", 0, 16),
    "4.5": ("model", 0, 4),
    "5.6": ("model", 0, None),
    "6.5": ("model", 0, None),
    "7.4": ("stack", 1, 6),
    "8.5": ("detector", 0, 16),
    "9.5": ("model", 0, 10),
}


def credits(task_id, make, seeds):
    """Return which part of the model's points a submission gets, for each seed.

    Args:
        task_id: such as `"1.6"`.
        make: builds the submission's variables.
        seeds: the grader's.
    """
    task, (_, place, _) = exercise_of(task_id)[task_id], TASKS[task_id]
    check = task.checks[place]
    alone = type(task)(task_id, task.title, check.points, task.level, task.target, (check,), ("",))
    numbers = [int(part) for part in task_id.split(".")]
    earned = [
        grade_task(alone, Restarted(make), np.random.default_rng([seed, *numbers])).points
        for seed in seeds
    ]
    return [points / check.points for points in earned]


def cheats_for(task_id):
    """Return a task's cheats, by name: functions that build the submission's variables."""
    name, _, size = TASKS[task_id]
    digits = fresh.known_digits()
    known = digits.train[~np.isin(digits.train_labels, (2, 3))] if task_id == "8.5" else None
    built = cheats(size, known)
    return {what: lambda make=make: {name: make()} for what, make in built.items()}


def measure(task_id, seeds):
    """Return a task's row: the solution's worst credit and every cheat's best."""
    stem = exercise_of(task_id).stem
    solved = run_notebook(read(ROOT / "solutions" / f"{stem}.ipynb"))
    row = {"solution, worst": min(credits(task_id, lambda: solved, seeds))}
    for style, train in STYLES[task_id].items():
        right = {TASKS[task_id][0]: train()}
        row[f"{style}, worst"] = min(credits(task_id, lambda right=right: right, seeds))
    for what, make in cheats_for(task_id).items():
        row[f"{what}, best"] = max(credits(task_id, make, seeds))
    return row


def commit():
    """Return the commit that is measured, or that it is unknown."""
    git = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return git.stdout.strip() or "unknown"


def main():
    """Measure and write row by row, so that what was measured stays if the rest is stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tasks", nargs="*", default=list(TASKS), help="such as 1.6 (default: all)")
    parser.add_argument("--seeds", type=int, default=200)
    arguments = parser.parse_args()
    for task_id in arguments.tasks:
        row = measure(task_id, range(arguments.seeds))
        table = json.loads(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else {}
        today = datetime.now(UTC).date().isoformat()
        table[task_id] = {
            "commit": commit(),
            "date": today,
            "seeds": arguments.seeds,
            "credit": row,
        }
        TABLE.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
        say(f"{task_id}: {row}")


if __name__ == "__main__":
    main()
