"""Chapter 12: the gated sparse autoencoder, which decides whether and how much apart."""

from ae_course.models.autoencoder import Autoencoder
from ae_course.models.precision import full_precision
from ae_course.validation import positive_int, real_number

import keras
from keras import ops

__all__ = ["GatedAutoencoder", "GatedCode"]


@keras.saving.register_keras_serializable(package="ae_course")
class GatedCode(keras.layers.Layer):
    """h = [a > 0] · ReLU(eʳ ⊙ Wx + b), with a = Wx + c: a gate, and beside it a magnitude.

    Both share the weights W up to a factor eʳ for each unit. The step has no slope, so its
    bias c learns from what `GatedAutoencoder` adds to the loss alone; W also from the magnitude.
    Rajamanoharan and others, Improving Dictionary Learning with Gated Sparse Autoencoders (2024).

    Args:
        code: p, the code size.

    Shape:
        `(n, d)` → `(n, p)`.

    Raises:
        ValueError: if `code` is not a whole number ≥ 1.

    Example:
        >>> GatedCode(64)(x).shape  # x: (n, 16)
        (n, 64)
    """

    def __init__(self, code: int, **kwargs):
        super().__init__(**kwargs)
        self.code = positive_int(code, "code")

    def build(self, input_shape):
        """Create W, its factors r, and the biases of gate and magnitude."""
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.code), initializer="glorot_uniform", name="kernel"
        )
        zeros = {"shape": (self.code,), "initializer": "zeros"}
        self.log_factor = self.add_weight(name="log_factor", **zeros)
        self.gate_bias = self.add_weight(name="gate_bias", **zeros)
        self.bias = self.add_weight(name="bias", **zeros)

    def gate(self, x):
        """Return a = Wx + c `(n, p)`, which is above 0 where a unit is active."""
        return ops.matmul(x, self.kernel) + self.gate_bias

    def call(self, x):
        """Return the code `(n, p)`."""
        magnitude = ops.matmul(x, self.kernel) * ops.exp(self.log_factor) + self.bias
        return ops.cast(self.gate(x) > 0, magnitude.dtype) * ops.relu(magnitude)

    def compute_output_shape(self, input_shape):
        """Return the shape with p in place of d."""
        return (*input_shape[:-1], self.code)

    def get_config(self):
        """Return p beside the layer's own arguments."""
        return {**super().get_config(), "code": self.code}


@keras.saving.register_keras_serializable(package="ae_course")
class GatedAutoencoder(Autoencoder):
    """An autoencoder whose encoder ends in a `GatedCode` and whose decoder is one dense layer.

    To the loss it adds λ Σⱼ ReLU(aⱼ) and ‖x − W′ ReLU(a) − b′‖², with W′ and b′ held fixed: the
    gate is paid for, and has to tell what x is made of. The code itself costs nothing, so nothing
    shrinks it.

    Args:
        encoder: a `keras.Sequential` that ends in a `GatedCode`.
        decoder: a `keras.Sequential` of one dense layer, such as a `dictionary_decoder`.
        loss: as for `Autoencoder`.
        weight: λ ≥ 0.

    Raises:
        ValueError: for a negative weight, or an encoder or decoder of another kind.

    Example:
        >>> encoder = dense_encoder(16, (), code=GatedCode(64))
        >>> model = GatedAutoencoder(encoder, dictionary_decoder(64, 16), weight=0.1)
    """

    def __init__(self, encoder, decoder, *, weight: float, **kwargs):
        super().__init__(encoder, decoder, **kwargs)
        self.weight = real_number(weight, "weight")
        kinds = ((encoder, "encoder", GatedCode), (decoder, "decoder", keras.layers.Dense))
        for part, name, kind in kinds:
            layers = getattr(part, "layers", [None])
            if not isinstance(layers[-1], kind) or (name == "decoder" and len(layers) > 1):
                article = "one" if name == "decoder" else "a last"
                raise ValueError(
                    f"the {name} must be a keras.Sequential with {article} layer {kind.__name__}, "
                    f"got layers {[type(layer).__name__ for layer in layers]}."
                )

    def penalty(self, x, h):
        """Return the price of the gate and the error of what it tells alone."""
        *before, code = self.encoder.layers
        for layer in before:
            x = layer(x)
        (on,) = full_precision(ops.relu(code.gate(x)))
        told, held = self.decoder(on), self.decoder(ops.stop_gradient(on))
        told = told + ops.stop_gradient(held) - held  # gives the decoder's weights no gradient
        error = self.measure(x, told)
        return ops.mean(error) + self.weight * ops.mean(ops.sum(on, axis=-1))

    def get_config(self):
        """Return the arguments, serialized."""
        return {**super().get_config(), "weight": self.weight}
