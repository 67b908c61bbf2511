"""Chapter 11: one denoiser for many levels of noise, and samples drawn by following its score."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from ae_course.models import losses, random
from ae_course.models.precision import full_precision
from ae_course.models.sample_model import SampleModel, known_shape, replicas_of
from ae_course.models.tensors import as_column
from ae_course.validation import as_samples, check_seed, positive_int, positive_ints, real_number

import keras
import numpy as np
from keras import ops

__all__ = ["NoiseConditionedDenoiser", "noise_levels", "sample_by_langevin", "sample_by_ode"]

FREQUENCIES = (0.5, 1.0, 2.0, 4.0)
"""The network sees sin and cos of each, times log s."""
TINY = 1e-6
"""What stands for "above zero"."""


@keras.saving.register_keras_serializable(package="ae_course")
class NoiseConditionedDenoiser(SampleModel):
    """f(x̃, s) ≈ E[x | x̃]: one network that removes Gaussian noise of any standard deviation s.

    f(x̃, s) = skip · x̃ + scale · F(x̃ / √(s² + spread²), s), where F is the network, skip =
    spread² / (s² + spread²) and scale = s · spread / √(s² + spread²) (Karras et al. 2022, Table 1).
    The first term is the linear denoiser of data with mean 0 and the standard deviation `spread`,
    and scale² the variance of its error, a feature: what F has to return has size 1 at all levels.

    `fit(x)` takes clean samples. Each step draws a level s for every sample, log-uniform between
    two bounds, and noise ε, and lowers ‖f(x + s·ε, s) − x‖² / scale², summed over the features. By
    Tweedie's formula s² times the score of the noisy samples is then f(x̃, s) − x̃ (Vincent 2011).

    Args:
        network: F, a Keras model of two inputs: the scaled samples, and features of s, `(n, 8)`;
            its output has the shape of the samples.
        lowest, highest: the bounds of s, in the units of x.
        spread: the standard deviation of a feature, about.
        seed: of levels and noise; by default it follows `seed_everything`.

    Raises:
        TypeError: if the network is no Keras model.
        ValueError: if a bound or the spread is not a number > 0, or the bounds are not in order.

    Example:
        >>> model = NoiseConditionedDenoiser.dense(784, hidden=(512, 512))
        >>> history = fit(model, x, epochs=20)  # x: (n, 784)
        >>> levels = noise_levels(20, lowest=0.1, highest=10.0)
        >>> sample_by_ode(model.denoise, (16, 784), levels, seed=0).shape
        (16, 784)
    """

    takes_targets = False

    def __init__(self, network, lowest=0.1, highest=10.0, spread=0.3, seed=None, **kwargs):
        if not isinstance(network, keras.Model):
            raise TypeError(f"network must be a Keras model, got {network!r}: see dense().")
        super().__init__(**kwargs)
        self.network, self.bounds = network, _bounds(lowest, highest)
        self.spread, self.seed = real_number(spread, "spread", TINY), seed
        self.of_level = random.PrefetchableSeedGenerator(seed)
        self.of_noise = random.PrefetchableSeedGenerator(None if seed is None else seed + 1)
        self.error_tracker = keras.metrics.Mean(name="squared_error")

    @classmethod
    def dense(cls, input_dim: int, hidden: int | Sequence[int] = (512, 512), **kwargs):
        """Build the network from sizes: dense layers, each unit scaled by features of the level.

        Args:
            input_dim: d, features of a sample.
            hidden: units of the hidden layers, whose activation is SiLU, a·σ(a).
            **kwargs: passed to the class.

        Raises:
            ValueError: if a size is not a whole number ≥ 1.
        """
        d, layers = positive_int(input_dim, "input_dim"), keras.layers
        h, level = inputs = [keras.Input((d,)), keras.Input((2 * len(FREQUENCIES),))]
        for units in positive_ints(hidden, "hidden"):
            h = ops.silu(layers.Dense(units)(h) * (1 + layers.Dense(units)(level)))
        model = cls(keras.Model(inputs, layers.Dense(d)(h)), **kwargs)
        model.build((None, d))
        return model

    def build(self, input_shape):
        """Create the weights for samples of this shape."""
        self.network.build([input_shape, (None, 2 * len(FREQUENCIES))])

    def sample_shapes(self) -> tuple:
        """Return the network's output shape, one sample's, twice."""
        return (known_shape(self.network, "output_shape"),) * 2

    def call(self, x, level=None, training=False):
        """Return f(x, s), of the shape of x, for noisy x `(n, ...)`.

        Args:
            x: samples with noise.
            level: s, one number for all or one a sample, `(n,)`; by default the lowest.
            training: passed on to the network.
        """
        x, level = full_precision(x, self.bounds[0] if level is None else level)
        (out,) = full_precision(self.network(self.inputs_of(x, level), training=training))
        skip, scale = (as_column(factor, x) for factor in self.skip_and_scale(level))
        return skip * x + scale * out

    def skip_and_scale(self, level):
        """Return the share of x̃ in f and the factor of the network, each of the shape of level."""
        total = ops.square(level) + self.spread**2
        return self.spread**2 / total, level * self.spread / ops.sqrt(total)

    def inputs_of(self, x, level):
        """Return what the network sees of noisy x `(n, ...)` and their level: its two inputs."""
        x, level = full_precision(x, level)
        level = ops.broadcast_to(level, ops.shape(x)[:1])
        log_level = ops.log(level)[:, None] * ops.convert_to_tensor(FREQUENCIES, level.dtype)
        features = ops.concatenate([ops.sin(log_level), ops.cos(log_level)], axis=-1)
        return [x / as_column(ops.sqrt(ops.square(level) + self.spread**2), x), features]

    def corrupt(self, x):
        """Return x + s·ε and s `(n,)`, for a fresh s and ε of every sample x `(n, ...)`."""
        low, high = self.bounds
        level = low * (high / low) ** random.uniform(ops.shape(x)[:1], x.dtype, self.of_level)
        return x + as_column(level, x) * random.normal(ops.shape(x), x.dtype, self.of_noise), level

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Return the mean of ‖f(x + s·ε, s) − x‖² / scale² over the batch, a scalar tensor."""
        noisy, level = self.corrupt(*full_precision(x))
        errors = losses.squared_error(x, self(noisy, level=level, training=training))
        self.error_tracker.update_state(ops.mean(errors), sample_weight=ops.shape(errors)[0])
        errors = self.weighted(errors, sample_weight)
        return ops.mean(errors / ops.square(self.skip_and_scale(level)[1])) / replicas_of(self)

    def denoise(self, x, level: float, batch_size: int = 4096) -> np.ndarray:
        """Return f(x, s), a float32 array of the shape of x `(n, ...)`, for one level s."""
        level = real_number(level, "level", TINY)
        x = as_samples(x, self.sample_shapes()[0])
        parts = np.split(x, range(positive_int(batch_size, "batch_size"), len(x), batch_size))
        parts = [self.network.predict_on_batch(self.inputs_of(part, level)) for part in parts]
        skip, scale = map(float, self.skip_and_scale(level))
        return (skip * x + scale * np.concatenate(parts)).astype("float32")

    def get_config(self):
        """Return the arguments, serialized."""
        own = dict(zip(("lowest", "highest"), self.bounds, strict=True), spread=self.spread)
        own |= {"network": keras.saving.serialize_keras_object(self.network), "seed": self.seed}
        return {**super().get_config(), **own}

    @classmethod
    def from_config(cls, config):
        """Rebuild from `get_config`."""
        return cls(keras.saving.deserialize_keras_object(config.pop("network")), **config)


def noise_levels(count: int = 20, lowest: float = 0.1, highest: float = 10.0) -> np.ndarray:
    """Return levels of noise from highest to lowest, each the same share of the one before.

    Args:
        count: how many; a single one is the highest.
        lowest, highest: the last and the first of them, > 0.

    Returns:
        float64 array `(count,)`.

    Raises:
        ValueError: if `count` is not a whole number ≥ 1, or the bounds are not in order.

    Example:
        >>> noise_levels(3, lowest=0.1, highest=10.0)
        array([10. ,  1. ,  0.1])
    """
    return np.geomspace(*_bounds(lowest, highest)[::-1], positive_int(count, "count"))


def sample_by_ode(
    denoise: Callable, shape: Sequence[int], levels, heun: bool = False, seed: int = 0
) -> np.ndarray:
    """Draw noise at the first level and remove it in steps, level by level, down to none.

    Follows dx/ds = (x − f(x, s)) / s, along which the density of the samples is that of the data
    with noise s (Song et al. 2021; Karras et al. 2022). A step to the level t is Euler's, x moves
    the share 1 − t/s of the way to f(x, s); it is DDIM's step for these levels. Nothing random but
    the start.

    Args:
        denoise: f, a function `(x, s) → x′` of arrays, as the method `denoise` of a model is.
        shape: of the samples, `(n, ...)`.
        levels: of noise, falling, > 0; there are as many steps. The last one leads to s = 0.
        heun: correct each step but the last one by the slope at its end (Heun's method): nearly
            twice as many calls of f.
        seed: of the noise that is started from.

    Returns:
        float32 array of that shape.

    Raises:
        TypeError: if `denoise` is no function.
        ValueError: if the levels do not fall or are not > 0, or f returns another shape.

    Example:
        >>> sample_by_ode(lambda x, s: x / (1 + s**2), (5, 2), [10.0, 1.0]).shape
        (5, 2)
    """
    f, levels, _, x = _prepared(denoise, shape, levels, seed)
    for s, t in pairwise([*levels, 0.0]):
        slope = (x - f(x, s)) / s
        ahead = x + (t - s) * slope
        if heun and t > 0:
            ahead = x + (t - s) * (slope + (ahead - f(ahead, t)) / t) / 2
        x = ahead.astype("float32")
    return x


def sample_by_langevin(
    denoise: Callable,
    shape: Sequence[int],
    levels,
    steps: int = 10,
    step_size: float = 0.1,
    seed: int = 0,
) -> np.ndarray:
    """Draw samples by annealed Langevin dynamics (Song and Ermon 2019).

    At each level s, `steps` steps x ← x + η·score + √(2η)·ε with η = step_size · s² and fresh
    normal ε; by Tweedie's formula η·score is step_size · (f(x, s) − x). At last f removes the noise
    of the lowest level.

    Args:
        denoise, shape, levels: as for `sample_by_ode`.
        steps: at each level.
        step_size: η / s², > 0.
        seed: of all noise.

    Returns:
        float32 array of that shape, after `len(levels) * steps + 1` calls of f.

    Raises:
        TypeError, ValueError: as for `sample_by_ode`, and for no step or no step size.
    """
    f, levels, rng, x = _prepared(denoise, shape, levels, seed)
    rate = real_number(step_size, "step_size", TINY)
    for s in np.repeat(levels, positive_int(steps, "steps")):
        kick = rng.standard_normal(x.shape, "float32")
        x = (x + rate * (f(x, s) - x) + s * np.sqrt(2 * rate) * kick).astype("float32")
    return f(x, levels[-1])


def _prepared(denoise: Callable, shape, levels, seed: int) -> tuple:
    """What both samplers need, checked: f, the levels, a generator, and noise to start from."""
    if not callable(denoise):
        raise TypeError(f"denoise must be a function (x, s) → x′, got {denoise!r}.")
    shape, rng = positive_ints(shape, "shape"), np.random.default_rng(check_seed(seed))
    if len(shape) < 2:
        raise ValueError(f"shape must be (n, features) or (n, height, width, ...), got {shape}.")
    levels = as_samples(np.atleast_1d(levels)[None], (None,), "levels")[0]
    if (np.diff(levels, append=0.0) >= 0).any():
        raise ValueError(f"levels must be numbers > 0 that fall, see noise_levels, got {levels}.")

    def f(x, s):
        return as_samples(denoise(x, float(s)), shape[1:], "the output of denoise")

    return f, levels, rng, levels[0] * rng.standard_normal(shape, "float32")


def _bounds(lowest, highest) -> tuple[float, float]:
    low, high = real_number(lowest, "lowest", TINY), real_number(highest, "highest", TINY)
    if low >= high:
        raise ValueError(f"lowest must be below highest, got {low:g} and {high:g}.")
    return low, high
