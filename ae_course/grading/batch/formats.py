"""The report in other formats: JUnit XML, CSV, Gradescope JSON, Markdown; HTML is in `page`.

Text from submissions was made harmless when it came in; here it is escaped for each form.
"""

import csv
import html
import io
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

OUTCOMES = ("correct", "partly", "incorrect", "not attempted", "error")

_FORMULA = re.compile(
    r"""(^|[;,|\t\r\n])(?=[\s"']*[=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212])"""
)
_SUMMARY_BYTES = 1_000_000  # a job's summary may hold a mebibyte
_TOO_LONG = "\n**The rest is too long for a summary; it is in the other files.**\n"


def junit(report: Mapping[str, Any]) -> str:
    """Return JUnit XML: a suite a submission, a case a task."""
    from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

    result_of = {"not attempted": Skipped, "error": Error, "partly": Failure, "incorrect": Failure}
    root = JUnitXml("ae-course grade")
    for one in report["submissions"]:
        suite = TestSuite(one["path"])
        if not one["tasks"]:
            case = TestCase(one["path"], "unreadable")
            case.result = Error(one["problem"])
            suite.append(case)
        for task in one["tasks"]:
            case = TestCase(f"{task['id']} {task['title']}", one["exercise"])
            if task["status"] != "correct":
                points = f"{task['points']:g} of {task['max_points']:g} points"
                result = result_of[task["status"]](f"{task['status']}: {points}")
                result.text = "\n".join(task["messages"])
                case.result = result
            suite.append(case)
        root.append(suite)  # `add_testsuite` compares it with every other one
    root.update_statistics()
    return root.tostring().decode()


def gradebook(report: Mapping[str, Any]) -> str:
    """Return CSV: a row a submission, a column a task.

    No cell is a formula to a spreadsheet, nor a part of one where semicolons separate cells.
    """
    ids = dict.fromkeys(task["id"] for one in report["submissions"] for task in one["tasks"])
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["learner", "path", "exercise", "score", "max_score", "problem", *ids])
    for one in report["submissions"]:
        points = {task["id"]: f"{task['points']:g}" for task in one["tasks"]}
        about = [one["learner"], one["path"], one["exercise"] or ""]
        sums = [f"{one['score']:g}", f"{one['max_score']:g}"]
        cells = [*about, *sums, one["problem"], *(points.get(i, "") for i in ids)]
        writer.writerow([no_formula(cell) for cell in cells])
    return text.getvalue()


def number(value: float) -> str:
    """Return a number with at most two decimals, without zeros at its end.

    Example:
        >>> number(87.50), number(1 / 3)
        ('87.5', '0.33')
    """
    return f"{round(value, 2) + 0:.2f}".rstrip("0").rstrip(".")


def no_formula(cell: str) -> str:
    """Return a cell of CSV that no spreadsheet takes for a formula, however it separates cells."""
    return _FORMULA.sub(r"\1'", cell)


def gradescope(one: Mapping[str, Any]) -> str:
    """Return Gradescope's `results.json` for one submission of the report."""
    tests = [
        {
            "name": f"{task['id']} {task['title']}",
            "score": task["points"],
            "max_score": task["max_points"],
            "status": "passed" if task["status"] == "correct" else "failed",
            "output": "\n".join(task["messages"]),
            "output_format": "text",
        }
        for task in one["tasks"]
    ]
    output = "\n".join([one["problem"], *one["notes"]]).strip()
    whole = {"score": one["score"], "output": output, "output_format": "text", "tests": tests}
    return json.dumps(whole, indent=1) + "\n"


def markdown(report: Mapping[str, Any]) -> str:
    """Return a table and the open tasks, for a job's summary; cut where that would be too long."""
    lines = ["| submission | " + " | ".join(OUTCOMES) + " | points |", "|---" * 7 + "|"]
    for one in report["submissions"]:
        counts = [str(sum(t["status"] == s for t in one["tasks"])) for s in OUTCOMES]
        cells = [_in_markdown(one["path"]), *counts, f"{one['score']:g} / {one['max_score']:g}"]
        lines.append("| " + " | ".join(cells) + " |")
    for one in report["submissions"]:
        told = [t for t in one["tasks"] if t["status"] != "correct"]
        lines += ["", f"### {_in_markdown(one['path'])}", ""]
        if one["problem"]:
            lines.append(_in_markdown(one["problem"]))
        for task in told:
            lines.append(f"**{task['id']} {task['title']}**: {task['status']}")
            lines += ["<pre>" + html.escape("\n".join(task["messages"])) + "</pre>", ""]
    lines += [f"- {_in_markdown(remark)}" for remark in report["remarks"]]
    lines += [
        f"- {_in_markdown(one['path'])}: not read. {_in_markdown(one['reason'])}"
        for one in report["unread"]
    ]
    return "".join(_first(f"{line}\n" for line in lines))


def _first(lines: Iterable[str]) -> list[str]:
    """Return the lines that fit into a summary, and say so if some do not."""
    kept, left = [], _SUMMARY_BYTES
    for line in lines:
        left -= len(line.encode())
        if left < 0:
            return [*kept, _TOO_LONG]
        kept.append(line)
    return kept


def _in_markdown(text: str) -> str:
    escaped = html.escape(" ".join(text.split()))
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+!|~@" else c for c in escaped)
