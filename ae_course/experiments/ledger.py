"""`ae-course reproduce curves`: a published experiment in full, all methods and seeds.

One entry of a JSON file is one method with one seed, and an entry that is there is not made again:
a run that was stopped goes on where it was, in the middle of a training too. Everything is measured
as in the paper, by the squared error summed over the pixels of a test image, averaged over the test
images.
"""

import json
import os
import platform
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ae_course import data
from ae_course._files import write_text
from ae_course._versions import versions
from ae_course.evaluation import metrics
from ae_course.experiments.hinton2006 import EXPERIMENTS, Experiment, Run
from ae_course.training.seeds import seed_everything
from ae_course.validation import positive_int

import keras


def reproduce(
    name: str,
    folder: Path,
    *,
    seeds: int = 3,
    effort: float = 1.0,
    train: int | None = None,
    progress: bool | None = None,
    log: Callable[[str], None] = print,
) -> Path:
    """Run what is missing of an experiment and return the JSON file with its results.

    Args:
        name: one of `EXPERIMENTS`.
        folder: where `<name>.json` and unfinished trainings are kept.
        seeds: how many, counted from 0; a seed draws the curves and starts the networks.
        effort: share of the full number of epochs; short runs are for seeing that it works.
        train: how many training images, if not all.
        progress: as in `training.fit`.
        log: gets a line for each result.

    Raises:
        ValueError: if there is no such experiment, a number is not positive, or the file holds
            results of another effort or other data.
        ConnectionError: if the data can neither be made nor downloaded.
    """
    if name not in EXPERIMENTS:
        raise ValueError(f"experiment must be one of {sorted(EXPERIMENTS)}, got {name!r}.")
    if not effort > 0:
        raise ValueError(f"effort must be a positive number, got {effort}.")
    positive_int(seeds, "seeds")
    experiment = EXPERIMENTS[name]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    results = _open(path, experiment, effort, train)
    known = {(entry["method"], entry["seed"]) for entry in results["entries"]}
    for method, make in experiment.methods.items():
        for seed in range(seeds):
            if (method, seed) in known:
                continue
            run = Run(experiment, method, seed, effort, folder, progress)
            entry = {"method": method, **_measure(run, make, train)}
            results["entries"].append(entry)
            write_text(path, json.dumps(results, indent=1) + "\n")
            stated = experiment.published.get(method)
            beside = "" if stated is None else f" (published: {stated:.2f})"
            log(f"{method}, seed {seed}: {entry['test_error']:.2f}{beside}")
    return path


def _measure(run: Run, make: Callable, train: int | None) -> dict[str, Any]:
    dataset = _data(run.experiment.name, run.seed, train)
    seed_everything(run.seed)
    resumed = run.unfinished.exists()
    wall, cpu = time.perf_counter(), time.process_time()
    model = make(run, dataset.train)
    return {
        "seed": run.seed,
        "test_error": round(metrics.reconstruction_error(model, dataset.test), 4),
        "train_error": round(metrics.reconstruction_error(model, dataset.train), 4),
        "seconds": round(time.perf_counter() - wall, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "resumed": resumed,  # then the times are those since
    }


def _data(name: str, seed: int, train: int | None):
    sizes = {} if train is None else {"train": train}
    return data.load(name, **sizes, **({"seed": seed} if name == "curves" else {}))


def _open(path: Path, experiment: Experiment, effort: float, train: int | None) -> dict[str, Any]:
    setting = {"effort": effort, "train": train}
    if path.exists():
        results = json.loads(path.read_text("utf-8"))
        if (kept := {key: results[key] for key in setting}) != setting:
            raise ValueError(
                f"{path} holds results of {kept}, but this run is to be {setting}: "
                "give the same arguments to go on, or another folder."
            )
        return results
    return {
        **setting,
        "experiment": asdict(experiment),
        "measure": "squared_error",
        "machine": _machine(),
        "entries": [],
    }


def _machine() -> dict[str, Any]:
    return {
        **versions("keras"),
        "backend": f"{keras.backend.backend()}",
        "processor": platform.machine(),
        "cores": os.cpu_count(),
    }
