"""The report in other formats: JUnit XML, CSV, Gradescope JSON, Markdown, HTML.

Text from submissions was made harmless when it came in; here it is escaped for each form.
"""

import csv
import html
import io
import json
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Any

_OUTCOMES = ("correct", "partly", "incorrect", "not attempted", "error")
_CSV_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def junit(report: Mapping[str, Any]) -> str:
    """Return JUnit XML: a suite a submission, a case a task."""
    root = ET.Element("testsuites", name="ae-course grade")
    for one in report["submissions"]:
        cases = one["tasks"]
        suite = ET.SubElement(
            root,
            "testsuite",
            name=one["path"],
            tests=str(len(cases) or 1),
            failures=str(sum(t["status"] in ("incorrect", "partly") for t in cases)),
            errors=str(sum(t["status"] == "error" for t in cases) if cases else 1),
            skipped=str(sum(t["status"] == "not attempted" for t in cases)),
        )
        if not cases:
            case = ET.SubElement(suite, "testcase", classname="unreadable", name=one["path"])
            ET.SubElement(case, "error", message=one["problem"])
        for task in cases:
            name = f"{task['id']} {task['title']}"
            case = ET.SubElement(suite, "testcase", classname=one["exercise"], name=name)
            says = "\n".join(task["messages"])
            points = f"{task['status']}: {task['points']:g} of {task['max_points']:g} points"
            if task["status"] == "not attempted":
                ET.SubElement(case, "skipped", message=points)
            elif task["status"] != "correct":
                kind = "error" if task["status"] == "error" else "failure"
                ET.SubElement(case, kind, message=points).text = says
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def gradebook(report: Mapping[str, Any]) -> str:
    """Return CSV: a row a submission, a column a task. No cell is a formula to a spreadsheet."""
    ids = dict.fromkeys(task["id"] for one in report["submissions"] for task in one["tasks"])
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["learner", "path", "exercise", "score", "max_score", "problem", *ids])
    for one in report["submissions"]:
        points = {task["id"]: f"{task['points']:g}" for task in one["tasks"]}
        about = [one["learner"], one["path"], one["exercise"] or ""]
        sums = [f"{one['score']:g}", f"{one['max_score']:g}"]
        cells = [*about, *sums, one["problem"], *(points.get(i, "") for i in ids)]
        writer.writerow([f"'{c}" if c.startswith(_CSV_FORMULA) else c for c in cells])
    return text.getvalue()


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
    """Return a table and the open tasks, for a job's summary."""
    lines = ["| submission | " + " | ".join(_OUTCOMES) + " | points |", "|---" * 7 + "|"]
    for one in report["submissions"]:
        counts = [str(sum(t["status"] == s for t in one["tasks"])) for s in _OUTCOMES]
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
    return "\n".join(lines) + "\n"


def _in_markdown(text: str) -> str:
    escaped = html.escape(" ".join(text.split()))
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+!|~@" else c for c in escaped)


def page(report: Mapping[str, Any]) -> str:
    """Return one self-contained HTML page: the class, and every submission with its messages."""
    title = "Grades" if len(report["submissions"]) != 1 else report["submissions"][0]["path"]
    body = [f"<h1>{_e(title)}</h1>", _about(report)]
    if len(report["submissions"]) > 1:
        body += [_class_table(stem, facts) for stem, facts in report["statistics"].items()]
    body += [_submission(one, len(report["submissions"]) == 1) for one in report["submissions"]]
    body += [_unread(report["unread"])] if report["unread"] else []
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">\n"
        f"<title>{_e(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(body)
        + "\n</main>\n</body>\n</html>\n"
    )


_STYLE = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 20%, transparent);
  --good: #1a7f5a; --some: #a15c00; --bad: #b3303a; --none: #6b7280; }
@media (prefers-color-scheme: dark) { :root { --good: #4cc38a; --some: #f1a10d; --bad: #ff8589;
  --none: #9aa3af; } }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 56rem; margin: auto; padding: 1rem; }
table { border-collapse: collapse; width: 100%; display: block; overflow-x: auto; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
details { border: 1px solid var(--line); border-radius: .5rem; padding: .5rem 1rem;
  margin: 1rem 0; }
summary { cursor: pointer; font-weight: 600; overflow-wrap: anywhere; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .9em; margin: .3rem 0; }
.correct { color: var(--good); } .partly { color: var(--some); }
.incorrect, .error { color: var(--bad); } .not { color: var(--none); }
small { color: var(--none); }
""".strip()


def _e(text: object) -> str:
    return html.escape(str(text), quote=True)


def _about(report: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in report["versions"].items())
    facts = f"Seed {report['seed']} · isolation {report['isolation']} · {versions}"
    facts = " · ".join(filter(None, [facts, report["caution"], *report["remarks"]]))
    return f"<p><small>{_e(facts)}</small></p>"


def _class_table(stem: str, facts: Mapping[str, Any]) -> str:
    head = "".join(f'<th class="n">{_e(status)}</th>' for status in _OUTCOMES)
    rows = "".join(
        f"<tr><td>{_e(i)} {_e(t['title'])}</td>"
        + f'<td class="n">{t["mean"]:g} / {t["max_points"]:g}</td>'
        + "".join(f'<td class="n">{t[status]}</td>' for status in _OUTCOMES)
        + "</tr>"
        for i, t in facts["tasks"].items()
    )
    return (
        f"<h2>{_e(stem)}</h2><p>{facts['submissions']} submissions: mean {facts['mean']:g}, "
        f"median {facts['median']:g}, from {facts['lowest']:g} to {facts['highest']:g} of "
        f"{facts['max_score']:g} points.</p><table><thead><tr><th>task</th>"
        f'<th class="n">mean</th>{head}</tr></thead><tbody>{rows}</tbody></table>'
    )


def _unread(files: list[Mapping[str, Any]]) -> str:
    rows = "".join(
        f"<tr><td>{_e(one['path'])}</td><td>{_e(one['reason'])}</td></tr>" for one in files
    )
    return f"<h2>Found and not read</h2><table><tbody>{rows}</tbody></table>"


def _submission(one: Mapping[str, Any], is_open: bool) -> str:
    score = f"{one['score']:g} / {one['max_score']:g}" if one["tasks"] else "not graded"
    parts = [f"<summary>{_e(one['path'])} — {score}</summary>"]
    parts += [f"<p class='error'>{_e(one['problem'])}</p>"] if one["problem"] else []
    for task in one["tasks"]:
        parts.append(
            f"<h3>{_e(task['id'])} {_e(task['title'])} "
            f"<span class='{task['status']}'>{task['status']}</span> "
            f"<small>{task['points']:g} of {task['max_points']:g} points</small></h3>"
        )
        parts += [f"<pre>{_e(message)}</pre>" for message in task["messages"]]
    parts += [f"<p><small>Note: {_e(note)}</small></p>" for note in one["notes"]]
    if one["output"]:
        printed = f"<pre>{_e(one['output'])}</pre>"
        parts.append(f"<details><summary>What it printed</summary>{printed}</details>")
    return f"<details{' open' if is_open else ''}>{''.join(parts)}</details>"
