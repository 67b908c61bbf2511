"""Seconds that the gradebook takes for a class: import, standing, likeness, exports and pages.

    python bench/gradebook.py [--learners 1000] [--chapters 9]

Roster, notebooks and reports are made up, in the shape that `ae-course grade` writes: no notebook
runs. A tenth of the class copies somebody. Beside the seconds that passed stand those of a
processor, which other work on the machine does not lengthen much.
"""

import argparse
import csv
import hashlib
import json
import random
import re
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FIRST = ("Ada", "Björn", "Chloé", "Dmitri", "Emre", "Fatima", "Grace", "Hồng", "Ines", "Jürgen")
LAST = (
    "Lovelace",
    "Åkesson",
    "Müller",
    "O'Neill",
    "Nguyễn",
    "García López",
    "Kowalski",
    "van Dijk",
)
MARK = re.compile(r"## (\d+\.\d+) (.+?) \((\d+) points")


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--learners", type=int, default=1000, help="(%(default)s)")
    parser.add_argument("--chapters", type=int, default=9, help="how many (%(default)s)")
    arguments = parser.parse_args()
    print("| step | s | of a processor, s |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for step, passed, busy in measure(Path(folder), arguments.learners, arguments.chapters):
            print(f"| {step} | {passed:.1f} | {busy:.1f} |", flush=True)


def measure(folder: Path, learners: int, chapters: int):
    """Yield steps with the seconds that passed, and those of a processor."""
    from ae_course.grading.gradebook import exports, pages
    from ae_course.grading.gradebook.intake import find_notebooks, read_report, take_in
    from ae_course.grading.gradebook.roster import enroll, read_roster
    from ae_course.grading.gradebook.similar import similar
    from ae_course.grading.gradebook.standing import standing
    from ae_course.grading.gradebook.store import Book

    reports = make_class(folder, learners, chapters)
    began = time.perf_counter(), time.process_time()

    def took(step: str) -> tuple[str, float, float]:
        nonlocal began
        passed, busy = began
        began = time.perf_counter(), time.process_time()
        step = f"{step}, {learners} learners × {chapters} chapters"
        return step, began[0] - passed, began[1] - busy

    with Book(folder / "class.sqlite", create=True) as book:
        enroll(book, read_roster(folder / "roster.csv"))
        yield took("roster")
        found = [find_notebooks([report.parent / "hand-ins"]) for report in reports]
        yield took("reading the notebooks")
        for report, notebooks in zip(reports, found, strict=True):
            take_in(book, read_report(report), notebooks)
        yield took("import of the reports, matching")
        now = standing(book)
        yield took("standing of everybody")
        for stem in (None, *(c["stem"] for c in now.chapters)):
            if stem is None:
                texts = exports.whole_csv(now), exports.canvas(now), exports.nbgrader(now)
                assert all(text.count("\n") > learners for text in texts)
            else:
                exports.gradescope(book, now, stem)
        exports.moodle(book, now)
        yield took("exports: CSV, Canvas, nbgrader, Moodle, Gradescope")
        groups = similar(book)
        yield took("likeness")
        pages.write_pages(book, now, folder / "pages", groups)
        yield took("class page and a page a learner")
        book.backup(folder / "backup.sqlite")
        yield took("backup")


def make_class(folder: Path, learners: int, chapters: int, seed: int = 0) -> list[Path]:
    """Write a roster, hand-ins and reports into a folder; return the reports.

    The first learner of each ten has copied from the last of the ten before, in every chapter, with
    another comment. Every seventh hands nothing in for the last chapter.
    """
    draw = random.Random(seed)
    people = [_person(i, draw) for i in range(learners)]
    with (folder / "roster.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["First name", "Surname", "ID number", "Email address", "Group"])
        writer.writerows(people)
    reports = []
    for path in sorted((ROOT / "exercises").glob("*.ipynb"))[:chapters]:
        given = json.loads(path.read_text("utf-8"))
        tasks = [found.groups() for c in given["cells"] if (found := MARK.match(_source(c)))]
        entries, answers = [], ""
        for i, (first, last, *_) in enumerate(people):
            if len(reports) == chapters - 1 and i % 7 == 6:
                continue
            if i % 10 or not i:
                answers = [_answer(task, draw) for task, _, _ in tasks]
            name = f"{first} {last}_{70_000 + i}_assignsubmission_file/{path.name}"
            data = _notebook(given, tasks, answers, i)
            target = folder / path.stem / "hand-ins" / name
            target.parent.mkdir(parents=True)
            target.write_bytes(data)
            digest = hashlib.sha256(data).hexdigest()
            entries.append(_entry(name, path.stem, digest, tasks, draw))
        whole = {
            "format": "ae-course-grades", "version": 1, "seed": seed, "isolation": "full",
            "caution": "", "remarks": [], "limits": {}, "versions": {"python": "3", "keras": "3"},
            "submissions": entries, "unread": [], "statistics": {},
        }  # fmt: skip
        reports.append(folder / path.stem / "grades.json")
        reports[-1].write_text(json.dumps(whole), encoding="utf-8")
    return reports


def _person(i: int, draw: random.Random) -> list[str]:
    first, last = draw.choice(FIRST), f"{draw.choice(LAST)} {chr(65 + i // 26 % 26)}{i}"
    return [first, last, f"s{10_000 + i}", f"s{10_000 + i}@example.org", f"group {i % 4 + 1}"]


def _source(cell: dict) -> str:
    return "".join(cell["source"])


def _answer(task: str, draw: random.Random) -> str:
    """A function of about sixty tokens that hardly anybody else writes."""
    names = [f"{draw.choice('abcdefgh')}{draw.randrange(99)}" for _ in range(6)]
    lines = [f"def answer_{task.replace('.', '_')}(x, y):"]
    for name in names:
        signs = draw.choices("+-*/", k=3)
        lines.append(f"    {name} = x {signs[0]} {draw.randrange(99)} {signs[1]} y {signs[2]} 7")
    return "\n".join([*lines, f"    return {' + '.join(names)}"])


def _notebook(given: dict, tasks: list, answers: list[str], number: int) -> bytes:
    code = dict(zip([task for task, _, _ in tasks], answers, strict=True))
    cells = []
    for cell in given["cells"]:
        about = cell["metadata"].get("ae_course", {})
        if about.get("role") == "solution" and about["task"] in code:
            cell = {**cell, "source": f"# by {number}\n" + code.pop(about["task"])}
        elif about.get("role") == "reasoning":
            cell = {**cell, "source": f"Because of reason {number}."}
        cells.append(cell)
    return json.dumps({**given, "cells": cells}).encode()


def _entry(path: str, stem: str, digest: str, tasks: list, draw: random.Random) -> dict:
    results = []
    for task, title, most in tasks:
        share = draw.choice([0, 0.5, 1, 1])
        status = {0: "incorrect", 0.5: "partly", 1: "correct"}[share]
        results.append(
            {
                "id": task, "title": title, "status": status, "points": share * int(most),
                "max_points": int(most), "messages": [] if share == 1 else ["Look once more."],
            }
        )  # fmt: skip
    return {
        "id": digest[:16], "path": path, "learner": path.partition("/")[0], "exercise": stem,
        "sha256": digest, "graded": True, "problem": "",
        "score": sum(one["points"] for one in results),
        "max_score": sum(one["max_points"] for one in results), "tasks": results, "notes": [],
        "output": "", "seconds": 1.0, "peak_mb": 1, "sandbox_lost": False,
    }  # fmt: skip


if __name__ == "__main__":
    main()
