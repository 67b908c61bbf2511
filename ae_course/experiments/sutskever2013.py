"""Sutskever, Martens, Dahl and Hinton (2013): momentum and initialisation, not second order.

Deep autoencoders from a random start, with sparse initialisation, squared error on *training*
images. The methods are stochastic gradient descent, Nesterov's momentum and classical momentum with
the paper's schedule; each takes the best of the learning rates tried, as in the paper.
"""

from dataclasses import replace
from functools import partial

from ae_course.evaluation import metrics
from ae_course.experiments.experiment import Experiment, Job, Measure, Method, Published, compiled
from ae_course.experiments.hinton2006 import curves, mnist
from ae_course.models.autoencoder import Autoencoder
from ae_course.training.optimizers import ScheduledMomentum

import numpy as np

UPDATES, BATCH = 750_000, 200
RATES = (0.05, 0.01, 0.005)


def sparse_start(model: Autoencoder, rng: np.random.Generator, scale: float = 1.0) -> None:
    """Give every unit 15 incoming weights from N(0, scale²) and no bias (Martens 2010)."""
    for layer in [*model.encoder.layers, *model.decoder.layers]:
        kernel = np.zeros(layer.kernel.shape, "float32")
        for unit in range(kernel.shape[1]):
            inputs = rng.choice(len(kernel), min(15, len(kernel)), replace=False)
            kernel[inputs, unit] = scale * rng.normal(size=len(inputs))
        layer.kernel.assign(kernel)


def _run(job: Job, hidden, code: int, max_momentum: float, nesterov: bool):
    """Train with every rate, all at once, and keep each seed's best."""
    seeds, rates = len(job.seeds), np.repeat(RATES, len(job.seeds))
    wide = replace(job, seeds=[*job.seeds] * len(RATES), datasets=[*job.datasets] * len(RATES))
    x = wide.train_images
    steps = -(-len(x[0]) // BATCH)
    epochs = job.epochs(round(UPDATES / steps))

    def build(place: int):
        model = Autoencoder.dense(
            x[place].shape[1], hidden, code=code, activation="sigmoid",
            output_activation="sigmoid", loss="binary_crossentropy",
        )  # fmt: skip
        sparse_start(model, np.random.default_rng(wide.seeds[place]))
        rate = float(rates[place])
        return compiled(model, ScheduledMomentum(rate, max_momentum, nesterov, epochs * steps))

    models = wide.train(build, x, epochs=epochs, batch_size=BATCH)
    found = [
        {
            "train_error": _finite(metrics.reconstruction_error, model, d.train),
            "test_error": _finite(metrics.reconstruction_error, model, d.test),
            "rate": float(rate),
        }
        for model, d, rate in zip(models, wide.datasets, rates, strict=True)
    ]
    return [min(found[k::seeds], key=lambda own: own["train_error"]) for k in range(seeds)]


def _finite(measure, model, x) -> float:
    try:
        return measure(model, x)
    except ValueError:  # the training diverged: not finite
        return float("inf")


def _methods(hidden, code: int, published: dict[str, float]) -> dict[str, Method]:
    methods = {}
    for name, value in published.items():
        kind, _, mu = name.partition(", μ = ")
        run = partial(
            _run, hidden=hidden, code=code, max_momentum=float(mu or 0), nesterov=kind == "Nesterov"
        )
        source = {"train_error": Published(value, "Table 1", "paper")}
        methods[name] = Method(run, source, f"{UPDATES} updates of {BATCH}, best of {RATES}")
    return methods


MEASURES = {
    "train_error": Measure("squared error of a training image, summed over its pixels", 0.1),
    "test_error": Measure("the same on test images"),
    "rate": Measure("the best learning rate"),
}

EXPERIMENTS = [
    Experiment(
        name="momentum-curves",
        paper="sutskever2013",
        title="curves, 784-400-200-100-50-25-6, by momentum",
        data=curves,
        measures=MEASURES,
        methods=_methods(
            (400, 200, 100, 50, 25),
            6,
            {"SGD": 0.48, "classical, μ = 0.99": 0.10, "Nesterov, μ = 0.9": 0.16}
            | {"Nesterov, μ = 0.99": 0.096, "Nesterov, μ = 0.999": 0.074},
        ),
    ),
    Experiment(
        name="momentum-mnist",
        paper="sutskever2013",
        title="MNIST, 784-1000-500-250-30, by momentum",
        data=mnist,
        measures=MEASURES,
        methods=_methods(
            (1000, 500, 250),
            30,
            {"SGD": 2.1, "classical, μ = 0.99": 0.77, "Nesterov, μ = 0.9": 1.0}
            | {"Nesterov, μ = 0.99": 0.73, "Nesterov, μ = 0.999": 0.80},
        ),
    ),
]
