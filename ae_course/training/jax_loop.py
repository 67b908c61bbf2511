"""Whole epochs on JAX: `lax.scan` over Keras' stateless step, always with XLA."""

from collections.abc import Callable

from ae_course.training.engine import Engine

import keras
import numpy as np


class JaxLoop(Engine):
    """Takes Keras' stateless step for every batch inside one `lax.scan`.

    Args:
        step: the model's `train_step` or `test_step`.
        model: the model.
        xla: for the sake of one signature; JAX always compiles with XLA.
    """

    def __init__(self, step: Callable, model: keras.Model, xla: bool):
        import jax

        def steps(state, data, order):
            def body(state, rows):
                return step(state, jax.tree.map(lambda part: part[rows], data))[1], None

            return jax.lax.scan(body, state, order)[0]

        self._put, self._model = jax.device_put, model
        self._trains = step == model.train_step
        self._steps = jax.jit(steps)

    def __call__(self, data: tuple, order: np.ndarray) -> None:
        """Take a step for each row of `order`, which holds the indices of a batch."""
        model = self._model
        groups = [model.trainable_variables, model.non_trainable_variables]
        groups += [model.optimizer.variables] * self._trains + [model.metrics_variables]
        state = tuple([variable.value for variable in group] for group in groups)
        state = self._steps(state, self.on_device(data), order)
        for group, values in zip(groups, state, strict=True):
            for variable, value in zip(group, values, strict=True):
                variable.assign(value)
