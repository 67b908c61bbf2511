"""Chapter 3: a Keras model that is trained on samples without labels, and what it checks."""

from ae_course.models.precision import full_precision
from ae_course.models.tensors import as_column
from ae_course.validation import check_shape

import keras
import numpy as np
from keras import ops

__all__ = ["SampleModel"]


class SampleModel(keras.Model):
    """A model with a loss of its own that compares samples with what it makes of them.

    A subclass defines `compute_loss` and `sample_shapes`.

    Attributes:
        takes_targets: whether `fit` may be given targets y in place of the samples themselves.
    """

    takes_targets = True

    def sample_shapes(self) -> tuple:
        """Return the shapes of a sample and of a target without the first axis, None if unknown."""
        return None, None

    def compile(self, optimizer="rmsprop", loss=None, **kwargs):
        """Set the optimizer; all arguments but `loss` are those of `keras.Model.compile`.

        Raises:
            ValueError: if a loss is given: the model has its own.
        """
        if loss is not None:
            kind = type(self).__name__
            raise ValueError(f"{kind} has a loss of its own, got loss={loss!r}: leave it out.")
        super().compile(optimizer, **kwargs)

    def compile_from_config(self, config):
        """Compile as the saved model was. Its own loss is in `get_config`."""
        self.compile(**keras.saving.deserialize_keras_object(config))
        if self.built:
            self.optimizer.build(self.trainable_variables)

    def fit(self, x=None, y=None, *args, **kwargs):
        """Train as `keras.Model.fit` does, on data that were checked (`check_data`).

        Raises:
            ValueError: if there is a `class_weight`, which needs labels for targets.
        """
        if kwargs.get("class_weight") is not None:
            raise ValueError(
                "class_weight needs labels, but the targets of this model are samples: give "
                "sample_weight, one for each sample."
            )
        self.check_data(x, y)
        if (validation := kwargs.get("validation_data")) is not None:
            x_and_y = keras.utils.unpack_x_y_sample_weight(validation)[:2]
            self.check_data(*x_and_y, of="validation_data")
        return super().fit(x, y, *args, **kwargs)

    def evaluate(self, x=None, y=None, *args, **kwargs):
        """Measure as `keras.Model.evaluate` does, on data that were checked."""
        self.check_data(x, y)
        return super().evaluate(x, y, *args, **kwargs)

    def train_on_batch(self, x, y=None, *args, **kwargs):
        """Take a step as `keras.Model.train_on_batch` does, on data that were checked."""
        self.check_data(x, y)
        return super().train_on_batch(x, y, *args, **kwargs)

    def test_on_batch(self, x, y=None, *args, **kwargs):
        """Measure a batch as `keras.Model.test_on_batch` does, on data that were checked."""
        self.check_data(x, y)
        return super().test_on_batch(x, y, *args, **kwargs)

    def predict(self, x, *args, **kwargs):
        """Return what `keras.Model.predict` does, for samples whose shape was checked."""
        self.check_shapes(*first_batch(x, None, read=False))
        return super().predict(x, *args, **kwargs)

    def predict_on_batch(self, x):
        """Return what `keras.Model.predict_on_batch` does, for samples whose shape was checked."""
        self.check_shapes(x)
        return super().predict_on_batch(x)

    def check_data(self, x, y=None, of: str = "") -> None:
        """Check the shapes of samples and targets, and that targets are taken at all.

        Of a `tf.data.Dataset` or `PyDataset` the first batch is checked; of other streams nothing.

        Args:
            x: samples, or a stream of batches.
            y: targets, where they are not x itself.
            of: what they are a part of, for the message, such as "validation_data".

        Raises:
            ValueError: if they have another shape than the model's, or there are targets other than
                x and the model takes none.
        """
        names = [f"{of}'s {name}" if of else name for name in ("x", "y")]
        if y is not None and not self.takes_targets and not _are_equal(x, y):
            raise ValueError(
                f"{type(self).__name__} is trained on samples alone: {names[1]} has other values "
                f"than {names[0]}; leave it out."
            )
        self.check_shapes(*first_batch(x, y, read=False), names)

    def check_shapes(self, x, y=None, names=("x", "y")) -> None:
        """Check the shapes of samples and targets, where both sides are known."""
        for values, shape, name in zip((x, y), self.sample_shapes(), names, strict=True):
            got = shape_of(values)
            if shape is not None and got is not None:
                check_shape(got, shape, name)

    def export(self, filepath, format="tf_saved_model", input_signature=None, **kwargs):
        """Export as `keras.Model.export` does, also straight after loading, uncalled.

        Args:
            filepath: of what is written.
            format: and all other arguments: as for `keras.Model.export`.
            input_signature: by default samples of any number, of the model's input shape.
        """
        shape = self.sample_shapes()[0]
        if shape is not None and not self.built:
            self.build((None, *shape))
        if input_signature is None and shape is not None:
            input_signature = [keras.InputSpec(shape=(None, *shape), dtype="float32")]
        super().export(filepath, format, input_signature=input_signature, **kwargs)

    def weighted(self, values, sample_weight=None):
        """Return values `(n, ...)` times the weights `(n,)` or `(n, 1)` of their samples."""
        if sample_weight is None:
            return values
        return values * ops.cast(as_column(sample_weight, values), values.dtype)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Update the compiled metrics with the target that the loss has."""
        (y_pred,) = full_precision(y_pred)
        return super().compute_metrics(x, x if y is None else y, y_pred, sample_weight)


def replicas_of(model: keras.Model) -> int:
    """Return how many replicas of `tf.distribute` train the model together, usually 1."""
    strategy = getattr(model, "distribute_strategy", None)
    return 1 if strategy is None else strategy.num_replicas_in_sync


def shape_of(values) -> tuple | None:
    """Return the shape of an array, tensor or specification, None if there is none."""
    shape = getattr(values, "shape", None)
    return None if shape is None or getattr(shape, "rank", 0) is None else tuple(shape)


def known_shape(layer: keras.Layer, side: str) -> tuple | None:
    """Return a sample's part of a layer's "input_shape" or "output_shape", None if unknown."""
    shape = getattr(layer, side, None)
    return shape[1:] if isinstance(shape, tuple) else None


def _are_equal(x, y) -> bool:
    known = hasattr(x, "__array__") and hasattr(y, "__array__")
    return y is x or not known or np.array_equal(np.asarray(x), np.asarray(y))


def first_batch(x, y, read: bool) -> tuple:
    """x and y, or of a stream that can be read again the first of them: its shapes, or itself."""
    if hasattr(x, "element_spec"):
        batch = next(iter(x)) if read else x.element_spec
    elif isinstance(x, keras.utils.PyDataset):
        batch = x[0]
    else:
        return x, y
    return (*(batch if isinstance(batch, tuple) else (batch,)), None)[:2]
