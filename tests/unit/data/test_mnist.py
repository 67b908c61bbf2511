"""MNIST and Fashion-MNIST from small files of the same make: no network."""

import gzip
import hashlib
import socket
import urllib.error
from importlib import import_module

from ae_course import data

import numpy as np
import pytest

module = import_module("ae_course.data.mnist")


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def images():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (50, 28, 28), dtype=np.uint8)
    pixels[0, 0, :2] = 0, 255
    return pixels, rng.integers(0, 10, 50, dtype=np.uint8)


@pytest.fixture
def cached(images, tmp_path, monkeypatch):
    """Both sets in a cache, each 30 images for training and 20 for test."""
    (x, y), folder = images, tmp_path / "datasets"
    (folder / "fashion-mnist").mkdir(parents=True)
    np.savez(folder / "mnist.npz", x_train=x[:30], y_train=y[:30], x_test=x[30:], y_test=y[30:])
    monkeypatch.setattr(module, "MNIST", ("mnist.npz", sha256(folder / "mnist.npz")))
    files = {}
    for field, (name, _) in module.FASHION_MNIST.items():
        array = y if field.endswith("labels") else x
        array = array[30:] if field.startswith("test") else array[:30]
        path = folder / "fashion-mnist" / name
        path.write_bytes(gzip.compress(bytes(8 if array.ndim == 1 else 16) + array.tobytes()))
        files[field] = (name, sha256(path))
    monkeypatch.setattr(module, "FASHION_MNIST", files)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    return folder


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*_):
        raise urllib.error.URLError("Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", refuse)


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_images_and_labels_are_those_of_the_files(name, cached, images, no_network):
    x, y = images
    d = data.load(name)
    assert d.name == name
    assert d.image_shape == (28, 28)
    assert d.value_range == (0.0, 1.0)
    assert d.train.dtype == np.float32
    assert d.train.flags.c_contiguous
    assert d.train[0, :2].tolist() == [0.0, 1.0]
    assert d.train == pytest.approx(x[:30].reshape(30, 784) / 255)
    assert d.test == pytest.approx(x[30:].reshape(20, 784) / 255)
    np.testing.assert_array_equal(d.train_labels, y[:30])
    np.testing.assert_array_equal(d.test_labels, y[30:])


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_fewer_images_are_the_first_ones(name, cached):
    few, all_of_them = data.load(name, train=7, test=3), data.load(name)
    np.testing.assert_array_equal(few.train, all_of_them.train[:7])
    np.testing.assert_array_equal(few.test_labels, all_of_them.test_labels[:3])


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_without_a_network_the_error_names_the_offline_sets(
    name, tmp_path, monkeypatch, no_network
):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(ConnectionError, match="Could not download https://") as error:
        data.load(name)
    assert all(offline in str(error.value) for offline in data.OFFLINE)
    assert 'ae_course.data.load("digits")' in str(error.value)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
@pytest.mark.parametrize(
    ("options", "says"), [({"train": 60_001}, "^train"), ({"test": 0}, "^test")]
)
def test_sizes_that_do_not_exist_are_refused_before_any_download(name, options, says):
    with pytest.raises(ValueError, match=says):
        data.load(name, **options)


def test_the_checksums_are_of_the_kind_and_the_files_of_keras():
    sums = [module.MNIST, *module.FASHION_MNIST.values()]
    assert all(len(bytes.fromhex(checksum)) == 32 for _, checksum in sums)
    assert len({checksum for _, checksum in sums}) == 5
    import inspect

    from keras.datasets import fashion_mnist, mnist

    source = inspect.getsource(mnist.load_data)
    assert module.MNIST[1] in source
    assert module.ORIGIN in source
    source = inspect.getsource(fashion_mnist.load_data)
    assert module.ORIGIN in source
    assert all(name in source for name, _ in module.FASHION_MNIST.values())
