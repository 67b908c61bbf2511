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
        if differ := _differences(_described(first), _described(model)):
            raise ValueError(
                "one model's steps are taken for all of them, so they may differ in nothing that "
                f"is no variable, but they differ in {differ}: train them one by one by `fit`."
            )


def _described(model: keras.Model) -> dict:
    """All that a model is but names, seeds and variables, as its configuration tells it."""
    of_it = {}
    for name, config in (("model", model.get_config), ("compile", model.get_compile_config)):
        try:
            of_it[name] = config() or {}
        except (NotImplementedError, TypeError):  # a class of the user's own that cannot be saved
            own = (int, float, str, bool, tuple)
            of_it[name] = {k: v for k, v in vars(model).items() if k[0] != "_" and type(v) in own}
    of_it["compile"].pop("optimizer", None)
    names: set[str] = set()
    _collect_names(of_it, names)
    return _without_names(of_it, names)


def _collect_names(value, names: set[str]) -> None:
    if isinstance(value, dict) and value.get("class_name") != "DTypePolicy":
        if isinstance(name := value.get("name"), str):
            names.add(name)
        for own in value.values():
            _collect_names(own, names)
    elif isinstance(value, list | tuple):
        for own in value:
            _collect_names(own, names)


def _without_names(value, names: set[str]):
    """The same with one word for all names, which count up, and without seeds."""
    if isinstance(value, dict):
        return {key: _without_names(own, names) for key, own in value.items() if key != "seed"}
    if isinstance(value, list | tuple):
        return [_without_names(own, names) for own in value]
    return "a name" if isinstance(value, str) and value in names else value


def _differences(one, other, path: str = "") -> str:
    """The first thing in which two configurations differ, with both values, or ""."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        pairs = ((f"{path}.{key}", one[key], other[key]) for key in one)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = ((path, *pair) for pair in zip(one, other, strict=True))
    else:
        same = one is other or one == other
        return "" if same else f"{path.rpartition('.')[2]} ({one!r} and {other!r})"
    return next(filter(None, (_differences(a, b, where) for where, a, b in pairs)), "")


def _settings(model: keras.Model) -> dict:
    config = model.optimizer.get_config()
    if isinstance(config.get("learning_rate"), float | int):
        config.pop("learning_rate")
    config.pop("name", None)
    return {"class": type(model.optimizer).__name__, **config}
