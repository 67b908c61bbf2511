"""Submissions a minute: this machine alone, and Dask workers of one thread each on it.

    python bench/cluster.py [--submissions 40] [--out book/results/cluster.json]

Chapter 1's solution without its trained model, with a comment of its own for each learner. What is
paid once a batch, up to the first result, is shown apart. All processes share one machine, so this
says what the way over the cluster costs, not what more machines bring.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from run import machine

ROOT = Path(__file__).resolve().parents[1]
STEM = "01_basic_structure"
POINTS = 80  # of 100: all but the model's
DASK = Path(sys.executable).with_name("dask")
PORT = 18786


def main() -> None:
    """Measure, write and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=40)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--out", type=Path, default=ROOT / "book/results/cluster.json")
    arguments = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        handed_in = submissions(Path(folder, "handed in"), arguments.submissions)
        for count in arguments.workers:
            rows.append(measure(f"alone, {count} at once", handed_in, jobs=count))
            with ExitStack() as stack:
                address = cluster(Path(folder), count, stack)
                rows.append(measure(f"Dask, {count} workers", handed_in, scheduler=address))
    found = {
        "machine": machine(),
        "measured": datetime.now(UTC).isoformat(timespec="minutes"),
        "submissions": arguments.submissions,
        "rows": rows,
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    part = arguments.out.with_suffix(".part")
    part.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    part.replace(arguments.out)
    print(f"Written: {arguments.out}")
    for row in rows:
        print(row)


def submissions(folder: Path, count: int) -> Path:
    """Write the submissions; no two are the same."""
    folder.mkdir()
    notebook = json.loads((ROOT / "solutions" / f"{STEM}.ipynb").read_text("utf-8"))
    cells = [c for c in notebook["cells"] if "epochs=" not in "".join(c["source"])]
    first = next(cell for cell in cells if cell["cell_type"] == "code")
    for number in range(count):
        first["source"] = [*first["source"], f"\n# {number}"]
        text = json.dumps({**notebook, "cells": cells})
        (folder / f"learner_{number:03}.ipynb").write_text(text, encoding="utf-8")
    return folder


def measure(name: str, folder: Path, **how: Any) -> dict[str, Any]:
    """Grade once; seconds to the first result, submissions a minute after it, load beside it."""
    from ae_course.grading.batch.grade import grade

    beside, times = os.getloadavg()[0], [time.perf_counter()]
    report = grade(
        [folder], exercise=STEM, on_result=lambda *_: times.append(time.perf_counter()), **how
    )
    scores = {one["score"] for one in report["submissions"]}
    if scores != {POINTS}:
        sys.exit(f"{name}: expected {POINTS} points each, came {sorted(scores)}")
    return {
        "how": name,
        "first_result_s": round(times[1] - times[0], 1),
        "a_minute": round(60 * (len(times) - 2) / (times[-1] - times[1]), 1),
        "isolation": report["isolation"],
        "load_before": round(beside, 1),
        "load_after": round(os.getloadavg()[0], 1),
    }


def cluster(folder: Path, workers: int, stack: ExitStack) -> str:
    """Start a scheduler and workers, which end with the stack; return the address."""
    address = f"tcp://127.0.0.1:{PORT}"
    start(["scheduler", "--host", "127.0.0.1", "--port", str(PORT)], folder, stack, "Scheduler at")
    for _ in range(workers):
        command = ["worker", address, "--nthreads", "1", "--no-nanny"]
        start([*command, "--local-directory", str(folder)], folder, stack, "established connection")
    return address


def start(command: list[str], folder: Path, stack: ExitStack, says: str) -> None:
    """Start a Dask process and wait for its words."""
    log = stack.enter_context(tempfile.TemporaryFile(dir=folder))  # noqa: SIM115
    process = stack.enter_context(
        subprocess.Popen([DASK, *command, "--no-dashboard"], stdout=log, stderr=log)
    )
    stack.callback(process.kill)
    wait_for(lambda: says.encode() in os.pread(log.fileno(), 1 << 20, 0), process)


def wait_for(happens: Callable[[], bool], process: subprocess.Popen) -> None:
    """Wait while a process lives."""
    while not happens():
        if process.poll() is not None:
            sys.exit(f"{process.args} ended with {process.returncode}")
        time.sleep(0.1)


if __name__ == "__main__":
    main()
