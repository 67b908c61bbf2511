"""Chapter 8: the autoencoder as a scikit-learn transformer, for pipelines and grid searches."""

from collections.abc import Sequence
from contextlib import nullcontext

from ae_course.models.autoencoder import Autoencoder
from ae_course.training.fit import fit
from ae_course.training.seeds import seeded

import keras
import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_array, check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

__all__ = ["AutoencoderTransformer"]

BATCH = 1024
"""Samples that are encoded at once, which bounds the memory for their hidden layers."""

FLOATS = [np.float64, np.float32]
"""What codes and reconstructions can be; the first for whatever is neither."""


class AutoencoderTransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """A dense autoencoder behind scikit-learn's `fit`, `transform`, `inverse_transform`.

    The constructor only stores its arguments, as scikit-learn asks of an estimator; they are
    checked in `fit`. Training is in float32. What a trained one returns is computed in float64, so
    that a sample's code is the same alone and among others, on any processor: in float32 the order
    of a sum, which depends on both, shows in the seventh digit, or sooner where terms cancel.
    float32 samples get float32 codes, all others float64 codes.

    Args:
        code: p, the code size.
        hidden: units of the encoder's hidden layers; the decoder has them in reverse.
        activation: σ of the hidden layers.
        epochs: how often every sample is seen.
        batch_size: samples a step.
        learning_rate: of Adam.
        random_state: an integer makes `fit` repeatable. The caller's random numbers go on as if
            `fit` had drawn none (with None: one of NumPy's).

    Attributes:
        autoencoder_: the trained `Autoencoder`.
        n_features_in_: d, the features seen in `fit`.

    Example:
        >>> from sklearn.linear_model import LogisticRegression
        >>> from sklearn.pipeline import make_pipeline
        >>> reader = make_pipeline(AutoencoderTransformer(code=16), LogisticRegression())
        >>> reader.fit(x, labels).score(x_test, labels_test)  # x: (n, 64)
        0.93
    """

    def __init__(
        self,
        code: int = 2,
        hidden: Sequence[int] = (128,),
        activation: str = "relu",
        epochs: int = 20,
        batch_size: int = 128,
        learning_rate: float = 1e-3,
        random_state=None,
    ):
        self.code = code
        self.hidden = hidden
        self.activation = activation
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.random_state = random_state

    def fit(self, X, y=None) -> "AutoencoderTransformer":
        """Train an autoencoder on the samples X `(n, d)`; y is ignored. Return self.

        Raises:
            ValueError: if X is not a finite `(n, d)` array, or an argument is out of range.
        """
        X = validate_data(self, X, dtype=np.float32)
        options = {"batch_size": self.batch_size, "learning_rate": self.learning_rate}
        with seeded(check_random_state(self.random_state).randint(2**31 - 1)):
            self.autoencoder_ = Autoencoder.dense(
                X.shape[1], self.hidden, code=self.code, activation=self.activation
            )
            fit(self.autoencoder_, X, epochs=self.epochs, **options)
        self._n_features_out = self.code
        return self

    def transform(self, X) -> np.ndarray:
        """Return the codes φ(x), `(n, p)`, of the samples X `(n, d)`."""
        encoder = self._trained().encoder
        X = validate_data(self, X, dtype=FLOATS, reset=False)
        return _in_float64(encoder, X).astype(X.dtype)

    def inverse_transform(self, X) -> np.ndarray:
        """Return ψ(h), `(n, d)`, for codes X `(n, p)`."""
        decoder = self._trained().decoder
        X = check_array(X, dtype=FLOATS, input_name="h")
        if X.shape[1] != self._n_features_out:
            raise ValueError(f"h must have shape (n, {self._n_features_out}), got {X.shape}.")
        return _in_float64(decoder, X).astype(X.dtype)

    def score(self, X, y=None) -> float:
        """Return −mean‖x − x′‖² over the samples X `(n, d)`: larger is better, 0 is a copy."""
        model = self._trained()
        X = validate_data(self, X, dtype=np.float64, reset=False)
        back = _in_float64(model.decoder, _in_float64(model.encoder, X))
        return -float(((X - back) ** 2).sum(axis=1).mean())

    def _trained(self) -> Autoencoder:
        check_is_fitted(self)
        return self.autoencoder_

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _in_float64(part: keras.Sequential, x: np.ndarray) -> np.ndarray:
    """σ(xW + b), layer after layer, in float64; on the CPU, as not every GPU has it.

    Args:
        part: the encoder or the decoder of an `Autoencoder.dense`.
        x: `(n, inputs)`.
    """
    layers = [(*map(np.float64, layer.get_weights()), layer.activation) for layer in part.layers]
    parts = []
    with keras.device("cpu"), _jax_has_float64():
        for start in range(0, len(x), BATCH):
            h = x[start : start + BATCH]
            for kernel, bias, activation in layers:
                h = keras.ops.convert_to_tensor(h @ kernel + bias, "float64")
                h = keras.ops.convert_to_numpy(activation(h))
            parts.append(h)
    return np.concatenate(parts)


def _jax_has_float64():
    if keras.backend.backend() != "jax":
        return nullcontext()
    import jax

    return jax.enable_x64(True)
