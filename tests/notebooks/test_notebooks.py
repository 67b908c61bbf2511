"""Every notebook of the repository, run from the top, prints what is committed with it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from guard import complaints

ROOT = Path(__file__).parents[2]
FOLDERS = ("book", "exercises", "solutions")
NOTEBOOKS = sorted(
    path
    for folder in FOLDERS
    for path in (ROOT / folder).rglob("*.ipynb")
    if not any(part[0] in "._" for part in path.relative_to(ROOT).parts)  # builds, checkpoints
)
HERE = Path(__file__).parent
_NOT_THE_READERS = ("MPLBACKEND", "TF_CPP_MIN_LOG_LEVEL")
NBVAL = ["--nbval", "--nbval-current-env", "-p", "nbval_patience", "-p", "nbval_numbers"]
NBVAL += ["--nbval-cell-timeout=1800", "--nbval-kernel-startup-timeout=600"]
QUIET = ["-q", "--no-header", "--color=no", "-p", "no:cacheprovider", "-p", "no:xdist"]

each_notebook = pytest.mark.parametrize(
    "path", NOTEBOOKS, ids=[path.relative_to(ROOT).with_suffix("").as_posix() for path in NOTEBOOKS]
)


@each_notebook
def test_is_fit_to_be_committed(path):
    found = complaints(json.loads(path.read_text("utf-8")))
    if found:
        pytest.fail("\n".join(found), pytrace=False)


@each_notebook
def test_prints_what_it_says(path):
    """Strict nbval, each notebook in a process of its own: it can run beside others."""
    environment = {k: v for k, v in os.environ.items() if k not in _NOT_THE_READERS}
    path_here = os.pathsep.join(filter(None, [str(HERE), os.environ.get("PYTHONPATH")]))
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-o", "addopts=", *NBVAL, *QUIET, path],
        cwd=ROOT,
        env={**environment, "AE_COURSE_PROGRESS": "off", "PYTHONPATH": path_here},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )
    if run.returncode:
        pytest.fail(run.stdout, pytrace=False)
