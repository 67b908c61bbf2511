"""The variants of MNIST are what they are called, and every method classifies them."""

from ae_course.data.dataset import Dataset
from ae_course.experiments import vincent2010
from ae_course.experiments.experiment import Job

import numpy as np
import pytest


@pytest.fixture
def small(monkeypatch):
    """Digits of scikit-learn in MNIST's place, 28×28 by repetition."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    images = np.pad(
        images.reshape(-1, 8, 8).repeat(3, 1).repeat(3, 2) / 16, ((0, 0), (2, 2), (2, 2))
    )
    x = images.reshape(len(labels), -1).astype("float32")
    full = Dataset(
        name="mnist",
        train=x[:1500],
        test=x[1500:],
        train_labels=labels[:1500],
        test_labels=labels[1500:],
    )
    monkeypatch.setattr(vincent2010.data, "load", lambda name: full)
    vincent2010.digits.cache_clear()
    yield full
    vincent2010.digits.cache_clear()


def test_variants_differ_in_what_they_are_called_after(small):
    basic, rot, noise = (vincent2010.digits(v, 0, 300) for v in ("basic", "rot", "bg-rand"))
    for variant in (basic, rot, noise):
        assert variant.train.shape == variant.validation.shape == variant.test.shape == (300, 784)
        np.testing.assert_array_equal(variant.train_labels, basic.train_labels)
    rows = np.vstack([basic.train, basic.validation, basic.test])
    assert len(np.unique(rows, axis=0)) > 890  # no image in two parts, but for a few twins
    assert not np.array_equal(vincent2010.digits("basic", 1, 300).train, basic.train)
    assert (noise.train >= basic.train - 1e-6).all() and noise.train.mean() > 0.5
    inside = np.hypot(*np.mgrid[-13.5:14, -13.5:14]) < 13  # rotation keeps what is in the circle
    mass = [(d.train * inside.ravel()).sum(axis=1) for d in (basic, rot)]
    np.testing.assert_allclose(mass[1], mass[0], rtol=0.12)
    assert np.abs(rot.train - basic.train).mean() > 0.05


def test_every_method_gives_errors_in_percent(small, tmp_path, monkeypatch):
    monkeypatch.setattr(vincent2010, "UNITS", (12, 12, 12))
    monkeypatch.setattr(vincent2010, "ZEROED", (0.1, 0.4))
    experiment = vincent2010.EXPERIMENTS[0]
    sets = [experiment.data(seed, 300) for seed in (0, 1)]
    job = Job("basic", [0, 1], sets, 0.04, tmp_path, False)
    for name, method in experiment.methods.items():
        for own in method.run(job):
            assert 0 <= own["test_error"] <= 100 and 0 <= own["validation_error"] <= 100, name
    svm = experiment.methods["SVM, Gaussian kernel"].run(job)
    assert max(own["test_error"] for own in svm) < 15


def test_the_share_is_chosen_on_validation(monkeypatch):
    found = {0.1: [(1.0, 9.0), (5.0, 1.0)], 0.4: [(3.0, 2.0), (2.0, 3.0)]}

    def trained(job, share):
        return [{"test_error": t, "validation_error": v} for t, v in found[share]]

    monkeypatch.setattr(vincent2010, "trained", trained)
    chosen = vincent2010.network(None, (0.1, 0.4))
    assert [own["test_error"] for own in chosen] == [3.0, 5.0]
