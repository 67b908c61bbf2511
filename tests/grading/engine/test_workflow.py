"""The workflow that grades a learner's change takes nothing from the change but the notebooks."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hostile_cases import notebook

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / ".github/workflows"
WORKFLOWS = {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in FOLDER.glob("*.yml")}
CHECK, RUNS = WORKFLOWS["check"], WORKFLOWS["runs"]
COLLECT = "The course without the change, and the changed notebooks"
NBVAL = "The changed exercises run from the top (nbval)"
EVENTS = ("push", "new branch", "manual start", "pull request")
STEM = "01_basic_structure"
EXERCISE = f"exercises/{STEM}.ipynb"
SOLUTION = {EXERCISE: (ROOT / f"solutions/{STEM}.ipynb").read_bytes()}
SHELLS = {None: ["bash", "-e", "-c"], "bash": ["bash", "-e", "-o", "pipefail", "-c"]}


def git(folder, *arguments):
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    command = ["git", *identity, *arguments]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def value(expression, context):
    """What GitHub makes of `${{ expression }}`: names that the context lacks are empty."""

    def looked_up(match):
        found = context
        for name in match[0].split("."):
            found = (found or {}).get(name)
        return repr(found)

    python = re.sub(r"\b(?:github|vars)(?:\.\w+)+", looked_up, expression.strip("${ }"))
    result = eval(python.replace("&&", "and").replace("||", "or"))
    return "" if result is None else str(result)


def install(course):
    """Stands in for the installation, which takes minutes."""
    programs = course / ".venv" / "bin"
    programs.mkdir(parents=True, exist_ok=True)
    runs = f'exec "{sys.executable}" -m ae_course.cli "$@"'
    (programs / "ae-course").write_text(f'#!/bin/sh\nPYTHONPATH="{course}" {runs}\n')
    (programs / "ae-course").chmod(0o755)


class Change:
    """A learner's clone: `root` is no course yet, `course` is one; and what GitHub runs on it."""

    def __init__(self, folder):
        self.folder, self.clone = folder, folder / "change"
        self.clone.mkdir()
        git(self.clone, "init", "--quiet", "--initial-branch=main")
        exercises = {path.name: b"{}" for path in (ROOT / "exercises").glob("*.ipynb")}
        files = {f"exercises/{name}": data for name, data in exercises.items()}
        files["ae_course/cli.py"] = b"def main():\n    pass\n"
        files["ae_course/grading/__init__.py"] = b""
        self.root = self.commit(files)
        shutil.copytree(ROOT / "ae_course", self.clone / "ae_course", dirs_exist_ok=True)
        for name in ("Makefile", "pyproject.toml", "requirements.txt"):
            shutil.copy(ROOT / name, self.clone)
        self.course = self.commit({EXERCISE: notebook(("# YOUR CODE HERE",))})
        self.default(self.course)

    def commit(self, files):
        for name, data in files.items():
            path = self.clone / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        git(self.clone, "add", "--all", "--force")
        git(self.clone, "commit", "--quiet", "--allow-empty", "--message", "a change")
        return git(self.clone, "rev-parse", "HEAD")

    def default(self, commit):
        """Let the default branch end in a commit."""
        git(self.clone, "update-ref", "refs/remotes/origin/main", commit)

    def environment(self, workflow, event, before):
        pull = {"base": {"sha": before}, "head": {"sha": git(self.clone, "rev-parse", "HEAD")}}
        payload = {
            "push": {"before": before},
            "new branch": {"before": "0" * 40},
            "manual start": {},
            # of the events with a pull request, `synchronize` has the head before as well
            "pull request": {"pull_request": pull, "before": pull["head"]["sha"]},
        }[event]
        target = "pull_request_target" in workflow[True]  # YAML reads "on" as true
        names = {"pull request": "pull_request_target" if target else "pull_request"}
        github = {
            "event_name": names.get(event, "workflow_dispatch" if event[0] == "m" else "push"),
            "event": payload | {"repository": {"default_branch": "main", "fork": True}},
            "sha": before if event == "pull request" and target else pull["head"]["sha"],
        }
        variables = {
            name: value(text, {"github": github, "vars": {}})
            for name, text in workflow["env"].items()
        }
        places = {
            "RUNNER_TEMP": str(self.folder),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
        }
        return {**os.environ, **variables, **places}

    def step(self, workflow, name, event, before, folder):
        """Run one step's own commands, in the shell that the workflow asks for."""
        [job] = workflow["jobs"].values()
        [script] = [step["run"] for step in job["steps"] if step.get("name") == name]
        shell = workflow.get("defaults", {}).get("run", {}).get("shell")
        return subprocess.run(
            [*SHELLS[shell], script],
            cwd=folder,
            env=self.environment(workflow, event, before or self.course),
            check=False,
            capture_output=True,
            text=True,
        )

    def handed_in(self, event="pull request", before=None):
        """Return which notebooks are to be graded, and by the course of which commit."""
        done = self.step(CHECK, COLLECT, event, before, self.folder)
        assert done.returncode == 0, done.stdout + done.stderr
        names = [path.name for path in (self.folder / "handed-in").iterdir()]
        return names, git(self.folder / "course", "rev-parse", "HEAD")

    def graded(self, event="pull request", before=None):
        """Return the job's exit code, the report on each notebook, and what it says."""
        done = self.step(CHECK, COLLECT, event, before, self.folder)
        if not done.returncode:
            install(self.folder / "course")
            done = self.step(CHECK, "Their points", event, before, self.folder)
        report, summary = self.folder / "grades/grades.json", self.folder / "summary.md"
        submissions = json.loads(report.read_text())["submissions"] if report.exists() else []
        said = summary.read_text() if summary.exists() else done.stdout
        return done.returncode, submissions, said

    def run_from_the_top(self, event):
        """Return which notebooks the other workflow gives to nbval."""
        python = self.clone / ".venv" / "bin" / "python"
        python.parent.mkdir(parents=True, exist_ok=True)
        python.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
        python.chmod(0o755)
        done = self.step(RUNS, NBVAL, event, None, self.clone)
        assert done.returncode == 0, done.stderr
        return done.stdout.partition("\n--\n")[2].split()


@pytest.fixture
def change(tmp_path):
    return Change(tmp_path)


FORGERIES = {
    "nothing": {},
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
def test_a_forged_course_gives_no_points_and_the_job_fails(change, kind):
    change.commit({EXERCISE: notebook(("nothing = 0",)), **FORGERIES[kind]})
    code, (one,), summary = change.graded()
    assert (code, one["score"], len(one["tasks"])) == (1, 0, 6)
    assert STEM in summary.replace("\\", "")


def test_a_solution_gets_its_points(change):
    change.commit(SOLUTION)
    code, (one,), _ = change.graded("new branch")
    assert (code, one["score"]) == (0, 100)


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_hands_in_what_changed_and_nothing_else(change, event):
    change.commit(SOLUTION)
    assert change.handed_in(event) == ([f"{STEM}.ipynb"], change.course)
    assert change.run_from_the_top(event) == [EXERCISE]


def test_a_manual_start_on_the_default_branch_hands_in_its_last_commit(change):
    change.default(change.commit(SOLUTION))
    assert change.handed_in("manual start") == ([f"{STEM}.ipynb"], change.course)
    assert change.run_from_the_top("manual start") == [EXERCISE]


def test_what_the_course_changed_meanwhile_is_not_the_learners(change):
    today = change.commit({"exercises/02_parts.ipynb": b"{}"})
    git(change.clone, "checkout", "--quiet", change.course)
    change.commit(SOLUTION)
    assert change.handed_in(before=today) == ([f"{STEM}.ipynb"], today)


def test_a_pull_request_that_starts_from_an_old_commit_is_graded_by_the_course_of_today(change):
    git(change.clone, "checkout", "--quiet", change.root)
    change.commit(SOLUTION)
    assert change.handed_in() == ([f"{STEM}.ipynb"], change.course)


@pytest.mark.parametrize("event", EVENTS)
def test_a_commit_without_a_course_is_refused_in_one_sentence(change, event):
    git(change.clone, "checkout", "--quiet", change.root)
    change.default(change.root)
    change.commit(SOLUTION)
    code, submissions, said = change.graded(event, change.root)
    assert (code, submissions, said.count("\n")) == (1, [], 1)
    assert "Nothing is graded" in said


def test_a_course_that_grades_nothing_is_no_success(change):
    silent = {"ae_course/cli.py": b"", "ae_course/grading/batch/__init__.py": b""}
    before = change.commit(silent)
    change.commit(SOLUTION)
    assert change.graded("push", before)[:2] == (1, [])


def test_a_change_that_shares_no_commit_with_the_course_is_refused(change):
    git(change.clone, "checkout", "--quiet", "--orphan", "other")
    change.commit(SOLUTION)
    code, submissions, _ = change.graded()
    assert code and not submissions


def test_a_change_of_something_else_is_not_graded(change):
    change.commit({"notes.txt": b"hello"})
    code, submissions, summary = change.graded()
    assert (code, submissions, summary.strip()) == (0, [], "No exercise changed.")


def test_the_repository_may_name_other_points():
    given = {"github": {}, "vars": {"MIN_SCORE": "80"}}
    assert value(CHECK["env"]["MIN_SCORE"], given) == "80"
    assert value(CHECK["env"]["MIN_SCORE"], {"github": {}, "vars": {}}) == "60"


def test_the_workflow_that_grades_runs_no_notebook_and_the_other_gives_no_points():
    grades, runs = (json.dumps(workflow["jobs"]) for workflow in (CHECK, RUNS))
    assert "pytest" not in grades and "nbval" not in grades
    assert "ae-course grade" not in runs and "upload-artifact" not in runs
    assert "cache" not in grades  # a cache that another job can write


def test_a_pull_request_cannot_change_the_workflow_that_grades_nor_use_its_rights():
    assert set(CHECK[True]) == {"push", "pull_request_target", "workflow_dispatch"}
    assert set(RUNS[True]) == {"push", "pull_request", "workflow_dispatch"}
    trusting = [name for name, one in WORKFLOWS.items() if "pull_request_target" in one[True]]
    assert trusting == ["check"]
    for workflow in (CHECK, RUNS):
        [job] = workflow["jobs"].values()
        assert workflow["permissions"] == {"contents": "read"} and "permissions" not in job
        assert not re.search(r"secrets|github\.token", json.dumps(workflow))
        assert "${{" not in "".join(step.get("run", "") for step in job["steps"])
        [checkout] = [step for step in job["steps"] if "checkout" in step.get("uses", "")]
        assert checkout["with"]["persist-credentials"] is False
