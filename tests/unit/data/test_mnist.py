"""MNIST and Fashion-MNIST from small files of the same make: no network."""

import gzip
import hashlib
import os
from importlib import import_module
from pathlib import Path

from ae_course import data

import numpy as np
import pooch
import pytest

module = import_module("ae_course.data.mnist")
NAMES = ("mnist", "fashion_mnist")
FOLDERS = {"mnist": "", "fashion_mnist": "fashion-mnist"}


def idx(array):
    """An array in the original format, as its authors describe it."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


@pytest.fixture
def arrays(monkeypatch, tmp_path):
    """30 images for training and 20 for test, taken for the right ones; and empty folders."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (50, 28, 28), dtype=np.uint8)
    x[0, 0, :2] = 0, 255
    y = rng.integers(0, 10, 50, dtype=np.uint8)
    found = {"train": x[:30], "train_labels": y[:30], "test": x[30:], "test_labels": y[30:]}
    sums = {field: hashlib.sha256(idx(array)).hexdigest() for field, array in found.items()}
    monkeypatch.setattr(module, "MNIST", sums)
    monkeypatch.setattr(module, "FASHION_MNIST", sums)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv("AE_COURSE_DATA", raising=False)
    return found


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*_, **__):
        raise OSError("Name or service not known")

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", refuse)


def write_npz(folder, name, arrays):
    keys = {module.FILES[field][0]: array for field, array in arrays.items()}
    np.savez_compressed(folder / f"{name}.npz", **keys)


def write_idx(folder, name, arrays):
    for field, array in arrays.items():
        (folder / module.FILES[field][1]).write_bytes(idx(array))


def write_gz(folder, name, arrays):
    for field, array in arrays.items():
        (folder / f"{module.FILES[field][1]}.gz").write_bytes(gzip.compress(idx(array)))


WRITERS = (write_npz, write_idx, write_gz)


def cache(tmp_path, name):
    folder = tmp_path / "datasets" / FOLDERS[name]
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("write", WRITERS)
def test_images_and_labels_are_those_of_the_files(name, write, arrays, tmp_path):
    write(cache(tmp_path, name), name, arrays)
    d = data.load(name)
    assert d.name == name
    assert d.image_shape == (28, 28)
    assert d.value_range == (0.0, 1.0)
    assert d.train.dtype == np.float32
    assert d.train.flags.c_contiguous
    assert d.train[0, :2].tolist() == [0.0, 1.0]
    assert d.train == pytest.approx(arrays["train"].reshape(30, 784) / 255)
    assert d.test == pytest.approx(arrays["test"].reshape(20, 784) / 255)
    np.testing.assert_array_equal(d.train_labels, arrays["train_labels"])
    np.testing.assert_array_equal(d.test_labels, arrays["test_labels"])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("write", WRITERS)
def test_one_changed_pixel_is_found_whatever_the_container(name, write, arrays, tmp_path):
    arrays["test"] = arrays["test"].copy()
    arrays["test"][3, 3, 3] ^= 1
    write(cache(tmp_path, name), name, arrays)
    with pytest.raises(ConnectionError, match="no file with the right array x_test"):
        data.load(name)


def test_a_broken_container_beside_good_ones_does_no_harm(arrays, tmp_path):
    folder = cache(tmp_path, "mnist")
    (folder / "mnist.npz").write_bytes(b"<html>")
    write_idx(folder, "mnist", arrays)
    (folder / module.FILES["train"][1]).unlink()
    write_gz(folder, "mnist", {"train": arrays["train"]})
    assert data.mnist().train.shape == (30, 784)


@pytest.mark.parametrize("name", NAMES)
def test_the_folder_of_the_environment_comes_first(name, arrays, tmp_path, monkeypatch):
    own = tmp_path / "own"
    own.mkdir()
    write_npz(own, name, arrays)
    monkeypatch.setenv("AE_COURSE_DATA", str(own))
    assert data.load(name).test.shape == (20, 784)


@pytest.mark.parametrize("name", NAMES)
def test_fewer_images_are_the_first_ones(name, arrays, tmp_path):
    write_gz(cache(tmp_path, name), name, arrays)
    few, all_of_them = data.load(name, train=7, test=3), data.load(name)
    np.testing.assert_array_equal(few.train, all_of_them.train[:7])
    np.testing.assert_array_equal(few.test_labels, all_of_them.test_labels[:3])


@pytest.mark.parametrize("name", NAMES)
def test_without_a_network_the_error_names_the_offline_sets(name, arrays, tmp_path):
    with pytest.raises(ConnectionError, match="Could not download https://") as error:
        data.load(name)
    assert all(offline in str(error.value) for offline in data.OFFLINE)
    assert 'ae_course.data.load("digits")' in str(error.value)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("options", "says"), [({"train": 60_001}, "^train"), ({"test": 0}, "^test")]
)
def test_sizes_that_do_not_exist_are_refused_before_any_download(name, options, says):
    with pytest.raises(ValueError, match=says):
        data.load(name, **options)


def test_the_files_are_those_that_keras_downloads():
    import inspect

    from keras.datasets import fashion_mnist, mnist

    source = inspect.getsource(mnist.load_data)
    assert module.ORIGIN in source
    assert all(f'["{key}"]' in source for key, _ in module.FILES.values())
    source = inspect.getsource(fashion_mnist.load_data)
    assert module.ORIGIN in source
    assert all(f"{name}.gz" in source for _, name in module.FILES.values())


@pytest.mark.skipif(
    not (Path(os.environ.get("AE_COURSE_DATA", "nowhere")) / "mnist.npz").exists(),
    reason="AE_COURSE_DATA names no folder with mnist.npz",
)
class TestMnistItself:
    def test_thirty_principal_components_leave_what_the_paper_says(self):
        d = data.mnist()
        mean = d.train.mean(axis=0, dtype=np.float64)
        train, test = d.train - mean, d.test - mean
        directions = np.linalg.eigh(train.T @ train)[1][:, -30:]
        error = ((test - test @ directions @ directions.T) ** 2).sum(axis=1).mean()
        assert error == pytest.approx(13.866, abs=0.001)  # published: 13.87

    def test_the_small_set_is_a_part_of_the_training_images(self):
        d, small = data.mnist(test=1), data.mnist_small()
        label_of = {x.tobytes(): y for x, y in zip(d.train, d.train_labels, strict=True)}
        for part in ("train", "validation", "test"):
            x, y = getattr(small, part), getattr(small, f"{part}_labels")
            assert [label_of[row.tobytes()] for row in x] == y.tolist()
