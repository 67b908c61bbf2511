"""Whole epochs on TensorFlow: a `tf.while_loop` over the batches, with or without XLA."""

from collections.abc import Callable
from functools import partial

from ae_course.models import random
from ae_course.training import engine
from ae_course.training.engine import Engine

import keras
import numpy as np


class TensorFlowLoop(Engine):
    """Takes `step` for every batch inside one `tf.function`.

    Args:
        step: the model's `train_step` or `test_step`.
        model: the model.
        xla: compile with XLA as well.
    """

    def __init__(self, step: Callable, model: keras.Model, xla: bool):
        import tensorflow as tf

        def compiled(function, **options):
            # TensorFlow warns of retracing by a function's code, which all loops share. It counts
            # the tracings of a `partial` for each loop on its own.
            return tf.function(partial(function), autograph=False, **options)

        def steps(data, order, count, prefetch=None):
            def body(i):
                with random.prefetched_from(prefetch and (lambda *how: prefetch(*how)[i])):
                    rows = order[i]
                    step(tuple(None if part is None else tf.gather(part, rows) for part in data))
                return (i + 1,)

            tf.while_loop(lambda i: i < count, body, (0,))

        def with_xla(data, order, count):
            outside = tf.compat.v1.get_default_graph()

            def prefetch(draw, shape, dtype):  # from one generator, for `count` steps
                with outside.as_default():
                    numbers = tf.TensorArray(dtype, size=order.shape[0], element_shape=shape)
                    numbers = tf.while_loop(
                        lambda k, _: k < count,
                        lambda k, numbers: (k + 1, numbers.write(k, draw())),
                        (0, numbers),
                    )[1]
                    return numbers.stack()

            inside = compiled(steps, jit_compile=True)
            inside(data, order, count, prefetch)

        def of_any_length(part):
            return tf.TensorSpec([None, *part.shape[1:]], part.dtype)

        def signature(data):
            data = tuple(None if part is None else of_any_length(part) for part in data)
            return data, tf.TensorSpec([None, None], tf.int32), tf.TensorSpec([], tf.int32)

        self._put, self._signature = tf.constant, signature
        # XLA is not worth compiling it twice.
        self._last = compiled(lambda data, order, count: steps(data, order, count))
        self._steps = compiled(with_xla) if xla else self._last
        self._ahead = engine.STEPS_AHEAD if xla and random.has_prefetchable(model) else None

    def __call__(self, data: tuple, order: np.ndarray) -> None:
        """Take a step for each row of `order`, which holds the indices of a batch."""
        data = self.on_device(data)
        steps = self._last if len(order) == 1 else self._steps
        if steps is self._last:  # traced once, for batches of any number and size
            steps = steps.get_concrete_function(*self._signature(data))
        size = min(len(order), self._ahead or len(order))
        for start in range(0, len(order), size):
            block = order[start : start + size]
            padded = np.resize(block, (size, *block.shape[1:]))  # one shape, so compiled once
            steps(data, self._put(padded), self._put(len(block)))
