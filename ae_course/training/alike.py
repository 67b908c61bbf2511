"""What the models that are trained together, and their samples, must have in common."""

from collections.abc import Callable, Sequence

import keras
import numpy as np


def for_each(part, check: Callable, models: Sequence, name: str) -> list:
    """A checked array a model: from a list its own, else one for all of them, or None."""
    if not isinstance(part, list):
        return [None if part is None else check(part, name=name)] * len(models)
    if len(part) != len(models) or len({np.shape(own) for own in part}) != 1:
        raise ValueError(
            f"{name} is a list: it must hold an array of one shape for each of the {len(models)} "
            f"models, got shapes {[np.shape(own) for own in part]}."
        )
    return [check(own, name=name) for own in part]


def check_alike(models: Sequence[keras.Model]) -> None:
    """Raise unless one model's training step does for all of them."""
    several = isinstance(models, Sequence) and not isinstance(models, str)
    if not several or not all(isinstance(model, keras.Model) for model in models):
        raise TypeError(f"models must be a list of Keras models, got {models!r}.")
    if not models:
        raise ValueError("models is empty: give at least one.")
    for model in models:
        if not model.compiled:
            raise ValueError("every model must be compiled: call model.compile(optimizer) first.")
    first = models[0]
    for model in models[1:]:
        shapes = [[tuple(v.shape) for v in m.variables] for m in (first, model)]
        if type(model) is not type(first) or shapes[0] != shapes[1]:
            raise ValueError(
                "the models must be of one class and architecture: the weights of "
                f"{first.name} have shapes {shapes[0]}, those of {model.name} {shapes[1]}."
            )
        if _settings(model) != _settings(first):
            raise ValueError(
                "the models' optimizers may differ in a learning rate that is a number and in "
                f"nothing else, got {_settings(first)} and {_settings(model)}."
            )


def _settings(model: keras.Model) -> dict:
    config = model.optimizer.get_config()
    if isinstance(config.get("learning_rate"), float | int):
        config.pop("learning_rate")
    config.pop("name", None)
    return {"class": type(model.optimizer).__name__, **config}
