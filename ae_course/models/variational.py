"""Chapter 9: the variational autoencoder, whose codes can be drawn at random and decoded."""

from ae_course.models import losses, random
from ae_course.models.autoencoder import Autoencoder
from ae_course.models.own_loss import is_inside_autoencoder
from ae_course.models.precision import full_precision
from ae_course.validation import as_samples, positive_int, real_number

import keras
import numpy as np
from keras import ops

__all__ = ["GaussianCode", "VariationalAutoencoder", "kl_to_standard_normal"]


def kl_to_standard_normal(mean, log_variance):
    """KL(N(μ, σ²) ‖ N(0, 1)) = ½(μ² + σ² − 1 − log σ²), for each unit on its own.

    Independent units add up: sum over the last axis for the KL divergence of a whole code.

    Args:
        mean: μ, a tensor or array of any shape, usually `(n, p)`.
        log_variance: log σ², of the same shape.

    Returns:
        Tensor of that shape, in nats, nowhere negative; 0 where μ = 0 and σ = 1.

    Example:
        >>> kl_to_standard_normal(np.array([0.0, 2.0]), np.zeros(2))  # [0., 2.]
    """
    mean, log_variance = full_precision(mean, log_variance)
    return 0.5 * (ops.square(mean) + ops.exp(log_variance) - 1.0 - log_variance)


@keras.saving.register_keras_serializable(package="ae_course")
class GaussianCode(keras.layers.Layer):
    """The last layer of a variational encoder: q(h|x) = N(μ(x), diag σ²(x)), both linear in f(x).

    When an autoencoder is trained it returns a sample h = μ + σ·ε, ε ~ N(0, I), through which
    gradients reach μ and σ (Kingma & Welling 2014); otherwise it returns μ, so that encoding is
    deterministic. Either way it adds β times the mean KL divergence of q(h|x) to the prior N(0, I)
    to the autoencoder's loss.

    In any other model, such as a classifier on top of the encoder, it is the map to μ and no more,
    frozen or fine-tuned, in training too: it draws nothing and adds nothing to the loss. Who wants
    either there calls the encoder inside `own_loss.inside_autoencoder()`.

    Args:
        code: p, the code size.
        beta: β ≥ 0, the weight of the KL divergence beside the reconstruction error.
        seed: of the noise ε; by default drawn from the global seed.

    Shape:
        `(n, features)` → `(n, p)`.

    Raises:
        ValueError: if `code` is not a whole number ≥ 1, or β is negative.

    Example:
        >>> encoder = keras.Sequential([keras.layers.Dense(128, "relu"), GaussianCode(2)])
        >>> encoder(x).shape  # x: (n, 64)
        (n, 2)
    """

    def __init__(self, code: int, beta: float = 1.0, seed: int | None = None, **kwargs):
        super().__init__(**kwargs)
        self.beta = real_number(beta, "beta")
        self.code, self.seed = positive_int(code, "code"), seed
        of_mine = {"dtype": self.dtype_policy}
        self.mean = keras.layers.Dense(self.code, name="mean", **of_mine)
        self.log_variance = keras.layers.Dense(self.code, name="log_variance", **of_mine)
        self.noise = random.PrefetchableSeedGenerator(seed)

    def build(self, input_shape):
        """Create the weights of both maps."""
        self.mean.build(input_shape)
        self.log_variance.build(input_shape)

    def call(self, features, training=False):
        """Return a sample of q(h|x) `(n, p)` in an autoencoder's training, else its mean."""
        mean, log_variance = self.mean(features), self.log_variance(features)
        if not is_inside_autoencoder():
            return mean
        kl = ops.sum(kl_to_standard_normal(mean, log_variance), axis=-1)
        self.add_loss(self.beta * ops.mean(kl))
        if not training:
            return mean
        epsilon = random.normal(ops.shape(mean), mean.dtype, self.noise)
        return mean + ops.exp(0.5 * log_variance) * epsilon

    def compute_output_shape(self, input_shape):
        """Return the shape with p in place of the features."""
        return (*input_shape[:-1], self.code)

    def get_config(self):
        """Return the arguments."""
        own = {"code": self.code, "beta": self.beta, "seed": self.seed}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="ae_course")
class VariationalAutoencoder(Autoencoder):
    """An autoencoder whose encoder, a `keras.Sequential`, ends in a `GaussianCode`.

    The loss, ℒ(x, x′) + β·KL, is a negative evidence lower bound up to a constant. For the squared
    error the decoder is p(x|h) = N(ψ(h), s²I) with s² = β/2, so ½ for β = 1; for the binary
    cross-entropy and β = 1 it is Bernoulli (Kingma & Welling 2014; Higgins et al. 2017 for β).

    What `evaluate` and `validation_data` report decodes the mean code instead of a sample; the
    bound itself is `elbo`.

    Example:
        >>> model = VariationalAutoencoder.dense(64, hidden=(128,), code=2, beta=0.1)
        >>> model.compile("adam")
        >>> history = model.fit(x, epochs=50)  # x: (n, 64)
        >>> model.sample(16, seed=0).shape
        (16, 64)
    """

    def __init__(self, encoder, decoder, loss="squared_error", **kwargs):
        super().__init__(encoder, decoder, loss, **kwargs)
        last = [*getattr(encoder, "layers", []), encoder][-2:][0]
        if not isinstance(last, GaussianCode):
            raise ValueError(
                "the encoder must be a keras.Sequential that ends in a GaussianCode, but its last "
                f"layer is {type(last).__name__}."
            )

    @classmethod
    def dense(
        cls, input_dim, hidden=(), *, code, beta=1.0, seed=None, **kwargs
    ) -> "VariationalAutoencoder":
        """Build it from sizes, as `Autoencoder.dense` does, with a `GaussianCode` as code layer.

        Args:
            input_dim, hidden: as for `Autoencoder.dense`.
            **kwargs: all else, as there.
            code: p, the code size.
            beta: β, the weight of the KL divergence.
            seed: of the noise.

        Raises:
            ValueError: if a size is not a whole number ≥ 1, or β is negative.
        """
        layer = GaussianCode(code, beta, seed, name="code")
        return super().dense(input_dim, hidden, code=layer, **kwargs)

    @classmethod
    def convolutional(
        cls, image_shape, *, code, beta=1.0, seed=None, **kwargs
    ) -> "VariationalAutoencoder":
        """Build it from convolutions, as `Autoencoder.convolutional` does; otherwise as `dense`."""
        layer = GaussianCode(code, beta, seed, name="code")
        return super().convolutional(image_shape, code=layer, **kwargs)

    def posterior(self, x) -> tuple[np.ndarray, np.ndarray]:
        """Return μ and log σ² of q(h|x), two arrays `(n, p)`, for samples x `(n, ...)`."""
        *before, last = self.encoder.layers
        features = as_samples(x, self.encoder.input_shape[1:])
        for layer in before:
            features = layer(features)
        return tuple(ops.convert_to_numpy(f(features)) for f in (last.mean, last.log_variance))

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        """Return n new samples `(n, ...)`: codes drawn from the prior N(0, I), decoded."""
        shape = (positive_int(n, "n"), self.encoder.output_shape[-1])
        return self.decode(np.random.default_rng(seed).normal(size=shape))

    def elbo(self, x, samples: int = 16, seed: int = 0) -> np.ndarray:
        """Return the evidence lower bound of each sample, E_q[log p(x|h)] − KL ≤ log p(x).

        Args:
            x: samples `(n, ...)`.
            samples: codes drawn for the expectation, per sample.
            seed: of these draws.

        Returns:
            `(n,)`, in nats. For the squared error p(x|h) is N(ψ(h), s²I) with s² = β/2; for any
            other loss it is exp(−ℒ), whatever β.

        Raises:
            ValueError: for the squared error with β = 0, which leaves no noise.
        """
        x = as_samples(x)
        mean, log_variance = self.posterior(x)
        rng = np.random.default_rng(seed)
        error = np.zeros(len(x))
        for _ in range(positive_int(samples, "samples")):
            h = mean + np.exp(log_variance / 2) * rng.normal(size=mean.shape)
            error += ops.convert_to_numpy(self.measure(x, self.decode(h))) / samples
        if self.measure is losses.squared_error:
            variance, d = self.encoder.layers[-1].beta / 2, x[0].size
            if variance == 0:
                raise ValueError("beta is 0: the decoder has no noise and the bound no value.")
            error = error / (2 * variance) + d / 2 * np.log(2 * np.pi * variance)
        kl = ops.convert_to_numpy(kl_to_standard_normal(mean, log_variance))
        return -error - kl.sum(axis=-1)
