"""Chapter 3: runs that can be repeated."""

import keras
import numpy as np

__all__ = ["seed_everything"]


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
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed < 2**32:
        raise ValueError(f"seed must be a whole number from 0 to 2**32 - 1, got {seed!r}.")
    keras.utils.set_random_seed(int(seed))
    if deterministic and keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
