"""Several models of one architecture, trained at the same time: one a seed, or one a setting.

A small network leaves most of a GPU idle. On JAX the models' steps are therefore computed as one
(`jax.vmap` over their variables). On the other backends they are trained one after another, with
the steps of the first, so that these are compiled once.
"""

from collections.abc import Callable, Sequence
from itertools import chain

from ae_course.models.sample_model import SampleModel
from ae_course.training.alike import check_alike, for_each
from ae_course.training.arguments import as_targets
from ae_course.training.engine import build
from ae_course.training.fit import fit
from ae_course.validation import as_samples, positive_int

import keras
import numpy as np

__all__ = ["fit_together"]


def fit_together(
    models: Sequence[keras.Model],
    x,
    y=None,
    *,
    epochs: int,
    batch_size: int = 128,
    on_epoch_end: Callable[[int, list[float]], None] | None = None,
    progress: bool | None = None,
) -> list[list[float]]:
    """Train every model on x, each with an order of the samples of its own.

    Args:
        models: compiled models that differ in the values of their variables alone (weights, state
            of random generators, a learning rate that is a number). What else they hold, as a
            schedule, is taken from the first.
        x: samples `(n, ...)` for all of them, or a list with an array of one shape for each.
        y: targets, likewise; None where the models need none.
        epochs: how often every sample is seen.
        batch_size: samples a step.
        on_epoch_end: called with the number of epochs done and each model's loss in the last.
        progress: as for `fit`; where the models are trained as one there is no bar.

    Returns:
        A list a model: its loss after each epoch.

    Raises:
        TypeError: if they are no Keras models, or the samples are not numbers.
        ValueError: if there are no models, they are not alike, or a list has another length.

    Example:
        >>> losses = fit_together(models, x, epochs=5)
        >>> [loss[-1] for loss in losses]  # one a model
    """
    epochs, batch_size = positive_int(epochs, "epochs"), positive_int(batch_size, "batch_size")
    check_alike(models)
    data = [for_each(x, as_samples, models, "x"), for_each(y, as_targets, models, "y")]
    for own_x, own_y in zip(*data, strict=True):
        if own_y is not None and len(own_y) != len(own_x):
            raise ValueError(
                f"x and y must have as many samples, got {len(own_x)} and {len(own_y)}."
            )
    if keras.backend.backend() == "jax" and len(models) > 1:
        return _as_one(models, data, epochs, batch_size, on_epoch_end)
    losses = _in_turn(models, data, epochs, batch_size, progress)
    if on_epoch_end:
        on_epoch_end(epochs, [loss[-1] for loss in losses])
    return losses


def _in_turn(models, data, epochs, batch_size, progress) -> list[list[float]]:
    _build(models, data, batch_size)
    first, losses = models[0], []
    states = [_values(model) for model in models]
    try:
        for state, own_x, own_y in zip(states, *data, strict=True):
            _assign(first, state)
            try:
                options = {"epochs": epochs, "batch_size": batch_size, "progress": progress}
                losses.append(fit(first, own_x, own_y, **options).history["loss"])
            finally:
                state[:] = _values(first)
    finally:
        for model, state in zip(models, states, strict=True):
            _assign(model, state)
    return losses


def _as_one(models, data, epochs, batch_size, on_epoch_end) -> list[list[float]]:
    import jax
    from jax import numpy as jnp

    _build(models, data, batch_size)
    first = models[0]
    parts = [own for own in data if own[0] is not None]
    # One array for all of them goes to the device once.
    shared = all(own[0] is other for own in parts for other in own)
    parts = tuple(jnp.asarray(own[0] if shared else np.stack(own)) for own in parts)

    def steps(state, data, order):
        def step(state, rows):
            return first.train_step(state, tuple(part[rows] for part in data))[1], None

        return jax.lax.scan(step, state, order)[0]

    in_axes = (0, None if shared else 0, 0)
    steps = jax.jit(jax.vmap(steps, in_axes=in_axes), donate_argnums=0)
    state = [
        [jnp.stack([variable.value for variable in same]) for same in zip(*groups, strict=True)]
        for groups in zip(*map(_groups, models), strict=True)
    ]
    zeros = [jnp.zeros_like(value) for value in state[-1]]
    n, losses = len(data[0][0]), []
    full = n // batch_size * batch_size
    for epoch in range(1, epochs + 1):
        order = np.stack([np.random.permutation(n) for _ in models])  # noqa: NPY002 - as in fit
        order = order.astype(np.int32)
        state[-1] = [jnp.copy(zero) for zero in zeros]
        for rows in (order[:, :full].reshape(len(models), -1, batch_size), order[:, None, full:]):
            if rows.size:
                state = [list(group) for group in steps(tuple(state), parts, rows)]
        losses.append(_losses(first, state[-1], len(models)))
        if on_epoch_end:
            on_epoch_end(epoch, losses[-1])
    for k, model in enumerate(models):
        _assign(model, [value[k] for values in state for value in values])
        model.optimizer.finalize_variable_values(model.trainable_weights)
    return [list(own) for own in zip(*losses, strict=True)]


def _build(models, data, batch_size) -> None:
    for model, *own in zip(models, *data, strict=True):
        if isinstance(model, SampleModel):
            model.check_data(*own)
        build(model, [part[:batch_size] for part in own if part is not None])


def _values(model: keras.Model) -> list[np.ndarray]:
    return [np.array(v.numpy()) for v in chain(*_groups(model))]


def _assign(model: keras.Model, values: list[np.ndarray]) -> None:
    for variable, value in zip(chain(*_groups(model)), values, strict=True):
        variable.assign(value)


def _groups(model: keras.Model) -> list[list]:
    return [
        model.trainable_variables,
        model.non_trainable_variables,
        model.optimizer.variables,
        model.metrics_variables,
    ]


def _losses(model: keras.Model, metrics: list, count: int) -> list[float]:
    """Each model's loss, read by the first one's metrics."""
    found = []
    for k in range(count):
        for variable, values in zip(model.metrics_variables, metrics, strict=True):
            variable.assign(values[k])
        found.append(float(model.get_metrics_result()["loss"]))
    return found
