"""A density in closed form, with its score: what denoising is compared with in chapter 6."""

from dataclasses import dataclass

from ae_course.data._arguments import check_count, check_number, generators
from ae_course.data.dataset import Dataset
from ae_course.validation import as_numbers

import numpy as np


@dataclass(frozen=True, eq=False, repr=False)
class GaussianMixture:
    """Equally likely Gaussians of one width, p(x) = (1/k) Σ N(x; meanᵢ, scale² I).

    A few of them make clusters; many of them close together make a smooth curve with a Gaussian
    cross-section, so that this one class has rings, spirals and whatever else can be sampled.

    Args:
        means: The k centers, array of shape (k, d).
        scale: Standard deviation of every Gaussian, > 0.

    Raises:
        ValueError: if `means` is not a finite array of rank 2, or `scale` not a number > 0.

    References:
        The score in denoising: Vincent, Neural Computation 23, 1661 (2011); Alain and
        Bengio, JMLR 15, 3563 (2014).

    Example:
        >>> from ae_course.data import GaussianMixture
        >>> density = GaussianMixture.ring(components=64)
        >>> density.score([[1.2, 0.0]]).round(1)  # outside the ring: back to it
        array([[-20.4,   0. ]])
    """

    means: np.ndarray
    scale: float

    def __post_init__(self) -> None:
        means = as_numbers(self.means, "means").astype(np.float64)
        if means.ndim != 2 or means.size == 0 or not np.isfinite(means).all():
            raise ValueError(
                f"means must be a finite array of shape (k, d), got shape {means.shape}"
                f"{'' if np.isfinite(means).all() else ' with NaN or infinite values'}."
            )
        object.__setattr__(self, "means", means)
        object.__setattr__(self, "scale", check_number("scale", self.scale, above_zero=True))

    def __repr__(self) -> str:
        k, d = self.means.shape
        return f"<GaussianMixture: {k} means, d = {d}, scale = {self.scale:g}>"

    @classmethod
    def ring(
        cls, components: int = 8, radius: float = 1.0, scale: float = 0.1
    ) -> "GaussianMixture":
        """Gaussians evenly on a circle around the origin.

        By default eight clusters; from `components` ≥ 2π · radius / scale on, a smooth ring.
        """
        angle = 2 * np.pi * np.arange(check_count("components", components)) / components
        radius = check_number("radius", radius)
        return cls(radius * np.stack([np.cos(angle), np.sin(angle)], axis=1), scale)

    def smoothed(self, sigma: float) -> "GaussianMixture":
        """The density of x + σ · (standard normal noise): what a corrupted sample comes from.

        The best denoiser of such samples in squared error is x + σ² · smoothed(σ).score(x).
        """
        return GaussianMixture(
            self.means, float(np.hypot(self.scale, check_number("sigma", sigma)))
        )

    def log_density(self, x: np.ndarray) -> np.ndarray:
        """log p(x) for each row of `x`, shape (n, d) → (n,)."""
        from scipy.special import logsumexp

        exponent, _ = self._exponents(x)
        k, d = self.means.shape
        return logsumexp(exponent, axis=1) - np.log(k) - d / 2 * np.log(2 * np.pi * self.scale**2)

    def score(self, x: np.ndarray) -> np.ndarray:
        """∇ log p(x) for each row of `x`, shape (n, d) → (n, d): where the density rises."""
        from scipy.special import softmax

        exponent, x = self._exponents(x)
        share = softmax(exponent, axis=1)  # how much each Gaussian owns of each point
        return (share @ self.means - x) / self.scale**2

    def dataset(self, train: int = 2000, test: int = 1000, seed: int = 0) -> Dataset:
        """Draw independent samples; the label of a sample is the number of its Gaussian."""
        sizes = check_count("train", train), check_count("test", test)
        fields = {}
        for part, size, rng in zip(("train", "test"), sizes, generators(seed), strict=True):
            labels = rng.integers(len(self.means), size=size)
            noise = rng.standard_normal((size, self.means.shape[1]))
            fields[part] = (self.means[labels] + self.scale * noise).astype(np.float32)
            fields[f"{part}_labels"] = labels
        description = f"Mixture of {len(self.means)} Gaussians of width {self.scale:g}, generated"
        return Dataset(name="gaussian_mixture", **fields, description=description)

    def _exponents(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        x = as_numbers(x, "x").astype(np.float64)
        d = self.means.shape[1]
        if x.ndim != 2 or x.shape[1] != d:
            raise ValueError(f"x must have shape (n, {d}), got {x.shape}.")
        squares = ((x[:, None] - self.means) ** 2).sum(axis=2)
        return -squares / (2 * self.scale**2), x
