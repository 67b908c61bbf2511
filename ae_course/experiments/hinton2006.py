"""The experiments of Hinton and Salakhutdinov (2006), which `ae-course reproduce` runs.

A method is a function of a `Run` and the training
images that returns a trained model; chapter 7 explains them.
"""

import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ae_course._files import replacing
from ae_course.models.autoencoder import Autoencoder
from ae_course.models.linear import PCA
from ae_course.training import stacked
from ae_course.training.fit import fit

import keras
import numpy as np

SAVE_EVERY = 60.0  # seconds of training between two copies of the model on disk


@dataclass(frozen=True)
class Experiment:
    """A data set, a network, and the test errors published for them.

    The paper has one number for the deep autoencoder, which it pretrained. It stands beside the
    modern one too, which is another way to the same end.

    Attributes:
        name: the data set's.
        hidden: units of the encoder's hidden layers.
        code: p.
        components: of PCA and logistic PCA.
        epochs: of each kind of training, at effort 1.
        symmetric: whether a mirrored or transposed image is as likely as the image itself.
        published: method → squared error in Science 313, 504, Figure 2.
    """

    name: str
    hidden: tuple[int, ...]
    code: int
    components: tuple[int, ...]
    epochs: dict[str, int]
    symmetric: bool = False
    published: dict[str, float] = field(default_factory=dict)

    @property
    def methods(self) -> dict[str, Callable]:
        """Name → function `(run, x)` that returns a trained model, in the order of their cost."""
        linear = {f"PCA, {p} components": partial(_pca, components=p) for p in self.components}
        logistic = {
            f"logistic PCA, {p} components": partial(_logistic_pca, components=p)
            for p in self.components
        }
        deep = {
            "deep, logistic, random start": _random_start,
            "deep, logistic, pretrained": _pretrained,
            "deep, GELU, random start": _modern,
        }
        if self.symmetric:
            deep["deep, GELU, eight symmetries"] = _symmetric
        return {"mean image": _mean_image, **linear, **logistic, **deep}


EXPERIMENTS = {
    "curves": Experiment(
        name="curves",
        hidden=(400, 200, 100, 50, 25),
        code=6,
        components=(6, 18),
        epochs={
            "logistic PCA": 100,
            "random start": 50,
            "stage": 30,
            "fine-tuning": 200,
            "GELU": 200,
            "symmetries": 40,
        },
        symmetric=True,
        published={
            "deep, logistic, pretrained": 1.44,
            "deep, GELU, random start": 1.44,
            "deep, GELU, eight symmetries": 1.44,
            "logistic PCA, 6 components": 7.64,
            "logistic PCA, 18 components": 2.45,
            "PCA, 18 components": 5.90,
        },
    ),
    "mnist": Experiment(
        name="mnist",
        hidden=(1000, 500, 250),
        code=30,
        components=(30,),
        epochs={
            "logistic PCA": 50,
            "random start": 20,
            "stage": 20,
            "fine-tuning": 100,
            "GELU": 200,
        },
        published={
            "deep, logistic, pretrained": 3.00,
            "deep, GELU, random start": 3.00,
            "logistic PCA, 30 components": 8.01,
            "PCA, 30 components": 13.87,
        },
    ),
}


@dataclass(frozen=True)
class Run:
    """One method with one seed, and where its unfinished training is kept."""

    experiment: Experiment
    method: str
    seed: int
    effort: float
    folder: Path
    progress: bool | None = None

    @property
    def unfinished(self) -> Path:
        """The model of a training that was stopped, if there is one."""
        slug = re.sub(r"\W+", "-", self.method)
        return self.folder / f"{self.experiment.name}-{slug}-{self.seed}.keras"

    def epochs(self, kind: str) -> int:
        """How often this kind of training sees every image."""
        return max(1, round(self.effort * self.experiment.epochs[kind]))

    def train(
        self,
        build: Callable[[], Autoencoder],
        x: np.ndarray,
        kind: str,
        rate: float = 3e-3,
        decay: float = 0.0,
    ) -> Autoencoder:
        """Train with AdamW, a linear warm-up over 5 % of the steps and a cosine decay to zero."""
        path = self.unfinished
        epochs, steps_an_epoch = self.epochs(kind), math.ceil(len(x) / 128)
        if path.exists():
            model = keras.saving.load_model(path)
        else:
            model = build()
            steps = epochs * steps_an_epoch
            schedule = keras.optimizers.schedules.CosineDecay(
                rate / 100, steps - steps // 20, warmup_target=rate, warmup_steps=steps // 20
            )
            model.compile(keras.optimizers.AdamW(schedule, weight_decay=decay))
        left = epochs - int(model.optimizer.iterations) // steps_an_epoch
        if left:
            callbacks = [_SaveNowAndThen(path)]
            fit(model, x, epochs=left, callbacks=callbacks, progress=self.progress)
        path.unlink(missing_ok=True)
        return model


class _SaveNowAndThen(keras.callbacks.Callback):
    """Writes the model and its optimizer now and then, so that a training can go on."""

    def __init__(self, path: Path):
        super().__init__()
        self.path, self.last = path, time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        if time.monotonic() - self.last > SAVE_EVERY:
            with replacing(self.path) as part:
                self.model.save(part)
            self.last = time.monotonic()


class _MeanImage:
    def __init__(self, x: np.ndarray):
        self.mean = x.mean(axis=0)

    def reconstruct(self, x: np.ndarray) -> np.ndarray:
        return np.broadcast_to(self.mean, x.shape)


def _mean_image(run: Run, x: np.ndarray):
    return _MeanImage(x)


def _pca(run: Run, x: np.ndarray, components: int):
    return PCA(components).fit(x)


_LOGISTIC = {"output_activation": "sigmoid", "loss": "binary_crossentropy"}


def _logistic_pca(run: Run, x: np.ndarray, components: int):
    """A linear encoder and a logistic decoder, without hidden layers."""
    build = partial(Autoencoder.dense, x.shape[1], code=components, **_LOGISTIC)
    return run.train(build, x, "logistic PCA", 1e-2)


def _deep(run: Run, x: np.ndarray, **arguments):
    experiment = run.experiment
    return Autoencoder.dense(x.shape[1], experiment.hidden, code=experiment.code, **arguments)


def _random_start(run: Run, x: np.ndarray):
    build = partial(_deep, run, x, activation="sigmoid", **_LOGISTIC)
    return run.train(build, x, "random start")


def _pretrained(run: Run, x: np.ndarray):
    """Stages of one hidden layer each, unrolled, then trained as one."""

    def build():
        stages = stacked.pretrain_greedily(
            x,
            (*run.experiment.hidden, run.experiment.code),
            epochs=run.epochs("stage"),
            learning_rate=3e-3,
            progress=run.progress,
        )
        return stacked.unroll(stages, loss="binary_crossentropy")

    return run.train(build, x, "fine-tuning")


def _modern(run: Run, x: np.ndarray, kind: str = "GELU"):
    return run.train(partial(_deep, run, x, activation="gelu"), x, kind, decay=0.05)


def _symmetric(run: Run, x: np.ndarray):
    """The same on the images and their seven mirror images and rotations by a right angle."""
    images = x.reshape(-1, 28, 28)
    flips = [slice(None), slice(None, None, -1)]
    turned = [
        which[:, down, across]
        for which in (images, images.transpose(0, 2, 1))
        for down in flips
        for across in flips
    ]
    return _modern(run, np.concatenate(turned).reshape(-1, x.shape[1]), "symmetries")
