"""Chapters 1 and 2: the autoencoder, an encoder φ followed by a decoder ψ, as one Keras model."""

from collections.abc import Callable, Sequence

from ae_course.models import losses
from ae_course.models.convolutional import conv_decoder, conv_encoder
from ae_course.models.dense import dense_decoder, dense_encoder
from ae_course.models.layers import resolve_ties
from ae_course.models.names import fresh_name, is_fresh_name
from ae_course.models.own_loss import ModelWithOwnLoss, default_activation
from ae_course.models.sample_model import replicas_of
from ae_course.validation import as_samples, positive_int

import keras
import numpy as np
from keras import ops

__all__ = ["Autoencoder"]


@keras.saving.register_keras_serializable(package="ae_course")
class Autoencoder(ModelWithOwnLoss):
    """x ↦ x′ = ψ(φ(x)), trained so that the mean of ℒ(x, x′) over the data becomes small.

    `fit(x)` needs no targets: the input is the target (`fit(x, y)` reconstructs y from x instead).
    A variant of the autoencoder overrides `penalty` or `corrupt` and nothing else. Losses are
    computed in float32 or better under every dtype policy, from sigmoids that are as precise.

    Args:
        encoder: φ, any Keras layer or model from samples `(n, ...)` to codes.
        decoder: ψ, any Keras layer or model from codes back to the shape of the samples.
        loss: ℒ, a name from `losses.MEASURES`, a Keras loss or its name, or a function
            `(x, x′) → (n,)`; see `losses.get_measure`. One given to `compile` takes its place.

    Raises:
        TypeError: if encoder or decoder is no Keras layer.
        ValueError: for an unknown loss, or a tied decoder whose partner the encoder has not.

    Example:
        >>> model = Autoencoder.dense(64, hidden=(32,), code=8)
        >>> model.compile("adam")
        >>> history = model.fit(x, epochs=10)  # x: (n, 64)
        >>> model.encode(x).shape
        (n, 8)
    """

    def __init__(
        self,
        encoder: keras.Layer,
        decoder: keras.Layer,
        loss: str | Callable = "squared_error",
        **kwargs,
    ):
        for name, part in (("encoder", encoder), ("decoder", decoder)):
            if not isinstance(part, keras.Layer):
                raise TypeError(
                    f"{name} must be a Keras layer or model, got {part!r}. "
                    f"{type(self).__name__}.dense(...) builds both from sizes."
                )
        super().__init__(**kwargs)
        self.encoder, self.decoder = encoder, decoder
        self.use_loss(loss)
        resolve_ties(encoder, decoder)

    @classmethod
    def dense(
        cls,
        input_dim: int,
        hidden: int | Sequence[int] = (),
        *,
        code: int | keras.Layer,
        activation: str | Callable = "relu",
        code_activation: str | Callable = "linear",
        output_activation: str | Callable | None = None,
        tied: bool = False,
        **kwargs,
    ) -> "Autoencoder":
        """Build encoder and decoder from sizes: `input_dim → hidden → code` and mirrored back.

        Args:
            input_dim: d, features of a sample.
            hidden: units of the encoder's hidden layers; the decoder has them in reverse. One
                number for a single layer.
            code: p, the code size; or the code layer itself.
            activation: σ of every hidden layer.
            code_activation: σ of the code layer, where it is built here.
            output_activation: σ′ of the last layer; by default "sigmoid" for a cross-entropy, whose
                reconstructions must lie in (0, 1), else "linear".
            tied: let each decoder layer borrow its mirror image's kernel, W′ = Wᵀ.
            **kwargs: passed to the class (`loss`, `name`, a variant's own arguments).

        Raises:
            ValueError: if a size is not a whole number ≥ 1.
        """
        encoder = dense_encoder(input_dim, hidden, code, activation, code_activation)
        sigma = output_activation or default_activation(cls, kwargs)
        size, partner = encoder.output_shape[-1], encoder if tied else None
        decoder = dense_decoder(input_dim, hidden, size, activation, sigma, partner)
        return cls._built(encoder, decoder, **kwargs)

    @classmethod
    def convolutional(
        cls,
        image_shape: int | Sequence[int],
        *,
        code: int | keras.Layer,
        filters: int | Sequence[int] = (16, 32),
        activation: str | Callable = "relu",
        code_activation: str | Callable = "linear",
        output_activation: str | Callable | None = None,
        flat: bool = True,
        **kwargs,
    ) -> "Autoencoder":
        """Build encoder and decoder from convolutions; see `conv_encoder` and `conv_decoder`.

        Args:
            image_shape: `(height, width)` or `(height, width, channels)`, of any size; one number
                for a square gray image.
            code, activation, code_activation, output_activation: as for `dense`.
            **kwargs: passed to the class, as for `dense`.
            filters: channels of each convolution, the one nearest to the image first.
            flat: samples are flat `(n, height * width * channels)`, as the data sets have them;
                else `(n, *image_shape)`.

        Raises:
            ValueError: if a size is not a whole number ≥ 1, or there is no filter.

        Example:
            >>> model = Autoencoder.convolutional((27, 31, 3), code=10)
            >>> model.reconstruct(x).shape  # x: (n, 2511)
            (n, 2511)
        """
        encoder = conv_encoder(image_shape, code, filters, activation, code_activation, flat)
        sigma = output_activation or default_activation(cls, kwargs)
        size = encoder.output_shape[-1]
        decoder = conv_decoder(image_shape, size, filters, activation, sigma, flat)
        return cls._built(encoder, decoder, **kwargs)

    @classmethod
    def _built(cls, encoder, decoder, **kwargs) -> "Autoencoder":
        model = cls(encoder, decoder, **kwargs)
        model.build(encoder.input_shape)
        return model

    def penalty(self, x, h):
        """Return what a variant adds to the loss, a scalar tensor, or None.

        Args:
            x: the samples `(n, ...)`.
            h: their codes `(n, p)`.
        """
        return None

    def corrupt(self, x):
        """Return what the encoder sees in place of the samples x `(n, ...)` during training."""
        return x

    def call(self, x, training=False):
        """Return the reconstruction x′ = ψ(φ(x)), of the shape of x."""
        h = self.encoder(self.corrupt(x) if training else x, training=training)
        penalty = self.penalty(x, h)
        if penalty is not None:
            self.add_loss(penalty)
        return self.decoder(h, training=training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Return the mean of ℒ(x, x′) over the batch plus all penalties, a scalar tensor.

        Raises:
            ValueError: if the loss does not return one value a sample.
        """
        errors = self.measure(x if y is None else y, y_pred)
        if sample_weight is not None:
            weights = ops.reshape(sample_weight, ops.shape(errors))  # Keras may bring (n, 1)
            errors = errors * ops.cast(weights, errors.dtype)
        error = ops.mean(errors)
        self.error_tracker.update_state(error, sample_weight=ops.shape(errors)[0])
        penalties = [ops.cast(penalty, error.dtype) for penalty in self.losses]
        return sum(penalties, start=error) / replicas_of(self)  # whose gradients are added up

    def encode(self, x, batch_size: int = 1024) -> np.ndarray:
        """Return the codes φ(x), a float array of shape `(n, p)`, for samples x `(n, ...)`."""
        return _in_batches(self.encoder, x, batch_size, "x")

    def decode(self, h, batch_size: int = 1024) -> np.ndarray:
        """Return ψ(h), a float array of samples, for codes h `(n, p)`."""
        return _in_batches(self.decoder, h, batch_size, "h")

    def reconstruct(self, x, batch_size: int = 1024) -> np.ndarray:
        """Return ψ(φ(x)) as an array of the shape of x `(n, ...)`."""
        return self.decode(self.encode(x, batch_size), batch_size)

    def get_config(self):
        """Return encoder, decoder and loss, serialized."""
        resolve_ties(self.encoder, self.decoder)  # another model may hold the decoder, too
        serialize = keras.saving.serialize_keras_object
        named = self.measure in losses.MEASURES.values()
        return {
            **super().get_config(),
            "encoder": serialize(self.encoder),
            "decoder": serialize(self.decoder),
            "loss": self.measure.__name__ if named else self.measure.serialize(),
        }

    @classmethod
    def from_config(cls, config):
        """Build the model that `get_config` described."""
        revive = keras.saving.deserialize_keras_object
        parts = {key: revive(config[key]) for key in ("encoder", "decoder")}
        for kind, part in parts.items():
            if is_fresh_name(part.name, kind):  # models loaded may stand beside new ones
                part.name = fresh_name(kind)
        loss = config["loss"] if isinstance(config["loss"], str) else revive(config["loss"])
        return cls(**{**config, **parts, "loss": loss})


def _in_batches(function: Callable, x, batch_size: int, name: str) -> np.ndarray:
    shape = getattr(function, "input_shape", None)
    x = as_samples(x, shape and shape[1:], name)
    step = positive_int(batch_size, "batch_size")
    # float32 whatever the policy
    parts = [ops.cast(function(x[i : i + step]), "float32") for i in range(0, len(x), step)]
    return np.concatenate([ops.convert_to_numpy(part) for part in parts])
