"""Chapter 9: a convolutional encoder and decoder, to be put into any autoencoder of the course."""

from collections.abc import Sequence

from ae_course.validation import positive_int

import keras

__all__ = ["conv_decoder", "conv_encoder"]


def conv_encoder(
    image_shape: tuple[int, int],
    code: int | keras.Layer,
    filters: Sequence[int] = (16, 32),
    activation: str = "relu",
) -> keras.Sequential:
    """Build φ from convolutions of stride 2: each halves the sides of the image.

    Args:
        image_shape: `(height, width)`, each a multiple of 2 to the power of `len(filters)`.
        code: p, for a linear code layer; or the code layer itself, such as a `GaussianCode`.
        filters: channels of each convolution, the one nearest to the image first.
        activation: σ of every convolution.

    Returns:
        A model from flat images `(n, height * width)`, as the data sets have them, to codes.

    Raises:
        ValueError: if a size is not a whole number ≥ 1, or the sides cannot be halved that often.

    Example:
        >>> encoder = conv_encoder((28, 28), GaussianCode(10, beta=0.1))
        >>> model = VariationalAutoencoder(encoder, conv_decoder((28, 28), 10))
    """
    height, width = image_shape
    _smallest(image_shape, filters)
    if not isinstance(code, keras.Layer):
        code = keras.layers.Dense(positive_int(code, "code"), name="code")
    return keras.Sequential(
        [
            keras.Input((height * width,)),
            keras.layers.Reshape((height, width, 1)),
            *[
                keras.layers.Conv2D(channels, 3, strides=2, padding="same", activation=activation)
                for channels in filters
            ],
            keras.layers.Flatten(),
            code,
        ],
        name="encoder",
    )


def conv_decoder(
    image_shape: tuple[int, int],
    code: int,
    filters: Sequence[int] = (16, 32),
    activation: str = "relu",
    output_activation: str = "linear",
) -> keras.Sequential:
    """Build ψ, the mirror image of `conv_encoder`: each transposed convolution doubles the sides.

    Args:
        image_shape: `(height, width)` of the images to make.
        code: p, the code size.
        filters: as for the encoder, the one nearest to the image first.
        activation: σ of every hidden layer.
        output_activation: σ′ of the last layer.

    Returns:
        A model from codes `(n, p)` to flat images `(n, height * width)`.

    Raises:
        ValueError: as for `conv_encoder`.

    Example:
        >>> conv_decoder((28, 28), code=10).output_shape
        (None, 784)
    """
    height, width = _smallest(image_shape, filters)
    *outer, inmost = filters

    def upward(channels, sigma):
        return keras.layers.Conv2DTranspose(
            channels, 3, strides=2, padding="same", activation=sigma
        )

    return keras.Sequential(
        [
            keras.Input((positive_int(code, "code"),)),
            keras.layers.Dense(height * width * inmost, activation),
            keras.layers.Reshape((height, width, inmost)),
            *[upward(channels, activation) for channels in reversed(outer)],
            upward(1, output_activation),
            keras.layers.Flatten(),
        ],
        name="decoder",
    )


def _smallest(image_shape, filters) -> tuple[int, int]:
    """The sides after all halvings."""
    if not filters:
        raise ValueError("filters must name at least one convolution, such as (16, 32).")
    for channels in filters:
        positive_int(channels, "filters")
    times = 2 ** len(filters)
    height, width = (positive_int(side, "image_shape") for side in image_shape)
    if height % times or width % times:
        raise ValueError(
            f"{len(filters)} convolutions halve the sides {len(filters)} times, so both must be "
            f"multiples of {times}; got {height} × {width}. Take fewer filters."
        )
    return height // times, width // times
