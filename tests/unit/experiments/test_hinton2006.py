"""Methods: a stopped training goes on, and the mirrored images are the eight that there are."""

from ae_course import hinton2006
from ae_course.models.autoencoder import Autoencoder

import numpy as np
import pytest

CURVES = hinton2006.EXPERIMENTS["curves"]


def test_a_training_that_was_stopped_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(hinton2006, "SAVE_EVERY", 0.0)
    run = hinton2006.Run(CURVES, "a method", 0, 0.1, tmp_path)
    x = np.random.default_rng(0).uniform(size=(256, 20)).astype("float32")
    epochs, seen = run.epochs("random start"), []

    def build():
        seen.append("built")
        return Autoencoder.dense(20, code=4)

    def stop_after_two(model, x, *, epochs, **arguments):
        training_fit(model, x, epochs=2, **arguments)
        raise KeyboardInterrupt

    training_fit = hinton2006.fit
    monkeypatch.setattr(hinton2006, "fit", stop_after_two)
    with pytest.raises(KeyboardInterrupt):
        run.train(build, x, "random start", 1e-3)
    assert run.unfinished.exists()
    monkeypatch.setattr(hinton2006, "fit", training_fit)
    model = run.train(build, x, "random start", 1e-3)
    assert seen == ["built"]
    assert int(model.optimizer.iterations) == 2 * epochs  # two batches an epoch, none twice
    assert not list(tmp_path.iterdir())


def test_symmetries_are_eight_and_keep_the_pixels(tmp_path, monkeypatch):
    image = np.random.default_rng(0).uniform(size=(1, 28 * 28)).astype("float32")
    seen = []

    def train(run, build, x, kind, **arguments):
        seen.append(x)

    monkeypatch.setattr(hinton2006.Run, "train", train)
    method = "deep, GELU, eight symmetries"
    CURVES.methods[method](hinton2006.Run(CURVES, method, 0, 1.0, tmp_path), image)
    (images,) = seen
    assert images.shape == (8, 28 * 28)
    assert len(np.unique(images, axis=0)) == 8
    for turns in range(4):
        turned = np.rot90(image.reshape(28, 28), turns)
        for picture in (turned, turned.T):
            assert (images == picture.ravel()).all(axis=1).sum() == 1


def test_published_numbers_belong_to_methods():
    for experiment in hinton2006.EXPERIMENTS.values():
        assert set(experiment.published) <= set(experiment.methods)
