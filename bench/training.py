"""Images a second of every peer in `peers.py`, all in one run, taking turns."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

from peers import PEERS

VARIANTS = ("Autoencoder", "DenoisingAutoencoder", "VariationalAutoencoder")
SHALLOW, DEEP = [784, 32], [784, 400, 200, 100, 50, 25, 6]
NOISY = [784, 128, 32]
OURS, STOCK, BOUND = "ae_course.fit, long run (XLA)", "Keras fit on TensorFlow", next(iter(PEERS))


def measure(rounds: int, images: int, say=print) -> dict:
    """Return all measurements: every peer on two nets and two batch sizes, how cost grows, noise.

    Args:
        rounds: measured turns of each peer and size, after one that is not.
        images: of 784 pixels, in an epoch.
        say: gets a line for every job.
    """
    missing = {
        name: [module for module in peer.needs if find_spec(module) is None]
        for name, peer in PEERS.items()
    }
    missing = {name: modules for name, modules in missing.items() if modules}
    there = [name for name in PEERS if name not in missing]
    grow = [name for name in (BOUND, OURS, STOCK) if name in there]
    keras_like = [name for name in there if PEERS[name].backend]
    with ExitStack() as stack:
        workers = {name: stack.enter_context(_worker(name)) for name in there}

        def job(names, layers, batch, images, peaks=None, **more):
            asked = {"layers": layers, "batch": batch, "images": images, **more}
            say(", ".join(f"{name} {value}" for name, value in asked.items()))
            asked["turns"] = 1 + rounds
            seconds, peak = _take_turns({name: workers[name] for name in names}, asked)
            if peaks is not None:
                peaks |= peak
            return [
                {**asked, "peer": name, "images_per_second": [images / s for s in each[1:]]}
                for name, each in seconds.items()
            ]

        peaks: dict[str, int] = {}
        peers = [
            row
            for layers in (SHALLOW, DEEP)
            for batch in (128, 512)
            for row in job(there, layers, batch, images, peaks)
        ]
        growth = {
            "width": [row for p in (16, 64, 256, 1024) for row in job(grow, [784, p], 128, images)],
            "depth": [
                row for k in (0, 1, 2, 4) for row in job(grow, [784, *[128] * k, 16], 128, images)
            ],
            "images": [
                row for n in (images // 4, images, 4 * images) for row in job(grow, SHALLOW, 128, n)
            ],
        }
        variants = [
            row for model in VARIANTS for row in job(keras_like, NOISY, 128, images, model=model)
        ]
    found = {"peers": peers, "growth": growth, "variants": variants}
    return {**found, "peak_memory_mb": peaks, "missing": missing}


@contextmanager
def _worker(name: str) -> Iterator[subprocess.Popen]:
    environment = {**os.environ, "AE_COURSE_PROGRESS": "off", "TF_CPP_MIN_LOG_LEVEL": "3"}
    if PEERS[name].backend:
        environment["KERAS_BACKEND"] = PEERS[name].backend
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("peers.py")), name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.stdin.close()
        process.wait(timeout=60)


def _take_turns(workers: dict[str, subprocess.Popen], asked: dict) -> tuple[dict, dict]:
    """Let every worker do the job in turns; return seconds of an epoch and peak memory."""
    seconds = {name: [] for name in workers}
    for name, worker in workers.items():
        _tell(worker, json.dumps(asked))
        _hear(worker, name)  # ready for its first turn
        worker.send_signal(signal.SIGSTOP)  # else its idle threads spin and slow the others down
    peaks = {}
    for turn in range(asked["turns"]):
        for name, worker in workers.items():
            _tell(worker, "go")
            seconds[name].append(float(_hear(worker, name)))
            said = _hear(worker, name)  # ready for the next, or at the end its peak memory
            worker.send_signal(signal.SIGSTOP)
            if turn == asked["turns"] - 1:
                peaks[name] = int(said)
    return seconds, peaks


def _tell(worker: subprocess.Popen, line: str) -> None:
    worker.send_signal(signal.SIGCONT)
    worker.stdin.write(line + "\n")
    worker.stdin.flush()


def _hear(worker: subprocess.Popen, name: str) -> str:
    line = worker.stdout.readline().strip()
    if not line:
        raise RuntimeError(f"the peer {name!r} has died; its messages stand above.")
    return line
