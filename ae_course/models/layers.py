"""Chapter 2: the decoder layer that borrows the encoder's weights, W′ = Wᵀ."""

from collections.abc import Callable

from ae_course.validation import positive_int

import keras
from keras import ops

__all__ = ["TiedDense"]


@keras.saving.register_keras_serializable(package="ae_course")
class TiedDense(keras.layers.Layer):
    """A dense layer with the transposed kernel of another: x′ = σ′(Wᵀh + b′).

    Only the bias b′ is its own; the other layer's kernel gets gradients from both places.

    Args:
        tied_to: the built `keras.layers.Dense` whose kernel is borrowed. (A saved model holds its
            name instead, which the `Autoencoder` around both layers resolves.)
        activation: σ′, anything that `keras.activations.get` takes.
        features: size of the output; needed only with a name.

    Shape:
        `(n, units of tied_to)` → `(n, inputs of tied_to)`.

    Raises:
        ValueError: if `tied_to` is not dense, not built, not there, or has another number of
            units.

    Example:
        >>> encode = keras.layers.Dense(32, "sigmoid")
        >>> h = encode(x)  # (n, 784) → (n, 32)
        >>> TiedDense(encode, "sigmoid")(h).shape
        (n, 784)
    """

    def __init__(
        self,
        tied_to: keras.layers.Dense | str,
        activation=None,
        features: int | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.activation = keras.activations.get(activation)
        self.features = features
        self.tie(tied_to)

    def tie(self, tied_to: keras.layers.Dense | str) -> None:
        """Borrow this layer's kernel from now on."""
        by_name = isinstance(tied_to, str)
        if not by_name and not isinstance(tied_to, keras.layers.Dense):
            raise ValueError(f"tied_to must be a keras.layers.Dense, got {tied_to!r}.")
        if by_name and self.features is None:
            raise ValueError("TiedDense needs `features` when `tied_to` is only a name.")
        if not by_name and not tied_to.built:
            raise ValueError(f"TiedDense needs a built layer: call {tied_to.name!r} first.")
        self.tied_to = tied_to if by_name else tied_to.name
        # A function hides the layer from Keras' tracking: the kernel belongs to the encoder alone.
        self._source = lambda: None if by_name else tied_to
        if not by_name:
            self.features = tied_to.kernel.shape[0]

    @property
    def partner(self) -> keras.layers.Dense | None:
        """The layer whose kernel is borrowed; None while only its name is known."""
        return self._source()

    def build(self, input_shape):
        """Create b′, the only weight of this layer."""
        source = self._source()
        if source is not None and input_shape[-1] != source.units:
            raise ValueError(
                f"{self.name} is tied to {self.tied_to!r} and takes codes of shape "
                f"(n, {source.units}), got {tuple(input_shape)}."
            )
        self.bias = self.add_weight(shape=(self.features,), initializer="zeros", name="bias")

    def call(self, h):
        """Return σ′(Wᵀh + b′) of shape `(n, features)`."""
        source = self._source()
        if source is None:
            raise ValueError(
                f"{self.name} is tied to {self.tied_to!r} by name only: put it into an "
                "Autoencoder whose encoder has that layer, or call tie(layer)."
            )
        return self.activation(ops.matmul(h, ops.transpose(source.kernel)) + self.bias)

    def compute_output_shape(self, input_shape):
        """Return the shape with `features` in place of the code size."""
        return (*input_shape[:-1], self.features)

    def get_config(self):
        """Return the arguments, the borrowed layer by its name."""
        return {
            **super().get_config(),
            "tied_to": self.tied_to,
            "activation": keras.activations.serialize(self.activation),
            "features": self.features,
        }


def resolve_ties(encoder: keras.Layer, decoder: keras.Layer) -> None:
    """Give every `TiedDense` of the decoder that knows only a name its partner in the encoder.

    The name of a layer of a nested encoder starts with the names of those around it, as in
    "encoder_1/code". Those that have their partner learn this name of it, for `get_config`.

    Raises:
        ValueError: if the encoder has no such layer.
    """
    partners = {encoder.name: encoder, **_layers_by_path(encoder)}
    for layer in (decoder, *_layers_by_path(decoder).values()):
        if isinstance(layer, TiedDense):
            if layer.partner is None:
                if layer.tied_to not in partners:
                    raise ValueError(
                        f"{layer.name} is tied to {layer.tied_to!r}, but the encoder's layers are "
                        f"{sorted(partners)}."
                    )
                layer.tie(partners[layer.tied_to])
            paths = [path for path, found in partners.items() if found is layer.partner]
            layer.tied_to = [*paths, layer.tied_to][0]


def _layers_by_path(part: keras.Layer, above: str = "") -> dict[str, keras.Layer]:
    """The layers inside a model, and inside its models, by their names from the outside in."""
    found = {}
    for layer in getattr(part, "layers", []):
        found[above + layer.name] = layer
        found |= _layers_by_path(layer, f"{above}{layer.name}/")
    return found


def code_layer(code: int | keras.Layer, activation: str | Callable = "linear") -> keras.Layer:
    """Return a dense layer of this many units, or the code layer itself where it is given.

    Raises:
        ValueError: if the size is not a whole number ≥ 1, or there is an activation beside a layer.
    """
    if not isinstance(code, keras.Layer):
        return keras.layers.Dense(positive_int(code, "code"), activation, name="code")
    if activation != "linear":
        raise ValueError(
            f"code is a layer, {code.name!r}, which has its own activation: leave out "
            f"code_activation={activation!r}."
        )
    return code


def leaves_unit_interval(layer: keras.Layer) -> bool:
    """Tell whether a layer's activation returns values outside [0, 1] for some of 0, ±1, ±10.

    A layer without an activation, and one that cannot be asked, does not.
    """
    elementwise = (keras.layers.ReLU, keras.layers.LeakyReLU, keras.layers.ELU)
    activation = layer if isinstance(layer, elementwise) else getattr(layer, "activation", None)
    if activation in (None, keras.activations.sigmoid):
        return False
    try:
        values = ops.convert_to_numpy(activation(ops.convert_to_tensor([[-10.0, -1, 0, 1, 10]])))
    except (TypeError, ValueError):  # a function of something else
        return False
    return not (values.min() >= 0 and values.max() <= 1)
