"""Data that bring their own batches, as Keras' own loop trains on them."""

from types import GeneratorType
from typing import Any

from ae_course.validation import is_data_loader

import keras


def is_stream(x: Any) -> bool:
    """Tell whether x brings its own batches: a `tf.data.Dataset`, `PyDataset`, `DataLoader`, ..."""
    own = isinstance(x, keras.utils.PyDataset) or hasattr(x, "__next__")
    return own or hasattr(x, "element_spec") or is_data_loader(x)


def as_stream(x: Any) -> Any:
    """Return x as Keras takes it: an iterator of batches becomes a generator."""
    iterator = hasattr(x, "__next__") and not isinstance(x, GeneratorType)
    return (batch for batch in x) if iterator else x


def has_batches_to_shuffle(stream: Any) -> bool:
    """Tell whether Keras can shuffle the batches of a stream; of others it says that it cannot."""
    return isinstance(stream, keras.utils.PyDataset) and stream.num_batches is not None
