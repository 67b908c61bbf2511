"""Chapter 3: runs that can be repeated."""

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from ae_course.validation import check_seed

import keras
import numpy as np

__all__ = ["seed_everything", "seeded"]


def seed_everything(seed: int, deterministic: bool = True) -> None:
    """Make what follows repeatable: Python's, NumPy's and the backend's random numbers.

    Two runs then agree on one machine and backend. Another backend, device or number of threads
    may round differently.

    Args:
        seed: a whole number ≥ 0.
        deterministic: let TensorFlow use only operations that give the same result every time,
            which can be slower on a GPU. Other backends: no effect.

    Raises:
        ValueError: for a seed that is not a whole number between 0 and 2³² − 1.
    """
    keras.utils.set_random_seed(check_seed(seed))
    if deterministic and keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Make what is built and trained inside the block repeatable, and what comes after as it was.

    Python's, NumPy's and the backend's generators, and TensorFlow's choice of deterministic
    operations, leave the block as they entered it.

    Args:
        seed: a whole number from 0 to 2³² − 1.

    Raises:
        ValueError: for another seed.

    Example:
        >>> with seeded(0):
        ...     model = Autoencoder.dense(64, code=8)
    """
    seed = check_seed(seed)
    with ExitStack() as stack:
        stack.callback(random.setstate, random.getstate())
        stack.callback(np.random.set_state, np.random.get_state())  # noqa: NPY002
        random.seed(seed)  # from which Keras draws the seed of every layer that was given none
        np.random.seed(seed)  # noqa: NPY002
        if keras.backend.backend() == "tensorflow":
            _seed_tensorflow(seed, stack)
        elif keras.backend.backend() == "torch":
            import torch

            stack.enter_context(torch.random.fork_rng())
            torch.manual_seed(seed)
        yield


def _seed_tensorflow(seed: int, stack: ExitStack) -> None:
    """Seed TensorFlow until the stack unwinds; it has no public way to look at its seed."""
    from tensorflow.python.eager.context import context
    from tensorflow.python.framework import config

    names = ("_seed", "_rng")
    kept = [(name, getattr(context(), name, None)) for name in names]
    stack.callback(lambda: [setattr(context(), name, value) for name, value in kept])
    context()._seed, context()._rng = seed, random.Random(seed)
    if not config.is_op_determinism_enabled():
        config.enable_op_determinism()
        stack.callback(config.disable_op_determinism)
