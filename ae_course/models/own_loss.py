"""Chapter 3: a Keras model that brings its own loss, and what Keras has to know of it."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from ae_course.models import losses
from ae_course.models.layers import leaves_unit_interval
from ae_course.models.precision import full_precision, full_precision_outputs, output_layer
from ae_course.validation import check_shape, in_unit_interval

import keras
from keras import ops

__all__ = ["ModelWithOwnLoss"]

_inside: ContextVar[bool] = ContextVar("inside", default=False)


@contextmanager
def inside_autoencoder() -> Iterator[None]:
    """Let layers that are called in this block do what they do inside an autoencoder.

    A `GaussianCode` draws its codes in training and adds the KL divergence to the losses. In other
    models, where nobody calls it in such a block, it does neither.
    """
    token = _inside.set(True)
    try:
        yield
    finally:
        _inside.reset(token)


def is_inside_autoencoder() -> bool:
    """Tell whether an autoencoder is being called, or a block of `inside_autoencoder` is open."""
    return _inside.get()


def replicas_of(model: keras.Model) -> int:
    """Return how many replicas of `tf.distribute` train the model together, usually 1."""
    strategy = getattr(model, "distribute_strategy", None)
    return 1 if strategy is None else strategy.num_replicas_in_sync


class ModelWithOwnLoss(keras.Model):
    """What an `Autoencoder` is to Keras: the loss has a name, a precision and a range of targets.

    A subclass has an `encoder` and a `decoder`, calls `use_loss` and defines `compute_loss`.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.has_own_name = kwargs.get("name") is not None
        self.error_tracker = keras.metrics.Mean()

    def get_config(self):
        """Return Keras' own, with the name only where somebody gave one.

        So a model that is loaded twice may stand in one Keras model twice.
        """
        config = super().get_config()
        return config if self.has_own_name else {k: v for k, v in config.items() if k != "name"}

    def use_loss(self, loss) -> None:
        """Take this loss from now on; arguments and errors as for `losses.get_measure`."""
        self.measure = losses.get_measure(loss)
        self.error_tracker.name = self.measure.__name__
        last = output_layer(self.decoder)
        if self.measure.unit_interval and leaves_unit_interval(last):
            sigma = getattr(last, "activation", last)
            name = getattr(sigma, "__name__", type(sigma).__name__)
            warnings.warn(
                f"the loss is a cross-entropy, but the decoder ends in a {name} layer: values "
                "outside (0, 1) are cut off and get no gradient. Give its last layer a sigmoid.",
                stacklevel=4,
            )

    def compile(self, optimizer="rmsprop", loss=None, **kwargs):
        """Set the optimizer, and the loss where one is given.

        Args:
            optimizer: as for `keras.Model.compile`, and so are all other arguments.
            loss: as for the class, with the same meaning; by default the model keeps its own.

        Raises:
            ValueError: for an unknown loss.
        """
        if loss is not None:
            self.use_loss(loss)
        super().compile(optimizer, **kwargs)

    def compile_from_config(self, config):
        """Compile as the saved model was. Its loss is in `get_config`."""
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
                "class_weight needs labels, but the targets of an autoencoder are samples: give "
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
        _check_shapes(self, *_first_batch(x, None, read=False))
        return super().predict(x, *args, **kwargs)

    def predict_on_batch(self, x):
        """Return what `keras.Model.predict_on_batch` does, for samples whose shape was checked."""
        _check_shapes(self, x)
        return super().predict_on_batch(x)

    def check_data(self, x, y=None, of: str = "") -> None:
        """Check the shapes of samples and targets, and that the loss is defined for the targets.

        Of a `tf.data.Dataset` or `PyDataset` the first batch is checked; of other streams nothing.

        Args:
            x: samples, or a stream of batches.
            y: targets, where they are not x itself.
            of: what they are a part of, for the message, such as "validation_data".

        Raises:
            ValueError: if they have another shape than the encoder's input or the decoder's output,
                or the loss is a cross-entropy and a target, y or else x, lies outside [0, 1].
        """
        x, y = _first_batch(x, y, read=self.measure.unit_interval)
        names = [f"{of}'s {name}" if of else name for name in ("x", "y")]
        _check_shapes(self, x, y, names)
        if self.measure.unit_interval:
            name = self.measure.__name__
            loss = "a binary cross-entropy" if "binary" in name else name
            in_unit_interval(*(x, names[0]) if y is None else (y, names[1]), loss)

    def __call__(self, *args, **kwargs):
        """Call the model. Sigmoids at the end of encoder and decoder are in full precision."""
        with inside_autoencoder(), full_precision_outputs(self.encoder, self.decoder):
            return super().__call__(*args, **kwargs)

    def stateless_call(self, *args, **kwargs):
        """Call the model as a step on JAX does, which does not pass through `__call__`."""
        with inside_autoencoder(), full_precision_outputs(self.encoder, self.decoder):
            return super().stateless_call(*args, **kwargs)

    def export(self, filepath, format="tf_saved_model", input_signature=None, **kwargs):
        """Export as `keras.Model.export` does, also straight after loading, uncalled.

        Args:
            filepath: of what is written.
            format: and all other arguments: as for `keras.Model.export`.
            input_signature: by default samples of any number, of the encoder's input shape.
        """
        shape = getattr(self.encoder, "input_shape", None)
        if input_signature is None and isinstance(shape, tuple):
            input_signature = [keras.InputSpec(shape=shape, dtype="float32")]
        super().export(filepath, format, input_signature=input_signature, **kwargs)

    def weighted(self, values, sample_weight=None):
        """Return the values `(n,)` of the samples, times their weights `(n,)` or `(n, 1)`."""
        if sample_weight is None:
            return values
        return values * ops.cast(ops.reshape(sample_weight, ops.shape(values)), values.dtype)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Update the compiled metrics with the target that the loss has."""
        (y_pred,) = full_precision(y_pred)
        return super().compute_metrics(x, x if y is None else y, y_pred, sample_weight)


def _check_shapes(model: ModelWithOwnLoss, x, y=None, names=("x", "y")) -> None:
    shapes = (
        getattr(model.encoder, "input_shape", None),
        getattr(model.decoder, "output_shape", None),
    )
    for values, shape, name in zip((x, y), shapes, names, strict=True):
        got = getattr(values, "shape", None)
        if isinstance(shape, tuple) and got is not None and getattr(got, "rank", 0) is not None:
            check_shape(tuple(got), shape[1:], name)


def _first_batch(x, y, read: bool) -> tuple:
    """x and y, or of a stream that can be read again the first of them: its shapes, or itself."""
    if hasattr(x, "element_spec"):
        batch = next(iter(x)) if read else x.element_spec
    elif isinstance(x, keras.utils.PyDataset):
        batch = x[0]
    else:
        return x, y
    return (*(batch if isinstance(batch, tuple) else (batch,)), None)[:2]
