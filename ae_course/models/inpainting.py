"""Chapter 8: hidden patches, filled in by any encoder and decoder."""

from ae_course.models import random
from ae_course.models.attention import join_patches, patch_grid
from ae_course.models.autoencoder import Autoencoder
from ae_course.validation import as_samples, check_seed, real_number

import keras
import numpy as np
from keras import ops

__all__ = ["InpaintingAutoencoder"]


@keras.saving.register_keras_serializable(package="ae_course")
class InpaintingAutoencoder(Autoencoder):
    """An autoencoder that is shown images with zeros in place of most patches while it trains.

    Pathak, Krähenbühl, Donahue, Darrell and Efros (2016) call it a context encoder. The patches are
    drawn anew each step, and the loss counts the hidden ones alone: in training the reconstruction
    shows visible patches as they are. Outside training nothing is hidden.

    Args:
        encoder, decoder: as for `Autoencoder`, of flat images.
        image_shape, size: of images and patches, as for `attention.patch_grid`.
        masked: the share of patches that is hidden; at least one is, and one stays visible.
        seed: of the draws; by default it follows `seed_everything`.
        **kwargs: as for `Autoencoder`.

    Raises:
        ValueError: if the share is no such number, or the patches do not fill the image.

    Example:
        >>> patches = {"image_shape": (8, 8), "size": 2}
        >>> model = InpaintingAutoencoder.dense(64, hidden=(128,), code=16, **patches)
        >>> model.compile("adam")
        >>> history = model.fit(x, epochs=10)  # x: (n, 64)
        >>> filled, seen = model.fill_in(x)
    """

    def __init__(self, encoder, decoder, *, image_shape, size, masked=0.75, seed=None, **kwargs):
        rows, columns, self.size, channels = patch_grid(image_shape, size)
        self.image_shape = (rows * size, columns * size, channels)
        self.masked, self.patches = real_number(masked, "masked", high=1.0), rows * columns
        self.visible = self._visible(self.masked)
        super().__init__(encoder, decoder, **kwargs)
        self.seed_generator = random.PrefetchableSeedGenerator(seed)

    def call(self, x, training=False):
        """Return x′; in training with the visible patches of x itself."""
        if not training:
            return super().call(x)
        noise = random.uniform((ops.shape(x)[0], self.patches), "float32", self.seed_generator)
        return self.filled(x, noise, training=True)[0]

    def filled(self, x, noise, training=False, visible=None):
        """Return the images with their hidden patches filled in, and where they were visible.

        Args:
            x: flat images `(n, d)`, a tensor.
            noise: `(n, patches)`, of any distribution; the smallest numbers stay visible.
            training: as for `call`.
            visible: the number of these, in training's place.

        Returns:
            Two tensors `(n, d)`; the second is 1 in visible pixels, else 0.
        """
        rank = ops.argsort(ops.argsort(noise, axis=1), axis=1)
        seen = self._pixels_of(rank < (visible or self.visible), self.compute_dtype)
        x = ops.cast(x, self.compute_dtype)
        x_prime = self.decoder(self.encoder(seen * x, training=training), training=training)
        return seen * x + (1 - seen) * x_prime, seen

    def fill_in(
        self, x, seed: int = 0, masked: float | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Hide patches of images and reconstruct them from the others.

        Args:
            x: flat images `(n, d)`.
            seed: of the draw; of one seed, networks with as many patches have the same ones hidden.
            masked: the share that is hidden; by default as in training.

        Returns:
            The images with their hidden patches filled in, and 1 for visible and 0 for hidden
            pixels, float arrays `(n, d)`.

        Raises:
            ValueError: if the images or the share are not possible.
        """
        x = as_samples(x, self.encoder.input_shape[1:])
        noise = np.random.default_rng(check_seed(seed)).random((len(x), self.patches))
        visible = None if masked is None else self._visible(real_number(masked, "masked", high=1.0))
        x, noise = ops.convert_to_tensor(x), ops.convert_to_tensor(noise)
        both = self.filled(x, noise, visible=visible)
        return tuple(ops.convert_to_numpy(ops.cast(part, "float32")) for part in both)

    def _visible(self, masked):
        visible = self.patches - round(masked * self.patches)
        if not 0 < visible < self.patches:
            left = "none" if visible < 1 else "all"
            raise ValueError(
                f"masked = {masked} leaves {left} of {self.patches} patches visible; some must "
                "be seen, and some hidden, which alone count in the loss."
            )
        return visible

    def _pixels_of(self, patches, dtype):
        """One number a patch `(n, patches)`, repeated at each of its pixels `(n, d)`."""
        height, width, channels = self.image_shape
        inside = height * width * channels // self.patches
        values = ops.repeat(ops.cast(patches, dtype)[..., None], inside, axis=2)
        return join_patches(values, self.image_shape, self.size)

    def get_config(self):
        """Return the arguments, serialized."""
        own = {"image_shape": self.image_shape, "size": self.size, "masked": self.masked}
        return {**super().get_config(), **own, "seed": self.seed_generator.get_config()["seed"]}
