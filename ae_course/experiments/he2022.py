"""He et al. (2022): does an encoder that sees a quarter of an image learn better features?

The paper hides patches of photographs from large networks. Here the same is asked of digits, at
three sizes of images and data: the same blocks of attention are trained with a quarter to seven
eighths of the patches hidden; beside them stand dense networks from which patches or single pixels
are hidden, and codes of the same length without any hiding. All that is trained has the same number
of epochs. The codes are read by linear classifiers; the paper's own test, tuning the whole encoder
on labels, is not made.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ae_course import data
from ae_course.data.dataset import Dataset
from ae_course.evaluation.few_labels import damaged, few_label_accuracy, label_draws
from ae_course.evaluation.metrics import linear_probe, linear_probe_accuracy
from ae_course.experiments.experiment import (
    Experiment,
    Job,
    Measure,
    Method,
    compiled,
    cosine_adamw,
)
from ae_course.models.autoencoder import Autoencoder
from ae_course.models.denoising import DenoisingAutoencoder
from ae_course.models.inpainting import InpaintingAutoencoder
from ae_course.models.linear import PCA
from ae_course.models.masked import MaskedAutoencoder
from ae_course.training.seeds import seed_everything

import keras
import numpy as np

BATCH, RATE = 64, 3e-3
RATE_OF_ATTENTION = 1e-2
"""Of 0.001, 0.003, 0.01 and 0.03 the one with the smallest loss in training (8 × 8, seed 0)."""

SHARES = (0.25, 0.5, 0.75, 0.875)
COPIES = 20
ASKED = 0.75
"""Of the patches are hidden where what is filled in is judged; the same ones for all networks."""


@dataclass(frozen=True)
class Scale:
    """The sizes of one experiment.

    Attributes:
        data: the name of a set of digits.
        side: of the images, in pixels.
        patch: its side, in pixels.
        width: p, the numbers of a patch's code, and of the other codes.
        hidden: units of the dense networks.
        epochs: of all that is trained.
    """

    data: str
    side: int
    patch: int
    width: int
    hidden: int
    epochs: int

    @property
    def patches(self) -> dict:
        """The arguments of the networks that hide patches."""
        return {"image_shape": (self.side, self.side), "size": self.patch}


def digits(scale: Scale, seed: int, train: int | None = None) -> Dataset:
    """Return a set of digits; the seed changes nothing.

    Args:
        scale: names it.
        seed: starts the networks only.
        train: training images, if not all.
    """
    full = data.load(scale.data)
    parts = {part: getattr(full, part) for part in ("test", "test_labels")}
    parts |= {part: getattr(full, part)[:train] for part in ("train", "train_labels")}
    return Dataset(
        name=scale.data, image_shape=full.image_shape, value_range=full.value_range, **parts
    )


def read(encode: Callable[[np.ndarray], np.ndarray], d: Dataset) -> dict[str, float]:
    """Return the errors of linear classifiers on codes, in percent of the test images.

    Args:
        encode: from images `(n, d)` to codes `(n, p)`.
        d: with labels.
    """
    accuracy = linear_probe_accuracy(encode(d.train), d.train_labels, encode(d.test), d.test_labels)
    clean, _, blank = few_label_accuracy(encode, d).mean(axis=0)
    found = {"probe_error": accuracy, "few_label_error": clean, "blank_error": blank}
    return {name: 100 * (1 - float(value)) for name, value in found.items()}


def read_shown(d: Dataset) -> dict[str, float]:
    """Return the errors of readers of the pixels that were shown the damage, in percent.

    With few labels they get `COPIES` of each labeled image beside it, each with a square made blank
    at another place.

    Args:
        d: with labels.
    """
    x, y, shape = d.train, d.train_labels, d.image_shape
    parts = [x, *(damaged(x, shape, "hidden", seed=1 + copy) for copy in range(COPIES))]
    tests = [damaged(d.test, shape, damage) for damage in ("clean", "hidden")]
    rows = []
    for i in label_draws(y, count=10, draws=10):
        classify = linear_probe(
            np.concatenate([part[i] for part in parts]), np.tile(y[i], len(parts)), unlabeled=x
        )
        rows.append([100 * np.mean(classify(test) != d.test_labels) for test in tests])
    clean, blank = np.mean(rows, axis=0)
    return read(lambda x: x, d) | {"few_label_error": clean, "blank_error": blank}


def expected(train: np.ndarray, images: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Fill in what a normal distribution expects: the best linear prediction.

    Args:
        train: images `(n, d)` that its mean and covariance matrix are taken from.
        images: `(m, d)`.
        seen: `(m, d)`, 1 where an image is visible, else 0.
    """
    center, covariance = train.mean(axis=0), np.cov(train.T) + 1e-3 * np.eye(train.shape[1])
    filled = np.array(images)
    for image, visible in zip(filled, seen == 1, strict=True):
        inside, across = covariance[np.ix_(visible, visible)], covariance[np.ix_(visible, ~visible)]
        slope = np.linalg.solve(inside, across)
        image[~visible] = center[~visible] + (image[visible] - center[visible]) @ slope
    return filled


def nearest(train: np.ndarray, images: np.ndarray, seen: np.ndarray, k: int = 10) -> np.ndarray:
    """Fill in the mean of the k training images that agree best with what is visible.

    Args:
        train: images `(n, d)`.
        images: `(m, d)`.
        seen: `(m, d)`, 1 where an image is visible, else 0.
        k: how many images are averaged.
    """
    visible = seen * images
    squares = seen @ (train**2).T - 2 * visible @ train.T  # but for what all k share
    closest = np.argsort(squares, axis=1)[:, :k]
    return visible + (1 - seen) * train[closest].mean(axis=1)


def filled_error(d: Dataset, filled: np.ndarray, seen: np.ndarray) -> float:
    """Return the squared error of the hidden pixels, summed over them, mean over test images.

    Args:
        d: whose test images were filled in.
        filled: the result `(n, d)`.
        seen: `(n, d)`, 1 where an image was visible, else 0.
    """
    return float(((1 - seen) * (filled - d.test) ** 2).sum(axis=1).mean())


def seen_of(scale: Scale, d: Dataset) -> np.ndarray:
    """Return which pixels of the test images are visible where filling in is judged `(n, d)`."""
    any_net = InpaintingAutoencoder.dense(d.test.shape[1], code=1, masked=ASKED, **scale.patches)
    return any_net.fill_in(d.test)[1]


def _read_only(reader: Callable[[Dataset], dict[str, float]], job: Job) -> list[dict]:
    """What needs no training by steps, and is the same for every seed."""
    return [reader(job.datasets[0])] * len(job.seeds)


def _fill_only(scale: Scale, fill: Callable[..., np.ndarray], job: Job) -> list[dict]:
    """A way to fill in that needs no training by steps."""
    d = job.datasets[0]
    seen = seen_of(scale, d)
    return [{"fill_error": filled_error(d, fill(d.train, d.test, seen), seen)}] * len(job.seeds)


def _mean_image(train: np.ndarray, images: np.ndarray, seen: np.ndarray) -> np.ndarray:
    return np.where(seen == 1, images, train.mean(axis=0))


def _trained(
    scale: Scale, make: Callable[[], Autoencoder], rate: float, fills: bool, job: Job
) -> list[dict[str, float]]:
    epochs, x = job.epochs(scale.epochs), job.train_images
    steps = epochs * -(-len(x[0]) // BATCH)
    models = job.train(
        lambda _: compiled(make(), cosine_adamw(rate, steps)), x, epochs=epochs, batch_size=BATCH
    )
    found = []
    for model, d in zip(models, job.datasets, strict=True):
        if isinstance(model, MaskedAutoencoder):
            found.append(read(side_by_side(model, d.train, scale.width), d))
            of_mean = read(lambda x, model=model: model.encode(x).mean(axis=1), d)
            found[-1] |= {f"mean_{name}": value for name, value in of_mean.items()}
        else:
            found.append(read(model.encode, d))
        if fills:
            filled, seen = model.fill_in(d.test, masked=ASKED)
            found[-1]["fill_error"] = filled_error(d, filled, seen)
    return found


def side_by_side(model: MaskedAutoencoder, train: np.ndarray, width: int) -> Callable:
    """Return the encoder that reduces the codes of all patches together to as many numbers by PCA.

    Args:
        model: a trained network of patches.
        train: images `(n, d)` that the components are computed from.
        width: p, how many.
    """

    def flat(x: np.ndarray) -> np.ndarray:
        return model.encode(x).reshape(len(x), -1)

    pca = PCA(width).fit(flat(train))
    return lambda x: pca.encode(flat(x))


def _untrained(scale: Scale, job: Job) -> list[dict[str, float]]:
    """Attention as it is made: what its features are worth before they have learned anything."""
    found = []
    for seed, d in zip(job.seeds, job.datasets, strict=True):
        seed_everything(seed)
        found.append(read(side_by_side(attention(scale, ASKED), d.train, scale.width), d))
    return found


def _supervised(scale: Scale, job: Job) -> list[dict[str, float]]:
    """A network as large as the dense encoder, given all labels; read before its last layer."""
    epochs, x = job.epochs(scale.epochs), job.train_images
    steps = epochs * -(-len(x[0]) // BATCH)
    y = [d.train_labels.astype("float32") for d in job.datasets]

    def build(_):
        units = (scale.hidden, scale.width)
        hidden = [keras.layers.Dense(count, "relu") for count in units]
        last = keras.layers.Dense(10, "softmax")
        model = keras.Sequential([keras.Input(x[0].shape[1:]), *hidden, last])
        return compiled(model, cosine_adamw(RATE, steps), loss="sparse_categorical_crossentropy")

    models = job.train(build, x, y, epochs=epochs, batch_size=BATCH)
    features = [keras.Sequential(model.layers[:-1]) for model in models]
    return [
        read(lambda x, f=f: f.predict(x, 1000, verbose=0), d)
        for f, d in zip(features, job.datasets, strict=True)
    ]


def attention(scale: Scale, share: float) -> MaskedAutoencoder:
    """Return the network of attention from which this share of the patches is hidden."""
    return MaskedAutoencoder.of_patches(**scale.patches, width=scale.width, masked=share)


def experiment_at(scale: Scale, name: str) -> Experiment:
    """Return the experiment of these sizes, to be called so."""
    trained, d = f"{scale.epochs} epochs", scale.side**2

    def dense(kind: type[Autoencoder], fills: bool = False, **options) -> Method:
        make = partial(kind.dense, d, (scale.hidden,), code=scale.width, **options)
        return Method(partial(_trained, scale, make, RATE, fills), {}, trained)

    single = scale.patches | {"size": 1, "masked": SHARES[0]}
    readers = {
        "pixels": lambda d: read(lambda x: x, d),
        "pixels, copies": read_shown,
        f"PCA, {scale.width} components": lambda d: read(PCA(scale.width).fit(d.train).encode, d),
    }
    methods = {
        "mean image": Method(partial(_fill_only, scale, _mean_image)),
        "linear prediction": Method(partial(_fill_only, scale, expected)),
        "ten nearest digits": Method(partial(_fill_only, scale, nearest)),
        **{name: Method(partial(_read_only, reader)) for name, reader in readers.items()},
        "dense": dense(Autoencoder),
        "dense, noise": dense(DenoisingAutoencoder, amount=0.3),
        "dense, more noise": dense(DenoisingAutoencoder, amount=0.5),
        "dense, pixels erased": dense(DenoisingAutoencoder, corruption="masking", amount=SHARES[0]),
        "dense, pixels hidden": dense(InpaintingAutoencoder, **single),
        "attention, untrained": Method(partial(_untrained, scale)),
    }
    for share in SHARES:
        hidden = f"{100 * share:g}% hidden"
        methods[f"dense, {hidden}"] = dense(
            InpaintingAutoencoder, fills=True, masked=share, **scale.patches
        )
        make = partial(attention, scale, share)
        methods[f"attention, {hidden}"] = Method(
            partial(_trained, scale, make, RATE_OF_ATTENTION, True), {}, trained
        )
    methods["dense, all labels"] = Method(partial(_supervised, scale), {}, trained)
    return Experiment(
        name=name,
        paper="he2022",
        title=f"hidden patches of digits, {scale.side} × {scale.side} pixels",
        data=partial(digits, scale),
        measures={
            "probe_error": Measure("test images that a linear probe reads wrongly, %"),
            "few_label_error": Measure("the same with ten labels a digit, %"),
            "blank_error": Measure("with ten labels, a square of the test image blank, %"),
            "fill_error": Measure("squared error of filled-in pixels, three quarters hidden"),
            "mean_probe_error": Measure("all labels, from the mean of the patches' codes, %"),
            "mean_few_label_error": Measure("ten labels, from the mean of the patches' codes, %"),
            "mean_blank_error": Measure("a square blank, from the mean of the patches' codes, %"),
        },
        methods=methods,
    )


EXPERIMENTS = [
    experiment_at(Scale("digits", 8, 2, 32, 128, 200), "masking-8"),
    experiment_at(Scale("digits", 8, 2, 32, 128, 800), "masking-8-long"),
    experiment_at(Scale("mnist_small", 28, 7, 64, 256, 60), "masking-28"),
    experiment_at(Scale("mnist", 28, 7, 64, 256, 60), "masking"),
]
