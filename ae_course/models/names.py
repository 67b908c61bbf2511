"""Names that are not taken yet, so that encoders of several models go into one Keras model."""

import re

import keras


def fresh_name(kind: str) -> str:
    """Return "encoder" for the first encoder of a process, then "encoder_1", "encoder_2", ...

    Keras counts in the same way for layers that are given no name, and from the beginning again
    after `keras.utils.clear_session()`.

    Args:
        kind: what the model is, such as "encoder".
    """
    count = keras.backend.get_uid(kind) - 1
    return f"{kind}_{count}" if count else kind


def is_fresh_name(name: str, kind: str) -> bool:
    """Tell whether `fresh_name(kind)` may have given this name."""
    return re.fullmatch(rf"{kind}(_\d+)?", name) is not None
