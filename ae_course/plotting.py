"""Figures of the course, in one style: images, reconstructions, filters, codes, losses.

Every function draws one figure, shows it and returns None. Images are dark ink on white paper:
the lowest value of the range is white. Errors and weights, which have a sign, are blue below zero
and red above.
"""

from collections.abc import Callable, Mapping, Sequence
from math import ceil, isqrt
from pathlib import Path
from typing import Any

from ae_course.validation import as_samples, positive_int

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

CELL = 0.9  # inches, the side of one small image


def use_style() -> None:
    """Draw all figures from now on in the style of the course (`course.mplstyle`)."""
    plt.style.use(Path(__file__).with_name("course.mplstyle"))


def show_images(
    images: Any,
    shape: tuple[int, int] | None = None,
    titles: Sequence[str] | None = None,
    columns: int | None = None,
) -> None:
    """Show images side by side on one gray scale.

    Args:
        images: `(n, height * width)` or `(n, height, width)`.
        shape: `(height, width)`; by default the images' own, or a square.
        titles: one for each image.
        columns: images in a row; by default up to 10.

    Raises:
        ValueError: if the images do not have that shape, or the titles are not n.
    """
    images = _as_images(images, shape)
    if titles is not None and len(titles) != len(images):
        raise ValueError(f"need {len(images)} titles, got {len(titles)}.")
    axes = _grid(len(images), columns or min(10, len(images)), extra_height=0.25 * bool(titles))
    for i, image in enumerate(images):
        axes[i].imshow(image, vmin=images.min(), vmax=images.max())
        if titles is not None:
            axes[i].set_title(titles[i], fontsize=9, loc="center")
    plt.show()


def show_reconstructions(
    x: Any,
    x_reconstructed: Any | Mapping[str, Any],
    shape: tuple[int, int] | None = None,
    error: bool = True,
) -> None:
    """Show inputs x above their reconstructions x′, and below each the error x′ − x.

    Args:
        x: `(n, height * width)` or `(n, height, width)`, a few.
        x_reconstructed: the same shape; or several reconstructions, by name.
        shape: `(height, width)`; by default the images' own, or a square.
        error: show x′ − x as well (blue: too light, red: too dark; all on one scale).

    Raises:
        ValueError: if the shapes differ.
    """
    x = _as_images(x, shape)
    several = isinstance(x_reconstructed, Mapping)
    named = x_reconstructed if several else {"x′": x_reconstructed}
    named = {name: _as_images(images, x.shape[1:]) for name, images in named.items()}
    rows = [("x" if not several else "input", x, False)]
    for name, images in named.items():
        if len(images) != len(x):
            raise ValueError(f"{name} must have {len(x)} images as x has, got {len(images)}.")
        rows.append((name, images, False))
        if error:
            rows.append(("x′ − x" if not several else "error", images - x, True))
    limit = max((np.abs(images).max() for _, images, signed in rows if signed), default=1) or 1
    axes = _grid(len(rows) * len(x), len(x))
    for row, (name, images, signed) in enumerate(rows):
        look = (
            {"cmap": "RdBu_r", "vmin": -limit, "vmax": limit}
            if signed
            else {"vmin": x.min(), "vmax": x.max()}
        )
        for column, image in enumerate(images):
            axes[row * len(x) + column].imshow(image, **look)
        axes[row * len(x)].text(
            -0.15,
            0.5,
            name,
            transform=axes[row * len(x)].transAxes,
            ha="right",
            va="center",
            fontsize=10,
        )
    plt.show()


def show_filters(weights: Any, shape: tuple[int, int], columns: int | None = None) -> None:
    """Show each unit's weights as an image, each on its own symmetric scale around zero.

    Args:
        weights: `(units, height * width)`: one row a unit. A Keras kernel is `(d, units)`; pass
            its transpose.
        shape: `(height, width)` of the samples.
        columns: filters in a row; by default about square.

    Raises:
        ValueError: if the rows do not have height * width weights.
    """
    filters = _as_images(weights, shape)
    axes = _grid(len(filters), columns or min(16, isqrt(len(filters) - 1) + 1), cell=0.7)
    for axis, image in zip(axes, filters, strict=False):
        limit = np.abs(image).max() or 1.0
        axis.imshow(image, cmap="RdBu_r", vmin=-limit, vmax=limit)
    plt.show()


def scatter_codes(codes: Any, labels: Any = None, title: str = "") -> None:
    """Show two-dimensional codes as points, colored by class or by a continuous value.

    Args:
        codes: `(n, 2)`.
        labels: `(n,)`: integers are classes and get the digit's color and a legend; floats are
            shown on a continuous scale.
        title: above the figure.

    Raises:
        ValueError: if the codes are not `(n, 2)` or the labels not n.
    """
    codes = as_samples(codes, (2,), "codes")
    if labels is not None and np.shape(labels) != (len(codes),):
        raise ValueError(f"labels must have shape ({len(codes)},), got {np.shape(labels)}.")
    axis = plt.subplots(figsize=(5.4, 4.4))[1]
    style = {"s": 9, "alpha": 0.8, "linewidths": 0}
    if labels is None:
        axis.scatter(*codes.T, **style)
    elif np.issubdtype(np.asarray(labels).dtype, np.integer):
        colors = plt.get_cmap("tab10")
        for i, label in enumerate(np.unique(labels)):
            axis.scatter(*codes[labels == label].T, color=colors(i % 10), label=label, **style)
        axis.legend(loc="center left", bbox_to_anchor=(1, 0.5), markerscale=2.5)
    else:
        points = axis.scatter(*codes.T, c=labels, cmap="viridis", **style)
        plt.colorbar(points, ax=axis)
    axis.set(xlabel="$h_1$", ylabel="$h_2$", title=title)
    plt.show()


def plot_losses(histories: Any, measure: str = "squared error") -> None:
    """Show the loss over the epochs, training drawn through and validation dashed.

    Args:
        histories: a Keras History, or several by name.
        measure: what the loss is, for the axis.

    Raises:
        ValueError: if a history holds no loss.
    """
    if not isinstance(histories, Mapping):
        histories = {"": histories}
    axis = plt.subplots(figsize=(5.4, 3.2))[1]
    for i, (name, history) in enumerate(histories.items()):
        record = history.history
        if "loss" not in record:
            raise ValueError(f"this history holds {sorted(record)} but no loss.")
        epochs = np.arange(1, len(record["loss"]) + 1)
        axis.plot(epochs, record["loss"], color=f"C{i}", label=f"{name} training".strip())
        if "val_loss" in record:
            label = f"{name} validation".strip()
            axis.plot(epochs, record["val_loss"], color=f"C{i}", linestyle="--", label=label)
    axis.set(xlabel="epoch", ylabel=measure, yscale="log")
    axis.legend()
    plt.show()


def show_decoded_grid(
    decode: Callable[[np.ndarray], Any],
    low: Sequence[float],
    high: Sequence[float],
    steps: int,
    shape: tuple[int, int],
) -> None:
    """Show what a two-dimensional code decodes to, on a grid of codes: a map of the latent plane.

    Args:
        decode: ψ, from codes `(n, 2)` to images `(n, height * width)`.
        low: the code `(h₁, h₂)` at the lower left.
        high: the code at the upper right.
        steps: images along each axis.
        shape: `(height, width)`.

    Raises:
        ValueError: if `low` and `high` are not two numbers each.
    """
    if np.shape(low) != (2,) or np.shape(high) != (2,):
        raise ValueError(f"low and high must be two numbers each, got {low} and {high}.")
    steps = positive_int(steps, "steps")
    h1, h2 = (np.linspace(a, b, steps) for a, b in zip(low, high, strict=True))
    codes = np.stack(np.meshgrid(h1, h2[::-1]), axis=-1).reshape(-1, 2)
    images = _as_images(decode(codes.astype(np.float32)), shape)
    height, width = images.shape[1:]
    mosaic = images.reshape(steps, steps, height, width).swapaxes(1, 2)
    axis = plt.subplots(figsize=(5, 5 * height / width))[1]
    axis.imshow(
        mosaic.reshape(steps * height, steps * width),
        extent=(low[0], high[0], low[1], high[1]),
        aspect="auto",
    )
    axis.grid(False)
    axis.set(xlabel="$h_1$", ylabel="$h_2$")
    plt.show()


def _as_images(images: Any, shape: tuple[int, int] | None) -> np.ndarray:
    images = as_samples(images, name="images")
    if shape is None:
        side = isqrt(int(np.prod(images.shape[1:])))
        shape = images.shape[1:3] if images.ndim >= 3 else (side, side)
    if int(np.prod(images.shape[1:])) != shape[0] * shape[1]:
        raise ValueError(
            f"images of shape {images.shape[1:]} are not {shape[0]} × {shape[1]}: give `shape`."
        )
    return images.reshape(len(images), *shape)


def _grid(count: int, columns: int, cell: float = CELL, extra_height: float = 0.0) -> list[Axes]:
    rows = ceil(count / columns)
    size = (cell * columns, (cell + extra_height) * rows)
    axes = plt.subplots(rows, columns, figsize=size, squeeze=False)[1].ravel()
    for axis in axes:
        axis.axis("off")
    return list(axes)
