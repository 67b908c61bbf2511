"""Data that bring their own batches are known as such, and Keras can take them."""

import itertools

from ae_course import Autoencoder, fit
from ae_course.training.streams import as_stream, has_batches_to_shuffle, is_stream
from ae_course.validation import as_samples

import keras
import numpy as np
import pytest

X = np.random.default_rng(0).random((70, 6)).astype("float32")


class DataLoader:
    """As torch names its own."""

    def __iter__(self):
        return iter([X])


def test_a_data_loader_is_known_by_its_class_or_a_parents():
    own = type("Shuffled", (DataLoader,), {})
    assert is_stream(DataLoader()) and is_stream(own())
    with pytest.raises(TypeError, match="x must be an array, got a Shuffled: it brings batches"):
        as_samples(own())


ITERATORS = {
    "zip": lambda: zip([X] * 4, [X] * 4, strict=True),
    "map": lambda: map(lambda x: (x, x), [X] * 4),
    "cycle": lambda: itertools.cycle([(X, X)]),
    "iter": lambda: iter([(X, X)] * 4),
    "generator": lambda: ((X, X) for _ in range(4)),
}


@pytest.mark.parametrize("name", ITERATORS)
def test_any_iterator_of_batches_is_trained_on(name):
    model = Autoencoder.dense(6, code=2)
    history = fit(model, ITERATORS[name](), epochs=2, steps_per_epoch=2)
    assert len(history.history["loss"]) == 2 and is_stream(ITERATORS[name]())


def test_what_keras_takes_stays_what_it_is():
    generator = ((X, X) for _ in range(4))
    assert as_stream(generator) is generator and as_stream(X) is X
    assert not is_stream(X) and not is_stream(X.tolist())


class Batches(keras.utils.PyDataset):
    """Ten samples a batch."""

    def __len__(self):
        return 7

    def __getitem__(self, k):
        return X[10 * k : 10 * k + 10], X[10 * k : 10 * k + 10]


def test_batches_that_can_be_fetched_can_be_shuffled():
    assert has_batches_to_shuffle(Batches()) and not has_batches_to_shuffle(iter([X]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 3}, "batch_size is theirs"),
        ({"validation_split": 0.2}, "no validation_split"),
        ({"y": X}, "with y in them"),
        ({"sample_weight": X[:, 0]}, "with sample_weight in them"),
    ],
)
def test_what_a_stream_brings_itself_is_not_given_beside_it(options, message):
    with pytest.raises(ValueError, match=message):
        fit(Autoencoder.dense(6, code=2), Batches(), epochs=1, **options)
