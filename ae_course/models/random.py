"""Random numbers inside a model, drawn where they are used or prefetched by the compiled loop.

On a CPU, XLA draws numbers more than ten times as slowly as TensorFlow itself (page "Speed"). A
loop compiled with XLA therefore draws those of many steps before it starts. Either way each step
gets the numbers that the state of its generator stands for.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import keras

_STATE = "seed_generator_state"
"""What Keras names the variable of every generator."""

_source: ContextVar[Callable | None] = ContextVar("source", default=None)


class PrefetchableSeedGenerator(keras.random.SeedGenerator):
    """A `keras.random.SeedGenerator` whose numbers may be drawn before the step that uses them.

    Only for numbers whose shape a batch's shape fixes, drawn once a step.

    Args:
        seed: a whole number; by default it follows `seed_everything`.
    """

    def __init__(self, seed: int | None = None):
        super().__init__(seed)
        self.state.prefetchable = True


def normal(shape, dtype, seed):
    """Return standard normal numbers.

    Args:
        shape: of the result.
        dtype: of the result.
        seed: a whole number, a `keras.random.SeedGenerator` of either kind, or None.
    """
    return _draw(keras.random.normal, shape, dtype, seed)


def uniform(shape, dtype, seed):
    """Return numbers spread evenly over [0, 1); arguments as for `normal`."""
    return _draw(keras.random.uniform, shape, dtype, seed)


@contextmanager
def prefetched_from(source: Callable | None) -> Iterator[None]:
    """Take numbers from `source(draw, shape, dtype)` while a step is traced.

    Args:
        source: asked for the numbers of every `PrefetchableSeedGenerator`; returns what `draw()`
            would, a tensor of that shape and dtype. None: they are drawn where they are used.
    """
    token = _source.set(source)
    try:
        yield
    finally:
        _source.reset(token)


def has_prefetchable(model: keras.Model) -> bool:
    """Tell whether the model has a `PrefetchableSeedGenerator`."""
    return any(_is_prefetchable(variable) for variable in model.non_trainable_variables)


def has_unprefetchable(model: keras.Model) -> bool:
    """Tell whether the model has other random numbers too, as `Dropout` has."""
    states = [v for v in model.non_trainable_variables if v.name == _STATE]
    return not all(map(_is_prefetchable, states))


def _is_prefetchable(variable: keras.Variable) -> bool:
    return getattr(variable, "prefetchable", False)


def _draw(function: Callable, shape, dtype, seed):
    def draw():
        return function(shape, dtype=dtype, seed=seed)

    source = _source.get()
    prefetch = source is not None and isinstance(seed, PrefetchableSeedGenerator)
    return source(draw, shape, dtype) if prefetch else draw()
