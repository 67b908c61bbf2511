"""The paper's own curves: what is accepted as their file. Nothing here reaches a network."""

import os
from importlib import import_module
from pathlib import Path

from ae_course import data

import numpy as np
import pooch
import pytest
from scipy.io import savemat

module = import_module("ae_course.data.curves_2006")
FILE = "digs3pts_1.mat"


@pytest.fixture
def save(tmp_path, monkeypatch):
    """Write a file of that name, with smaller arrays, where it is looked for."""

    def refuse(*_, **__):
        raise OSError("no network")

    shapes = {"train": ("bdata", (20, 784)), "test": ("bdatatest", (10, 784))}
    monkeypatch.setattr(module, "ARRAYS", shapes)
    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", refuse)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("AE_COURSE_DATA", str(tmp_path))
    return lambda **arrays: savemat(tmp_path / FILE, arrays)


def images(n):
    x = np.random.default_rng(n).random((n, 784))
    x[0, :2] = 0, 1
    return x


def test_the_arrays_are_those_of_the_file(save):
    save(bdata=images(20), bdatatest=images(10), tdata=np.zeros(20))
    d = data.curves_2006()
    assert d.train == pytest.approx(images(20), rel=1e-6)
    assert d.test == pytest.approx(images(10), rel=1e-6)
    assert d.image_shape == (28, 28)
    assert d.value_range == (0.0, 1.0)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"bdata": images(20).T}, "bdata must be floats of shape"),
        ({"bdata": images(20).astype(complex)}, "bdata must be floats"),
        ({"bdatatest": images(9)}, "bdatatest must be floats of shape"),
        ({"bdatatest": np.array("x")}, "bdatatest must be floats"),
        ({"bdata": images(20) * 255}, "bdata must have values from 0"),
        ({"bdata": images(20) - 0.1}, "bdata must have values from 0"),
        ({"bdata": images(20) * np.nan}, "bdata must have values from 0"),
        ({"bdatatest": np.zeros((10, 784))}, "bdatatest must have values from 0"),
    ],
)
def test_a_file_with_anything_else_is_refused(changed, says, save):
    save(**({"bdata": images(20), "bdatatest": images(10)} | changed))
    with pytest.raises(ConnectionError, match=says):
        data.curves_2006()


def test_without_the_file_and_a_network_the_error_names_the_offline_sets(save, tmp_path):
    (tmp_path / FILE).write_bytes(b"<html>")
    with pytest.raises(ConnectionError, match=r"Could not download .*digs3pts") as error:
        data.curves_2006()
    assert all(name in str(error.value) for name in data.OFFLINE)


@pytest.mark.skipif(
    not (Path(os.environ.get("AE_COURSE_DATA", "nowhere")) / FILE).exists(),
    reason=f"AE_COURSE_DATA names no folder with {FILE}",
)
def test_eighteen_principal_components_leave_what_the_paper_says():
    d = data.curves_2006()
    mean = d.train.mean(axis=0, dtype=np.float64)
    train, test = d.train - mean, d.test - mean
    directions = np.linalg.eigh(train.T @ train)[1][:, -18:]
    error = ((test - test @ directions @ directions.T) ** 2).sum(axis=1).mean()
    assert error == pytest.approx(5.90, abs=0.01)
