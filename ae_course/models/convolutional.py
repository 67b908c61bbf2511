"""Chapter 9: a convolutional encoder and decoder, to be put into any autoencoder of the course."""

from collections.abc import Callable, Sequence
from math import prod

from ae_course.models.layers import code_layer
from ae_course.models.names import fresh_name
from ae_course.validation import image_sides, positive_int, positive_ints

import keras

__all__ = ["conv_decoder", "conv_encoder"]


def conv_encoder(
    image_shape: int | Sequence[int],
    code: int | keras.Layer,
    filters: int | Sequence[int] = (16, 32),
    activation: str | Callable = "relu",
    code_activation: str | Callable = "linear",
    flat: bool = True,
) -> keras.Sequential:
    """Build φ from convolutions of stride 2: each halves the sides of the image, rounding up.

    Args:
        image_shape: `(height, width)` or `(height, width, channels)`, of any size; one number for
            a square gray image.
        code: p, the code size; or the code layer itself, such as a `GaussianCode`.
        filters: channels of each convolution, the one nearest to the image first.
        activation: σ of every convolution.
        code_activation: σ of the code layer, where it is built here.
        flat: take flat images `(n, height * width * channels)`, as the data sets have them; else
            images `(n, *image_shape)`.

    Returns:
        A model from images to codes `(n, p)`.

    Raises:
        ValueError: if a size is not a whole number ≥ 1, or there is no filter.

    Example:
        >>> encoder = conv_encoder((28, 28), GaussianCode(10, beta=0.1))
        >>> model = VariationalAutoencoder(encoder, conv_decoder((28, 28), 10))
    """
    pixels, image = _shapes(image_shape, flat)
    code = code_layer(code, code_activation)
    down = [
        keras.layers.Conv2D(channels, 3, strides=2, padding="same", activation=activation)
        for channels in _channels(filters)
    ]
    return keras.Sequential(
        [
            keras.Input(pixels),
            keras.layers.Reshape(image),
            *down,
            keras.layers.Flatten(),
            code,
        ],
        name=fresh_name("encoder"),
    )


def conv_decoder(
    image_shape: int | Sequence[int],
    code: int,
    filters: int | Sequence[int] = (16, 32),
    activation: str | Callable = "relu",
    output_activation: str | Callable = "linear",
    flat: bool = True,
) -> keras.Sequential:
    """Build ψ, the mirror image of `conv_encoder`: each transposed convolution doubles the sides.

    Where a side was rounded up on the way in, the image comes out too large and is cropped.

    Args:
        image_shape: of the images to make, as for the encoder.
        code: p, the code size.
        filters: as for the encoder, the one nearest to the image first.
        activation: σ of every hidden layer.
        output_activation: σ′ of the image.
        flat: make flat images, as for the encoder.

    Returns:
        A model from codes `(n, p)` to images.

    Raises:
        ValueError: as for `conv_encoder`.

    Example:
        >>> conv_decoder((28, 28), code=10).output_shape
        (None, 784)
    """
    pixels, (height, width, colors) = _shapes(image_shape, flat)
    *outer, inmost = _channels(filters)
    times = 2 ** len([*outer, inmost])
    least = -(-height // times), -(-width // times)  # rounded up
    excess = [(0, small * times - side) for small, side in zip(least, (height, width), strict=True)]

    def upward(channels, sigma):
        return keras.layers.Conv2DTranspose(
            channels, 3, strides=2, padding="same", activation=sigma
        )

    return keras.Sequential(
        [
            keras.Input((positive_int(code, "code"),)),
            keras.layers.Dense(prod(least) * inmost, activation),
            keras.layers.Reshape((*least, inmost)),
            *[upward(channels, activation) for channels in reversed(outer)],
            upward(colors, "linear"),
            keras.layers.Cropping2D(excess),
            keras.layers.Reshape(pixels),
            keras.layers.Activation(output_activation),  # last, so that no layer rounds it
        ],
        name=fresh_name("decoder"),
    )


def _shapes(image_shape, flat: bool) -> tuple[tuple[int, ...], tuple[int, int, int]]:
    """The shape of a sample, and that of its image with its channels."""
    sides = image_sides(image_shape)
    return (prod(sides),) if flat else sides, (*sides, 1)[:3]


def _channels(filters) -> tuple[int, ...]:
    channels = positive_ints(filters, "filters")
    if not channels:
        raise ValueError("filters must name at least one convolution, such as (16, 32).")
    return channels
