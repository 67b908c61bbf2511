"""Chapter 4: principal component analysis, the best linear autoencoder, in closed form."""

from ae_course.validation import as_samples, positive_int

import numpy as np
from scipy.linalg import subspace_angles

__all__ = ["PCA", "principal_angles"]


class PCA:
    """The undercomplete linear autoencoder with the smallest mean squared error.

    With the centered data X (n × d) = U diag(s) Vᵀ, the encoder is h = V_pᵀ(x − mean) and the
    decoder x′ = V_p h + mean, V_p being the first p right singular vectors (Eckart & Young 1936;
    Baldi & Hornik 1989).

    Args:
        code: p, the code size, at most min(n, d).

    Attributes:
        mean: `(d,)`, the mean of the training samples.
        components: `(p, d)`, orthonormal rows, the largest variance first; each row's entry of
            largest magnitude is positive.
        explained_variance: `(p,)`, variance of the data along each component (over n, not n − 1).
        explained_variance_ratio: `(p,)`, the same divided by the total variance.
        training_error: the mean of ‖x − x′‖² over the training samples: the variance left out.

    Raises:
        ValueError: if `code` is not a whole number ≥ 1.

    Example:
        >>> pca = PCA(code=8).fit(x)  # x: (n, 64)
        >>> pca.encode(x).shape, pca.reconstruct(x).shape
        ((n, 8), (n, 64))
    """

    def __init__(self, code: int):
        self.code = positive_int(code, "code")

    def fit(self, x) -> "PCA":
        """Find mean and components of the samples x `(n, d)`, in double precision; return self.

        Raises:
            ValueError: if `code` exceeds min(n, d), or x is not a finite `(n, d)` array.
        """
        x = as_samples(x, (None,)).astype(np.float64)
        n, d = x.shape
        if self.code > min(n, d):
            raise ValueError(f"code must be ≤ min(n, d) = {min(n, d)}, got {self.code}.")
        self.mean = x.mean(axis=0)
        _, s, vt = np.linalg.svd(x - self.mean, full_matrices=False)
        variance, components = s**2 / n, vt[: self.code]
        largest = np.abs(components).argmax(axis=1)[:, None]
        self.components = components * np.sign(np.take_along_axis(components, largest, axis=1))
        self.explained_variance = variance[: self.code]
        total = variance.sum()
        self.explained_variance_ratio = self.explained_variance / (total if total > 0 else 1.0)
        self.training_error = float(variance[self.code :].sum())
        return self

    def encode(self, x) -> np.ndarray:
        """Return the codes V_pᵀ(x − mean), float64 `(n, p)`, for samples x `(n, d)`."""
        return (as_samples(x, self._fitted().mean.shape) - self.mean) @ self.components.T

    def decode(self, h) -> np.ndarray:
        """Return V_p h + mean, float64 `(n, d)`, for codes h `(n, p)`."""
        return as_samples(h, (self.code,), "h") @ self._fitted().components + self.mean

    def reconstruct(self, x) -> np.ndarray:
        """Return the projection of x `(n, d)` onto the affine span of mean and components."""
        return self.decode(self.encode(x))

    def _fitted(self) -> "PCA":
        if not hasattr(self, "mean"):
            raise RuntimeError("this PCA has seen no data yet: call fit(x) first.")
        return self


def principal_angles(a, b) -> np.ndarray:
    """Return the principal angles between the subspaces spanned by the rows of a and of b.

    The cosines are the singular values of QₐᵀQ_b, Q being orthonormal bases (Björck & Golub 1973;
    SciPy takes the sines of small angles, which are more precise). All angles are 0 when the
    smaller subspace lies in the larger one.

    Args:
        a: `(k, d)` array of rank k.
        b: `(m, d)` array of rank m.

    Returns:
        min(k, m) angles in radians, ascending, between 0 and π/2.

    Raises:
        ValueError: if the dimensions d differ or the rows of a or b are linearly dependent.
    """
    a = as_samples(a, (None,), "a").astype(np.float64)
    b = as_samples(b, (a.shape[1],), "b").astype(np.float64)
    for name, rows in (("a", a), ("b", b)):
        if np.linalg.matrix_rank(rows) < len(rows):
            raise ValueError(f"the rows of {name} must be linearly independent.")
    return subspace_angles(a.T, b.T)[::-1]
