"""Chapter 3: how far is a reconstruction from its input? The error measures, each with its name.

The course's measure is the note's squared error ‖x − x′‖²: **summed over the d features of a
sample, then averaged over the samples**. Keras' `mse` averages over the features as well and is
d times smaller. Each function here returns one value a sample; the mean over the data is taken
where the data is known (`Autoencoder`, `metrics.reconstruction_error`). All of them compute in
float32 or better, whatever the precision of what they are given.
"""

import inspect
import warnings
from collections.abc import Callable
from functools import partial

from ae_course.models.precision import full_precision
from ae_course.validation import in_unit_interval, positive_int, real_number

import keras
from keras import ops

EPSILON = 1e-7


def squared_error(x, x_reconstructed):
    """‖x − x′‖², the loss ℒ(x, x′) of chapter 3.

    Args:
        x: tensor or array of shape `(n, ...)`.
        x_reconstructed: the same shape.

    Returns:
        Tensor of shape `(n,)`: for each sample the squared differences, summed over all features.

    Raises:
        ValueError: if the shapes differ or there is no sample axis.

    Example:
        >>> squared_error(np.zeros((2, 3)), np.ones((2, 3)))  # [3., 3.]
    """
    x, x_reconstructed = _pair(x, x_reconstructed)
    return _sum_over_features(ops.square(x - x_reconstructed))


def binary_crossentropy(x, x_reconstructed):
    """−Σᵢ xᵢ log x′ᵢ + (1 − xᵢ) log(1 − x′ᵢ), for features in [0, 1].

    The negative log-likelihood of x when each feature is Bernoulli with mean x′ᵢ. For gray values
    strictly between 0 and 1 its minimum is not 0 but the sum of their Bernoulli entropies.

    Args:
        x: tensor or array of shape `(n, ...)`, values in [0, 1].
        x_reconstructed: the same shape, values in [0, 1] (clipped by 1e-7 away from both ends).

    Returns:
        Tensor of shape `(n,)`, in nats, summed over all features.

    Raises:
        ValueError: if the shapes differ, there is no sample axis, or an x lies outside [0, 1].
    """
    in_unit_interval(x)
    x, x_reconstructed = _pair(x, x_reconstructed)
    p = ops.clip(x_reconstructed, EPSILON, 1 - EPSILON)
    return -_sum_over_features(x * ops.log(p) + (1 - x) * ops.log(1 - p))


MEASURES: dict[str, Callable] = {
    "squared_error": squared_error,
    "binary_crossentropy": binary_crossentropy,
}


squared_error.unit_interval = False  # whether targets must lie in [0, 1]
binary_crossentropy.unit_interval = True

_OF_PROBABILITIES = ("binary_crossentropy", "binary_focal_crossentropy", "kl_divergence")
_OF_PROBABILITIES += ("categorical_crossentropy", "categorical_focal_crossentropy")


def get_measure(measure: str | Callable) -> Callable:
    """Return an error measure: a function of `(x, x_reconstructed)` that returns `(n,)`.

    Args:
        measure: a key of `MEASURES`; a Keras loss, as an object such as `keras.losses.Huber()` or
            by its name, whose values are Keras' own (most are means over the features: "mse" is d
            times smaller than "squared_error"); or a function of `(x, x_reconstructed)` that
            returns one value a sample. Further axes are averaged over, as Keras does.

    Raises:
        ValueError: for an unknown name, what is neither of these, or a Keras loss that sums over
            the batch. Later, when it is called: if it does not return one value a sample.

    Example:
        >>> get_measure("mse")(x, x_reconstructed).shape  # x: (n, 64)
        (n,)
    """
    if isinstance(measure, str) and measure in MEASURES:
        return MEASURES[measure]
    if isinstance(measure, _CustomMeasure) or any(measure is known for known in MEASURES.values()):
        return measure
    loss = _keras_loss(measure) if isinstance(measure, str) else measure
    if callable(loss) and not isinstance(loss, type | keras.Layer):
        return _CustomMeasure(loss)
    hint = f" Give an object: {measure.__name__}()." if isinstance(measure, type) else ""
    raise ValueError(
        f"a loss or measure must be one of {sorted(MEASURES)}, a Keras loss or its name, or a "
        f"function of (x, x_reconstructed), got {measure!r}.{hint}"
    )


def _keras_loss(name: str) -> Callable | None:
    try:
        return keras.losses.get(name)
    except ValueError:
        return None


class _CustomMeasure:
    """A Keras loss object, or a function, as a measure."""

    def __init__(self, loss: Callable):
        if getattr(loss, "reduction", None) not in (None, "none", "mean", "sum_over_batch_size"):
            raise ValueError(
                f"{loss.name} has reduction={loss.reduction!r}, but the model averages over the "
                "samples: leave reduction out."
            )
        self.loss = loss
        self._call = loss.call if isinstance(loss, keras.losses.Loss) else loss
        inner = loss.func if isinstance(loss, partial) else loss
        name = getattr(inner, "__name__", None) or getattr(inner, "name", type(inner).__name__)
        self.__name__ = "loss_function" if name == "<lambda>" else name
        options = getattr(loss, "keywords", {})
        from_logits = options.get("from_logits", getattr(inner, "from_logits", False))
        known = [getattr(keras.losses, name) for name in _OF_PROBABILITIES]
        self.unit_interval = not from_logits and any(
            function in known for function in (inner, getattr(inner, "fn", None))
        )

    def __call__(self, x, x_reconstructed):
        x, x_reconstructed = _pair(x, x_reconstructed)
        (values,) = full_precision(self._call(x, x_reconstructed))
        first = values.shape[0] if len(values.shape) else 0
        if first is not None and first != x.shape[0]:  # a number where the batch's is not known
            raise ValueError(
                f"the loss {self.__name__} must return one value a sample, here of shape "
                f"({x.shape[0] or 'n'},), but returned shape {tuple(values.shape)}: average or sum "
                "over the features only (axis=-1). The mean over the samples is the model's."
            )
        return ops.mean(ops.reshape(values, (ops.shape(values)[0], -1)), axis=-1)

    def serialize(self) -> dict:
        """Return the loss as Keras saves it; say what to do where it would not be found again."""
        kind = self.loss if hasattr(self.loss, "__name__") else type(self.loss)
        if kind is partial or kind.__name__ == "<lambda>":
            raise ValueError(
                f"a loss that is a {kind.__name__} cannot be saved. Write it as a function (def) "
                "under @keras.saving.register_keras_serializable()."
            )
        registered = keras.saving.get_registered_object(keras.saving.get_registered_name(kind))
        if registered is not kind and not kind.__module__.startswith("keras."):
            warnings.warn(
                f"the loss {kind.__name__} is not registered: put the line "
                "@keras.saving.register_keras_serializable() above its definition, or load the "
                f"model with custom_objects={{{kind.__name__!r}: {kind.__name__}}}.",
                stacklevel=2,
            )
        config = keras.saving.serialize_keras_object(self.loss)
        if isinstance(self.loss, keras.losses.Loss):
            known = inspect.signature(kind).parameters.values()
            several = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
            arguments = {one.name for one in known if one.kind not in several} - {"dtype"}
            if lost := sorted(arguments - {*config["config"]}):
                warnings.warn(
                    f"{kind.__name__} does not save {', '.join(lost)}: a loaded model gets the "
                    "default, so compile it again with the loss.",
                    stacklevel=2,
                )
        return config


def convert(value: float, source: str, target: str, features: int) -> float:
    """Convert a mean error between the three ways the field states it.

    With E the squared error: mean_squared_error = E / d, root_mean_squared_error = √(E / d).

    Args:
        value: the error, averaged over the samples (for the root: averaged before the root).
        source: "squared_error", "mean_squared_error" or "root_mean_squared_error".
        target: one of the same.
        features: d, the number of features of a sample.

    Returns:
        The same error in the target's measure.

    Raises:
        ValueError: for an unknown measure, a negative value or `features < 1`.

    Example:
        >>> convert(0.01, "mean_squared_error", "squared_error", features=784)
        7.84
    """
    to_squared_error = {
        "squared_error": lambda v: v,
        "mean_squared_error": lambda v: v * features,
        "root_mean_squared_error": lambda v: v**2 * features,
    }
    from_squared_error = {
        "squared_error": lambda e: e,
        "mean_squared_error": lambda e: e / features,
        "root_mean_squared_error": lambda e: (e / features) ** 0.5,
    }
    for name, measure in (("source", source), ("target", target)):
        if measure not in [*to_squared_error]:
            raise ValueError(
                f"{name}, a measure, must be one of {sorted(to_squared_error)}, got {measure!r}."
            )
    value, features = real_number(value, "value"), positive_int(features, "features")
    return from_squared_error[target](to_squared_error[source](value))


def _pair(x, x_reconstructed):
    x, x_reconstructed = full_precision(x, x_reconstructed)
    if not _same_shape(x.shape, x_reconstructed.shape):
        raise ValueError(
            "x and x_reconstructed must have one shape (n, ...), "
            f"got {tuple(x.shape)} and {tuple(x_reconstructed.shape)}."
        )
    return x, x_reconstructed


def _sum_over_features(values):
    return ops.sum(ops.reshape(values, (ops.shape(values)[0], -1)), axis=-1)


def _same_shape(a, b) -> bool:
    return 0 < len(a) == len(b) and all(
        s == t or s is None or t is None for s, t in zip(a, b, strict=True)
    )
