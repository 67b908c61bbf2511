"""Natural-image patches: whitened, and cut from separate places."""

from ae_course import data
from ae_course.data.patches import cut

import numpy as np
import pytest


def variances(x):
    """Variances along the principal directions, ascending."""
    return np.linalg.eigvalsh(np.cov(x.T.astype(np.float64), bias=True))


@pytest.mark.parametrize("options", [{"train": 5000}, {"train": 20_000}, {"size": 8, "seed": 5}])
def test_whitening_leaves_the_identity_on_the_training_patches(options):
    x = data.patches(**({"test": 50} | options)).train
    removed, *others = variances(x)
    assert abs(removed) < 1e-6  # the patches' own means
    assert others[0] > 0.97
    assert others[-1] < 1.001
    d = x.shape[1]
    assert np.abs(np.cov(x.T) - (np.eye(d) - 1 / d)).max() < 0.03
    assert np.abs(x.mean(axis=0)).max() < 1e-5


def test_test_patches_are_whitened_by_the_training_patches_alone():
    few, many = (data.patches(train=2000, test=n) for n in (50, 500))
    np.testing.assert_array_equal(few.train, many.train)
    _, *others = variances(data.patches().test)
    assert others[0] > 0.3
    assert others[-1] < 4


def test_each_patch_has_lost_its_own_mean():
    d = data.patches(train=500, test=50)
    assert np.abs(d.test.mean(axis=1)).max() < 1e-5


def test_natural_patches_stay_heavy_tailed():
    x = data.patches(train=5000, test=50).train
    assert (x**4).mean() / (x**2).mean() ** 2 > 6  # 3 for Gaussian noise


def test_no_pixel_is_in_a_training_and_a_test_patch():
    columns = np.broadcast_to(np.arange(640.0), (427, 640))  # a picture that shows its columns
    seen = []
    for start, stop in ((0, 60), (60, 80)):
        rng = np.random.default_rng(0)
        # A patch without its mean hides its place: put it back through the ramp's slope.
        marked = columns**2
        x = cut("train", [marked], 3000, 12, start, stop, rng).reshape(-1, 12, 12)
        first_column = ((x[:, 0, 1] - x[:, 0, 0]) - 1) / 2  # (c + 1)² − c² = 2c + 1
        seen.append({int(c) + k for c in first_column for k in range(12)})
    assert not seen[0] & seen[1]
    assert max(seen[0] | seen[1]) < 640
    assert len(seen[0]) > 400
    assert len(seen[1]) > 140


def test_more_patches_than_places_are_refused():
    with pytest.raises(ValueError, match=r"^test must be at most 32960 for size=16, got 100000"):
        data.patches(train=300, test=100_000, size=16)


@pytest.mark.parametrize("size", [1, 21, 12.0])
def test_a_size_that_fits_no_band_is_refused(size):
    with pytest.raises(ValueError, match=r"^size must be"):
        data.patches(size=size)


def test_too_few_patches_to_whiten_are_refused():
    with pytest.raises(ValueError, match=r"^train must be at least 144, got 143"):
        data.patches(train=143)
