"""Chapter 3: how far is a reconstruction from its input? The error measures, each with its name.

The course's measure is the note's squared error ‖x − x′‖²: **summed over the d features of a
sample, then averaged over the samples**. Keras' `mse` averages over the features as well and is
d times smaller. Each function here returns one value a sample; the mean over the data is taken
where the data is known (`Autoencoder`, `metrics.reconstruction_error`).
"""

from collections.abc import Callable

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
    strictly between 0 and 1 its minimum is not 0 but the entropy of x.

    Args:
        x: tensor or array of shape `(n, ...)`, values in [0, 1].
        x_reconstructed: the same shape, values in [0, 1] (clipped by 1e-7 away from both ends).

    Returns:
        Tensor of shape `(n,)`, in nats, summed over all features.

    Raises:
        ValueError: if the shapes differ or there is no sample axis.
    """
    x, x_reconstructed = _pair(x, x_reconstructed)
    p = ops.clip(x_reconstructed, EPSILON, 1 - EPSILON)
    return -_sum_over_features(x * ops.log(p) + (1 - x) * ops.log(1 - p))


MEASURES: dict[str, Callable] = {
    "squared_error": squared_error,
    "binary_crossentropy": binary_crossentropy,
}


def get_measure(measure: str | Callable) -> Callable:
    """Return the error measure of that name; a callable is returned as it is.

    Args:
        measure: a key of `MEASURES`, or a function of `(x, x_reconstructed)` that returns `(n,)`.

    Raises:
        ValueError: for an unknown name.
    """
    if callable(measure):
        return measure
    if measure in MEASURES:
        return MEASURES[measure]
    hint = " Keras' mse is squared_error / d." if measure in ("mse", "mean_squared_error") else ""
    raise ValueError(f"measure must be one of {sorted(MEASURES)}, got {measure!r}.{hint}")


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
    for name in (source, target):
        if name not in to_squared_error:
            raise ValueError(f"measure must be one of {sorted(to_squared_error)}, got {name!r}.")
    if value < 0 or features < 1:
        raise ValueError(f"need value ≥ 0 and features ≥ 1, got {value} and {features}.")
    return from_squared_error[target](to_squared_error[source](value))


def _pair(x, x_reconstructed):
    x_reconstructed = ops.convert_to_tensor(x_reconstructed)
    x = ops.cast(x, x_reconstructed.dtype)
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
