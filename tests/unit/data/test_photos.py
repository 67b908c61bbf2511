"""Colour patches: cut from different photographs, which lie inside the packages."""

import subprocess
import sys

from ae_course import data
from ae_course.data.photos import PHOTOGRAPHS, cut, photograph

import numpy as np
import pytest


def test_the_shapes_and_the_values():
    d = data.photos(train=200, validation=20, test=30)
    assert d.image_shape == (32, 32, 3)
    assert [len(x) for x in (d.train, d.validation, d.test)] == [200, 20, 30]
    assert d.train.shape[1] == 3072
    assert 0 <= d.train.min() < 0.1 < 0.9 < d.train.max() <= 1


def test_no_photograph_serves_two_parts_and_no_test_patch_is_a_training_patch():
    names = [name for part in PHOTOGRAPHS.values() for name in part]
    assert len(set(names)) == len(names) == 6
    d = data.photos()
    known = {row.tobytes() for row in d.train}
    assert not [row for x in (d.validation, d.test) for row in x if row.tobytes() in known]


def test_a_patch_is_a_piece_of_its_photograph_with_its_colours():
    row, column = np.mgrid[:40, :50]
    image = np.stack([row, column, np.full_like(row, 200)], axis=-1).astype(np.uint8)
    patches = cut([image], 30, np.random.default_rng(0)).reshape(30, 32, 32, 3)
    for patch in np.rint(patches * 255).astype(int):
        top, left, _ = patch[0, 0]
        np.testing.assert_array_equal(patch, image[top : top + 32, left : left + 32])


def test_every_photograph_gives_as_many_patches():
    photographs = [np.full((60, 60, 3), shade, np.uint8) for shade in (0, 51, 102, 255)]
    x = cut(photographs, 40, np.random.default_rng(0))
    shades, counts = np.unique(x[:, 0], return_counts=True)
    assert counts.tolist() == [10] * 4
    assert shades == pytest.approx([0, 0.2, 0.4, 1])


def test_neighbouring_pixels_are_alike_and_colours_are_there():
    x = data.photos(train=500, validation=10, test=10).train.reshape(-1, 32, 32, 3)
    assert np.corrcoef(x[:, :, :-1].ravel(), x[:, :, 1:].ravel())[0, 1] > 0.9
    assert np.abs(x[..., 0] - x[..., 2]).mean() > 0.05  # red is not blue


def test_the_sizes_of_one_part_leave_the_others_alone():
    few, more = (data.photos(train=n, validation=n, test=10) for n in (8, 12))
    np.testing.assert_array_equal(few.test, more.test)


@pytest.mark.parametrize("part", ["train", "validation", "test"])
def test_more_patches_than_photographs_hold_are_refused(part):
    with pytest.raises(ValueError, match=rf"^{part} must be between 1 and 100000"):
        data.photos(**{part: 100_001})


def test_the_photographs_are_large_enough_for_the_largest_number():
    for part in PHOTOGRAPHS.values():
        for name in part:
            height, width, channels = photograph(name).shape
            assert channels == 3
            assert (height - 31) * (width - 31) >= 100_000 / len(part)


def test_the_network_is_not_needed(tmp_path):
    code = (
        "import socket\n"
        "def refuse(*_): raise OSError('no network')\n"
        "socket.getaddrinfo = socket.socket.connect = refuse\n"
        "from ae_course import data; print(data.photos(train=8, validation=2, test=2).train.shape)"
    )
    import os

    cold = {**os.environ, "SKIMAGE_DATADIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=cold
    )
    assert done.stdout.strip() == "(8, 3072)"
