"""A worker's side of a cluster: bytes of JSON in, bytes of JSON out, whatever happens."""

import json
import time

from ae_course.grading.batch import dask_worker
from ae_course.grading.batch.dask_worker import as_json, batch_as_json
from ae_course.grading.batch.slot import Settings
from ae_course.grading.batch.submission import collect_submissions
from ae_course.grading.sandbox.child.limits import Limits
from ae_course.grading.sandbox.host.isolation import SandboxError, strongest

import pytest
from hostile_cases import HONEST, notebook
from hostile_exercise import STEM, load
from running import sandboxes

SETTINGS = Settings(1, strongest(), Limits(memory_mb=256), ("numpy",), load)


def ask(function, **more):
    """Put a question to a worker's function as it comes over the wire."""
    answer = function(json.dumps({**batch_as_json(SETTINGS), **more}).encode())
    assert type(answer) is bytes
    return json.loads(answer)


def test_a_worker_like_the_batch_may_grade():
    assert ask(dask_worker.examine) == {"problem": ""}


def test_a_worker_with_other_versions_or_sources_may_not():
    versions = {**dask_worker.installed(), "numpy": "9.9"}
    assert (
        " in place of 9.9: install there" in ask(dask_worker.examine, versions=versions)["problem"]
    )
    facts = {**SETTINGS.facts(), "course": "0" * 64}
    assert "other source files" in ask(dask_worker.examine, facts=facts)["problem"]


def test_a_worker_whose_sandbox_fails_the_self_test_may_not(monkeypatch):
    def fails(sandbox):
        raise SandboxError("A known solution gets 0 points here.")

    monkeypatch.setattr(dask_worker, "self_test", fails)
    assert ask(dask_worker.examine) == {"problem": "A known solution gets 0 points here."}


def test_a_worker_grades_and_its_sandbox_ends_when_it_has_nothing_to_do(
    tmp_path, temporary, monkeypatch
):
    monkeypatch.setattr(dask_worker, "IDLE_SECONDS", 1)
    (tmp_path / f"{STEM}.ipynb").write_bytes(notebook(HONEST))
    (one,), _ = collect_submissions([tmp_path], [STEM], STEM)
    entry = ask(dask_worker.grade, submission=as_json(one))["entry"]
    assert entry["score"] == 100 and SETTINGS.is_whole(entry, one)
    assert sandboxes(temporary)
    deadline = time.monotonic() + 120
    while sandboxes(temporary) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not sandboxes(temporary)


@pytest.mark.parametrize("function", [dask_worker.examine, dask_worker.grade, dask_worker.close])
def test_nothing_is_raised(function):
    assert "The worker failed with JSONDecodeError" in json.loads(function(b"{"))["problem"]
