"""Chapter 7: a deep autoencoder built one layer at a time, then unrolled into one network."""

from collections.abc import Callable, Sequence
from typing import Any

from ae_course.models.autoencoder import Autoencoder
from ae_course.models.layers import TiedDense
from ae_course.models.names import fresh_name
from ae_course.training.fit import fit
from ae_course.validation import as_samples, positive_ints

import keras

__all__ = ["pretrain_greedily", "unroll"]


def pretrain_greedily(
    x,
    sizes: Sequence[int],
    *,
    activation: str | Callable = "sigmoid",
    code_activation: str | Callable = "linear",
    output_activation: str | Callable = "sigmoid",
    make_stage: Callable[..., Autoencoder] = Autoencoder.dense,
    validation_data=None,
    **fit_arguments: Any,
) -> list[Autoencoder]:
    """Train autoencoders with one hidden layer, each on the codes of the one before.

    Stage k learns ψₖ ∘ φₖ on hₖ₋₁ = φₖ₋₁(… φ₁(x)); what is trained once is not touched again
    (Hinton & Salakhutdinov 2006, there with restricted Boltzmann machines; Bengio et al. 2007).
    Every stage is a fresh model with a fresh optimizer.

    Args:
        x: samples `(n, d)`.
        sizes: units of the hidden layers from the outside in, the code size p last.
        activation: σ of every stage but the last, and so σ′ of the stage after it.
        code_activation: σ of the last stage.
        output_activation: σ′ of the first stage, which reconstructs x itself.
        make_stage: builds a stage, called as `make_stage(input_dim, code=units,
            code_activation=…, output_activation=…)`: `Autoencoder.dense`, that of a variant with a
            penalty or a corruption, or a `functools.partial` of either that sets loss and weights.
        validation_data: samples `(m, d)`. Each stage is validated on their codes in the one before.
        **fit_arguments: passed to `training.fit` for every stage (`epochs`, `learning_rate`, …).
            There are no targets `y`: a stage reconstructs its input.

    Returns:
        One trained autoencoder a size, the outermost first; `unroll` joins them.

    Raises:
        TypeError: if the samples are not numbers.
        ValueError: if there are no sizes, one is not a whole number ≥ 1, x or the validation data
            are not a finite `(n, d)` array, or there are targets.

    Example:
        >>> stages = pretrain_greedily(x, (128, 32, 6), epochs=10)  # x: (n, 784)
        >>> [stage.encoder.output_shape[1] for stage in stages]
        [128, 32, 6]
    """
    if not callable(make_stage):
        raise TypeError(
            f"make_stage must build a model, as Autoencoder.dense does: {make_stage!r}."
        )
    if "y" in fit_arguments:
        raise ValueError("leave out y: every stage reconstructs its own input.")
    h, validation = as_samples(x, (None,)), validation_data
    if isinstance(validation, tuple):
        raise ValueError(
            f"validation_data must be samples alone, got a tuple of {len(validation)}: every stage "
            "is validated on the codes of the one before."
        )
    if validation is not None:
        validation = as_samples(validation, h.shape[1:], "validation_data")
    sizes = positive_ints(sizes, "every one of sizes")
    if not sizes:
        raise ValueError("sizes is empty: give the units of at least one layer, as in (128, 6).")
    stages, outer = [], output_activation
    for units in sizes:
        inner = code_activation if len(stages) == len(sizes) - 1 else activation
        stage = make_stage(h.shape[1], code=units, code_activation=inner, output_activation=outer)
        fit(stage, h, validation_data=validation, **fit_arguments)
        stages.append(stage)
        h, outer = stage.encode(h), inner
        validation = None if validation is None else stage.encode(validation)
    return stages


def unroll(stages: Sequence[Autoencoder], loss: str | Callable = "squared_error") -> Autoencoder:
    """Join stages into one deep autoencoder: φ = φ_K ∘ … ∘ φ₁ and ψ = ψ₁ ∘ … ∘ ψ_K.

    The weights are copied, so training the result ("fine-tuning") leaves the stages as they are.
    Tied stages come apart: W′ starts as Wᵀ and is free from then on.

    Args:
        stages: autoencoders with one dense layer on either side, as from `pretrain_greedily`.
        loss: ℒ of the deep autoencoder, as for `Autoencoder`.

    Returns:
        An `Autoencoder`, not compiled, with its layers named as by `Autoencoder.dense`.

    Raises:
        TypeError: if a stage is no autoencoder of two dense layers.
        ValueError: if there are no stages, or one's code does not fit the next one's input.

    Example:
        >>> model = unroll(stages)
        >>> history = fit(model, x, epochs=10)
    """
    if not isinstance(stages, Sequence):
        raise TypeError(f"stages must be a list of autoencoders, got a {type(stages).__name__}.")
    if not stages:
        raise ValueError("stages is empty: give at least one trained autoencoder.")
    pairs = [(_only_layer(stage, "encoder"), _only_layer(stage, "decoder")) for stage in stages]
    widths = [stage.encoder.input_shape[1] for stage in stages] + [
        stages[-1].decoder.input_shape[1]
    ]
    for k, (layer, _) in enumerate(pairs, 1):
        if layer.units != widths[k]:
            raise ValueError(
                f"stage {k} has codes of size {layer.units}, but stage {k + 1} takes inputs of "
                f"size {widths[k]}: give the stages in the order in which they were trained."
            )
    depth = len(pairs)
    down = [f"encoder_{k}" for k in range(1, depth)] + ["code"]
    up = [f"decoder_{k}" for k in range(1, depth)] + ["reconstruction"]
    inward = [_copy(layer, name) for (layer, _), name in zip(pairs, down, strict=True)]
    outward = [_copy(layer, name) for (_, layer), name in zip(reversed(pairs), up, strict=True)]
    encoder = keras.Sequential([keras.Input((widths[0],)), *inward], name=fresh_name("encoder"))
    decoder = keras.Sequential([keras.Input((widths[-1],)), *outward], name=fresh_name("decoder"))
    model = Autoencoder(encoder, decoder, loss=loss)
    model.build((None, widths[0]))
    return model


def _only_layer(stage: Autoencoder, half: str) -> keras.Layer:
    layers = getattr(getattr(stage, half, None), "layers", [])
    if len(layers) != 1 or not _is_dense(layers[0]):
        raise TypeError(
            f"every one of stages must be an Autoencoder whose {half} is one dense layer with a "
            f"bias, got {type(stage).__name__} with {[type(layer).__name__ for layer in layers]}."
        )
    return layers[0]


def _is_dense(layer: keras.Layer) -> bool:
    return isinstance(layer, keras.layers.Dense | TiedDense) and layer.bias is not None


def _copy(layer: keras.layers.Dense | TiedDense, name: str) -> keras.layers.Dense:
    tied = isinstance(layer, TiedDense)
    kernel = layer.partner.get_weights()[0].T if tied else layer.get_weights()[0]
    copy = keras.layers.Dense(kernel.shape[1], layer.activation, name=name)
    copy.build((None, kernel.shape[0]))
    copy.set_weights([kernel, layer.get_weights()[-1]])
    return copy
