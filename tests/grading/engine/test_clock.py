"""A busy machine does not use up the time of a submission; work and sleep do."""

import itertools
import subprocess
import sys
from types import SimpleNamespace

from ae_course.grading.batch.grade import grade
from ae_course.grading.sandbox.child.limits import Limits
from ae_course.grading.sandbox.host import clock
from ae_course.grading.sandbox.host.clock import Clock

import pytest
from hostile_cases import HONEST, OFFERED, notebook
from hostile_exercise import STEM, load


@pytest.fixture
def world(monkeypatch):
    """Three counters: wall time, processor time, and time of waiting for a processor."""
    world = SimpleNamespace(wall=100.0, cpu=3.0, waited=7.0)
    monkeypatch.setattr(clock.time, "monotonic", lambda: world.wall)
    return world


def passes(world, wall=0.0, cpu=0.0, waited=0.0):
    world.wall += wall
    world.cpu += cpu
    world.waited += waited


def begin(world, seconds=2, patience=20):
    return Clock(seconds, patience, lambda: (world.cpu, world.waited))


def test_work_uses_time(world):
    request = begin(world)
    passes(world, wall=1.5, cpu=1.5)
    assert request.left() == pytest.approx(0.5)


def test_work_on_several_processors_counts_on_each(world):
    request = begin(world)
    passes(world, wall=1.5, cpu=3)
    assert request.left() < 0


def test_sleep_uses_time(world):
    request = begin(world)
    passes(world, wall=2.5)
    assert request.left() < 0


def test_waiting_for_a_processor_does_not(world):
    request = begin(world)
    passes(world, wall=30, cpu=1.5, waited=28.5)
    assert request.left() == pytest.approx(0.5)
    assert request.spent(ended=False) == pytest.approx(1.5)


def test_wall_time_bounds_the_waiting(world):
    request = begin(world, patience=10)
    passes(world, wall=20, waited=20)
    assert request.left() == 0


def test_a_moment_can_be_granted(world):
    request = begin(world)
    passes(world, wall=45, waited=45)
    request.extend(1)
    assert request.left() == pytest.approx(1)
    passes(world, wall=1.1)
    assert request.left() < 0


def test_a_process_that_has_ended_is_charged_with_no_more_than_it_was_allowed(world):
    request = begin(world)
    passes(world, wall=30, waited=28.5)
    assert request.spent(ended=True) == 2


@pytest.mark.parametrize("level", OFFERED)
def test_honest_work_beside_20_busy_processes_keeps_its_points(level, tmp_path):
    """Two seconds of work are allowed, one is needed, and the machine gives a tenth of itself."""
    work = "import time\nwhile time.process_time() < start + 1.0: pass"
    path = tmp_path / "a.ipynb"
    path.write_bytes(notebook(("import time\nstart = time.process_time()", work, *HONEST)))
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(20)]
    try:
        report = grade(
            [path],
            exercise=STEM,
            load=load,
            libraries=("numpy",),
            jobs=1,
            isolation=level,
            limits=Limits(cell_seconds=2, call_seconds=2, seconds=8),
        )
    finally:
        for process in busy:
            process.kill()
        for process in busy:
            process.wait()
    (one,) = report["submissions"]
    assert (one["score"], one["notes"]) == (100, [])


@pytest.mark.parametrize("level", OFFERED)
@pytest.mark.parametrize(
    "cell",
    [
        "while True: pass",
        "import time\ntime.sleep(10**6)",
        "import os\nos.fork()\nwhile True: pass",
    ],
)
def test_endless_work_and_sleep_are_ended(level, cell, tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_bytes(notebook((cell, *HONEST)))
    report = grade(
        [path],
        exercise=STEM,
        load=load,
        libraries=("numpy",),
        jobs=1,
        isolation=level,
        limits=Limits(cell_seconds=0.5),
    )
    (one,) = report["submissions"]
    assert one["score"] == 100
    assert any("took longer than 0.5 s" in note for note in one["notes"])


def test_times_add_up_over_a_notebook(tmp_path):
    path = tmp_path / "a.ipynb"
    sleep = "import time\ntime.sleep(1.2)"
    path.write_bytes(notebook((*itertools.repeat(sleep, 4), *HONEST)))
    report = grade(
        [path],
        exercise=STEM,
        load=load,
        libraries=("numpy",),
        jobs=1,
        isolation=OFFERED[-1],
        limits=Limits(seconds=3),
    )
    (one,) = report["submissions"]
    assert one["score"] == 0
    assert any("whole notebook may take 3 s" in m for t in one["tasks"] for m in t["messages"])
