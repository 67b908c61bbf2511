"""Chapter 8: masked autoencoders. Most patches are hidden, and the loss asks for them alone."""

from collections.abc import Sequence

from ae_course.models import random
from ae_course.models.attention import SinePositions, attention_block, join_patches, patch_grid
from ae_course.models.autoencoder import Autoencoder
from ae_course.models.names import fresh_name
from ae_course.validation import as_samples, check_seed, positive_int, real_number

import keras
import numpy as np
from keras import layers, ops

__all__ = ["MaskedAutoencoder"]


@keras.saving.register_keras_serializable(package="ae_course")
class MaskedAutoencoder(Autoencoder):
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
        image_shape, size: of images and patches, as for `attention.patch_grid`.
        masked: the share of patches that is hidden; at least one is, and one stays visible.
        seed: of the draws; by default it follows `seed_everything`.
        **kwargs: as for `Autoencoder`.

    Raises:
        ValueError: if the share is no such number, or the patches do not fill the image.

    Example:
        >>> model = MaskedAutoencoder.of_patches((28, 28), size=4, width=64, masked=0.75)
        >>> model.compile("adam")
        >>> history = model.fit(x, epochs=10)  # x: (n, 784)
        >>> model.encode(x).mean(axis=1).shape
        (n, 64)
    """

    def __init__(self, encoder, decoder, *, image_shape, size, masked=0.75, seed=None, **kwargs):
        rows, columns, self.size, channels = patch_grid(image_shape, size)
        self.image_shape = (rows * size, columns * size, channels)
        self.masked = real_number(masked, "masked", high=1.0)
        self.visible = rows * columns - round(self.masked * rows * columns)
        if not 0 < self.visible < rows * columns:
            left = "none" if self.visible < 1 else "all"
            raise ValueError(
                f"masked = {masked} leaves {left} of {rows * columns} patches visible; some must "
                "be seen, and some hidden, which alone count in the loss."
            )
        super().__init__(encoder, decoder, **kwargs)
        self.seed_generator = random.PrefetchableSeedGenerator(seed)
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

    def call(self, x, training=False):
        """Return x′; in training with the visible patches of x itself."""
        if not training:
            return self.decoder(self.encoder(x))
        count = self.encoder.output_shape[1]
        noise = random.uniform((ops.shape(x)[0], count), "float32", self.seed_generator)
        return self.filled(x, noise, training=True)[0]

    def filled(self, x, noise, training=False):
        """Return the images with their hidden patches filled in, and where they were visible.

        Args:
            x: flat images `(n, d)`, a tensor.
            noise: `(n, patches)`, of any distribution; the smallest numbers stay visible.
            training: as for `call`.

        Returns:
            Two tensors `(n, d)`; the second is 1 in visible pixels, else 0.
        """
        embed, read = self.encoder.layers
        order = ops.argsort(noise, axis=1)
        tokens = _take(embed(x), order[:, : self.visible])
        h = read(tokens, training=training)
        hidden = order.shape[1] - self.visible
        gaps = ops.zeros_like(h[:, :1]) + ops.cast(self.stand_in, h.dtype)
        h = ops.concatenate([h, ops.repeat(gaps, hidden, axis=1)], axis=1)
        places = ops.argsort(order, axis=1)  # where each patch stands in the order
        x_prime = self.decoder(_take(h, places), training=training)
        pixels = x.shape[-1] // order.shape[1]
        seen = ops.repeat((places < self.visible)[..., None], pixels, axis=2)
        seen = ops.cast(join_patches(seen, self.image_shape, self.size), x_prime.dtype)
        return seen * ops.cast(x, x_prime.dtype) + (1 - seen) * x_prime, seen

    def fill_in(self, x, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Hide patches of images and reconstruct them from the others.

        Args:
            x: flat images `(n, d)`.
            seed: of the draw.

        Returns:
            The images with their hidden patches filled in, and 1 for visible and 0 for hidden
            pixels, float arrays `(n, d)`.
        """
        x = as_samples(x, self.encoder.input_shape[1:])
        noise = np.random.default_rng(check_seed(seed)).random(
            (len(x), self.encoder.output_shape[1])
        )
        both = self.filled(ops.convert_to_tensor(x), ops.convert_to_tensor(noise))
        return tuple(ops.convert_to_numpy(ops.cast(part, "float32")) for part in both)

    def get_config(self):
        """Return the arguments, serialized."""
        own = {"image_shape": self.image_shape, "size": self.size, "masked": self.masked}
        return {**super().get_config(), **own, "seed": self.seed_generator.get_config()["seed"]}


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
