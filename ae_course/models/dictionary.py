"""Chapter 12: dictionaries: unit directions, units with a threshold, dead units revived."""

from ae_course.models.autoencoder import Autoencoder
from ae_course.models.names import fresh_name
from ae_course.models.own_loss import is_inside_autoencoder
from ae_course.models.precision import full_precision
from ae_course.validation import as_samples, check_seed, positive_int, real_number

import keras
import numpy as np
from keras import ops

__all__ = ["JumpReLU", "dictionary_decoder", "revive_dead"]


def dictionary_decoder(code: int, features: int) -> keras.Sequential:
    """Build ψ(h) = Σⱼ hⱼ W′ⱼ + b′, a linear decoder whose directions W′ⱼ keep length 1.

    After every step each row of its kernel is scaled to length 1, so that a penalty cannot be
    escaped by a small code and long directions (Bricken and others 2023).

    Args:
        code: p, how many directions.
        features: d, the size of each.

    Returns:
        A model from codes `(n, p)` to samples `(n, d)`; its kernel has shape `(p, d)`.

    Raises:
        ValueError: if a size is not a whole number ≥ 1.

    Example:
        >>> encoder = dense_encoder(16, (), code=64, code_activation="relu")
        >>> model = SparseAutoencoder(encoder, dictionary_decoder(64, 16), weight=0.1)
    """
    unit = keras.constraints.UnitNorm(axis=1)
    layer = keras.layers.Dense(
        positive_int(features, "features"),
        kernel_initializer="random_normal",
        kernel_constraint=unit,
        name="dictionary",
    )
    inputs = keras.Input((positive_int(code, "code"),))
    decoder = keras.Sequential([inputs, layer], name=fresh_name("decoder"))
    layer.kernel.assign(unit(layer.kernel))
    return decoder


@keras.saving.register_keras_serializable(package="ae_course")
class JumpReLU(keras.layers.Layer):
    """h = a where a > τ, else 0, with a threshold τ > 0 for each unit that is learned.

    A step has no slope, so training takes one that is spread over a window of width ε around the
    threshold: where a is within ε/2 of τ, ∂h/∂τ = −τ/ε, and for the count of the active units
    −1/ε. Inside an autoencoder, λ times the mean number of active units is added to the loss. After
    Rajamanoharan and others, Jumping Ahead (2024).

    Args:
        weight: λ ≥ 0, what an active unit costs.
        threshold: τ of every unit before training, > 0.
        bandwidth: ε > 0, small beside the spread of a.

    Shape:
        `(n, p)` → `(n, p)`. It follows a dense layer without an activation.

    Raises:
        ValueError: for a negative weight, or a threshold or bandwidth that is not above 0.

    Example:
        >>> JumpReLU(threshold=0.5)(np.array([[0.4, 0.6, -2.0]]))  # [[0., 0.6, 0.]]
        >>> encoder = dense_encoder(16, (64,), code=JumpReLU(weight=0.1), activation="linear")
    """

    def __init__(
        self, weight: float = 0.0, threshold: float = 0.1, bandwidth: float = 0.2, **kwargs
    ):
        super().__init__(**kwargs)
        self.weight = real_number(weight, "weight")
        self.threshold = real_number(threshold, "threshold", low=1e-6)
        self.bandwidth = real_number(bandwidth, "bandwidth", low=1e-6)

    def build(self, input_shape):
        """Create log τ, one for each unit."""
        start = keras.initializers.Constant(np.log(self.threshold))
        self.log_threshold = self.add_weight(
            shape=(input_shape[-1],), initializer=start, name="log_threshold"
        )

    def call(self, a):
        """Return h of the shape of a; add the price of the active units to the losses."""
        dtype = keras.backend.standardize_dtype(a.dtype)
        a, tau = full_precision(a, ops.exp(self.log_threshold))
        on = ops.cast(a > tau, a.dtype)
        slope = ops.cast(ops.abs(a - tau) < self.bandwidth / 2, a.dtype) / self.bandwidth
        fall = slope * (ops.stop_gradient(tau) - tau)  # is 0 and has a slope
        if is_inside_autoencoder():
            self.add_loss(self.weight * ops.mean(ops.sum(on + fall, axis=-1)))
        return ops.cast(a * on + ops.stop_gradient(tau) * fall, dtype)

    def get_config(self):
        """Return the arguments beside the layer's own."""
        names = ("weight", "threshold", "bandwidth")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def revive_dead(model: Autoencoder, x, scale: float = 0.2, seed: int = 0) -> int:
    """Give every unit that is 0 for all samples a new direction: a sample that fits badly.

    Samples are drawn with probability ∝ ℒ², so that the new directions point to what the others
    leave out. Such a sample, scaled to length 1, becomes the unit's direction in the decoder, and
    `scale` times the mean length of the living units' weights in the encoder; the bias becomes 0.
    After Bricken and others (2023), who also reset Adam's means: compile the model again.

    Args:
        model: its encoder's first layer and its decoder's last layer with a kernel are changed.
        x: samples `(n, d)`.
        scale: how long the new weights in the encoder are, compared with those of living units.
        seed: of the draw.

    Returns:
        How many units were dead.

    Raises:
        TypeError: if the model is no `Autoencoder`.
        ValueError: if encoder and decoder have not one dense layer each.

    Example:
        >>> revive_dead(model, x)
        3
    """
    if not isinstance(model, Autoencoder):
        raise TypeError(f"model must be an Autoencoder, got {model!r}.")
    scale = real_number(scale, "scale")
    dense = [
        [layer for layer in part.layers if isinstance(layer, keras.layers.Dense)]
        for part in (model.encoder, model.decoder)
    ]
    if [len(layers) for layers in dense] != [1, 1]:
        raise ValueError("model must have one dense layer in its encoder and one in its decoder.")
    x, rng = as_samples(x), np.random.default_rng(check_seed(seed))
    h = model.encode(x)
    dead = ~(h != 0).any(axis=0)
    errors = ops.convert_to_numpy(model.measure(x, model.decode(h))).astype(float) ** 2
    drawn = x[rng.choice(len(x), dead.sum(), p=errors / errors.sum())]
    drawn /= np.maximum(np.linalg.norm(drawn, axis=1, keepdims=True), 1e-12)
    (into,), (back,) = dense
    kernel, bias = (ops.convert_to_numpy(w).copy() for w in (into.kernel, into.bias))
    length = np.linalg.norm(kernel[:, ~dead], axis=0).mean() if not dead.all() else 1.0
    kernel[:, dead], bias[dead] = scale * length * drawn.T, 0
    directions = ops.convert_to_numpy(back.kernel).copy()
    directions[dead] = drawn
    into.kernel.assign(kernel), into.bias.assign(bias), back.kernel.assign(directions)
    return int(dead.sum())
