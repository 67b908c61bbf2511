"""What the pages promise of other systems and versions, CI tries every night."""

import re
import subprocess
import tomllib

import yaml
from book_pages import ROOT

JOBS = yaml.safe_load((ROOT / ".github/workflows/versions.yml").read_text("utf-8"))["jobs"]
PLACE = re.escape(".venv\\Scripts\\")


def commands(job):
    return [step["run"] for step in JOBS[job]["steps"] if "run" in step]


def test_windows_and_macos_run_what_the_readme_says():
    blocks = re.findall(r"```powershell\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)
    promised = [re.sub(PLACE, "${{ matrix.bin }}", line) for line in "".join(blocks).splitlines()]
    assert promised == commands("systems") and len(promised) == 5
    systems = {each["system"].partition("-")[0] for each in row("systems")["include"]}
    assert systems == {"windows", "macos"}


def test_the_installation_page_says_the_same():
    page = (ROOT / "book/installation.md").read_text("utf-8")
    blocks = "".join(re.findall(r"```powershell\n(.*?)```", page, re.S)).splitlines()
    assert [re.sub(PLACE, "${{ matrix.bin }}", line) for line in blocks] == commands("systems")[:3]


def test_the_lowest_keras_allowed_and_the_newest_are_tried():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    [bounds] = [d for d in project["dependencies"] if d.startswith("keras")]
    lowest, highest = re.fullmatch(r"keras>=([\d.]+),(<\d+)", bounds).groups()
    assert row("keras")["keras"] == [f"keras=={lowest}.0", f"--upgrade 'keras{highest}'"]


def row(job):
    return JOBS[job]["strategy"]["matrix"]


def test_binder_installs_the_package_in_the_locks_versions_and_no_tools():
    script = (ROOT / ".binder/postBuild").read_text("utf-8")
    [line] = re.findall(r"^(sed .*) > constraints.txt$", script, re.M)
    constraints = subprocess.run(
        ["bash", "-c", line], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    locked = re.findall(r"^\S+==", (ROOT / "requirements.txt").read_text("utf-8"), re.M)
    assert [re.match(r"\S+==", one)[0] for one in constraints] == locked
    assert not [one for one in constraints if "\\" in one or "--hash" in one]
    installs = re.findall(r"pip install (.*)", script)
    assert installs == ["--no-cache-dir --constraint constraints.txt ."]


def test_a_learner_without_the_repository_types_what_the_readme_says_on_every_system():
    readme = (ROOT / "README.md").read_text("utf-8")
    [lines] = re.findall(r"```bash\n(python -m pip install ae-course.*?)```", readme, re.S)
    typed = commands("learner")[-1].replace("--find-links ../wheel ", "").splitlines()
    assert typed[1:-2] == lines.splitlines()
    systems = {system.partition("-")[0] for system in row("learner")["system"]}
    assert systems == {"ubuntu", "windows", "macos"}


def test_only_the_job_that_publishes_may_do_so_and_no_secret_is_kept():
    path = ROOT / ".github/workflows/release.yml"
    text, workflow = path.read_text("utf-8"), yaml.safe_load(path.read_text("utf-8"))
    allowed = {name: job.get("permissions", {}) for name, job in workflow["jobs"].items()}
    assert workflow["permissions"] == {"contents": "read"}
    assert [name for name, rights in allowed.items() if "id-token" in rights] == ["publish"]
    assert "secrets." not in text and "password" not in text
    uses = [step["uses"] for step in workflow["jobs"]["publish"]["steps"]]
    assert uses[-1].startswith("pypa/gh-action-pypi-publish@")
    assert workflow["jobs"]["publish"]["needs"] == "build"


def test_neither_a_fork_nor_a_change_of_exercises_alone_starts_the_jobs_of_the_book():
    workflow = yaml.safe_load((ROOT / ".github/workflows/book.yml").read_text("utf-8"))
    triggers = workflow[True]  # YAML reads "on" as true
    assert set(triggers) == {"push", "pull_request"}
    assert all(one["paths-ignore"] == ["exercises/*.ipynb"] for one in triggers.values())
    for job in workflow["jobs"].values():
        assert re.search(r"(?:^|&& )!github\.event\.repository\.fork$", job["if"].strip("${ }"))
