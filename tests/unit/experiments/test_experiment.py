"""A training that was stopped goes on; several seeds are trained at once and differ."""

from ae_course.experiments import experiment
from ae_course.experiments.experiment import Job, compiled, cosine_adamw
from ae_course.experiments.ledger import find
from ae_course.models.autoencoder import Autoencoder

import numpy as np
import pytest

X = np.random.default_rng(0).uniform(size=(256, 20)).astype("float32")


def test_a_training_that_was_stopped_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(experiment, "SAVE_EVERY", 0.0)
    job, seen, epochs = Job("a job", [0], [], 1.0, tmp_path), [], 5

    def build(place):
        seen.append("built")
        return compiled(Autoencoder.dense(20, code=4), cosine_adamw(1e-3, 2 * epochs))

    def stop_after_two(model, *data, epochs, **arguments):
        training_fit(model, *data, epochs=2, **arguments)
        raise KeyboardInterrupt

    training_fit = experiment.fit
    monkeypatch.setattr(experiment, "fit", stop_after_two)
    with pytest.raises(KeyboardInterrupt):
        job.train(build, [X], epochs=epochs)
    assert job.unfinished.exists()
    monkeypatch.setattr(experiment, "fit", training_fit)
    (model,) = job.train(build, [X], epochs=epochs)
    assert seen == ["built"]
    assert int(model.optimizer.iterations) == 2 * epochs  # two batches an epoch, none twice
    assert not list(tmp_path.iterdir())


def test_every_seed_has_a_start_of_its_own(tmp_path):
    job = Job("a job", [0, 1, 0], [], 1.0, tmp_path)

    def build(place):
        return compiled(Autoencoder.dense(20, code=4), cosine_adamw(0.0, 10))

    models = job.train(build, [X] * 3, epochs=1)
    first, second, again = (model.get_weights()[0] for model in models)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, second)


def test_the_budget_is_a_share_of_the_epochs_and_never_none(tmp_path):
    epochs = [Job("", [0], [], share, tmp_path).epochs(50) for share in (1.0, 0.1, 0.001)]
    assert epochs == [50, 5, 1]


def test_what_is_published_says_where_and_how_we_know():
    for one in find().values():
        for method in one.methods.values():
            for name, published in method.published.items():
                assert name in one.measures
                assert published.where and published.source in ("paper", "quotation", "copy")
