"""A worker that dies in the middle of a batch costs time, and no result."""

import os
import signal
import time
from pathlib import Path

from ae_course.grading.batch import grade as batch
from ae_course.grading.sandbox.child.limits import Limits

from distributed import Client, LocalCluster
from hostile_cases import HONEST, notebook
from hostile_exercise import STEM, load


def sandboxes():
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if b"grading/worker.py" in path.read_bytes():
                found.add(path.parent.name)
        except OSError:
            continue
    return found


def test_no_result_is_lost_or_doubled_when_a_worker_is_killed(tmp_path):
    expected = {}
    for number in range(12):
        name = f"learner_{number:02}.ipynb"
        cells = ("import time; time.sleep(0.3)", *HONEST[: number % 5])
        (tmp_path / name).write_bytes(notebook(cells))
        expected[name] = [0, 30, 50, 80, 100][number % 5]
    before, killed, came = sandboxes(), [], []
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):

        def kill_one(entry, total):
            came.append(entry["path"])
            if not killed:
                killed.append(next(iter(client.run(os.getpid).values())))
                os.kill(killed[0], signal.SIGKILL)

        report = batch.grade(
            [tmp_path],
            exercise=STEM,
            load=load,
            libraries=("numpy",),
            limits=Limits(cell_seconds=60, call_seconds=60, seconds=300, memory_mb=256),
            scheduler=cluster.scheduler_address,
            on_result=kill_one,
        )
    assert killed
    assert sorted(came) == sorted(expected)
    assert {one["path"]: one["score"] for one in report["submissions"]} == expected
    assert all(one["graded"] for one in report["submissions"])
    deadline = time.monotonic() + 300
    while sandboxes() - before and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not sandboxes() - before
