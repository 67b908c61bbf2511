"""`ae-course reproduce NAME`: a published experiment in full, all methods and seeds.

One entry of a JSON file is one method with one seed, and an entry that is there is not made again:
a run that was stopped goes on where it was. On JAX the seeds of a method are trained at once.
"""

import json
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from ae_course import experiments
from ae_course._files import write_text
from ae_course._versions import versions
from ae_course.experiments.experiment import Experiment, Job
from ae_course.training.seeds import seed_everything
from ae_course.validation import positive_int

import keras


def find(name: str | None = None) -> dict[str, Experiment]:
    """Return the experiments of all papers by name, or the one of that name alone.

    Raises:
        ValueError: if there is none of that name.
    """
    modules = [import_module(f"{experiments.__name__}.{m.name}") for m in _modules()]
    found = {e.name: e for module in modules for e in getattr(module, "EXPERIMENTS", [])}
    if name is None:
        return found
    if name not in found:
        raise ValueError(f"experiment must be one of {sorted(found)}, got {name!r}.")
    return {name: found[name]}


def reproduce(
    name: str,
    folder: Path,
    *,
    seeds: int = 3,
    budget: float = 1.0,
    train: int | None = None,
    methods: str = "",
    progress: bool | None = None,
    log: Callable[[str], None] = print,
) -> Path:
    """Run what is missing of an experiment and return the JSON file with its results.

    Args:
        name: of an experiment of a paper.
        folder: where `<name>.json` and unfinished trainings are kept.
        seeds: how many, counted from 0; a seed starts the networks and draws what is drawn.
        budget: share of the full number of epochs; short runs are for seeing that it works.
        train: how many training images, if not all.
        methods: a regular expression; only the methods whose names it is found in.
        progress: as in `training.fit`.
        log: gets a line for each result.

    Raises:
        ValueError: if there is no such experiment or method, a number is not positive, or the file
            holds results of another budget or other data.
        ConnectionError: if the data can neither be made nor downloaded.
    """
    experiment = find(name)[name]
    if not budget > 0:
        raise ValueError(f"budget must be a positive number, got {budget}.")
    positive_int(seeds, "seeds")
    chosen = [method for method in experiment.methods if re.search(methods, method)]
    if not chosen:
        raise ValueError(f"no method of {name} is like {methods!r}: {list(experiment.methods)}.")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    results = _open(path, experiment, budget, train)
    known = {(entry["method"], entry["seed"]) for entry in results["entries"]}
    at_once = keras.backend.backend() == "jax"
    for method in chosen:
        missing = [seed for seed in range(seeds) if (method, seed) not in known]
        for group in [missing] if at_once and missing else [[seed] for seed in missing]:
            for entry in _measure(experiment, method, group, budget, train, folder, progress):
                results["entries"].append(entry)
                log(_line(experiment, entry))
            write_text(path, json.dumps(results, indent=1) + "\n")
    return path


def _measure(
    experiment: Experiment, method: str, seeds: list[int], budget, train, folder, progress
) -> list[dict[str, Any]]:
    """Run a method for some seeds and return an entry for each."""
    datasets = [experiment.data(seed, train) for seed in seeds]
    seed_everything(seeds[0])
    job = Job(f"{experiment.name}-{method}", seeds, datasets, budget, folder, progress)
    resumed = job.unfinished.exists()
    wall, cpu = time.perf_counter(), time.process_time()
    measured = experiment.methods[method].run(job)
    shared = {
        "seconds": round((time.perf_counter() - wall) / len(seeds), 1),
        "cpu_seconds": round((time.process_time() - cpu) / len(seeds), 1),
        "resumed": resumed,  # then the times are those since
        "at_once": len(seeds),  # and the times are those of all, divided by their number
        **_provenance(),
    }
    return [
        {"method": method, "seed": seed, **{name: round(own[name], 4) for name in own}, **shared}
        for seed, own in zip(seeds, measured, strict=True)
    ]


def _line(experiment: Experiment, entry: dict[str, Any]) -> str:
    published, found = experiment.methods[entry["method"]].published, []
    for name in experiment.measures:
        if name in entry:
            beside = f" (published: {published[name].value:g})" if name in published else ""
            found.append(f"{name} {entry[name]:.2f}{beside}")
    return f"{entry['method']}, seed {entry['seed']}: {', '.join(found)}"


def _open(path: Path, experiment: Experiment, budget: float, train: int | None) -> dict[str, Any]:
    setting = {"experiment": experiment.name, "budget": budget, "train": train}
    if path.exists():
        results = json.loads(path.read_text("utf-8"))
        if (kept := {key: results.get(key) for key in setting}) != setting:
            raise ValueError(
                f"{path} holds results of {kept}, but this run is to be {setting}: "
                "give the same arguments to go on, or another folder."
            )
        return results
    return {**setting, "entries": []}


def _provenance() -> dict[str, Any]:
    return {
        "command": " ".join(["ae-course", *sys.argv[1:]]),
        "commit": _commit(),
        "date": datetime.now(UTC).date().isoformat(),
        "versions": {**versions("keras"), "backend": keras.backend.backend()},
        "device": _device(),
    }


def _device() -> str:
    if keras.backend.backend() == "jax":
        import jax

        if (device := jax.devices()[0]).platform != "cpu":
            return device.device_kind
    return f"{os.cpu_count()} cores, {platform.machine()}"


def _commit() -> str | None:
    git = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
    try:
        return subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return os.environ.get("AE_COURSE_COMMIT")


def _modules():
    return [m for m in iter_modules(experiments.__path__) if re.search(r"\d{4}$", m.name)]
