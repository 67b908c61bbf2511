"""What an autograder from `ae-course gradescope` does with a submission, inside Gradescope."""

import json
import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ae_course._exit_codes import Exit
from ae_course._files import write_text
from ae_course._output import say
from ae_course.grading.batch.formats import gradescope
from ae_course.grading.batch.grade import grade
from ae_course.grading.sandbox.child.confine import hide_memory
from ae_course.grading.sandbox.host.isolation import SandboxError


def main(arguments: Sequence[str]) -> int:
    """Grade `ROOT/submission` and write `ROOT/results/results.json`; return the exit code.

    Where the grader itself fails, nothing is written: Gradescope then tells the teacher that the
    autograder failed, in place of a score that nobody earned.

    Args:
        arguments: the root folder, and the exercise if the assignment is for one.
    """
    root, exercise = Path(arguments[0]), next(iter(arguments[1:]), None)
    hide_memory()
    try:
        report = grade([root / "submission"], exercise=exercise, jobs=1)
    except (SandboxError, OSError, KeyError, ValueError) as error:
        says = error.args[0] if isinstance(error, KeyError) else error
        say(f"Nothing was graded. {says}", file=sys.stderr)
        return Exit.NO_SANDBOX
    say(f"ae-course at {Path(__file__).resolve().parents[2]}, isolation {report['isolation']}")
    say(report["caution"])
    if any(one["sandbox_lost"] for one in report["submissions"]):
        say("The sandbox died twice, so there is no verdict. Run the autograder again.")
        return Exit.SANDBOX_LOST
    write_text(root / "results" / "results.json", json.dumps(results(report), indent=1) + "\n")
    return Exit.DONE


def results(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return a report on what one learner handed in as Gradescope's `results.json`.

    Args:
        report: from `grade`; of several exercises the points are added.
    """
    submissions = report["submissions"]
    kept = {name: report[name] for name in ("seed", "isolation", "versions")}
    whole: dict[str, Any] = {"output_format": "text", "extra_data": kept}
    times = Counter(one["exercise"] for one in submissions)
    double = [one["path"] for one in submissions if times[one["exercise"]] > 1]
    problem = ""
    if not submissions:
        names = ", ".join(one["path"] for one in report["unread"]) or "no file"
        problem = f"Expected a Jupyter notebook (.ipynb); came {names}. Hand in the notebook."
    elif double:
        problem = f"Expected one notebook an exercise; came {', '.join(double)}. Hand in one."
    if problem:
        return {**whole, "score": 0, "output": problem}
    parts = [json.loads(gradescope(one)) for one in submissions]
    lines = [part["output"] for part in parts]
    lines += [f"{one['path']}: not read. {one['reason']}" for one in report["unread"]]
    return {
        **whole,
        "score": round(sum(part["score"] for part in parts), 2),
        "output": "\n".join(filter(None, lines)),
        "execution_time": round(sum(one["seconds"] for one in submissions)),
        "tests": [test for part in parts for test in part["tests"]],
    }


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.exit(main(sys.argv[1:]))
