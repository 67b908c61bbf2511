"""What `fit` accepts, and what it refuses before anything is trained."""

from ae_course.training import arguments
from ae_course.validation import as_samples

import keras
import numpy as np
import pytest

X = np.random.default_rng(0).random((70, 6)).astype("float32")
WEIGHTS = np.linspace(0, 2, 70).astype("float32")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sample_weight": WEIGHTS[:3]}, r"sample_weight must have shape \(70,\)"),
        ({"sample_weight": np.full(70, np.nan)}, r"sample_weight\[0\] is nan"),
        ({"validation_data": (X, X[:3])}, "as many samples, got 70 and 3"),
        ({"validation_data": (X, X, WEIGHTS[:3])}, "validation_data's sample_weight must have"),
        ({"validation_data": (X, X, WEIGHTS, 1)}, "got 4 parts"),
        ({"validation_data": (X[:, :2], None)}, "validation_data must have shape"),
        ({"validation_data": np.full_like(X, np.nan)}, "validation_data must be finite"),
        ({"validation_data": []}, "validation_data must have shape"),
        ({"validation_data": ()}, "got 0 parts"),
        ({"validation_split": 1.5}, "validation_split must lie between"),
        ({"validation_split": "a third"}, "validation_split must lie between"),
        ({"validation_split": 0.999}, "leaves one part empty"),
    ],
)
def test_data_that_do_not_fit_together_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        arguments.training_data(X, **options)


def test_a_stream_takes_no_further_data():
    stream = iter([X])
    with pytest.raises(ValueError, match="brings its own batches, with y and sample_weight"):
        arguments.training_data(stream, X, WEIGHTS)
    data = arguments.training_data(stream)
    assert data["x"] is stream and arguments.batch_size_of(None, data) is None


@pytest.mark.parametrize(
    ("validation_data", "message"),
    [
        (np.full_like(X, np.nan), "validation_data must be finite"),
        ((X, X[:3]), "as many samples, got 70 and 3"),
        ((X, X, WEIGHTS[:3]), "validation_data's sample_weight must have"),
    ],
)
def test_beside_a_stream_the_validation_data_are_checked_all_the_same(validation_data, message):
    with pytest.raises(ValueError, match=message):
        arguments.training_data(iter([X]), validation_data=validation_data)


class DataLoader:
    """As torch names its own."""

    def __iter__(self):
        return iter([X])


def test_a_data_loader_is_known_by_its_class_or_a_parents():
    own = type("Shuffled", (DataLoader,), {})
    assert arguments.is_stream(DataLoader()) and arguments.is_stream(own())
    with pytest.raises(TypeError, match="x must be an array, got a Shuffled: it brings batches"):
        as_samples(own())


def test_arrays_come_back_as_float32_with_the_size_of_a_batch():
    data = arguments.training_data(X.astype("float64"), sample_weight=WEIGHTS[:, None])
    assert data["x"].dtype == np.float32 and data["sample_weight"].shape == (70,)
    assert data["y"] is data["x"]  # Keras forgets the weights of samples without targets
    assert arguments.batch_size_of(None, data) == arguments.BATCH_SIZE
    with pytest.raises(ValueError, match="batch_size must be"):
        arguments.batch_size_of(0, data)


@pytest.mark.parametrize("part", [X[:5], (X[:5],), (X[:5], None), [X[:5], X[:5]], X[:5].tolist()])
def test_validation_data_come_as_samples_a_tuple_or_a_list_of_arrays(part):
    x, y, weights = arguments.training_data(X, validation_data=part)["validation_data"]
    np.testing.assert_array_equal(x, X[:5])
    assert weights is None and (y is None or y.shape == x.shape)


def test_a_split_takes_the_last_samples_of_every_part():
    data = arguments.training_data(X, X, WEIGHTS, validation_split=0.3)
    np.testing.assert_array_equal(data["x"], X[:49])
    np.testing.assert_array_equal(data["validation_data"][0], X[49:])
    np.testing.assert_array_equal(data["validation_data"][2], WEIGHTS[49:])


def test_callbacks_may_be_one_none_or_several():
    one = keras.callbacks.Callback()
    assert arguments.callbacks_of(None) == []
    assert arguments.callbacks_of(one) == arguments.callbacks_of((one,)) == [one]


def test_targets_may_be_labels():
    labels = np.arange(70) % 3
    data = arguments.training_data(X, labels, validation_data=(X[:5], labels[:5]))
    np.testing.assert_array_equal(data["y"], labels)
    np.testing.assert_array_equal(data["validation_data"][1], labels[:5])
    with pytest.raises(ValueError, match="as many samples, got 70 and 69"):
        arguments.training_data(X, labels[1:])
