"""Random numbers inside a model, drawn where they are used or, by the compiled loop, ahead.

On a CPU, XLA draws numbers more than ten times as slowly as TensorFlow itself (page "Speed"). A
loop compiled with XLA therefore has those of many steps drawn beforehand. Either way each step gets
the numbers that the state of its generator stands for.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import ae_course.quiet  # noqa: F401

import keras

_AHEAD = "drawn_ahead"
_supply: ContextVar[Callable | None] = ContextVar("supply", default=None)


class Noise(keras.random.SeedGenerator):
    """A `keras.random.SeedGenerator` whose numbers may be drawn ahead of the step that uses them.

    Only for numbers whose shape a batch's shape fixes, drawn once a step.

    Args:
        seed: a whole number; by default it follows `seed_everything`.
    """

    def __init__(self, seed: int | None = None):
        super().__init__(seed, name=_AHEAD)


def normal(shape, dtype, seed):
    """Return standard normal numbers.

    Args:
        shape: of the result.
        dtype: of the result.
        seed: a whole number, a `keras.random.SeedGenerator`, a `Noise`, or None.
    """
    return _draw(keras.random.normal, shape, dtype, seed)


def uniform(shape, dtype, seed):
    """Return numbers spread evenly over [0, 1); arguments as for `normal`."""
    return _draw(keras.random.uniform, shape, dtype, seed)


@contextmanager
def supplied_by(supply: Callable | None) -> Iterator[None]:
    """Let `supply(draw, shape, dtype)` answer for every `Noise` while a step is traced.

    Args:
        supply: returns what `draw()` would, a tensor of that shape and dtype; None changes nothing.
    """
    token = _supply.set(supply)
    try:
        yield
    finally:
        _supply.reset(token)


def drawn_ahead(model: keras.Model) -> bool:
    """Tell whether the model has a `Noise`."""
    return any(_AHEAD in variable.path for variable in model.non_trainable_variables)


def drawn_in_the_loop(model: keras.Model) -> bool:
    """Tell whether the model has random numbers that cannot be drawn ahead (`Dropout` has)."""
    paths = [variable.path for variable in model.non_trainable_variables]
    return any("seed_generator" in path and _AHEAD not in path for path in paths)


def _draw(function: Callable, shape, dtype, seed):
    def draw():
        return function(shape, dtype=dtype, seed=seed)

    supply = _supply.get()
    return supply(draw, shape, dtype) if supply and isinstance(seed, Noise) else draw()
