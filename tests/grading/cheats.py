"""Answers to the tasks about trained models that must earn nothing: tables, copies, memories.

Each is an object with `encode` and `decode`, built for a code of at most `size` numbers (None: as
wide as the task likes, 64 at least). They may hold all that the course ships or generates.
"""

from functools import cache

from ae_course.grading.judging import fresh
from ae_course.grading.sandbox.child.in_process import LocalLearner
from ae_course.models.autoencoder import Autoencoder
from ae_course.training.fit import fit

import keras
import numpy as np

WIDE = 64


class Restarted(LocalLearner):
    """A submission whose `fresh` starts it anew, as the grader's does, and not the notebook's.

    Args:
        make: builds the submission's variables.
    """

    def __init__(self, make):
        super().__init__(make())
        self._make = make

    def fresh(self):
        return Restarted(self._make)


class Table:
    """The place of the nearest stored image, written so that noise does not harm it.

    Args:
        images: what it holds.
        size: numbers in the code; the place is spread over all of them, four values each.
    """

    def __init__(self, images, size):
        self.images, self.size = images, size or WIDE

    def encode(self, x):
        squared = (self.images**2).sum(axis=1) - 2 * x @ self.images.T
        place = squared.argmin(axis=1)
        base = self._base()
        return np.stack([place // base**k % base for k in range(self.size)], axis=1).astype(float)

    def decode(self, h):
        base = self._base()
        digits = np.clip(np.rint(h), 0, base - 1).astype(int)
        powers = [min(base**k, len(self.images)) for k in range(self.size)]
        return self.images[np.clip(digits @ powers, 0, len(self.images) - 1)]

    def _base(self):
        return max(2, int(np.ceil(len(self.images) ** (1 / self.size))))


class Told(Table):
    """A table that also holds what it was asked, the ways between it among that, as its weights."""

    def get_weights(self):
        return self.images

    def set_weights(self, images):
        self.images = np.asarray(images)

    def encode(self, x):
        if len(x) < 100:  # looked up among the others, and by the other process too
            ways = fresh.path(np.asarray(x, float)[:12]).reshape(-1, x.shape[1])
            self.images = np.concatenate([self.images, x, ways])
        return super().encode(x)


class Packed:
    """A copy: all pixels with a few bits each, written into the digits of few numbers."""

    def __init__(self, size):
        self.size = size or WIDE

    def encode(self, x):
        if self.size >= x.shape[1]:
            return x
        levels = self._levels(x.shape[1])
        groups = np.rint(np.clip(x, 0, 1) * (levels - 1)).reshape(len(x), self.size, -1)
        return (groups * float(levels) ** np.arange(groups.shape[2])).sum(axis=2)

    def decode(self, h):
        if self.size >= 64:
            return h
        count, levels = 64 // self.size, self._levels(64)
        whole = np.clip(np.rint(h), 0, None)[:, :, None]
        groups = whole // float(levels) ** np.arange(count) % levels
        return groups.reshape(len(h), -1) / (levels - 1)

    def _levels(self, pixels):
        return int(2 ** (24 * self.size / pixels))


class Smuggler:
    """Remembers what it was asked, and hands the sample back whose code comes nearest."""

    def __init__(self, size):
        self.size, self.seen = size or WIDE, {}

    def encode(self, x):
        h = np.random.default_rng(len(self.seen)).normal(size=(len(x), self.size))
        self.seen[len(self.seen)] = (h, x)
        return h

    def decode(self, h):
        answer = np.zeros((len(h), 64))
        for codes, x in self.seen.values():
            squared = (codes**2).sum(axis=1) - 2 * h @ codes.T + (h**2).sum(axis=1)[:, None]
            answer = x[squared.argmin(axis=1)] if len(x) >= len(h) else answer
        return answer


@cache
def tested(size):
    """Return a network that was trained, well and long, on the test images."""
    keras.utils.set_random_seed(0)
    model = Autoencoder.dense(64, hidden=(64,), code=size or WIDE)
    fit(model, fresh.known_digits().test, epochs=100, learning_rate=5e-3, batch_size=64)
    return model


class Mean:
    """The training digits' mean, whatever comes."""

    def __init__(self, size):
        self.size = size or WIDE

    def encode(self, x):
        return np.ones((len(x), self.size))

    def decode(self, h):
        return np.repeat(fresh.known_digits().train.mean(axis=0)[None], len(h), axis=0)


class Untrained:
    """A network with random weights."""

    def __init__(self, size):
        rng = np.random.default_rng(0)
        self.down = rng.normal(size=(64, size or WIDE)) / 8
        self.up = rng.normal(size=(size or WIDE, 64)) / 8

    def encode(self, x):
        return np.maximum(x @ self.down, 0)

    def decode(self, h):
        return h @ self.up


def cheats(size, known=None):
    """Return the cheats by name, each a function that builds one.

    Args:
        size: the longest code that the task allows, or None.
        known: the images that a task lets a model train on, if not all training digits.
    """
    digits = fresh.known_digits()
    train = digits.train if known is None else known
    everything = np.concatenate([digits.train, digits.test])
    return {
        "table of all shipped images": lambda: Table(everything, size),
        "table of the test images": lambda: Table(digits.test, size),
        "memory of the training images": lambda: Table(train, size),
        "table of what it was asked": lambda: Told(
            train if known is not None else everything, size
        ),
        "trained on the test images": lambda: tested(size),
        "copy": lambda: Packed(size),
        "smuggler": lambda: Smuggler(size),
        "mean image": lambda: Mean(size),
        "untrained": lambda: Untrained(size),
    }
