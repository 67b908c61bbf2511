"""The experiments of Hinton and Salakhutdinov (2006): deep autoencoders of curves and of digits.

Chapter 7 explains the methods. The paper has one number for the deep autoencoder, which it
pretrained with restricted Boltzmann machines and then trained by conjugate gradients; it stands
beside every way of ours to the same network.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial

from ae_course import data
from ae_course.evaluation import metrics
from ae_course.experiments.experiment import (
    Experiment,
    Job,
    Measure,
    Method,
    Published,
    compiled,
    cosine_adamw,
)
from ae_course.models.autoencoder import Autoencoder
from ae_course.models.boltzmann import RestrictedBoltzmannMachine
from ae_course.models.linear import PCA
from ae_course.training import stacked

import keras
import numpy as np

BATCH = 128
_LOGISTIC = {"output_activation": "sigmoid", "loss": "binary_crossentropy"}


@dataclass(frozen=True)
class Network:
    """A network of the paper, and how long each kind of training takes here, in epochs.

    Attributes:
        hidden: units of the encoder's hidden layers.
        code: p.
        epochs: by kind of training.
    """

    hidden: tuple[int, ...]
    code: int
    epochs: dict[str, int] = field(default_factory=dict)

    def build(self, d: int, **arguments) -> Autoencoder:
        """The autoencoder, from a random start."""
        return Autoencoder.dense(d, self.hidden, code=self.code, **arguments)


class _MeanImage:
    def __init__(self, x: np.ndarray):
        self.mean = x.mean(axis=0)

    def reconstruct(self, x: np.ndarray) -> np.ndarray:
        return np.broadcast_to(self.mean, x.shape)


def _mean_image(job: Job):
    return [_MeanImage(x) for x in job.train_images]


def _pca(job: Job, components: int):
    return [PCA(components).fit(x) for x in job.train_images]


def _logistic_pca(job: Job, network: Network, components: int):
    """A linear encoder and a logistic decoder, without hidden layers."""

    def build(d):
        return Autoencoder.dense(d, code=components, **_LOGISTIC)

    return _trained(job, build, network.epochs["logistic PCA"], rate=1e-2)


def _random_start(job: Job, network: Network):
    build = partial(network.build, activation="sigmoid", **_LOGISTIC)
    return _trained(job, build, network.epochs["random start"])


def _stages(job: Job, network: Network):
    """Stages of one hidden layer each, unrolled, then trained as one."""
    return _pretrained(job, network, Autoencoder.dense, "stage", 3e-3)


def _boltzmann(job: Job, network: Network):
    """The same with restricted Boltzmann machines and the paper's rates."""
    return _pretrained(job, network, _machine, "Boltzmann machine", None)


def _machine(d: int, *, code: int, code_activation: str, output_activation: str):
    sigmas = {"code_activation": code_activation, "output_activation": output_activation}
    model = RestrictedBoltzmannMachine.dense(d, code=code, **sigmas)
    rate = 1e-3 if code_activation == "linear" else 0.1
    return compiled(model, keras.optimizers.SGD(rate, momentum=0.9, weight_decay=2e-4))


def _pretrained(job: Job, network: Network, make_stage: Callable, kind: str, rate):
    def build(place: int):
        stages = stacked.pretrain_greedily(
            job.train_images[place],
            (*network.hidden, network.code),
            make_stage=make_stage,
            epochs=job.epochs(network.epochs[kind]),
            batch_size=BATCH,
            learning_rate=rate,
            progress=job.progress,
        )
        return stacked.unroll(stages, loss="binary_crossentropy")

    return _trained(job, build, network.epochs["fine-tuning"], by_place=True)


def _modern(job: Job, network: Network):
    build = partial(network.build, activation="gelu")
    return _trained(job, build, network.epochs["GELU"], decay=0.05)


def _symmetric(job: Job, network: Network):
    """The same on the images and their seven mirror images and rotations by a right angle."""
    build = partial(network.build, activation="gelu")
    images = [eight_symmetries(x) for x in job.train_images]
    return _trained(job, build, network.epochs["symmetries"], decay=0.05, x=images)


def eight_symmetries(x: np.ndarray) -> np.ndarray:
    """Return the square images `(n, 784)` and their mirrored and turned copies, `(8 n, 784)`."""
    images = x.reshape(-1, 28, 28)
    flips = [slice(None), slice(None, None, -1)]
    turned = [
        which[:, down, across]
        for which in (images, images.transpose(0, 2, 1))
        for down in flips
        for across in flips
    ]
    return np.concatenate(turned).reshape(-1, x.shape[1])


def _trained(job: Job, build, full: int, rate=3e-3, decay=0.0, x=None, by_place=False):
    x, epochs = x or job.train_images, job.epochs(full)
    steps, d = epochs * -(-len(x[0]) // BATCH), x[0].shape[1]

    def start(place: int):
        return compiled(build(place if by_place else d), cosine_adamw(rate, steps, decay))

    return job.train(start, x, epochs=epochs, batch_size=BATCH)


def _measured(models: Callable, job: Job) -> list[dict[str, float]]:
    return [
        {
            "test_error": metrics.reconstruction_error(model, dataset.test),
            "train_error": metrics.reconstruction_error(model, dataset.train),
        }
        for model, dataset in zip(models(job), job.datasets, strict=True)
    ]


def methods_of(
    network: Network, components: tuple[int, ...], published: dict[str, float], drawn: str = ""
) -> dict[str, Method]:
    """The methods of a data set; `drawn` says how the data differ from the paper's."""
    epochs, deep, symmetric = network.epochs, published["deep"], "symmetries" in network.epochs
    methods = {"mean image": _method(_mean_image)}
    for p in components:
        name = f"PCA, {p} components"
        methods[name] = _method(partial(_pca, components=p), published.get(name), unlike=drawn)
    for p in components:
        name, run = f"logistic PCA, {p} components", partial(_logistic_pca, components=p)
        budget = f"{epochs['logistic PCA']} epochs"
        methods[name] = _method(
            partial(run, network=network), published.get(name), budget, unlike=drawn
        )
    rows = [
        ("logistic, random start", _random_start, None, "random start", ""),
        ("logistic, pretrained", _stages, deep, "stage", "pretrained with autoencoders"),
        ("logistic, Boltzmann machines", _boltzmann, deep, "Boltzmann machine", ""),
        ("GELU, random start", _modern, deep, "GELU", "other units, no pretraining"),
    ]
    if symmetric:
        rows.append(
            ("GELU, eight symmetries", _symmetric, deep, "symmetries", "eight times the data")
        )
    for name, run, number, kind, unlike in rows:
        budget = f"{epochs[kind]} epochs"
        if kind in ("stage", "Boltzmann machine"):
            budget += f" a stage, then {epochs['fine-tuning']}"
        methods[f"deep, {name}"] = _method(
            partial(run, network=network), number, budget, unlike=drawn or unlike
        )
    return methods


def _method(
    run: Callable, number: float | None = None, budget: str = "", unlike: str = ""
) -> Method:
    source = {} if number is None else {
        "test_error": Published(number, "Figure 2", "quotation", unlike)
    }  # fmt: skip
    return Method(partial(_measured, run), source, budget)


def curves(seed: int, train: int | None):
    """Ours, drawn with the seed."""
    return data.load("curves", seed=seed, **({} if train is None else {"train": train}))


def mnist(seed: int, train: int | None):
    """MNIST, the same for every seed."""
    return _mnist(train)


@cache
def _mnist(train: int | None):
    return data.load("mnist", **({} if train is None else {"train": train}))


MEASURES = {
    "test_error": Measure("squared error of a test image, summed over its pixels"),
    "train_error": Measure("the same on the training images"),
}

EXPERIMENTS = [
    Experiment(
        name="curves",
        paper="hinton2006",
        title="curves, 784-400-200-100-50-25-6",
        data=curves,
        measures=MEASURES,
        methods=methods_of(
            Network(
                (400, 200, 100, 50, 25),
                6,
                {
                    "logistic PCA": 100,
                    "random start": 50,
                    "stage": 30,
                    "Boltzmann machine": 50,
                    "fine-tuning": 200,
                    "GELU": 200,
                    "symmetries": 40,
                },
            ),
            components=(6, 18),
            published={
                "deep": 1.44,
                "logistic PCA, 6 components": 7.64,
                "logistic PCA, 18 components": 2.45,
                "PCA, 18 components": 5.90,
            },
            drawn="curves drawn anew, the pen set on PCA",
        ),
    ),
    Experiment(
        name="mnist",
        paper="hinton2006",
        title="MNIST, 784-1000-500-250-30",
        data=mnist,
        measures=MEASURES,
        methods=methods_of(
            Network(
                (1000, 500, 250),
                30,
                {
                    "logistic PCA": 50,
                    "random start": 250,
                    "stage": 50,
                    "Boltzmann machine": 50,
                    "fine-tuning": 200,
                    "GELU": 250,
                },
            ),
            components=(30,),
            published={
                "deep": 3.00,
                "logistic PCA, 30 components": 8.01,
                "PCA, 30 components": 13.87,
            },
        ),
    ),
]
