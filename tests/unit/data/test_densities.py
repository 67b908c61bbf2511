"""A density in closed form agrees with itself and with its samples."""

from ae_course.data import GaussianMixture

import numpy as np
import pytest
from scipy.stats import multivariate_normal

DENSITIES = {
    "clusters": GaussianMixture.ring(),
    "ring": GaussianMixture.ring(components=64, radius=2.0, scale=0.2),
    "3-D": GaussianMixture([[0, 0, 0], [1, 0, 2], [-1, 1, 0]], 0.7),
}


def places(density, n=40):
    return np.random.default_rng(0).uniform(-2.5, 2.5, (n, density.means.shape[1]))


@pytest.mark.parametrize("density", DENSITIES.values(), ids=DENSITIES)
def test_the_log_density_is_that_of_scipy(density):
    x = places(density)
    normals = [multivariate_normal(m, density.scale**2).pdf(x) for m in density.means]
    assert density.log_density(x) == pytest.approx(np.log(np.mean(normals, axis=0)), rel=1e-9)


@pytest.mark.parametrize("density", DENSITIES.values(), ids=DENSITIES)
def test_the_score_is_the_gradient_of_the_log_density(density):
    x, step = places(density), 1e-5
    for axis, unit in enumerate(np.eye(x.shape[1])):
        rise = density.log_density(x + step * unit) - density.log_density(x - step * unit)
        assert density.score(x)[:, axis] == pytest.approx(rise / (2 * step), rel=1e-5, abs=1e-5)


def test_far_away_nothing_overflows():
    density = GaussianMixture.ring()
    assert np.isfinite(density.log_density([[1e4, 0.0]])).all()
    assert np.isfinite(density.score([[1e4, 0.0]])).all()


def test_the_density_sums_to_one():
    side = np.linspace(-2, 2, 401)
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    total = np.exp(GaussianMixture.ring().log_density(grid)).sum() * (side[1] - side[0]) ** 2
    assert total == pytest.approx(1, abs=1e-6)


def test_many_components_make_a_ring_that_is_the_same_all_around():
    angle = np.linspace(0, 2 * np.pi, 1000)
    density = GaussianMixture.ring(components=64).log_density
    around = density(np.stack([np.cos(angle), np.sin(angle)], axis=1))
    assert np.ptp(around) < 1e-6


def test_samples_come_from_the_density():
    density = DENSITIES["3-D"]
    d = density.dataset(train=50_000, test=10)
    for k, mean in enumerate(density.means):
        own = d.train[d.train_labels == k]
        assert len(own) == pytest.approx(50_000 / 3, rel=0.05)
        assert own.mean(axis=0) == pytest.approx(mean, abs=0.03)
        assert np.cov(own.T) == pytest.approx(0.49 * np.eye(3), abs=0.02)


def test_samples_follow_the_seed_and_say_what_they_are():
    density = GaussianMixture.ring()
    first, again, other = (density.dataset(seed=s) for s in (0, 0, 1))
    np.testing.assert_array_equal(first.train, again.train)
    assert not np.array_equal(first.train, other.train)
    assert first.train.dtype == np.float32
    assert "8 Gaussians" in first.description
    assert repr(density) == "<GaussianMixture: 8 means, d = 2, scale = 0.1>"


def test_the_score_of_the_smoothed_density_is_the_best_denoiser():
    """E[x | x + noise] for one Gaussian is known: the noisy point drawn back to the mean."""
    one, sigma = GaussianMixture([[1.0, -1.0]], 0.5), 0.3
    noisy = places(one)
    shrunk = one.means + (noisy - one.means) * 0.5**2 / (0.5**2 + sigma**2)
    assert noisy + sigma**2 * one.smoothed(sigma).score(noisy) == pytest.approx(shrunk)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (([1.0, 2.0], 0.1), r"^means must be .* got shape \(2,\)\.$"),
        ((np.zeros((0, 2)), 0.1), "^means must be"),
        (([[0.0, np.nan]], 0.1), "with NaN or infinite"),
        (([[0.0, 1.0]], 0.0), "^scale must be a finite number > 0, got 0.0"),
        (([[0.0, 1.0]], -1), "^scale must be"),
    ],
)
def test_what_is_no_density_is_refused(arguments, says):
    with pytest.raises(ValueError, match=says):
        GaussianMixture(*arguments)


@pytest.mark.parametrize("x", [[0.0, 1.0], [[1.0, 2.0, 3.0]]])
def test_points_of_another_dimension_are_refused(x):
    for method in (DENSITIES["ring"].score, DENSITIES["ring"].log_density):
        with pytest.raises(ValueError, match=r"^x must have shape \(n, 2\)"):
            method(x)


def test_smoothing_by_less_than_nothing_is_refused():
    with pytest.raises(ValueError, match=r"^sigma must be"):
        DENSITIES["ring"].smoothed(-0.1)
