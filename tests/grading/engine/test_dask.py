"""A batch on a cluster of real processes: no result is lost or doubled, none is believed unseen."""

import json
import os
import pickle
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from ae_course.grading.batch import dask, dask_worker
from ae_course.grading.batch import grade as batch
from ae_course.grading.batch.dask import level_on_cluster, taken
from ae_course.grading.batch.dask_worker import as_json, batch_as_json, from_json
from ae_course.grading.batch.journal import PARTIAL
from ae_course.grading.batch.report import entry
from ae_course.grading.batch.slot import Settings
from ae_course.grading.batch.submission import Submission
from ae_course.grading.sandbox.child.limits import Limits
from ae_course.grading.sandbox.host.isolation import SandboxError, strongest

import pytest
from clusters import Cluster, wait_for
from hostile_cases import HONEST, notebook
from hostile_exercise import EXERCISE, STEM, load
from running import sandboxes

POINTS = [0, 30, 50, 80, 100]
CHAPTER = "01_basic_structure"
ANSWERS = (  # of chapter 1; they need nothing but NumPy
    "import numpy as np\ndef encode(x, W, b):\n    return 1 / (1 + np.exp(-(x @ W.T + b)))",
    "def decode(h, W2, b2):\n    return h @ W2.T + b2\n"
    "def reconstruct(x, W, b, W2, b2):\n    return decode(encode(x, W, b), W2, b2)",
    "def squared_error(x, x_rec):\n    return ((x - x_rec) ** 2).sum(axis=1).mean()",
)


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    monkeypatch.setenv("AE_COURSE_TEST_BOMB", str(tmp_path / "bomb"))
    (tmp_path / "cluster").mkdir()
    with Cluster(tmp_path / "cluster") as cluster:
        cluster.start_scheduler()
        yield cluster


def hand_in(folder, count, seconds=0.3):
    """Write small notebooks; return the points that each must get, by path."""
    folder.mkdir()
    expected = {}
    for number in range(count):
        name = f"learner_{number:02}.ipynb"
        cells = (f"import time; time.sleep({seconds})", *HONEST[: number % 5])
        (folder / name).write_bytes(notebook(cells))
        expected[name] = POINTS[number % 5]
    return expected


def grade(folder, cluster, **more):
    """Grade on a cluster at the level that this machine has."""
    return batch.grade(
        [folder],
        exercise=STEM,
        load=load,
        libraries=("numpy",),
        limits=Limits(memory_mb=256),
        isolation=strongest(),
        scheduler=cluster.address,
        **more,
    )


def scores(report):
    assert all(one["graded"] and not one["sandbox_lost"] for one in report["submissions"])
    return {one["path"]: one["score"] for one in report["submissions"]}


def test_the_command_grades_as_it_does_alone_though_a_worker_is_killed(
    cluster, tmp_path, temporary
):
    folder = tmp_path / "handed in"
    folder.mkdir()
    for number in range(40):
        cells = (f"# of learner {number}\nimport time; time.sleep(0.2)", *ANSWERS[: number % 4])
        (folder / f"learner_{number:02}.ipynb").write_bytes(notebook(cells))
    for name in ("first", "second"):
        cluster.start_worker(name)
    beside = tmp_path / "where the command runs"
    beside.mkdir()
    for name in ("distributed", "json", "msgpack"):
        (beside / f"{name}.py").write_text("raise SystemExit('This is not to be loaded.')")

    def start(output, *more):
        command = [sys.executable, "-P", "-m", "ae_course.cli", "grade", str(folder), "--quiet"]
        command += ["--exercise", CHAPTER, "--seed", "7", "--isolation", strongest()]
        return subprocess.Popen(
            [*command, "--output", str(output), *more],
            cwd=beside,
            stderr=subprocess.PIPE,
            text=True,
        )

    partial = tmp_path / "cluster's" / PARTIAL
    command = start(partial.parent, "--scheduler", cluster.address)
    wait_for(lambda: partial.exists() and len(partial.read_bytes().splitlines()) > 6, command)
    assert sandboxes(temporary)
    cluster.kill_worker("first")
    _, says = command.communicate(timeout=1200)
    assert command.returncode == 0, says
    alone = start(tmp_path / "alone", "--jobs", "2")
    _, says = alone.communicate(timeout=1200)
    assert alone.returncode == 0, says
    ours, theirs = (
        json.loads((place / "grades.json").read_text())["submissions"]
        for place in (partial.parent, tmp_path / "alone")
    )
    assert len(ours) == 40
    for one in (*ours, *theirs):
        del one["seconds"], one["peak_mb"]
    assert ours == theirs
    assert Counter(one["score"] for one in ours) == {0: 10, 20: 10, 35: 10, 50: 10}
    wait_for(lambda: not sandboxes(temporary))


def test_a_worker_that_may_not_grade_is_named_and_its_results_do_not_count(cluster, tmp_path):
    expected = hand_in(tmp_path / "handed in", 12)
    odd = {
        "lacks the level": f"does not offer isolation level {strongest()}: no ",
        "has another version": "ae-course 0.0.9 in place of ",
        "answers with a pickle": "came pickled and was not read",
        "raises a pickle": "could not run the course's function",
        "gives too many points": "is none that the task definitions allow",
    }
    for name in odd:
        cluster.start_worker(name, does=name)
    cluster.start_worker("honest")
    report = grade(tmp_path / "handed in", cluster)
    assert scores(report) == expected
    programs = {line.partition(",")[0] for line in (tmp_path / "bomb").read_text().splitlines()}
    assert programs == {f"['{Path(sys.executable).with_name('dask')}'"}  # which unpickle it all
    for name, words in odd.items():
        (remark,) = [r for r in report["remarks"] if f"Worker {cluster.workers[name][1]} " in r]
        assert words in remark
    assert len(report["remarks"]) == len(odd)


def test_a_batch_that_is_slow_to_begin_costs_no_worker_its_work(cluster, tmp_path, monkeypatch):
    expected, describe = hand_in(tmp_path / "handed in", 2), dask_worker.batch_as_json

    def slowly(settings):
        time.sleep(8)  # as on a busy machine; the cluster has been reached by then
        return describe(settings)

    monkeypatch.setattr(dask_worker, "batch_as_json", slowly)
    cluster.start_worker("only")
    report = grade(tmp_path / "handed in", cluster)
    assert scores(report) == expected and not report["remarks"]


def test_a_scheduler_that_comes_back_goes_on(cluster, tmp_path):
    expected, came = hand_in(tmp_path / "handed in", 10), []
    cluster.start_worker("before")

    def restart(one, total):
        came.append(one["path"])
        if len(came) == 3:
            cluster.scheduler.kill()
            cluster.scheduler.wait()
            cluster.start_scheduler()
            cluster.start_worker("after")

    report = grade(tmp_path / "handed in", cluster, on_result=restart)
    assert scores(report) == expected
    assert sorted(came) == sorted(expected)


def test_a_scheduler_that_stays_away_costs_no_result(cluster, tmp_path, monkeypatch):
    monkeypatch.setattr(dask, "PATIENCE_SECONDS", 10)
    expected, came = hand_in(tmp_path / "handed in", 10), []
    cluster.start_worker("only")

    def stop(one, total):
        came.append(one["path"])
        if len(came) == 3:
            cluster.scheduler.kill()

    place = {"output": tmp_path / "output"}
    with pytest.raises(
        SandboxError, match=r"does not answer.*for 10 seconds.*same command goes on"
    ):
        grade(tmp_path / "handed in", cluster, on_result=stop, **place)
    kept = len((tmp_path / "output" / PARTIAL).read_bytes().splitlines()) - 1
    assert kept == len(came) >= 3
    cluster.start_scheduler()
    cluster.start_worker("lacking", does="lacks the level")
    words = f"no worker that may grade.*{cluster.workers['lacking'][1]}.*does not offer"
    with pytest.raises(SandboxError, match=words):
        grade(tmp_path / "handed in", cluster, **place)
    cluster.start_worker("another")
    graded = []
    report = grade(
        tmp_path / "handed in",
        cluster,
        on_result=lambda one, total: graded.append(one["path"]),
        **place,
    )
    assert scores(report) == expected
    assert sorted(graded) == sorted(expected)
    assert set(graded[:kept]) == set(came)


SUBMISSION = Submission("0" * 16, "a.ipynb", "a", STEM, "1" * 64, b"code", "", ("Note.",))
SETTINGS = Settings(1, "fs", libraries=("numpy",), load=load)


def test_a_submission_comes_to_a_worker_as_it_was():
    assert from_json(json.loads(json.dumps(as_json(SUBMISSION)))) == SUBMISSION


@pytest.mark.parametrize(
    "change",
    [
        {"score": 99.0},
        {"tasks": []},
        {"path": "b.ipynb"},
        {"graded": False},
        {"more": 1},
        {"output": 7},
        {"seconds": float("nan")},
    ],
)
def test_an_entry_that_cannot_be_ours_is_not_taken(change):
    honest = entry(SUBMISSION, EXERCISE, {})
    assert taken(honest, SUBMISSION, SETTINGS) == honest
    assert taken({**honest, **change}, SUBMISSION, SETTINGS) is None
    assert taken([honest], SUBMISSION, SETTINGS) is None


def test_what_a_worker_says_is_made_harmless():
    came = entry(SUBMISSION, EXERCISE, {}, output="\x1b[2Jtext", notes=["a\u202eb"])
    one = taken(came, SUBMISSION, SETTINGS)
    assert (one["output"], one["notes"]) == ("text", ["ab"])


def test_the_level_is_what_was_asked_for_or_the_strongest():
    assert level_on_cluster() == "full"
    assert level_on_cluster("fs") == level_on_cluster("limits", "fs") == "fs"
    with pytest.raises(SandboxError, match="fs is required, but level limits was asked for"):
        level_on_cluster("fs", "limits")


def test_a_definition_that_no_worker_could_find_is_refused():
    with pytest.raises(ValueError, match="must be a module's function"):
        batch_as_json(Settings(1, "fs", load=lambda stem: EXERCISE))


def test_without_dask_the_extra_is_named(monkeypatch):
    monkeypatch.setattr(dask, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"ae-course\[cluster\]"):
        next(dask.grade_on_cluster([], SETTINGS, "tcp://127.0.0.1:1", []))


def test_only_the_process_between_loads_dask():
    package = Path(dask.__file__).parents[2]
    loads = "(import|from) (dask|distributed)\\b"
    found = [path.stem for path in package.rglob("*.py") if re.search(loads, path.read_text())]
    assert found == ["dask_client"]


class _Bomb:
    def __reduce__(self):
        return os.mkdir, (os.environ["BOMB"],)


def test_no_pickle_goes_off_in_the_process_that_talks_to_the_cluster(tmp_path, monkeypatch):
    monkeypatch.setenv("BOMB", str(tmp_path / "bomb"))
    code = """
import pickle, sys
from distributed.protocol import core, serialize, deserialize
from distributed.protocol.pickle import loads
from distributed.protocol.serialize import Serialized, Pickled, ToPickle, to_serialize
from ae_course.grading.batch import dask_client
bomb = bytes.fromhex(sys.argv[1])
refused = dask_client.refuse_pickles()
header = {"serializer": "pickle", "writeable": ()}
for message in (to_serialize(b"fine"), Serialized(header, [bomb])):
    print(core.loads(core.dumps({"a": message}, serializers=["msgpack"]))["a"])
for unpickle in (pickle.loads, pickle._loads, loads):
    try:
        unpickle(bomb)
    except TypeError as error:
        print(error)
try:
    core.loads([*core.dumps({"a": Pickled({"pickled-obj": bomb}, [])})])
except TypeError as error:
    print(error)
print(len(refused))
"""
    bomb = pickle.dumps(_Bomb()).hex()
    done = subprocess.run([sys.executable, "-c", code, bomb], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    asks = ["A pickle asked for posix.mkdir."] * 4
    sentence = "This came pickled and was not read."
    assert done.stdout.splitlines() == ["b'fine'", sentence, *asks, "4"]
    assert not (tmp_path / "bomb").exists()
