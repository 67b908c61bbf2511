"""Chapter 2: a dense encoder and decoder, one the mirror image of the other."""

from collections.abc import Callable, Sequence

from ae_course.models.layers import TiedDense, code_layer
from ae_course.models.names import fresh_name
from ae_course.validation import positive_int, positive_ints

import keras

__all__ = ["dense_decoder", "dense_encoder"]


def dense_encoder(
    input_dim: int,
    hidden: int | Sequence[int],
    code: int | keras.Layer,
    activation: str | Callable = "relu",
    code_activation: str | Callable = "linear",
) -> keras.Sequential:
    """Build φ: `input_dim → hidden → code`.

    Args:
        input_dim: d, features of a sample.
        hidden: units of the hidden layers; one number for a single layer.
        code: p, the code size; or the code layer itself, such as a `GaussianCode`.
        activation: σ of every hidden layer.
        code_activation: σ of the code layer, where it is built here.

    Returns:
        A model from samples `(n, d)` to codes `(n, p)`.

    Raises:
        ValueError: if a size is not a whole number ≥ 1.

    Example:
        >>> encoder = dense_encoder(64, (32,), code=8)
        >>> model = Autoencoder(encoder, dense_decoder(64, (32,), code=8))
    """
    inputs = keras.Input((positive_int(input_dim, "input_dim"),))
    layers = [
        keras.layers.Dense(units, activation, name=f"encoder_{i}")
        for i, units in enumerate(positive_ints(hidden, "hidden"), 1)
    ]
    last = code_layer(code, code_activation)
    return keras.Sequential([inputs, *layers, last], name=fresh_name("encoder"))


def dense_decoder(
    input_dim: int,
    hidden: int | Sequence[int],
    code: int,
    activation: str | Callable = "relu",
    output_activation: str | Callable = "linear",
    tied_to: keras.Sequential | None = None,
) -> keras.Sequential:
    """Build ψ, the mirror image of `dense_encoder`: `code → hidden reversed → input_dim`.

    Args:
        input_dim, hidden, activation: as for the encoder.
        code: p, the code size.
        output_activation: σ′ of the last layer.
        tied_to: an encoder of these sizes, whose kernels the layers borrow, W′ = Wᵀ.

    Returns:
        A model from codes `(n, p)` to samples `(n, d)`.

    Raises:
        ValueError: if a size is not a whole number ≥ 1, or a layer to tie to is not dense.
    """
    units = [*reversed(positive_ints(hidden, "hidden")), positive_int(input_dim, "input_dim")]
    names = [*[f"decoder_{i}" for i in range(1, len(units))], "reconstruction"]
    sigmas = [*[activation] * (len(units) - 1), output_activation]
    partners = [None] * len(units) if tied_to is None else reversed(tied_to.layers)
    layers = [
        keras.layers.Dense(size, sigma, name=name)
        if partner is None
        else TiedDense(partner, sigma, name=name)
        for size, sigma, name, partner in zip(units, sigmas, names, partners, strict=True)
    ]
    codes = keras.Input((positive_int(code, "code"),))
    return keras.Sequential([codes, *layers], name=fresh_name("decoder"))
