"""Vincent et al. (2010): does denoising pretraining help a deep classifier?

The paper's three variants of MNIST with 10,000 training, 2,000 validation and 50,000 test images,
remade here from MNIST: as it is, rotated by a random angle, and with random noise behind the digit.
All layers have 1,000 units. What is chosen (C and γ of the support vector machine, the share of
pixels set to zero) is chosen on the validation images, for each seed by itself.
"""

from functools import lru_cache, partial
from itertools import product

from ae_course import data
from ae_course.data.dataset import Dataset
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
from ae_course.models.denoising import DenoisingAutoencoder
from ae_course.training import stacked

import keras
import numpy as np

UNITS = (1000, 1000, 1000)
STAGE, FINE_TUNING, BATCH = 50, 50, 100
SIZES = {"train": 10_000, "validation": 2_000, "test": 50_000}
ZEROED = (0.1, 0.25, 0.4)


@lru_cache(maxsize=9)
def digits(variant: str, seed: int, train: int | None = None) -> Dataset:
    """Return a variant of MNIST, drawn with this seed.

    Args:
        variant: "basic", "rot" (rotated by a uniform angle) or "bg-rand" (noise behind the digit).
        seed: which images go where, their angles and noise.
        train: training images, if not 10,000; the test images are then as many.
    """
    rng = np.random.default_rng(seed)
    full = data.load("mnist")
    images = np.concatenate([full.train, full.test])
    labels = np.concatenate([full.train_labels, full.test_labels])
    sizes = SIZES if train is None else dict.fromkeys(SIZES, train)
    order = rng.permutation(len(images))[: sum(sizes.values())]
    images = images[order].reshape(-1, 28, 28)
    if variant == "rot":
        images = np.stack([_rotated(x, rng.uniform(0, 360)) for x in images])
    elif variant == "bg-rand":
        images = np.maximum(images, rng.uniform(size=images.shape))
    images = images.reshape(len(order), -1).astype("float32")
    ends = np.cumsum(list(sizes.values()))[:-1]
    parts = dict(zip(sizes, np.split(images, ends), strict=True))
    parts |= {
        f"{part}_labels": own
        for part, own in zip(sizes, np.split(labels[order], ends), strict=True)
    }
    return Dataset(name=f"mnist-{variant}", image_shape=(28, 28), value_range=(0.0, 1.0), **parts)


def _rotated(image: np.ndarray, degrees: float) -> np.ndarray:
    from scipy.ndimage import rotate

    return np.clip(rotate(image, degrees, reshape=False, order=1), 0.0, 1.0)


def _error(predicted: np.ndarray, labels: np.ndarray) -> float:
    return 100 * float((predicted != labels).mean())


def _svm(job: Job) -> list[dict[str, float]]:
    """A support vector machine with a Gaussian kernel."""
    from sklearn.svm import SVC
    from sklearn.utils.parallel import Parallel, delayed

    found = []
    for d in job.datasets:
        scale = 1 / (d.train.shape[1] * d.train.var())  # scikit-learn's own choice of γ
        machines = [
            SVC(C=c, gamma=factor * scale, cache_size=500)
            for c, factor in product((2.0, 10.0), (0.5, 1.0, 2.0))
        ]
        errors = Parallel(n_jobs=-1, prefer="threads")(  # fitted outside of Python's lock
            delayed(_validated)(machine, d) for machine in machines
        )
        best = machines[int(np.argmin(errors))]
        found.append(
            {
                "test_error": _error(best.predict(d.test), d.test_labels),
                "validation_error": min(errors),
            }
        )
    return found


def _validated(machine, d: Dataset) -> float:
    machine.fit(d.train, d.train_labels)
    return _error(machine.predict(d.validation), d.validation_labels)


def network(job: Job, zeroed: tuple[float, ...] | None) -> list[dict[str, float]]:
    """Three hidden layers and a softmax, after pretraining with each of the shares given.

    Args:
        job: seeds and data.
        zeroed: shares of pixels set to zero in the pretraining; (0.0,) is the plain stacked
            autoencoder, None a random start.
    """
    tried = [trained(job, share) for share in zeroed or (None,)]
    return [min(own, key=lambda found: found["validation_error"]) for own in zip(*tried)]  # noqa: B905


def trained(job: Job, share: float | None) -> list[dict[str, float]]:
    """Return what each seed's network reaches after pretraining with one share, or with none."""
    epochs = job.epochs(FINE_TUNING)
    x, y = job.train_images, [d.train_labels.astype("float32") for d in job.datasets]
    steps = epochs * -(-len(x[0]) // BATCH)

    def build(place: int):
        layers = [keras.layers.Dense(units, "sigmoid") for units in UNITS]
        head = keras.layers.Dense(10, "softmax")
        model = keras.Sequential([keras.Input(x[place].shape[1:]), *layers, head])
        if share is not None:
            stages = _pretrained(job, x[place], share)
            for layer, stage in zip(layers, stages, strict=True):
                layer.set_weights(stage.encoder.layers[-1].get_weights())
        loss = "sparse_categorical_crossentropy"
        return compiled(model, cosine_adamw(1e-3, steps), loss=loss)

    models = job.train(build, x, y, epochs=epochs, batch_size=BATCH)
    found = []
    for model, d in zip(models, job.datasets, strict=True):
        errors = {
            f"{part}_error": _error(
                model.predict(getattr(d, part), 2000, verbose=0).argmax(axis=1),
                getattr(d, f"{part}_labels"),
            )
            for part in ("test", "validation")
        }
        found.append({**errors, "zeroed": -1.0 if share is None else share})
    return found


def _pretrained(job: Job, x: np.ndarray, share: float) -> list[Autoencoder]:
    """Stages trained on the codes of clean inputs, as in the paper."""
    plain = {"loss": "binary_crossentropy"}
    noisy = {**plain, "corruption": "masking", "amount": share}
    make = partial(DenoisingAutoencoder.dense, **noisy) if share else partial(
        Autoencoder.dense, **plain
    )  # fmt: skip
    return stacked.pretrain_greedily(
        x, UNITS, code_activation="sigmoid", make_stage=make, learning_rate=1e-3,
        epochs=job.epochs(STAGE), batch_size=BATCH, progress=job.progress,
    )  # fmt: skip


def _experiment(variant: str, svm: float, sae: float, sdae: float) -> Experiment:
    remade = "the data are remade, not the paper's files"

    def published(value: float) -> dict[str, Published]:
        return {"test_error": Published(value, "Table 3", "copy", remade)}

    deep = f"{STAGE} epochs a layer, then {FINE_TUNING}"
    return Experiment(
        name=f"mnist-{variant}",
        paper="vincent2010",
        title=f"MNIST-{variant} with 10,000 training images, classified",
        data=partial(digits, variant),
        measures={
            "test_error": Measure("test images classified wrongly, %", within=0.1),
            "validation_error": Measure("validation images classified wrongly, %"),
        },
        methods={
            "SVM, Gaussian kernel": Method(_svm, published(svm), "6 settings on validation"),
            "three layers, random start": Method(
                partial(network, zeroed=None), {}, f"{FINE_TUNING} epochs"
            ),
            "SAE-3": Method(partial(network, zeroed=(0.0,)), published(sae), deep),
            "SDAE-3": Method(
                partial(network, zeroed=ZEROED), published(sdae), f"{deep}; 3 shares tried"
            ),
        },
    )


EXPERIMENTS = [
    _experiment("basic", 3.03, 3.46, 2.84),
    _experiment("rot", 11.11, 10.30, 9.53),
    _experiment("bg-rand", 14.58, 11.28, 10.30),
]
