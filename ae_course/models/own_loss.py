"""Chapter 3: a Keras model that brings its own loss, and what Keras has to know of it."""

import inspect
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from ae_course.models import losses
from ae_course.models.layers import leaves_unit_interval
from ae_course.models.precision import full_precision_outputs, output_layer
from ae_course.models.sample_model import SampleModel, first_batch, known_shape
from ae_course.validation import in_unit_interval

import keras

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


class ModelWithOwnLoss(SampleModel):
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
        super().compile(optimizer, None, **kwargs)

    def sample_shapes(self) -> tuple:
        """Return the encoder's input shape and the decoder's output shape, one sample's."""
        return known_shape(self.encoder, "input_shape"), known_shape(self.decoder, "output_shape")

    def check_data(self, x, y=None, of: str = "") -> None:
        """Check as `SampleModel` does, and that the loss is defined for the targets.

        Raises:
            ValueError: as there, or if the loss is a cross-entropy and a target, y or else x, lies
                outside [0, 1].
        """
        super().check_data(x, y, of)
        if self.measure.unit_interval:
            x, y = first_batch(x, y, read=True)
            name = self.measure.__name__
            loss = "a binary cross-entropy" if "binary" in name else name
            names = [f"{of}'s {name}" if of else name for name in ("x", "y")]
            in_unit_interval(*(x, names[0]) if y is None else (y, names[1]), loss)

    def __call__(self, *args, **kwargs):
        """Call the model. Sigmoids at the end of encoder and decoder are in full precision."""
        with inside_autoencoder(), full_precision_outputs(self.encoder, self.decoder):
            return super().__call__(*args, **kwargs)

    def stateless_call(self, *args, **kwargs):
        """Call the model as a step on JAX does, which does not pass through `__call__`."""
        with inside_autoencoder(), full_precision_outputs(self.encoder, self.decoder):
            return super().stateless_call(*args, **kwargs)


def default_activation(kind: type, options: dict) -> str:
    """Return the activation whose values the loss is defined for, "sigmoid" or "linear".

    Args:
        kind: the class of the model.
        options: its arguments; without a loss in them the class's default counts.
    """
    known = inspect.signature(kind).parameters.get("loss")
    default = "squared_error" if known is None or known.default is known.empty else known.default
    measure = losses.get_measure(options.get("loss", default))
    return "sigmoid" if measure.unit_interval else "linear"
