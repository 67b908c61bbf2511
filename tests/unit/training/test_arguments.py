"""What `fit` accepts, and what it refuses before anything is trained."""

import inspect

from ae_course.training import arguments

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
    data = arguments.training_data(x for x in stream)
    assert inspect.isgenerator(data["x"]) and arguments.batch_size_of(None, data) is None


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


def test_targets_may_be_labels():
    labels = np.arange(70) % 3
    data = arguments.training_data(X, labels, validation_data=(X[:5], labels[:5]))
    np.testing.assert_array_equal(data["y"], labels)
    np.testing.assert_array_equal(data["validation_data"][1], labels[:5])
    with pytest.raises(ValueError, match="as many samples, got 70 and 69"):
        arguments.training_data(X, labels[1:])


def test_labels_that_are_masked_or_ragged_are_told():
    labels = np.arange(70) % 3
    with pytest.raises(ValueError, match="y has masked values"):
        arguments.training_data(X, np.ma.masked_array(labels, labels > 1))
    with pytest.raises(ValueError, match="validation_data's y has masked values"):
        arguments.training_data(X, labels, validation_data=(X, np.ma.masked_array(labels, X[:, 0])))
    with pytest.raises(ValueError, match="y must have samples of one shape, got a ragged list"):
        arguments.training_data(X[:2], [[1, 2], [3]])


def classifier(units=3, loss="sparse_categorical_crossentropy"):
    layers = [keras.Input((6,)), keras.layers.Dense(units, "softmax")]
    model = keras.Sequential(layers)
    model.compile("adam", loss)
    return model


@pytest.mark.parametrize(
    ("y", "loss", "message"),
    [
        (None, "mse", "the loss of .* compares with targets: give y"),
        (X[:, :5], "mse", r"y must have shape \(n, 3\), got \(70, 5\)"),
        (X[:, :2], "categorical_crossentropy", r"y must have shape \(n, 3\), got \(70, 2\)"),
    ],
)
def test_targets_that_a_keras_model_cannot_compare_are_told(y, loss, message):
    with pytest.raises(ValueError, match=message):
        arguments.check_targets(classifier(loss=loss), arguments.training_data(X, y))


def test_samples_of_another_shape_are_told_of_any_keras_model():
    with pytest.raises(ValueError, match=r"x must have shape \(n, 6\), got \(70, 5\)"):
        arguments.check_targets(classifier(), arguments.training_data(X[:, :5], X[:, :3]))


@pytest.mark.parametrize("y", [np.arange(70) % 3, (np.arange(70) % 3)[:, None]])
def test_labels_are_compared_as_keras_does(y):
    arguments.check_targets(classifier(), arguments.training_data(X, y))
