"""Figures of the course, in one style: images, reconstructions, filters, codes, losses.

Every function draws one figure, shows it and returns None. Gray images are dark ink on white paper:
the lowest value of the range is white. Errors and weights, which have a sign, are blue below zero
and red above. Images of three channels are in colors, their errors and weights around middle gray.
"""

from collections.abc import Callable, Mapping, Sequence
from math import ceil, isqrt
from pathlib import Path
from typing import Any

from ae_course.validation import as_samples, positive_int, positive_ints

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

CELL = 0.9  # inches, the side of one small image


def use_style() -> None:
    """Draw all figures from now on in the style of the course (`course.mplstyle`)."""
    plt.style.use(Path(__file__).with_name("course.mplstyle"))


def show_images(
    images: Any,
    shape: Sequence[int] | None = None,
    titles: Sequence[str] | None = None,
    columns: int | None = None,
) -> None:
    """Show images side by side on one scale.

    Args:
        images: `(n, pixels)`, `(n, height, width)` or `(n, height, width, channels)`.
        shape: `(height, width)` or `(height, width, channels)`; by default the images' own, or a
            square.
        titles: one for each image.
        columns: images in a row; by default up to 10.

    Raises:
        ValueError: if the images do not have that shape, or the titles are not n.
    """
    images = _as_images(images, shape)
    many = isinstance(titles, Sequence | np.ndarray)
    if titles is not None and (not many or len(titles) != len(images)):
        raise ValueError(f"titles must be {len(images)}, one for each image, got {titles!r}.")
    columns = min(10, len(images)) if columns is None else positive_int(columns, "columns")
    axes = _grid(len(images), columns, extra_height=0.0 if titles is None else 0.25)
    for i, image in enumerate(images):
        _show(axes[i], image, images.min(), images.max())
        if titles is not None:
            axes[i].set_title(titles[i], fontsize=9, loc="center")
    plt.show()


def show_reconstructions(
    x: Any,
    x_reconstructed: Any | Mapping[str, Any],
    shape: Sequence[int] | None = None,
    error: bool = True,
) -> None:
    """Show inputs x above their reconstructions x′, and below each the error x′ − x.

    Args:
        x: a few images, as for `show_images`.
        x_reconstructed: the same shape; or several reconstructions, by name.
        shape: as for `show_images`.
        error: show x′ − x as well (blue: too light, red: too dark; all on one scale).

    Raises:
        ValueError: if the shapes differ.
    """
    x = _as_images(x, shape, "x")
    several = isinstance(x_reconstructed, Mapping)
    named = x_reconstructed if several else {"x′": x_reconstructed}
    named = {
        name: _as_images(images, x.shape[1:], "x_reconstructed") for name, images in named.items()
    }
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
        low, high = (-limit, limit) if signed else (x.min(), x.max())
        for column, image in enumerate(images):
            _show(axes[row * len(x) + column], image, low, high, signed)
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


def show_filters(weights: Any, shape: Sequence[int], columns: int | None = None) -> None:
    """Show each unit's weights as an image, each on its own symmetric scale around zero.

    Args:
        weights: `(units, pixels)`: one row a unit. A Keras kernel is `(d, units)`; pass its
            transpose.
        shape: of the samples, as for `show_images`.
        columns: filters in a row; by default about square.

    Raises:
        ValueError: if the rows do not have a weight for every pixel.
    """
    filters = _as_images(weights, shape, "weights")
    square = min(16, isqrt(len(filters) - 1) + 1)
    columns = square if columns is None else positive_int(columns, "columns")
    axes = _grid(len(filters), columns, cell=0.7)
    for axis, image in zip(axes, filters, strict=False):
        limit = np.abs(image).max() or 1.0
        _show(axis, image, -limit, limit, signed=True)
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
        record = getattr(history, "history", None)
        if not isinstance(record, Mapping) or "loss" not in record:
            found = sorted(record) if isinstance(record, Mapping) else f"a {type(history).__name__}"
            raise ValueError(
                f"histories must be Keras Histories with a loss, as fit returns; got {found}."
            )
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
    shape: Sequence[int],
) -> None:
    """Show what a two-dimensional code decodes to, on a grid of codes: a map of the latent plane.

    Args:
        decode: ψ, from codes `(n, 2)` to images `(n, pixels)`.
        low: the code `(h₁, h₂)` at the lower left.
        high: the code at the upper right.
        steps: images along each axis.
        shape: of an image, as for `show_images`.

    Raises:
        ValueError: if `low` and `high` are not two numbers each.
    """
    if not callable(decode):
        raise TypeError(
            "decode must be a function of codes, as model.decode is, got a "
            f"{type(decode).__name__}."
        )
    if np.shape(low) != (2,) or np.shape(high) != (2,):
        raise ValueError(f"low and high must be two numbers each, got {low} and {high}.")
    steps = positive_int(steps, "steps")
    h1, h2 = (np.linspace(a, b, steps) for a, b in zip(low, high, strict=True))
    codes = np.stack(np.meshgrid(h1, h2[::-1]), axis=-1).reshape(-1, 2)
    images = _as_images(decode(codes.astype(np.float32)), shape, "the images of decode")
    height, width, *channels = images.shape[1:]
    mosaic = images.reshape(steps, steps, height, width, *channels).swapaxes(1, 2)
    mosaic = mosaic.reshape(steps * height, steps * width, *channels)
    axis = plt.subplots(figsize=(5, 5 * height / width))[1]
    extent = (low[0], high[0], low[1], high[1])
    _show(axis, mosaic, mosaic.min(), mosaic.max(), extent=extent, aspect="auto")
    axis.grid(False)
    axis.set(xlabel="$h_1$", ylabel="$h_2$")
    plt.show()


def _as_images(images: Any, shape: Sequence[int] | None, name: str = "images") -> np.ndarray:
    """Return `(n, height, width)`, or `(n, height, width, 3)` for images in colors."""
    images = as_samples(images, name=name)
    pixels = int(np.prod(images.shape[1:]))
    if shape is None:
        gray, side = isqrt(pixels), isqrt(pixels // 3)
        square = (gray, gray) if gray**2 == pixels or 3 * side**2 != pixels else (side, side, 3)
        shape = images.shape[1:] if images.ndim >= 3 else square
    shape = positive_ints(shape, "shape")
    if len(shape) not in (2, 3) or shape[2:] not in ((), (1,), (3,)):
        raise ValueError(
            "shape must be (height, width), or (height, width, channels) with 1 or 3 channels, got "
            f"{shape}."
        )
    if pixels != np.prod(shape):
        wanted = " × ".join(map(str, shape))
        raise ValueError(f"{name} of shape {images.shape[1:]} are not {wanted}: give `shape`.")
    return images.reshape(len(images), *(shape[:2] if shape[2:] == (1,) else shape))


def _show(axis: Axes, image: np.ndarray, low, high, signed: bool = False, **look: Any) -> None:
    """Draw one image whose values go from low to high."""
    if image.ndim == 2:
        axis.imshow(image, vmin=low, vmax=high, cmap="RdBu_r" if signed else None, **look)
        return
    if not signed:
        low, high = min(low, 0), max(high, 1)  # colors in [0, 1] are shown as they are
    axis.imshow(np.clip((image - low) / (high - low), 0, 1), **look)


def _grid(count: int, columns: int, cell: float = CELL, extra_height: float = 0.0) -> list[Axes]:
    rows = ceil(count / columns)
    size = (cell * columns, (cell + extra_height) * rows)
    axes = plt.subplots(rows, columns, figsize=size, squeeze=False)[1].ravel()
    for axis in axes:
        axis.axis("off")
    return list(axes)
