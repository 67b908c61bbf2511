"""Chapter 8: masked autoencoders. Most patches are hidden, and the loss asks for them alone."""

from collections.abc import Sequence

from ae_course.models.attention import SinePositions, attention_block, patch_grid
from ae_course.models.inpainting import InpaintingAutoencoder
from ae_course.models.names import fresh_name
from ae_course.validation import positive_int

import keras
from keras import layers, ops

__all__ = ["MaskedAutoencoder"]


@keras.saving.register_keras_serializable(package="ae_course")
class MaskedAutoencoder(InpaintingAutoencoder):
    """An autoencoder of patches; in training its encoder sees a few of them, drawn anew each step.

    He, Chen, Xie, Li, Dollár and Girshick (2022). The encoder computes on the visible patches only.
    A learned vector stands in for each hidden one before the decoder, and the loss counts the
    hidden patches alone: in training the reconstruction shows visible patches as they are. Outside
    training nothing is hidden; the code of an image is one vector a patch, `(n, patches, width)`,
    and classifiers are given their mean.

    Args:
        encoder: two layers in a `keras.Sequential`: one from flat images to the vectors of their
            patches `(n, patches, width)`, and one that takes any number of these vectors.
        decoder: from `(n, patches, width)` to flat images.
        **kwargs: as for `InpaintingAutoencoder` (`image_shape`, `size`, `masked`, ...).

    Raises:
        ValueError: if the share is no such number, or the patches do not fill the image.

    Example:
        >>> model = MaskedAutoencoder.of_patches((28, 28), size=4, width=64, masked=0.75)
        >>> model.compile("adam")
        >>> history = model.fit(x, epochs=10)  # x: (n, 784)
        >>> model.encode(x).mean(axis=1).shape
        (n, 64)
    """

    def __init__(self, encoder, decoder, **kwargs):
        super().__init__(encoder, decoder, **kwargs)
        self.stand_in = self.add_weight(
            shape=encoder.output_shape[-1:],
            initializer=keras.initializers.RandomNormal(stddev=0.02),
            name="stand_in",
        )

    @classmethod
    def of_patches(
        cls,
        image_shape: int | Sequence[int],
        *,
        size: int,
        width: int,
        depth: int = 2,
        decoder_depth: int = 1,
        heads: int = 4,
        **kwargs,
    ) -> "MaskedAutoencoder":
        """Build encoder and decoder from blocks of attention.

        Args:
            image_shape, size: of images and patches, as for `attention.patch_grid`.
            width: p, the numbers of a patch's code; a multiple of 4 and of `heads`.
            depth: blocks of the encoder.
            decoder_depth: blocks of the decoder.
            heads: of the attention in each block.
            **kwargs: passed to the class (`masked`, `seed`, `loss`, `name`).

        Raises:
            ValueError: if a size is not a whole number ≥ 1 or does not fit the others.
        """
        rows, columns, size, channels = patch_grid(image_shape, size)
        count, width = rows * columns, positive_int(width, "width")
        inside, pixels = (rows, size, columns, size * channels), size * size * channels
        embed = [
            keras.Input((count * pixels,)),
            layers.Reshape(inside),
            layers.Permute((1, 3, 2, 4)),
            layers.Reshape((count, pixels)),
            layers.Dense(width),
            SinePositions(rows, columns),
        ]
        read = _blocks(None, width, positive_int(depth, "depth"), heads)
        encoder = keras.Sequential(
            [keras.Input((count * pixels,)), keras.Sequential(embed), read],
            name=fresh_name("encoder"),
        )
        decoder = keras.Sequential(
            [
                keras.Input((count, width)),
                SinePositions(rows, columns),
                _blocks(count, width, positive_int(decoder_depth, "decoder_depth"), heads),
                layers.Dense(pixels),
                layers.Reshape((rows, columns, size, size * channels)),
                layers.Permute((1, 3, 2, 4)),
                layers.Reshape((count * pixels,)),
            ],
            name=fresh_name("decoder"),
        )
        return cls._built(encoder, decoder, image_shape=image_shape, size=size, **kwargs)

    def filled(self, x, noise, training=False, visible=None):
        """Return the images with their hidden patches filled in, and where they were visible.

        Arguments and results are those of `InpaintingAutoencoder.filled`.
        """
        visible = visible or self.visible
        embed, read = self.encoder.layers
        order = ops.argsort(noise, axis=1)
        tokens = _take(embed(x), order[:, :visible])
        h = read(tokens, training=training)
        gaps = ops.zeros_like(h[:, :1]) + ops.cast(self.stand_in, h.dtype)
        h = ops.concatenate([h, ops.repeat(gaps, self.patches - visible, axis=1)], axis=1)
        places = ops.argsort(order, axis=1)  # where each patch stands in the order
        x_prime = self.decoder(_take(h, places), training=training)
        seen = self._pixels_of(places < visible, x_prime.dtype)
        return seen * ops.cast(x, x_prime.dtype) + (1 - seen) * x_prime, seen


def _blocks(count: int | None, width: int, depth: int, heads: int) -> keras.Model:
    inputs = tokens = keras.Input((count, width))
    for _ in range(depth):
        tokens = attention_block(tokens, heads)
    return keras.Model(inputs, layers.LayerNormalization()(tokens))


def _take(tokens, places):
    """The vectors `(n, k, width)` at these places `(n, k)`."""
    shape = (*places.shape[1:], tokens.shape[-1])
    everywhere = ops.broadcast_to(places[..., None], (ops.shape(places)[0], *shape))
    return ops.take_along_axis(tokens, everywhere, axis=1)
