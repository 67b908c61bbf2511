"""Chapter 8: the autoencoder as a scikit-learn transformer, for pipelines and grid searches."""

from collections.abc import Sequence

from ae_course.models.autoencoder import Autoencoder
from ae_course.training.fit import fit
from ae_course.training.seeds import seed_everything

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

__all__ = ["AutoencoderTransformer"]


class AutoencoderTransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """A dense autoencoder behind scikit-learn's `fit`, `transform`, `inverse_transform`.

    The constructor only stores its arguments, as scikit-learn asks of an estimator; they are
    checked in `fit`. Codes and reconstructions are float32.

    Args:
        code: p, the code size.
        hidden: units of the encoder's hidden layers; the decoder has them in reverse.
        activation: σ of the hidden layers.
        epochs: how often every sample is seen.
        batch_size: samples a step.
        learning_rate: of Adam.
        random_state: an integer makes `fit` repeatable. `fit` seeds Python, NumPy and the backend
            with it, as `seed_everything` does.

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
        seed_everything(check_random_state(self.random_state).randint(2**31 - 1))
        self.autoencoder_ = Autoencoder.dense(
            X.shape[1], self.hidden, code=self.code, activation=self.activation
        )
        options = {"batch_size": self.batch_size, "learning_rate": self.learning_rate}
        fit(self.autoencoder_, X, epochs=self.epochs, **options)
        self._n_features_out = self.code
        return self

    def transform(self, X) -> np.ndarray:
        """Return the codes φ(x), float32 `(n, p)`, of the samples X `(n, d)`."""
        return self._trained().encode(validate_data(self, X, dtype=np.float32, reset=False))

    def inverse_transform(self, X) -> np.ndarray:
        """Return ψ(h), float32 `(n, d)`, for codes X `(n, p)`."""
        return self._trained().decode(X)

    def score(self, X, y=None) -> float:
        """Return −mean‖x − x′‖² over the samples X `(n, d)`: larger is better, 0 is a copy."""
        X = validate_data(self, X, dtype=np.float32, reset=False)
        return -float(((X - self._trained().reconstruct(X)) ** 2).sum(axis=1).mean())

    def _trained(self) -> Autoencoder:
        check_is_fitted(self)
        return self.autoencoder_

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags
