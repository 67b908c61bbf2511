"""Chapter 6: denoising autoencoders. The input is disturbed, the target is not."""

import math

from ae_course.models import random
from ae_course.models.autoencoder import Autoencoder
from ae_course.models.tensors import as_tensor
from ae_course.validation import real_number

import keras
from keras import ops

__all__ = ["DenoisingAutoencoder", "gaussian_noise", "masking_noise"]


def gaussian_noise(x, amount: float, seed=None):
    """x + s·ε with ε standard normal: every feature disturbed a little.

    Args:
        x: samples `(n, ...)`.
        amount: s, the standard deviation, in the units of x; any number ≥ 0.
        seed: a whole number, or a `keras.random.SeedGenerator`, which gives new noise each time.

    Returns:
        Tensor of the shape of x.

    Raises:
        ValueError: if the amount is no such number.

    Example:
        >>> gaussian_noise(x, 0.3, seed=0).shape
        (n, 64)
    """
    x = as_tensor(x)
    return x + real_number(amount, "amount") * random.normal(ops.shape(x), x.dtype, seed)


def masking_noise(x, amount: float, seed=None):
    """x with a random share of its features set to zero: a few features lost altogether.

    What is kept keeps its value (`keras.layers.Dropout` would enlarge it).

    Args:
        x: samples `(n, ...)`.
        amount: the probability, from 0 to 1, that a feature is lost.
        seed: as for `gaussian_noise`.

    Returns:
        Tensor of the shape of x.

    Raises:
        ValueError: if the amount is no such number.
    """
    x = as_tensor(x)
    amount = real_number(amount, "amount", high=1.0)
    kept = random.uniform(ops.shape(x), "float32", seed) >= amount
    return x * ops.cast(kept, x.dtype)


CORRUPTIONS = {"gaussian": gaussian_noise, "masking": masking_noise}


@keras.saving.register_keras_serializable(package="ae_course")
class DenoisingAutoencoder(Autoencoder):
    """An autoencoder that sees corrupted samples while it trains and must return the clean ones.

    Vincent, Larochelle, Bengio and Manzagol (2008). Outside training nothing is corrupted.

    Args:
        encoder, decoder, loss: as for `Autoencoder`.
        corruption: a name from `CORRUPTIONS`, "gaussian" or "masking".
        amount: standard deviation of the Gaussian noise (≥ 0), or share of features lost (0 to 1).
        seed: of the noise; by default it follows `seed_everything`.

    Raises:
        ValueError: for an unknown corruption or an impossible amount.

    Example:
        >>> model = DenoisingAutoencoder.dense(64, code=128, code_activation="relu", amount=0.3)
    """

    def __init__(
        self,
        encoder,
        decoder,
        *,
        corruption: str = "gaussian",
        amount: float,
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(encoder, decoder, **kwargs)
        if not isinstance(corruption, str) or corruption not in CORRUPTIONS:
            raise ValueError(
                f"corruption must be one of {sorted(CORRUPTIONS)}, got {corruption!r}."
            )
        share = corruption == "masking"
        self.amount = real_number(amount, "amount", high=1.0 if share else math.inf)
        self.corruption = corruption
        self.seed_generator = random.PrefetchableSeedGenerator(seed)

    def corrupt(self, x):
        """Return x with fresh noise in it."""
        return CORRUPTIONS[self.corruption](x, self.amount, self.seed_generator)

    def get_config(self):
        """Return the arguments, serialized."""
        own = {"corruption": self.corruption, "amount": self.amount}
        return {**super().get_config(), **own, "seed": self.seed_generator.get_config()["seed"]}
