"""Chapter 8: the autoencoder as a scikit-learn transformer, for pipelines and grid searches."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from copy import deepcopy
from functools import partial
from math import isqrt

from ae_course.models.autoencoder import Autoencoder
from ae_course.models.contractive import ContractiveAutoencoder
from ae_course.models.denoising import DenoisingAutoencoder
from ae_course.models.layers import resolve_ties
from ae_course.models.sparse import SparseAutoencoder, TopK
from ae_course.models.variational import VariationalAutoencoder
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


def _k_sparse(input_dim: int, hidden, *, code: int, k: int = 1, **kwargs) -> Autoencoder:
    return Autoencoder.dense(input_dim, hidden, code=code, code_activation=TopK(k), **kwargs)


def _convolutional(
    input_dim: int, hidden, *, image_shape: Sequence[int] | None = None, **kwargs
) -> Autoencoder:
    """The hidden sizes are the filters; samples are a square gray image, or else one row."""
    side = isqrt(input_dim)
    found = (side, side) if side**2 == input_dim else (1, input_dim)
    shape = found if image_shape is None else image_shape
    return Autoencoder.convolutional(shape, filters=hidden, **kwargs)


VARIANTS: dict[str, Callable[..., Autoencoder]] = {
    "dense": Autoencoder.dense,
    "sparse": partial(SparseAutoencoder.dense, weight=0.1, code_activation="relu", tied=True),
    "k-sparse": _k_sparse,
    "denoising": partial(DenoisingAutoencoder.dense, amount=0.1),
    "contractive": partial(ContractiveAutoencoder.dense, weight=0.1, directions=1),
    "variational": VariationalAutoencoder.dense,
    "convolutional": _convolutional,
}
"""What `variant` can name: each builds a model as `Autoencoder.dense` does."""


class AutoencoderTransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """An autoencoder behind scikit-learn's `fit`, `transform`, `inverse_transform`.

    The constructor only stores its arguments, as scikit-learn asks of an estimator; they are
    checked in `fit`. Training is in float32. What a trained one returns is computed in float64, so
    that a sample's code is the same alone and among others, on any processor: in float32 the order
    of a sum, which depends on both, shows in the seventh digit, or sooner where terms cancel.
    float32 samples get float32 codes, all others float64 codes.

    Args:
        code: p, the code size.
        hidden: units of the encoder's hidden layers; the decoder has them in reverse. The filters
            of a convolutional one.
        activation: σ of the hidden layers.
        epochs: how often every sample is seen.
        batch_size: samples a step.
        learning_rate: of Adam.
        random_state: an integer makes `fit` repeatable. The caller's random numbers go on as if
            `fit` had drawn none (with None: one of NumPy's).
        variant: a name from `VARIANTS`, or a function that builds an `Autoencoder`, called as
            `variant(d, hidden, code=…, activation=…, loss=…, **options)`.
        options: a dict of what else the variant takes, such as `weight`, `amount`, `beta`, `k` or
            `image_shape`.
        loss: ℒ, as for `Autoencoder`.
        callbacks: Keras callbacks. Each `fit` works with copies, as scikit-learn's `clone` does.
        validation_split: the share of the samples, the last ones, on which the loss is measured
            after each epoch and not trained.

    Attributes:
        autoencoder_: the trained `Autoencoder`.
        history_: dict, the losses of each epoch by their names in Keras.
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
        hidden: int | Sequence[int] = (128,),
        activation: str = "relu",
        epochs: int = 20,
        batch_size: int = 128,
        learning_rate: float = 1e-3,
        random_state=None,
        variant: str | Callable[..., Autoencoder] = "dense",
        options: dict | None = None,
        loss: str | Callable = "squared_error",
        callbacks: Sequence[keras.callbacks.Callback] | None = None,
        validation_split: float = 0.0,
    ):
        self.code = code
        self.hidden = hidden
        self.activation = activation
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.random_state = random_state
        self.variant = variant
        self.options = options
        self.loss = loss
        self.callbacks = callbacks
        self.validation_split = validation_split

    def fit(self, X, y=None, validation_data=None) -> "AutoencoderTransformer":
        """Train an autoencoder on the samples X `(n, d)`; y is ignored. Return self.

        Args:
            X: samples `(n, d)`.
            y: ignored.
            validation_data: more samples `(m, d)`, in place of a `validation_split`.

        Raises:
            TypeError: if the variant's function builds no autoencoder.
            ValueError: if X is not a finite `(n, d)` array, or an argument is out of range.
        """
        X = validate_data(self, X, dtype=np.float32)
        with seeded(check_random_state(self.random_state).randint(2**31 - 1)):
            self.autoencoder_ = self._build(X.shape[1])
            history = fit(
                self.autoencoder_,
                X,
                epochs=self.epochs,
                batch_size=self.batch_size,
                learning_rate=self.learning_rate,
                callbacks=deepcopy(self.callbacks),
                validation_split=self.validation_split,
                validation_data=validation_data,
            )
        self.history_ = history.history
        self._n_features_out = self.autoencoder_.encoder.output_shape[-1]
        self._exact = _copy_in_float64(self.autoencoder_)
        return self

    def _build(self, d: int) -> Autoencoder:
        known = isinstance(self.variant, str) and self.variant in VARIANTS
        if not known and not callable(self.variant):
            raise ValueError(
                f"variant must be one of {sorted(VARIANTS)} or a function, got {self.variant!r}."
            )
        options = {} if self.options is None else self.options
        if not isinstance(options, dict):
            raise ValueError(f"options must be a dict, got {options!r}.")
        build = VARIANTS[self.variant] if known else self.variant
        sizes = {"code": self.code, "activation": self.activation, "loss": self.loss}
        model = build(d, self.hidden, **sizes, **options)
        if not isinstance(model, Autoencoder):
            raise TypeError(f"variant must build an Autoencoder, but built {model!r}.")
        return model

    def transform(self, X) -> np.ndarray:
        """Return the codes φ(x), `(n, p)`, of the samples X `(n, d)`."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=FLOATS, reset=False)
        return self._in_float64("encoder", X).astype(X.dtype)

    def inverse_transform(self, X) -> np.ndarray:
        """Return ψ(h), `(n, d)`, for codes X `(n, p)`."""
        check_is_fitted(self)
        X = check_array(X, dtype=FLOATS, input_name="h")
        if X.shape[1] != self._n_features_out:
            raise ValueError(f"h must have shape (n, {self._n_features_out}), got {X.shape}.")
        return self._in_float64("decoder", X).astype(X.dtype)

    def score(self, X, y=None) -> float:
        """Return −mean‖x − x′‖² over the samples X `(n, d)`: larger is better, 0 is a copy."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        back = self._in_float64("decoder", self._in_float64("encoder", X))
        return -float(((X - back) ** 2).sum(axis=1).mean())

    def _in_float64(self, part: str, x: np.ndarray) -> np.ndarray:
        """What the trained encoder or decoder makes of x `(n, …)`, in float64.

        On the CPU, as not every GPU has it.
        """
        with keras.device("cpu"), _jax_has_float64():
            exact = self._exact[part]
            exact.set_weights(getattr(self.autoencoder_, part).get_weights())
            steps = range(0, len(x), BATCH)
            outputs = [exact(x[i : i + BATCH].astype(np.float64), training=False) for i in steps]
            return np.concatenate([keras.ops.convert_to_numpy(output) for output in outputs])

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def __getstate__(self):
        return {key: value for key, value in super().__getstate__().items() if key != "_exact"}

    def __setstate__(self, state):
        super().__setstate__(state)
        if hasattr(self, "autoencoder_"):
            self._exact = _copy_in_float64(self.autoencoder_)


def _copy_in_float64(model: Autoencoder) -> dict[str, keras.Model]:
    """The layers of encoder and decoder again, in float64, without the weights."""
    names = ("encoder", "decoder")
    resolve_ties(model.encoder, model.decoder)
    serialize = keras.saving.serialize_keras_object
    configs = [_widened(serialize(getattr(model, name))) for name in names]
    with seeded(0), keras.device("cpu"), _jax_has_float64():  # layers draw seeds of their own
        parts = [keras.saving.deserialize_keras_object(config) for config in configs]
        resolve_ties(*parts)
    return dict(zip(names, parts, strict=True))


def _widened(config):
    """A serialized model, with float64 wherever it names the precision of a layer."""
    if isinstance(config, dict):
        if config.get("class_name") == "DTypePolicy":
            return {**config, "config": {"name": "float64"}}
        return {k: "float64" if v == "float32" else _widened(v) for k, v in config.items()}
    return [_widened(each) for each in config] if isinstance(config, list | tuple) else config


def _jax_has_float64():
    if keras.backend.backend() != "jax":
        return nullcontext()
    import jax

    return jax.enable_x64(True)
