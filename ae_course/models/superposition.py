"""Chapter 12: more features than dimensions, the toy model of superposition, many at a time."""

from ae_course.models.precision import full_precision
from ae_course.models.sample_model import SampleModel, replicas_of, shape_of
from ae_course.validation import as_numbers, as_samples, positive_int

import keras
import numpy as np
from keras import ops

__all__ = ["SuperpositionModels", "weighted_squared_error"]


def weighted_squared_error(x, x_reconstructed, importance):
    """Σᵢ wᵢ (xᵢ − x′ᵢ)², the squared error of each sample with a weight for every feature.

    Args:
        x: samples, a tensor or array `(..., d)`.
        x_reconstructed: their reconstructions, of a shape that x broadcasts to.
        importance: w, the weights of the features, `(d,)` or of a shape that broadcasts.

    Returns:
        Tensor of that shape without its last axis, in float32 or float64.

    Example:
        >>> weighted_squared_error(np.ones((1, 2)), np.zeros((1, 2)), np.array([1.0, 0.5]))  # [1.5]
    """
    x, x_reconstructed, importance = full_precision(x, x_reconstructed, importance)
    return ops.sum(importance * ops.square(x - x_reconstructed), axis=-1)


@keras.saving.register_keras_serializable(package="ae_course")
class SuperpositionModels(SampleModel):
    """Several toy models of superposition, x′ = ReLU(WᵀWx + b′), computed as one product.

    Each copy is a tied autoencoder of its own: d features, a linear code of p dimensions, ReLU
    outputs. They share nothing but their data, so one `fit` shows how often a solution is found.
    The loss is the sum over the copies of their mean weighted squared error: a copy's gradient is
    what it would be alone. After Elhage and others, Toy Models of Superposition (2022).

    Args:
        features: d, the features of a sample.
        dimensions: p, the dimensions that they have to share.
        copies: how many models.
        importance: w, the weight of each feature in the loss, `(d,)`, or `(copies, d)`; 1 for all
            by default.
        relu: whether the outputs are ReLU units; else they are linear.
        seed: of the initial weights, whose standard deviation is √(2 / (d + p)).

    Shape:
        `(n, d)`, the same samples for all copies, or `(n, copies, d)` → `(n, copies, d)`.

    Raises:
        ValueError: if a size is not a whole number ≥ 1, or the importance has another shape or
            negative values.

    Example:
        >>> models = SuperpositionModels(features=5, dimensions=2, copies=16, seed=0)
        >>> history = fit(models, x, epochs=20, learning_rate=0.01)  # x: (n, 5)
        >>> models.directions().shape
        (16, 5, 2)
    """

    def __init__(
        self,
        features: int,
        dimensions: int,
        copies: int = 1,
        importance=None,
        relu: bool = True,
        seed: int | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.features = positive_int(features, "features")
        self.dimensions = positive_int(dimensions, "dimensions")
        self.copies = positive_int(copies, "copies")
        self.importance = _importance(importance, self.copies, self.features)
        self.relu, self.seed = bool(relu), seed
        spread = (2 / (self.features + self.dimensions)) ** 0.5
        self.kernel = self.add_weight(
            shape=(self.copies, self.dimensions, self.features),
            initializer=keras.initializers.RandomNormal(0.0, spread, seed),
            name="kernel",
        )
        self.bias = self.add_weight(
            shape=(self.copies, self.features), initializer="zeros", name="bias"
        )
        self.built = True

    def sample_shapes(self) -> tuple:
        """Return the shape of a sample and of a target, that of all copies in common."""
        return (self.features,), (self.features,)

    def check_shapes(self, x, y=None, names=("x", "y")) -> None:
        """Check that samples and targets are those of all copies, or one for each copy."""
        wanted = ((self.features,), (self.copies, self.features))
        for values, name in zip((x, y), names, strict=True):
            shape = shape_of(values)
            if shape is not None and shape[1:] not in wanted:
                raise ValueError(
                    f"{name} must have shape (n, {self.features}) or "
                    f"(n, {self.copies}, {self.features}), got {shape}."
                )

    def call(self, x):
        """Return x′ of every copy, `(n, copies, d)`."""
        self.check_shapes(x)
        of_input = "nd" if len(x.shape) == 2 else "nkd"
        h = ops.einsum(f"{of_input},kpd->nkp", x, self.kernel)
        a = ops.einsum("nkp,kpd->nkd", h, self.kernel) + self.bias
        return ops.relu(a) if self.relu else a

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Return the sum over the copies of their mean weighted squared error, a scalar tensor."""
        errors = self.weighted(self._errors(x if y is None else y, y_pred), sample_weight)
        return ops.sum(ops.mean(errors, axis=0)) / replicas_of(self)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Update the compiled metrics with the target, repeated for every copy."""
        target = _for_copies(x if y is None else y)
        target = ops.broadcast_to(target, ops.shape(y_pred))
        return super().compute_metrics(x, target, y_pred, sample_weight)

    def errors(self, x) -> np.ndarray:
        """Return each copy's mean weighted squared error on x, a float array `(copies,)`."""
        x = as_samples(x)
        return ops.convert_to_numpy(ops.mean(self._errors(x, self(x)), axis=0))

    def directions(self) -> np.ndarray:
        """Return where each copy puts each feature, the columns of W: `(copies, d, p)`."""
        return ops.convert_to_numpy(ops.swapaxes(self.kernel, 1, 2))

    def get_config(self):
        """Return the arguments."""
        names = ("features", "dimensions", "copies", "relu", "seed")
        own = {name: getattr(self, name) for name in names}
        return {**super().get_config(), **own, "importance": self.importance.tolist()}

    def _errors(self, x, x_reconstructed):
        return weighted_squared_error(_for_copies(x), x_reconstructed, self.importance)


def _for_copies(x):
    """x `(n, d)` as `(n, 1, d)`; what has three axes as it is."""
    return ops.expand_dims(x, 1) if len(x.shape) == 2 else x


def _importance(importance, copies: int, features: int) -> np.ndarray:
    """The weights as a float32 array, checked."""
    if importance is None:
        return np.ones(features, np.float32)
    values = as_numbers(importance, "importance").astype(np.float32)
    if values.shape not in ((features,), (copies, features)):
        raise ValueError(
            f"importance must have shape ({features},) or ({copies}, {features}), "
            f"got {values.shape}."
        )
    if not (np.isfinite(values).all() and (values >= 0).all()):
        raise ValueError("importance must hold finite numbers ≥ 0.")
    return values
