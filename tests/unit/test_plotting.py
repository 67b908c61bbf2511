"""Figures: each function draws what it is given, once, and refuses what it cannot draw."""

from types import SimpleNamespace

from ae_course import plotting

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

matplotlib.use("Agg")
RNG = np.random.default_rng(0)
IMAGES = RNG.random((4, 16), "float32")


@pytest.fixture(autouse=True)
def figures():
    plt.close("all")
    plotting.use_style()
    yield
    plt.close("all")


def drawn():
    (number,) = plt.get_fignums()
    return plt.figure(number)


def pictures():
    return [np.asarray(axis.images[0].get_array()) for axis in drawn().axes if axis.images]


def test_images_are_the_arrays_in_their_shape_on_one_scale():
    assert plotting.show_images(IMAGES, titles="abcd") is None
    np.testing.assert_array_equal(pictures(), IMAGES.reshape(4, 4, 4))
    limits = {axis.images[0].get_clim() for axis in drawn().axes}
    assert limits == {(IMAGES.min(), IMAGES.max())}
    assert [axis.get_title() for axis in drawn().axes] == list("abcd")


def test_reconstructions_show_input_output_and_signed_error():
    plotting.show_reconstructions(IMAGES, IMAGES + 0.1, shape=(2, 8))
    shown = np.asarray(pictures())
    np.testing.assert_allclose(shown[8:], 0.1, atol=1e-6)
    low, high = drawn().axes[-1].images[0].get_clim()
    assert low == -high


def test_several_models_stand_below_one_input():
    plotting.show_reconstructions(IMAGES, {"a": IMAGES, "b": IMAGES}, error=False)
    assert len(pictures()) == 12


def test_filters_are_symmetric_around_zero_each_on_its_own_scale():
    weights = np.outer([1.0, 5.0], np.linspace(-1, 0.5, 6))
    plotting.show_filters(weights, (2, 3))
    limits = [axis.images[0].get_clim() for axis in drawn().axes if axis.images]
    assert limits == [(-1, 1), (-5, 5)]


@pytest.mark.parametrize(
    ("labels", "groups"), [(None, 1), (np.array([0, 0, 1, 2]), 3), (RNG.random(4), 1)]
)
def test_codes_are_grouped_by_class(labels, groups):
    plotting.scatter_codes(IMAGES[:, :2], labels)
    assert len(drawn().axes[0].collections) == groups


def test_losses_show_training_and_validation_of_each_run():
    run = SimpleNamespace(history={"loss": [2.0, 1.0], "val_loss": [3.0, 2.0]})
    plotting.plot_losses({"a": run, "b": run})
    lines = drawn().axes[0].lines
    assert [list(line.get_ydata()) for line in lines] == [[2, 1], [3, 2]] * 2


def test_the_decoded_grid_puts_low_codes_lower_left():
    plotting.show_decoded_grid(
        lambda h: np.repeat(h[:, :1] + 10 * h[:, 1:], 4, 1), (0, 0), (1, 1), 2, (2, 2)
    )
    mosaic = pictures()[0]
    assert mosaic[-1, 0] == 0 and mosaic[-1, -1] == 1 and mosaic[0, 0] == 10


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plotting.show_images(np.ones((2, 15))), "give `shape`"),
        (lambda: plotting.show_images(IMAGES, titles=["one"]), "need 4 titles"),
        (lambda: plotting.show_reconstructions(IMAGES, IMAGES[:2]), "must have 4 images"),
        (lambda: plotting.scatter_codes(np.ones((4, 3))), r"codes must have shape \(n, 2\)"),
        (lambda: plotting.scatter_codes(np.ones((4, 2)), [1]), "labels must have shape"),
        (lambda: plotting.plot_losses(SimpleNamespace(history={"mae": [1]})), "no loss"),
        (lambda: plotting.show_decoded_grid(None, (0,), (1, 1), 2, (2, 2)), "two numbers each"),
    ],
)
def test_what_cannot_be_drawn_is_explained(call, message):
    with pytest.raises(ValueError, match=message):
        call()
