"""Strokes with known parameters, calibrated on one published number."""

from ae_course import data
from ae_course.data.curves import PEN, draw_curves

import numpy as np
import pytest


def pca_error(train, test, components):
    """Squared error of PCA, summed over pixels, mean over test images."""
    mean = train.mean(axis=0, dtype=np.float64).astype(np.float32)
    centered, rest = train - mean, test - mean
    _, directions = np.linalg.eigh((centered.T @ centered).astype(np.float64))
    kept = rest @ directions[:, -components:].astype(np.float32)
    return float((rest**2).sum(axis=1).mean() - (kept**2).sum(axis=1).mean())


def test_the_full_set_is_calibrated_on_the_published_error_of_pca_with_18_components():
    d = data.curves()
    assert d.train.shape == (20_000, 784)
    assert d.test.shape == (10_000, 784)
    assert pca_error(d.train, d.test, 18) == pytest.approx(5.90, abs=0.10)


def test_the_true_parameters_draw_the_image_again():
    d = data.curves(train=600, test=40, seed=7)
    np.testing.assert_array_equal(draw_curves(d.train_factors[550:]), d.train[550:])
    np.testing.assert_array_equal(draw_curves(d.test_factors), d.test)


def test_a_smaller_set_is_the_beginning_of_a_larger_one():
    small, large = (data.curves(train=n, test=5).train for n in (20, 700))
    np.testing.assert_array_equal(small, large[:20])


def test_points_are_uniform_within_the_margin():
    factors = data.curves(train=4000, test=1).train_factors
    assert factors.shape == (4000, 6)
    assert factors.min() > 4.5
    assert factors.max() < 22.5
    assert factors.mean(axis=0) == pytest.approx(np.full(6, 13.5), abs=0.4)
    assert factors.std(axis=0) == pytest.approx(np.full(6, 18 / np.sqrt(12)), abs=0.2)


def test_brightness_is_a_gaussian_of_the_distance_from_the_curve():
    points = data.curves(train=1, test=20, seed=2).test_factors
    p0, p1, p2 = points.reshape(-1, 3, 1, 2).transpose(1, 0, 2, 3)
    t = np.linspace(0, 1, 3000)[:, None]
    path = (1 - t) ** 2 * p0 + 2 * t * (1 - t) * p1 + t**2 * p2
    y, x = np.mgrid[:28, :28]
    for image, (px, py) in zip(draw_curves(points), path.transpose(0, 2, 1), strict=True):
        squared = (x[..., None] - px) ** 2 + (y[..., None] - py) ** 2
        exact = np.exp(-squared.min(axis=-1) / (2 * PEN**2))
        assert np.abs(image.reshape(28, 28) - exact).max() < 0.15
        assert np.abs(image.reshape(28, 28) - exact).mean() < 0.002


def test_a_stroke_goes_from_its_first_point_to_its_last_with_x_to_the_right_and_y_down():
    image = draw_curves([[5, 20, 12, 20, 20, 20]]).reshape(28, 28)
    assert image[20, 5:21] == pytest.approx(np.ones(16), abs=0.05)
    assert image[20, :3].max() < 0.01
    assert image[16].max() < 1e-6


def test_both_directions_draw_the_same_stroke():
    forth, back = draw_curves([[5, 6, 9, 20, 21, 8], [21, 8, 9, 20, 5, 6]])
    assert forth == pytest.approx(back, abs=1e-5)


@pytest.mark.parametrize(
    ("points", "says"),
    [
        ([5, 5, 10, 10, 20, 20], r"shape \(n, 6\), got \(6,\)"),
        (np.full((2, 5), 9.0), r"shape \(n, 6\), got \(2, 5\)"),
        ([[5, 5, 10, 10, 20, 24]], "within"),
        ([[5, 5, 10, 10, 20, np.nan]], "within"),
    ],
)
def test_points_that_cannot_be_drawn_are_refused(points, says):
    with pytest.raises(ValueError, match=says):
        draw_curves(points)
