"""`make bench`: everything that is measured, in one run, into one file for the book's page.

    python bench/run.py [--out book/results/speed.json] [--rounds 5] [--images 20000]

Peers that are not installed are named in the file and on the page; `pip install -e '.[bench]'`
brings them.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from ae_course._files import write_text
from ae_course._versions import versions
from ae_course.devices import describe

import grading
import short_fits
import training

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("keras", "tensorflow", "jax", "optax", "torch", "scikit-learn", "numpy")


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "book/results/speed.json")
    parser.add_argument("--rounds", type=int, default=5, help="measured turns of each peer")
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--submissions", type=int, default=20)
    parser.add_argument("--otter", help="a Python that has otter-grader")
    arguments = parser.parse_args()
    found = {
        "machine": machine(),
        "start_up": start_up(),
        "book_seconds": book(),
        "chapter_seconds": chapters(),
        "random_numbers_ns": elsewhere(random_numbers),
        "short_fits_cpu_seconds": elsewhere(short_fits.measure),
        "training": training.measure(arguments.rounds, arguments.images),
        "grading": [
            dict(zip(grading.COLUMNS, row, strict=True))
            for row in grading.measure(arguments.submissions, 3, arguments.otter)
        ],
    }
    write_text(arguments.out, json.dumps(found, indent=1) + "\n")
    print(f"Written: {arguments.out}")
    for name, modules in found["training"]["missing"].items():
        print(f"Left out: {name} (not installed: {', '.join(modules)})")


def machine() -> dict:
    """What the numbers belong to."""
    installed = versions(*PACKAGES)
    return {
        "gpus": list(describe().gpus),
        "processor": platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "python": installed.pop("python"),
        "versions": installed,
    }


def start_up(times: int = 5) -> dict[str, float]:
    """Median seconds of three commands, each a new process, taking turns."""
    command = str(Path(sys.executable).with_name("ae-course"))
    commands = {
        "import ae_course": [sys.executable, "-c", "import ae_course"],
        "ae-course --help": [command, "--help"],
        "ae-course doctor": [command, "doctor"],
    }
    seconds = {name: [] for name in commands}
    for _ in range(times):
        for name, line in commands.items():
            began = time.perf_counter()
            subprocess.run(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
            seconds[name].append(time.perf_counter() - began)
    return {name: round(statistics.median(each), 3) for name, each in seconds.items()}


def book() -> float:
    """Seconds of a build of the book from nothing."""
    builder = str(Path(sys.executable).with_name("jupyter-book"))
    options = ["--config", "_config.yml", "--toc", "book/_toc.yml"]
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        subprocess.run(
            [builder, "build", ".", *options, "--path-output", folder],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        return round(time.perf_counter() - began, 1)


def chapters() -> dict[str, dict[str, float]]:
    """Seconds to run the chapters that train most, with the compiled loop and without."""
    names = ("04_undercomplete", "06_regularised", "07_stacked_sparse", "09_generative")
    command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--output-dir"]
    seconds: dict[str, dict[str, float]] = {name: {} for name in names}
    for name in names:
        for way, environment in (("ae_course.fit", {}), ("keras", {"AE_COURSE_COMPILED": "off"})):
            with tempfile.TemporaryDirectory() as folder:
                began = time.perf_counter()
                subprocess.run(
                    [*command, folder, str(ROOT / "book" / f"{name}.ipynb")],
                    env={**os.environ, **environment},
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    check=True,
                )
                seconds[name][way] = round(time.perf_counter() - began, 1)
    return seconds


def elsewhere(function: Callable) -> Any:
    """Call a function in a process of its own, so that TensorFlow stays out of this one."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function).result()


def random_numbers(times: int = 9) -> dict[str, dict[str, float]]:
    """Nanoseconds a random number in a batch of 128 images, without XLA and with it."""
    import tensorflow as tf

    shape = (128, 784)
    kinds = {"normal": tf.random.stateless_normal, "uniform": tf.random.stateless_uniform}
    found: dict[str, dict[str, float]] = {}
    for kind, draw in kinds.items():
        for way, xla in (("TensorFlow", False), ("XLA", True)):
            function = tf.function(lambda seed, d=draw: d(shape, seed), jit_compile=xla)
            seconds = []
            for number in range(1 + times):
                began = time.perf_counter()
                function(tf.constant([0, number]))
                seconds.append(time.perf_counter() - began)
            each = statistics.median(seconds[1:]) / (shape[0] * shape[1])
            found.setdefault(kind, {})[way] = round(each * 1e9, 1)
    return found


if __name__ == "__main__":
    main()
