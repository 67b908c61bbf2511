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


def test_colored_images_are_shown_as_they_are():
    colored = RNG.random((2, 3, 5, 3), "float32")
    for images, shape in ((colored, None), (colored.reshape(2, 45), (3, 5, 3))):
        plotting.show_images(images, shape)
        np.testing.assert_allclose(pictures(), colored, atol=1e-6)
        plt.close("all")


@pytest.mark.parametrize(("pixels", "shape"), [(16, (4, 4)), (48, (4, 4, 3))])
def test_the_shape_of_a_square_is_found(pixels, shape):
    plotting.show_images(RNG.random((2, pixels)))
    assert pictures()[0].shape == shape


def test_one_channel_is_gray():
    plotting.show_images(RNG.random((2, 3, 5, 1)))
    assert pictures()[0].shape == (3, 5)


def test_colors_outside_the_unit_interval_are_scaled_into_it():
    plotting.show_images(np.linspace(0, 255, 24).reshape(2, 2, 2, 3))
    np.testing.assert_allclose(np.ravel(pictures()), np.linspace(0, 1, 24), atol=1e-6)


def test_colored_errors_and_filters_lie_around_middle_gray():
    colored = RNG.random((1, 2, 2, 3)).astype("float32")
    plotting.show_reconstructions(colored, colored - 0.1)
    np.testing.assert_allclose(pictures()[-1], 0, atol=1e-4)
    plt.close("all")
    plotting.show_filters(np.array([[-2.0, 0, 2]]), (1, 1, 3))
    np.testing.assert_allclose(np.ravel(pictures()), [0, 0.5, 1])


def test_the_latent_plane_of_colored_images_is_in_colors():
    plotting.show_decoded_grid(lambda h: np.ones((len(h), 12)), (0, 0), (1, 1), 3, (2, 2, 3))
    assert pictures()[0].shape == (6, 6, 3)


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
        (lambda: plotting.show_images(IMAGES, titles=["one"]), "titles must be 4"),
        (lambda: plotting.show_reconstructions(IMAGES, IMAGES[:2]), "must have 4 images"),
        (lambda: plotting.scatter_codes(np.ones((4, 3))), r"codes must have shape \(n, 2\)"),
        (lambda: plotting.scatter_codes(np.ones((4, 2)), [1]), "labels must have shape"),
        (lambda: plotting.plot_losses(SimpleNamespace(history={"mae": [1]})), "with a loss"),
        (lambda: plotting.show_decoded_grid(abs, (0,), (1, 1), 2, (2, 2)), "two numbers each"),
    ],
)
def test_what_cannot_be_drawn_is_explained(call, message):
    with pytest.raises(ValueError, match=message):
        call()
