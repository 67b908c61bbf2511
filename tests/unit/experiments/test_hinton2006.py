"""Methods: the mirrored images are the eight that there are, and the numbers belong to methods."""

from ae_course.experiments import hinton2006
from ae_course.experiments.experiment import Job
from ae_course.experiments.ledger import find

import numpy as np


class Data:
    def __init__(self, seed=0):
        rng = np.random.default_rng(seed)
        self.train = (rng.uniform(size=(96, 784)) < rng.uniform(size=784)).astype("float32")
        self.test = self.train[:40]


def test_symmetries_are_eight_and_keep_the_pixels():
    image = np.random.default_rng(0).uniform(size=(1, 28 * 28)).astype("float32")
    images = hinton2006.eight_symmetries(image)
    assert images.shape == (8, 28 * 28)
    assert len(np.unique(images, axis=0)) == 8
    for turns in range(4):
        turned = np.rot90(image.reshape(28, 28), turns)
        for picture in (turned, turned.T):
            assert (images == picture.ravel()).all(axis=1).sum() == 1


def test_every_method_runs_and_gives_the_measures_for_each_seed(tmp_path):
    kinds = dict.fromkeys(hinton2006.EXPERIMENTS[0].methods)
    epochs = ["logistic PCA", "random start", "stage", "Boltzmann machine", "fine-tuning", "GELU"]
    small = hinton2006.Network((12,), 3, dict.fromkeys([*epochs, "symmetries"], 1))
    methods = hinton2006.methods_of(small, (6, 18), {"deep": 1.44})
    assert list(methods) == list(kinds)
    for method in methods.values():
        job = Job("job", [0, 1], [Data(), Data()], 1.0, tmp_path, False)
        found = method.run(job)
        assert len(found) == 2
        assert all(set(own) == set(hinton2006.MEASURES) for own in found)
        assert all(np.isfinite(value) for own in found for value in own.values())


def test_the_networks_are_those_of_the_paper():
    for name, units in {
        "mnist": (1000, 500, 250, 30),
        "curves": (400, 200, 100, 50, 25, 6),
    }.items():
        assert "-".join(map(str, (784, *units))) in find(name)[name].title
