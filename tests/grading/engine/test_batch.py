"""A batch loses no result, doubles none, goes on where it stood and can be reproduced."""

import functools
import json
import os
import signal
import threading

from ae_course.grading.batch import grade as batch
from ae_course.grading.batch import slot
from ae_course.grading.batch.journal import PARTIAL, Journal
from ae_course.grading.sandbox.child.limits import Limits
from ae_course.grading.sandbox.host import remote
from ae_course.grading.sandbox.host.isolation import SandboxError
from ae_course.grading.sandbox.host.sandbox import Sandbox

import psutil
import pytest
from hostile_cases import ANSWER, DOUBLE, HONEST, NORM, notebook
from hostile_exercise import STEM, load

LIMITS = Limits(cell_seconds=10, call_seconds=10, seconds=60, memory_mb=256, processes=64)
SEES_ITS_INPUT = "def norm(x):\n    raise ValueError(str(x))"


@pytest.fixture
def grade():
    return functools.partial(
        batch.grade, exercise=STEM, load=load, libraries=("numpy",), limits=LIMITS, jobs=1
    )


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "handed_in"
    folder.mkdir()
    for number in range(5):
        (folder / f"learner_{number}.ipynb").write_bytes(notebook(HONEST[:number]))
    return folder


def kill_the_sandbox():
    """End the one sandbox of this process, with all that it started."""
    children = psutil.Process().children()
    (one,) = [p for p in children if any("worker.py" in part for part in p.cmdline())]
    os.killpg(one.pid, signal.SIGKILL)
    one.wait()
    return one.pid


def scores(report):
    return {one["path"]: one["score"] for one in report["submissions"]}


EXPECTED = {f"learner_{number}.ipynb": score for number, score in enumerate([0, 30, 50, 80, 100])}


def test_scores_and_statistics(grade, folder):
    report = grade([folder], jobs=2)
    assert scores(report) == EXPECTED
    facts = report["statistics"][STEM]
    assert (facts["submissions"], facts["mean"], facts["median"]) == (5, 52, 50)
    assert facts["tasks"]["90.1"]["correct"] == 4
    assert facts["tasks"]["90.1"]["not attempted"] == 1


def test_an_interrupted_batch_goes_on_where_it_stood(grade, folder, tmp_path):
    seen = []

    def stop_after_two(entry, total):
        seen.append(entry["path"])
        if len(seen) == 2:
            raise KeyboardInterrupt

    output = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        grade([folder], output=output, on_result=stop_after_two)
    lines = (output / PARTIAL).read_text().splitlines()
    assert len(lines) == 3  # the seed, and two results
    with (output / PARTIAL).open("a") as journal:
        journal.write('{"key": ["torn')
    graded = []
    with pytest.MonkeyPatch.context() as patch:
        whole = batch.Slot.grade
        patch.setattr(
            batch.Slot, "grade", lambda slot, one: graded.append(one.path) or whole(slot, one)
        )
        report = grade([folder], output=output)
    assert sorted(graded + seen) == sorted(EXPECTED)
    assert scores(report) == EXPECTED
    assert report["seed"] == json.loads(lines[0])["seed"]
    assert not (output / PARTIAL).exists()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda path: path.write_bytes(notebook(HONEST)), {"learner_0.ipynb": 100}),
        (lambda path: path.unlink(), {}),
        (lambda path: path.rename(path.with_name("renamed.ipynb")), {"renamed.ipynb": 0}),
    ],
    ids=["replaced", "deleted", "renamed"],
)
def test_a_file_that_changed_meanwhile_counts_as_it_is_now(
    grade, folder, tmp_path, change, expected
):
    def stop(entry, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        grade([folder], output=tmp_path, on_result=stop)
    change(folder / "learner_0.ipynb")
    report = grade([folder], output=tmp_path)
    others = {path: score for path, score in EXPECTED.items() if path != "learner_0.ipynb"}
    assert scores(report) == others | expected
    assert len(report["submissions"]) == len(scores(report))


def test_other_settings_begin_anew_and_say_so(grade, folder, tmp_path):
    def stop(entry, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        grade([folder], output=tmp_path, on_result=stop)
    report = grade([folder], output=tmp_path, limits=Limits(seconds=30, memory_mb=256))
    assert scores(report) == EXPECTED
    assert "another limits" in report["remarks"][0]
    assert (tmp_path / "grades.partial.1.jsonl").exists()


def test_another_seed_starts_anew(grade, folder, tmp_path):
    def stop(entry, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        grade([folder], seed=1, output=tmp_path, on_result=stop)
    fresh = []
    grade([folder], seed=2, output=tmp_path, on_result=lambda one, total: fresh.append(one))
    assert len(fresh) == 5 and all("seconds" in one for one in fresh)


def test_two_batches_do_not_write_to_one_folder(grade, folder, tmp_path):
    with Journal(tmp_path, None), pytest.raises(BlockingIOError):
        grade([folder], output=tmp_path)


def test_a_seed_brings_the_same_inputs_and_another_one_others(grade, tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_bytes(notebook((DOUBLE, ANSWER, SEES_ITS_INPUT)))
    said = [
        grade([path], seed=seed)["submissions"][0]["tasks"][2]["messages"] for seed in (7, 7, 8)
    ]
    assert said[0] == said[1] != said[2]


def test_fresh_inputs_without_a_seed(grade, tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_bytes(notebook((DOUBLE,)))
    assert grade([path])["seed"] != grade([path])["seed"]


def test_the_expected_value_is_never_sent(grade, tmp_path, monkeypatch):
    sent = []
    pack = remote.protocol.pack
    monkeypatch.setattr(slot, "self_test", lambda sandbox: None)
    monkeypatch.setattr(remote.protocol, "pack", lambda *a, **k: sent.append(a) or pack(*a, **k))
    path = tmp_path / "a.ipynb"
    path.write_bytes(notebook(("x = 1", NORM.replace("return", "import numpy as np\n    return"))))
    assert grade([path])["submissions"][0]["score"] == 30
    values = [value for _, value, *_ in sent if value is not None]
    assert values and all(len(args) == 1 and not kwargs for args, kwargs in values)
    assert {key for header, *_ in sent for key in header} <= {
        "op",
        "target",
        "id",
        "number",
        "source",
    }


@pytest.mark.parametrize("number", [1, 2, 3, 5], ids="launch {}".format)
def test_a_sandbox_that_is_killed_costs_no_points(grade, folder, monkeypatch, number):
    """The first two launches are the self-test's."""
    launch, killed, launches = Sandbox.launch, [], []

    def launch_and_kill(sandbox):
        ends = launch(sandbox)
        launches.append(sandbox)
        if len(launches) == number:
            killed.append(kill_the_sandbox())
        return ends

    monkeypatch.setattr(Sandbox, "launch", launch_and_kill)
    assert scores(grade([folder])) == EXPECTED
    assert killed


def test_a_sandbox_that_never_starts_is_no_batch(grade, folder, monkeypatch):
    def refuse(*_, **__):
        raise SandboxError("The sandbox did not start: no space.")

    monkeypatch.setattr(slot, "Sandbox", refuse)
    with pytest.raises(SandboxError, match="no space"):
        grade([folder])


def test_a_sandbox_that_does_not_start_again_gives_errors_and_a_report(grade, folder, monkeypatch):
    started = []

    class Broken(Sandbox):
        def _start(self):
            if started:
                raise SandboxError("The sandbox did not start: no space.")
            super()._start()
            started.append(self)

    judge = slot.grade_task

    def lose_the_sandbox(task, learner, rng):
        kill_the_sandbox()
        return judge(task, learner, rng)

    monkeypatch.setattr(slot, "Sandbox", Broken)
    monkeypatch.setattr(slot, "grade_task", lose_the_sandbox)
    report = grade([folder])
    assert {t["status"] for one in report["submissions"] for t in one["tasks"]} == {"error"}
    assert all("did not start" in one["notes"][-1] for one in report["submissions"])
    assert all(one["sandbox_lost"] for one in report["submissions"])


def test_a_check_that_raises_costs_its_own_task(grade, folder, monkeypatch):
    whole = slot.grade_task

    def stumble(task, learner, rng):
        if task.id == "90.1":
            raise RuntimeError("a bug of ours")
        return whole(task, learner, rng)

    monkeypatch.setattr(slot, "grade_task", stumble)
    report = grade([folder])
    assert scores(report)["learner_4.ipynb"] == 70
    assert report["submissions"][4]["tasks"][0]["status"] == "error"


def test_no_folder_is_left_behind(grade, folder, monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    before = set(tmp_path.iterdir())
    grade([folder])
    assert set(tmp_path.iterdir()) == before


def test_no_thread_is_left_behind(grade, folder):
    before = threading.active_count()
    grade([folder], jobs=2)
    assert threading.active_count() <= before + 1  # the one that is just ending


def test_equal_files_of_equal_names_count_each(grade, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "same.ipynb").write_bytes(notebook(HONEST))
    (tmp_path / "one" / "same\x1b[1m.ipynb").write_bytes(notebook(HONEST))
    report = grade([tmp_path / "one", tmp_path / "two"])
    assert [one["path"] for one in report["submissions"]] == [
        "one/same.ipynb",
        "one/same.ipynb",
        "two/same.ipynb",
    ]
    assert [one["learner"] for one in report["submissions"]] == ["one", "one", "two"]


def test_a_path_named_twice_is_graded_once(grade, folder):
    report = grade([folder, folder / "learner_1.ipynb"])
    assert scores(report) == {path: score for path, score in EXPECTED.items()}
