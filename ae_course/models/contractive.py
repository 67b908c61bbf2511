"""Chapter 6: contractive autoencoders. A code that hardly moves when the input moves a little."""

from ae_course.models import random
from ae_course.models.autoencoder import Autoencoder
from ae_course.models.precision import full_precision
from ae_course.models.tensors import as_tensor
from ae_course.validation import positive_int, real_number

import keras
from keras import ops

__all__ = ["ContractiveAutoencoder", "jacobian_norm", "sigmoid_jacobian_norm"]

STEPS = {"float16": 0.05, "bfloat16": 0.1}
STEP = 1e-2  # for others: small beside features of size 1, large beside the rounding


def sigmoid_jacobian_norm(h, kernel):
    """‖∂h/∂x‖_F² of one sigmoid layer h = σ(Wx + b): Σⱼ (hⱼ(1 − hⱼ))² ‖Wⱼ‖², Wⱼ the j-th row of W.

    Rifai, Vincent, Muller, Glorot and Bengio (2011). It holds for one layer of sigmoid units only:
    the Jacobian of a deeper encoder is a product of such matrices, and the norm of a product is
    not made of the factors' norms (`jacobian_norm` estimates it).

    Args:
        h: codes `(n, p)`.
        kernel: `(d, p)`, the transpose of W, as Keras stores it.

    Returns:
        Tensor `(n,)`: for each sample the squared Frobenius norm of its p × d Jacobian.

    Example:
        >>> sigmoid_jacobian_norm(model.encoder(x), model.encoder.layers[-1].kernel)
    """
    h, kernel = full_precision(h, kernel)
    slopes = ops.square(h * (1 - h))
    return ops.sum(slopes * ops.sum(ops.square(kernel), axis=0), axis=-1)


def jacobian_norm(function, x, directions: int = 1, seed=None):
    """Estimate ‖J(x)‖_F² of any smooth function by finite differences along random directions.

    If v is standard normal, the mean of ‖Jv‖² is tr(J E[vvᵀ] Jᵀ) = ‖J‖_F². The product Jv is
    (f(x + εv) − f(x − εv)) / 2ε, with an error of order ε². One direction suffices in training,
    where the errors of many steps average out; the variance falls as 1 / directions.

    Args:
        function: any map of tensors `(n, ...)` to tensors `(n, p)`, such as an encoder.
        x: samples `(n, ...)`.
        directions: how many random directions to average over.
        seed: a whole number, or a `keras.random.SeedGenerator`, which gives new directions each
            time.

    Returns:
        Tensor `(n,)`.

    Raises:
        TypeError: if `function` is none, or x is no tensor of numbers.
        ValueError: if `directions` is not a whole number ≥ 1.
    """
    if not callable(function):
        raise TypeError(f"function must map tensors to tensors, got {function!r}.")
    x = as_tensor(x)
    shape = (positive_int(directions, "directions"), *ops.shape(x))
    step = STEPS.get(keras.backend.standardize_dtype(x.dtype), STEP)
    along = step * random.normal(shape, x.dtype, seed)
    total = 0.0
    for v in ops.unstack(along, directions):
        ahead, behind = full_precision(function(x + v), function(x - v))
        change = (ahead - behind) / (2 * step)
        total = total + ops.sum(ops.reshape(ops.square(change), (ops.shape(x)[0], -1)), axis=-1)
    return total / directions


@keras.saving.register_keras_serializable(package="ae_course")
class ContractiveAutoencoder(Autoencoder):
    """An autoencoder that penalizes a sensitive code: weight · mean of ‖∂φ(x)/∂x‖_F².

    Args:
        encoder, decoder, loss: as for `Autoencoder`.
        weight: how much the squared norm counts against ℒ, ≥ 0.
        directions: None for the closed form, which needs an encoder of one sigmoid layer. A number
            for the estimate along as many random directions a step, which suits any encoder.
        seed: of the directions.

    Raises:
        ValueError: for a negative weight, or an encoder that has no closed form.

    Example:
        >>> model = ContractiveAutoencoder.dense(64, code=128, code_activation="sigmoid",
        ...                                      weight=0.1)
    """

    def __init__(
        self,
        encoder,
        decoder,
        *,
        weight: float,
        directions: int | None = None,
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(encoder, decoder, **kwargs)
        if directions is None and not _is_one_sigmoid_layer(encoder):
            raise ValueError(
                "the closed form needs an encoder of one Dense layer with sigmoid units; for any "
                "other give `directions`, e.g. directions=1."
            )
        self.weight = real_number(weight, "weight")
        self.directions = (
            directions if directions is None else positive_int(directions, "directions")
        )
        self.seed_generator = random.PrefetchableSeedGenerator(seed)

    def penalty(self, x, h):
        """Return weight times the mean squared norm of the encoder's Jacobian."""
        if self.directions is None:
            norms = sigmoid_jacobian_norm(h, self.encoder.layers[-1].kernel)
        else:
            norms = jacobian_norm(self.encoder, x, self.directions, self.seed_generator)
        return self.weight * ops.mean(norms)

    def get_config(self):
        """Return the arguments, serialized."""
        own = {"weight": self.weight, "directions": self.directions}
        return {**super().get_config(), **own, "seed": self.seed_generator.get_config()["seed"]}


def _is_one_sigmoid_layer(encoder) -> bool:
    layers = getattr(encoder, "layers", [])
    layers = [layer for layer in layers if not isinstance(layer, keras.layers.InputLayer)]
    return (
        len(layers) == 1
        and isinstance(layers[0], keras.layers.Dense)
        and layers[0].activation is keras.activations.sigmoid
    )
