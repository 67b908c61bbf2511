"""What a published experiment is here: data, methods, measures, and the numbers in the paper."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ae_course._files import replacing
from ae_course.data.dataset import Dataset
from ae_course.training.fit import fit
from ae_course.training.together import fit_together

import keras

SAVE_EVERY = 60.0
"""Seconds of training between two copies of an unfinished model on disk."""


@dataclass(frozen=True)
class Measure:
    """A number that is compared.

    Attributes:
        label: what it is, with its unit, for the head of a table.
        within: how far above the published number ours may lie and count as reproduced, as a share
            of it; twice to ten times that is "partly" (`verdicts.verdict`).
        absolute: `within` is in the measure's own unit instead.
    """

    label: str
    within: float = 0.05
    absolute: bool = False


@dataclass(frozen=True)
class Published:
    """A number in a paper.

    Attributes:
        value: the number.
        where: its table or figure.
        source: where we read it: "paper", "quotation" of it, or "copy" (a table of it elsewhere).
        unlike: what keeps it from being compared with ours, or "".
    """

    value: float
    where: str
    source: str
    unlike: str = ""


@dataclass(frozen=True)
class Method:
    """One way to a result.

    Attributes:
        run: function of a `Job` that returns, for each of its seeds, measure → number.
        published: measure → number in the paper.
        budget: what it costs in full: epochs, updates, how a choice was made.
    """

    run: Callable[["Job"], list[dict[str, float]]]
    published: dict[str, Published] = field(default_factory=dict)
    budget: str = ""


@dataclass(frozen=True)
class Experiment:
    """A published experiment.

    Attributes:
        name: as in `ae-course reproduce NAME`.
        paper: its key in the bibliography.
        title: what is reproduced, in one line.
        data: function of a seed and `train`, the number of training images or None for all.
        measures: name → `Measure`.
        methods: name → `Method`, in the order of their cost.
    """

    name: str
    paper: str
    title: str
    data: Callable[[int, int | None], Dataset]
    measures: dict[str, Measure]
    methods: dict[str, Method]


@dataclass(frozen=True)
class Job:
    """A method, to be run for some seeds, at the same time where the backend can do that.

    Attributes:
        name: the experiment's and the method's, for the files of unfinished trainings.
        seeds: whole numbers; each starts the networks, and draws the data where they are drawn.
        datasets: one a seed.
        budget: share of the full number of epochs.
        folder: where unfinished trainings are kept.
        progress: as for `fit`.
    """

    name: str
    seeds: Sequence[int]
    datasets: Sequence[Dataset]
    budget: float
    folder: Path
    progress: bool | None = None

    @property
    def train_images(self) -> list:
        """The training images of each seed."""
        return [dataset.train for dataset in self.datasets]

    def epochs(self, full: int) -> int:
        """How many of so many epochs this job's budget allows."""
        return max(1, round(self.budget * full))

    @property
    def unfinished(self) -> Path:
        """The model of a training that was stopped, if there is one."""
        return self.folder / (re.sub(r"\W+", "-", f"{self.name}-{self.seeds[0]}") + ".keras")

    def train(
        self,
        build: Callable[[int], keras.Model],
        x: list,
        y: list | None = None,
        *,
        epochs: int,
        batch_size: int = 128,
    ) -> list[keras.Model]:
        """Train a model for each seed, all at once; one alone goes on where it was stopped.

        Args:
            build: returns the compiled model of the seed in place k.
            x, y: arrays, one for each seed.
            epochs: in all.
            batch_size: samples a step.
        """
        places = range(len(self.seeds))
        if len(self.seeds) > 1:
            models = [_seeded(build, k, self.seeds[k]) for k in places]
            fit_together(models, x, y, epochs=epochs, batch_size=batch_size)
            return models
        path, own_y = self.unfinished, y and y[0]
        stopped = path.exists()
        model = keras.saving.load_model(path) if stopped else _seeded(build, 0, self.seeds[0])
        left = epochs - int(model.optimizer.iterations) // -(-len(x[0]) // batch_size)
        if left:
            options = {"callbacks": [_PeriodicCheckpoint(path)], "progress": self.progress}
            fit(model, x[0], own_y, epochs=left, batch_size=batch_size, **options)
        path.unlink(missing_ok=True)
        return [model]


class _PeriodicCheckpoint(keras.callbacks.Callback):
    """Writes the model and its optimizer now and then, so that a training can go on."""

    def __init__(self, path: Path):
        super().__init__()
        self.path, self.last = path, time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        if time.monotonic() - self.last > SAVE_EVERY:
            with replacing(self.path) as part:
                self.model.save(part)
            self.last = time.monotonic()


def cosine_adamw(rate: float, steps: int, decay: float = 0.0) -> keras.optimizers.Optimizer:
    """Return AdamW with a linear warm-up over 5 % of the steps and a cosine decay to zero."""
    schedule = keras.optimizers.schedules.CosineDecay(
        rate / 100, max(1, steps - steps // 20), warmup_target=rate, warmup_steps=steps // 20
    )
    return keras.optimizers.AdamW(schedule, weight_decay=decay)


def compiled(model: keras.Model, optimizer: keras.optimizers.Optimizer, **options: Any):
    """Return the model, compiled."""
    model.compile(optimizer, **options)
    return model


def _seeded(build: Callable[[int], keras.Model], place: int, seed: int) -> keras.Model:
    keras.utils.set_random_seed(seed)
    return build(place)
