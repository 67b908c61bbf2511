"""Chapter 9: bounds on log p(x) from k codes, and an estimate of log p(x) itself."""

from ae_course.models import random
from ae_course.models.precision import full_precision, full_precision_outputs
from ae_course.models.sample_model import replicas_of
from ae_course.models.tensors import as_tensor
from ae_course.models.variational import VariationalAutoencoder
from ae_course.validation import as_samples, positive_int

import keras
import numpy as np
from keras import ops

__all__ = ["ImportanceWeightedAutoencoder", "log_mean_exp"]

GROUP = 100
"""So many codes of a sample are decoded at once."""


def log_mean_exp(values, axis: int = 0):
    """log of the mean of exp(values) along an axis, computed without overflow.

    Args:
        values: tensor or array.
        axis: that is averaged over.

    Returns:
        Tensor without that axis.

    Example:
        >>> log_mean_exp(np.log([1.0, 3.0]))  # log 2
    """
    values = as_tensor(values)
    count = ops.cast(ops.shape(values)[axis], values.dtype)
    return ops.logsumexp(values, axis=axis) - ops.log(count)


@keras.saving.register_keras_serializable(package="ae_course")
class ImportanceWeightedAutoencoder(VariationalAutoencoder):
    """A variational autoencoder trained on k codes a sample (Burda, Grosse, Salakhutdinov 2016).

    With the weights wᵢ = p(x, hᵢ) / q(hᵢ|x) of k codes hᵢ ~ q(h|x), the bound is
    E log (1/k Σᵢ wᵢ) ≤ log p(x), which rises with k; for k = 1 it is the evidence lower bound.
    With `inside=False` the mean is taken outside the logarithm: the bound of k = 1, with less
    noise. p(x|h) is exp(−ℒ(x, ψ(h))) as for the binary cross-entropy, so β is 1.

    Args:
        encoder, decoder, loss: as for `VariationalAutoencoder`.
        codes: k, codes drawn for each sample.
        inside: take the mean over them inside the logarithm.

    Raises:
        ValueError: if `codes` is not a whole number ≥ 1, or the encoder's β is not 1.

    Example:
        >>> model = ImportanceWeightedAutoencoder.dense(
        ...     784, (200, 200), code=50, codes=5, activation="tanh", loss="binary_crossentropy"
        ... )
        >>> history = fit(model, x, epochs=10)  # x: (n, 784), values in [0, 1]
        >>> model.log_likelihood(x[:100], codes=500).mean()  # nats
    """

    takes_targets = False

    def __init__(
        self, encoder, decoder, loss="binary_crossentropy", codes=5, inside=True, **kwargs
    ):
        super().__init__(encoder, decoder, loss=loss, **kwargs)
        self.codes, self.inside = positive_int(codes, "codes"), bool(inside)
        if encoder.layers[-1].beta != 1:
            raise ValueError(
                f"beta must be 1 for a bound on log p(x), got {encoder.layers[-1].beta}."
            )

    def call(self, x, training=False):
        """Return ψ(μ(x)), the reconstruction from the mean code, in training too."""
        return super().call(x, training=False)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Return the negative bound, averaged over the batch, a scalar tensor."""
        error, *_ = full_precision(-self.bound(self.prepare(x), self.codes, self.inside))
        error = self.weighted(error, sample_weight)
        self.error_tracker.update_state(ops.mean(error), sample_weight=ops.shape(error)[0])
        return ops.mean(error) / replicas_of(self)

    def prepare(self, x):
        """Return what is encoded and explained in place of the samples x during training."""
        return x

    def bound(self, x, codes: int, inside: bool = True):
        """Return log (1/k Σᵢ wᵢ), or 1/k Σᵢ log wᵢ, of each sample, `(n,)`, for fresh codes."""
        weights = self.log_weights(x, codes)
        return log_mean_exp(weights) if inside else ops.mean(weights, axis=0)

    def log_weights(self, x, codes: int):
        """Return log wᵢ = log p(x|hᵢ) + log p(hᵢ) − log q(hᵢ|x), a tensor `(codes, n)`."""
        *before, last = self.encoder.layers
        features = x = ops.convert_to_tensor(x)
        for layer in before:
            features = layer(features)
        mean, log_variance = full_precision(last.mean(features), last.log_variance(features))
        shape = (codes, *ops.shape(mean))
        epsilon = random.normal(shape, mean.dtype, last.noise)
        h = mean + ops.exp(0.5 * log_variance) * epsilon
        with full_precision_outputs(self.decoder):
            decoded = self.decoder(ops.reshape(h, (-1, shape[-1])))
        error = self.measure(ops.tile(x, (codes, *[1] * (len(x.shape) - 1))), decoded)
        # The constants of both Gaussians are the same.
        prior_over_posterior = ops.sum(
            0.5 * (ops.square(epsilon) + log_variance - ops.square(h)), axis=-1
        )
        return prior_over_posterior - ops.reshape(error, shape[:2])

    def log_likelihood(self, x, codes: int = 5000, batch_size: int = 250) -> np.ndarray:
        """Estimate log p(x) of each sample by the bound of many codes, from below.

        Args:
            x: samples `(n, ...)`.
            codes: drawn for each sample, in groups of at most 100.
            batch_size: samples at once.

        Returns:
            `(n,)`, in nats.
        """
        x = as_samples(x, self.encoder.input_shape[1:])
        groups, rest = divmod(positive_int(codes, "codes"), GROUP)
        found = []
        for size, count in ((GROUP, groups), (rest, bool(rest))):
            bound = _Bound(self, size)  # whose prediction is compiled
            for _ in range(count):
                values = bound.predict(x, batch_size=batch_size, verbose=0)
                found.append(values.astype("float64") + np.log(size / codes))
        return np.logaddexp.reduce(found, axis=0)

    def get_config(self):
        """Return the arguments."""
        return {**super().get_config(), "codes": self.codes, "inside": self.inside}


class _Bound(keras.Model):
    """x ↦ log (1/k Σᵢ wᵢ), `(n,)`."""

    def __init__(self, model: ImportanceWeightedAutoencoder, codes: int):
        super().__init__(name="bound")
        self.model, self.codes = model, codes

    def call(self, x):
        return self.model.bound(x, self.codes)
