"""Burda, Grosse and Salakhutdinov (2016): variational and importance-weighted autoencoders.

One stochastic layer, 784-200-200-50, tanh, on MNIST whose pixels are drawn anew from the gray
values at every step; test images are drawn once. −log p(x) is estimated with 5,000 codes an image.
"""

from functools import partial

from ae_course.experiments.experiment import Experiment, Job, Measure, Method, Published, compiled
from ae_course.experiments.hinton2006 import mnist
from ae_course.models.binary_pixels import BinaryPixels
from ae_course.training.optimizers import FallingRate

import keras
import numpy as np

EPOCHS = sum(3**i for i in range(8))
"""The paper's: 3ⁱ epochs at each of eight learning rates."""
BATCH = 100
RATE = 2e-3
ACTIVE = 1e-2
"""A unit is active if the variance over the data of its mean code is above this."""
CODES = 5000
"""For the estimate of log p(x); short runs, of less than a twentieth of the budget, take fewer."""


def binary(x: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return gray values `(n, d)` in [0, 1] as black and white pixels, drawn once."""
    return (np.random.default_rng(seed).uniform(size=x.shape) < x).astype("float32")


def active_units(mean: np.ndarray) -> int:
    """Return how many units of the mean codes `(n, p)` vary over the data."""
    return int((mean.var(axis=0) > ACTIVE).sum())


def _run(job: Job, codes: int, inside: bool) -> list[dict[str, float]]:
    epochs, x = job.epochs(EPOCHS), job.train_images
    steps = epochs * -(-len(x[0]) // BATCH)

    def build(place: int):
        model = BinaryPixels.dense(
            x[place].shape[1], (200, 200), code=50, activation="tanh",
            loss="binary_crossentropy", codes=codes, inside=inside,
        )  # fmt: skip
        rate = FallingRate(RATE, steps)
        return compiled(model, keras.optimizers.Adam(rate, epsilon=1e-4))

    models = job.train(build, x, epochs=epochs, batch_size=BATCH)
    estimated = max(50, round(min(1.0, 20 * job.budget) * CODES))
    return [_measures(m, d, estimated) for m, d in zip(models, job.datasets, strict=True)]


def _measures(model: BinaryPixels, dataset, codes: int) -> dict[str, float]:
    test = binary(dataset.test)
    mean, _ = model.posterior(test)
    one = model.log_likelihood(test, 1, batch_size=1000)
    return {
        "nll": -float(model.log_likelihood(test, codes, batch_size=1000).mean()),
        "negative_elbo": -float(one.mean()),
        "active_units": active_units(mean),
    }


def _method(codes: int, inside: bool, nll: float, active: int) -> Method:
    few = "a fraction of the paper's updates"
    return Method(
        partial(_run, codes=codes, inside=inside),
        {
            "nll": Published(nll, "Table 1", "paper"),
            "active_units": Published(active, "Table 1", "paper", few),
        },
        f"{EPOCHS} epochs, batches of {BATCH}",
    )


EXPERIMENTS = [
    Experiment(
        name="iwae",
        paper="burda2016",
        title="MNIST, one stochastic layer of 50 units",
        data=mnist,
        measures={
            "nll": Measure("−log p(x) of a test image in nats", within=1.0, absolute=True),
            "negative_elbo": Measure("−ELBO of a test image in nats"),
            "active_units": Measure("active units"),
        },
        methods={
            "VAE, k = 1": _method(1, False, 86.76, 19),
            "VAE, k = 5": _method(5, False, 86.47, 20),
            "IWAE, k = 5": _method(5, True, 85.54, 22),
            "VAE, k = 50": _method(50, False, 86.35, 20),
            "IWAE, k = 50": _method(50, True, 84.78, 25),
        },
    )
]
