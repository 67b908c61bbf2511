"""The workflow that grades a learner's change takes nothing from the change but the notebooks."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hostile_cases import notebook

ROOT = Path(__file__).parents[3]
JOBS = yaml.safe_load((ROOT / ".github/workflows/check.yml").read_text("utf-8"))["jobs"]
STEPS = {step["name"]: step["run"] for step in JOBS["grade"]["steps"] if "name" in step}
COLLECT = "The course as it was before the change, and the changed notebooks"
STEM = "01_basic_structure"


def git(folder, *arguments):
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def install(course):
    """Stands in for the installation, which takes minutes."""
    programs = course / ".venv" / "bin"
    programs.mkdir(parents=True, exist_ok=True)
    runs = f'exec "{sys.executable}" -m ae_course.cli "$@"'
    (programs / "ae-course").write_text(f'#!/bin/sh\nPYTHONPATH="{course}" {runs}\n')
    (programs / "ae-course").chmod(0o755)


@pytest.fixture
def graded(tmp_path):
    """Run the grading job's own commands on a change; return the report and the summary."""
    change = tmp_path / "change"
    shutil.copytree(ROOT / "ae_course", change / "ae_course")
    for name in ("Makefile", "pyproject.toml", "requirements.txt"):
        shutil.copy(ROOT / name, change)
    (change / "exercises").mkdir()
    (change / "exercises" / f"{STEM}.ipynb").write_bytes(notebook(("# YOUR CODE HERE",)))
    git(change, "init", "--quiet")
    git(change, "add", "--all")
    git(change, "commit", "--quiet", "--message", "the course")
    base = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=change, text=True).strip()

    def grade(files):
        for name, data in files.items():
            path = change / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        git(change, "add", "--all", "--force")
        git(change, "commit", "--quiet", "--allow-empty", "--message", "the answers")
        summary = tmp_path / "summary.md"
        environment = {
            **os.environ,
            "BASE": base,
            "RUNNER_TEMP": str(tmp_path),
            "GITHUB_STEP_SUMMARY": str(summary),
        }
        done = None
        for step in (COLLECT, "Their points"):
            command = ["bash", "-e", "-o", "pipefail", "-c", STEPS[step]]
            done = subprocess.run(command, cwd=tmp_path, env=environment, check=False)
            install(tmp_path / "course")
        report = tmp_path / "grades" / "grades.json"
        submissions = json.loads(report.read_text())["submissions"] if report.exists() else []
        return done.returncode, submissions, summary.read_text()

    return grade


FORGERIES = {
    "journal": {
        "grades/grades.partial.jsonl": b'{"seed": 1}\n',
        "grades.partial.jsonl": b'{"seed": 1}\n',
    },
    "package": {
        "ae_course/grading/task.py": b"def grade_task(*_): raise SystemExit(0)",
        "ae_course.py": b"raise SystemExit(0)",
        "sitecustomize.py": b"raise SystemExit(0)",
    },
    "environment": {
        ".venv/bin/ae-course": b"#!/bin/sh\nexit 0\n",
        ".venv/.ready": b"",
        "Makefile": b".venv/.ready:\n\ttrue\n",
        "requirements.txt": b"",
    },
    "workflow": {".github/workflows/check.yml": b"jobs: {}"},
}


@pytest.mark.parametrize("kind", FORGERIES)
def test_a_forged_course_gives_no_points(graded, kind):
    files = {f"exercises/{STEM}.ipynb": notebook(("nothing = 0",)), **FORGERIES[kind]}
    code, (one,), summary = graded(files)
    assert (code, one["score"], len(one["tasks"])) == (0, 0, 6)
    assert STEM in summary.replace("\\", "")


def test_a_solution_gets_its_points(graded):
    solution = (ROOT / "solutions" / f"{STEM}.ipynb").read_bytes()
    code, (one,), _ = graded({f"exercises/{STEM}.ipynb": solution})
    assert (code, one["score"]) == (0, 100)


def test_a_change_of_something_else_is_not_graded(graded):
    code, submissions, summary = graded({"notes.txt": b"hello"})
    assert (code, submissions, summary.strip()) == (0, [], "No exercise changed.")


def test_the_job_that_grades_runs_no_notebook_and_the_other_gives_no_points():
    grades, runs = (json.dumps(JOBS[name]) for name in ("grade", "runs"))
    assert "pytest" not in grades and "nbval" not in grades and "needs" not in JOBS["grade"]
    assert "ae-course grade" not in runs and "upload-artifact" not in runs
    assert "cache" not in grades  # a cache that another job can write
