"""Chapter 6: sparse autoencoders. A wide code of which any one sample uses little."""

from numbers import Real

from ae_course.models.autoencoder import Autoencoder
from ae_course.models.precision import full_precision
from ae_course.validation import positive_int, real_number

import keras
from keras import ops

__all__ = ["SparseAutoencoder", "TopK", "kl_to_target_activity"]

TINY = 1e-30
"""Below every mean activity that float32 can hold and training can change."""


def kl_to_target_activity(h, target: float):
    """Σⱼ KL(ρ ‖ ρ̂ⱼ), how far the units' mean activities ρ̂ⱼ are from the target ρ.

    Each unit is taken for a coin that shows 1 with probability ρ̂ⱼ, its mean over the batch; then
    KL(ρ ‖ ρ̂) = ρ log(ρ / ρ̂) + (1 − ρ) log((1 − ρ) / (1 − ρ̂)). After Ng's lecture notes CS294A.

    Args:
        h: codes `(n, p)` with values in [0, 1], from sigmoid units.
        target: ρ, strictly between 0 and 1, such as 0.05.

    Returns:
        Scalar tensor, in nats, ≥ 0; 0 if every unit's mean activity is ρ.

    Raises:
        ValueError: if ρ is not strictly between 0 and 1.

    Example:
        >>> kl_to_target_activity(np.full((10, 3), 0.05), 0.05)  # 0.
    """
    _check_target(target)
    (h,) = full_precision(h)
    activity = ops.mean(h, axis=0)
    on = target * ops.log(target / ops.maximum(activity, TINY))
    off = (1 - target) * ops.log((1 - target) / ops.maximum(1 - activity, TINY))
    return ops.sum(on + off)


@keras.saving.register_keras_serializable(package="ae_course")
class SparseAutoencoder(Autoencoder):
    """An autoencoder that penalizes activity: ``weight · Σⱼ |hⱼ|`` or ``weight · Σⱼ KL(ρ ‖ ρ̂ⱼ)``.

    The first, L1, is the mean over the samples and suits ReLU units, together with tied weights:
    else the penalty becomes small by a small h and a large W′. The second suits sigmoid units.

    Args:
        encoder, decoder, loss: as for `Autoencoder`.
        weight: how much a unit of penalty counts against a unit of ℒ, ≥ 0.
        target: ρ, the mean activity wanted of each unit, for KL. None: L1.

    Raises:
        ValueError: for a negative weight, or a target outside (0, 1).

    Example:
        >>> model = SparseAutoencoder.dense(64, code=128, code_activation="relu", tied=True,
        ...                                 weight=0.1)
    """

    def __init__(self, encoder, decoder, *, weight: float, target: float | None = None, **kwargs):
        super().__init__(encoder, decoder, **kwargs)
        self.weight, self.target = real_number(weight, "weight"), target
        if target is not None:
            _check_target(target)

    def penalty(self, x, h):
        """Return weight times the mean of ``Σⱼ |hⱼ|``, or times Σⱼ KL(ρ ‖ ρ̂ⱼ)."""
        (h,) = full_precision(h)
        if self.target is None:
            return self.weight * ops.mean(ops.sum(ops.abs(h), axis=-1))
        return self.weight * kl_to_target_activity(h, self.target)

    def get_config(self):
        """Return the arguments, serialized."""
        return {**super().get_config(), "weight": self.weight, "target": self.target}


@keras.saving.register_keras_serializable(package="ae_course")
class TopK(keras.layers.Layer):
    """Keep the k largest units of each sample and set all others to zero.

    No more than k numbers of a code are ever different from zero, whatever the data, and no
    penalty is needed. Gradients flow through the units that were kept. After Makhzani and Frey,
    k-Sparse Autoencoders (2014).

    Args:
        k: how many units a sample may use, at most the size of the last axis.

    Shape:
        `(n, p)` → `(n, p)`. It may stand in a model as a layer, or as a layer's activation.

    Raises:
        ValueError: if k is not a whole number ≥ 1, or larger than p.

    Example:
        >>> TopK(2)(np.array([[3.0, 1.0, 2.0]]))  # [[3., 0., 2.]]
    """

    def __init__(self, k: int, **kwargs):
        super().__init__(**kwargs)
        self.k = positive_int(k, "k")

    def call(self, h):
        """Return h with all but its k largest units at zero; of equals the first is kept."""
        h = ops.convert_to_tensor(h)
        if self.k > h.shape[-1]:
            raise ValueError(f"k = {self.k} units cannot be kept of a code of {h.shape[-1]}.")
        kept = ops.top_k(h, self.k)[1]
        return h * ops.sum(ops.one_hot(kept, h.shape[-1], dtype=h.dtype), axis=-2)

    def get_config(self):
        """Return k beside the layer's own arguments."""
        return {**super().get_config(), "k": self.k}


def _check_target(target: float) -> None:
    if not isinstance(target, Real) or not 0 < target < 1:
        raise ValueError(f"target must be a number strictly between 0 and 1, got {target!r}.")
