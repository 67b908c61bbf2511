"""Chapter 7: the restricted Boltzmann machine, which pretrained the first deep autoencoders."""

from ae_course.models import random
from ae_course.models.autoencoder import Autoencoder
from ae_course.models.precision import full_precision
from ae_course.models.sample_model import replicas_of

import keras
from keras import ops

__all__ = ["RestrictedBoltzmannMachine"]


@keras.saving.register_keras_serializable(package="ae_course")
class RestrictedBoltzmannMachine(Autoencoder):
    """p(x, h) ∝ exp(bᵀx + cᵀh + hᵀWx), trained by contrastive divergence (Hinton 2002).

    Its two conditionals are an autoencoder with tied weights: φ(x) = E[h|x] = σ(Wx + c) and
    ψ(h) = E[x|h] = σ(Wᵀh + b). What differs is the loss. From x, hidden units are drawn, from them
    x′ = ψ(h), from it h′ = φ(x′), and the weights move by the difference of hxᵀ and h′x′ᵀ. A linear
    code layer has Gaussian hidden units of variance 1 (Hinton & Salakhutdinov 2006).

    What is reported as the loss is the energy's difference, which says little; `squared_error` of
    x and x′ is reported beside it.

    Example:
        >>> model = RestrictedBoltzmannMachine.dense(784, code=1000, code_activation="sigmoid")
        >>> model.compile(keras.optimizers.SGD(0.1, momentum=0.9))
        >>> history = model.fit(x, epochs=10)  # x: (n, 784), values in [0, 1]
    """

    takes_targets = False

    def __init__(self, encoder, decoder, loss="squared_error", seed=None, **kwargs):
        super().__init__(encoder, decoder, loss, **kwargs)
        self.seed, self.noise = seed, random.PrefetchableSeedGenerator(seed)

    @classmethod
    def dense(
        cls, input_dim, *, code, code_activation="sigmoid", output_activation="sigmoid", **kwargs
    ) -> "RestrictedBoltzmannMachine":
        """Build it from sizes, with weights drawn from N(0, 0.1²) as in the paper.

        Args:
            input_dim: d, visible units, which are logistic.
            code: p, hidden units.
            code_activation: "sigmoid", or "linear" for Gaussian hidden units.
            output_activation: "sigmoid".
            **kwargs: passed to the class (`seed`, `name`).

        Raises:
            ValueError: if a size is not a whole number ≥ 1, or an activation is another one.
        """
        if code_activation not in ("sigmoid", "linear") or output_activation != "sigmoid":
            raise ValueError(
                "code_activation must be 'sigmoid' or 'linear' and output_activation 'sigmoid', "
                f"got {code_activation!r} and {output_activation!r}."
            )
        sigmas = {"code_activation": code_activation, "output_activation": output_activation}
        model = super().dense(input_dim, code=code, tied=True, **sigmas, **kwargs)
        kernel = model.encoder.layers[-1].kernel
        kernel.assign(keras.random.normal(kernel.shape, stddev=0.1))
        return model

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Return E(x, h) − E(x′, h′), averaged over the batch: its gradient is the one of CD-1."""
        layer = self.encoder.layers[-1]
        x, mean = full_precision(x, self.encoder(x))
        visible = ops.stop_gradient(self.decoder(self._draw(layer, mean)))
        visible, hidden = full_precision(visible, ops.stop_gradient(self.encoder(visible)))
        energies = self._energy(x, ops.stop_gradient(mean)) - self._energy(visible, hidden)
        error = ops.mean(self.weighted(self.measure(x, visible), sample_weight))
        self.error_tracker.update_state(error, sample_weight=ops.shape(x)[0])
        return ops.mean(self.weighted(energies, sample_weight)) / replicas_of(self)

    def _draw(self, layer, mean):
        if layer.activation is keras.activations.linear:
            return mean + random.normal(ops.shape(mean), mean.dtype, self.noise)
        return ops.cast(random.uniform(ops.shape(mean), mean.dtype, self.noise) < mean, mean.dtype)

    def _energy(self, x, h):
        """−bᵀx − cᵀh − hᵀWx of each sample, `(n,)`; terms without a weight left out."""
        layer = self.encoder.layers[-1]
        W, c, b = full_precision(layer.kernel, layer.bias, self.decoder.layers[-1].bias)
        field = ops.sum(h * (ops.matmul(x, W) + c), axis=-1)
        return -field - ops.matmul(x, b)

    def get_config(self):
        """Return the arguments."""
        return {**super().get_config(), "seed": self.seed}
