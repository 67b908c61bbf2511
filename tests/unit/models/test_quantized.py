"""Quantizers: the nearest code, the gradient past it, the codebook's running means, the levels."""

from ae_course import Autoencoder, fit, seed_everything
from ae_course.models.own_loss import inside_autoencoder
from ae_course.models.quantized import (
    FiniteScalarQuantizer,
    VectorQuantizer,
    nearest_codes,
    perplexity,
)

import keras
import numpy as np
import pytest
from keras import ops

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 12)).astype("float32")
CODEBOOK = RNG.normal(size=(5, 3)).astype("float32")
H = RNG.normal(size=(4, 6, 3)).astype("float32")
FEW = {"codes": 5, "seed": 0}


def array(tensor):
    return ops.convert_to_numpy(tensor)


def built(codebook=CODEBOOK, counts=None, **kwargs):
    layer = VectorQuantizer(len(codebook), **kwargs)
    layer.build((None, *H.shape[1:]))
    layer.codebook.assign(codebook)
    if counts is not None:
        layer.counts.assign(counts)
    return layer


def small(quantizer):
    """4 vectors of 3 numbers for a sample of 12."""
    seed_everything(0)
    layers = keras.layers
    first = [keras.Input((12,)), layers.Dense(12, "tanh"), layers.Reshape((4, 3))]
    encoder = keras.Sequential([*first, layers.Dense(3), quantizer])
    decoder = keras.Sequential([keras.Input((4, 3)), layers.Flatten(), layers.Dense(12)])
    return Autoencoder(encoder, decoder)


def trained(layer, h=H):
    """What the layer returns in an autoencoder's training, with its losses."""
    with inside_autoencoder():
        out = layer(h, training=True)
    return array(out), [float(array(loss)) for loss in layer.losses]


def squares(h, codebook=CODEBOOK):
    return ((h[..., None, :] - codebook) ** 2).sum(axis=-1)


def test_the_nearest_code_is_that_of_all_distances():
    np.testing.assert_array_equal(array(nearest_codes(H, CODEBOOK)), squares(H).argmin(axis=-1))


def test_of_equally_near_codes_the_first_is_taken():
    assert int(array(nearest_codes(np.zeros(2), np.array([[1.0, 0], [0, 1], [-1, 0]])))) == 0


def test_perplexity_counts_codes_of_equal_share():
    assert perplexity([3, 3, 3], 8) == 1
    assert np.isclose(perplexity(np.arange(8).reshape(2, 4), 8), 8)
    assert np.isclose(perplexity([0, 0, 0, 1], 8), 2 ** (0.75 * np.log2(4 / 3) + 0.25 * 2))


def test_the_layer_returns_codes_that_are_in_the_codebook():
    layer = built()
    expected = CODEBOOK[squares(H).argmin(axis=-1)]
    np.testing.assert_array_equal(array(layer(H)), expected)
    np.testing.assert_allclose(trained(layer)[0], expected, atol=1e-6)


def test_indices_and_vectors_are_inverse():
    layer = built()
    indices = layer.indices(array(layer(H)))
    np.testing.assert_array_equal(indices, squares(H).argmin(axis=-1))
    np.testing.assert_array_equal(layer.vectors(indices), array(layer(H)))


def test_the_losses_are_the_distances_summed_over_a_sample():
    distance = squares(H).min(axis=-1).sum(axis=1).mean()
    assert trained(built(commitment=0.3))[1] == pytest.approx([0.3 * distance], rel=1e-5)
    both = trained(built(commitment=0.3, decay=None))[1]
    assert both == pytest.approx([0.3 * distance, distance], rel=1e-5)


def step_of_sgd(layer, weight=1.0):
    """Train a shift of H by one step of rate 1 on the sum of what comes out, weighted."""

    class Shift(keras.layers.Layer):
        def build(self, shape):
            self.by = self.add_weight(shape[1:], "zeros")

        def call(self, x):
            return x + self.by

    shift = Shift()
    model = Autoencoder(
        keras.Sequential([keras.Input(H.shape[1:]), shift, layer]),
        keras.Sequential([keras.Input(H.shape[1:]), keras.layers.Identity()]),
        loss=lambda x, y: weight * ops.sum(y, axis=(1, 2)),
    )
    model.compile(keras.optimizers.SGD(1.0))
    layer.codebook.assign(CODEBOOK)
    model.fit(H, batch_size=len(H), epochs=1, verbose=0)
    return array(shift.by), array(layer.codebook)


def test_the_gradient_passes_straight_through():
    by, _ = step_of_sgd(VectorQuantizer(5, commitment=0), weight=2.0)
    np.testing.assert_allclose(by, np.full(H.shape[1:], -2.0), atol=1e-5)


def test_the_commitment_pulls_vectors_and_the_codebooks_loss_pulls_codes():
    index = squares(H).argmin(axis=-1)
    off = H - CODEBOOK[index]
    by, _ = step_of_sgd(VectorQuantizer(5, commitment=0.25), weight=0.0)
    np.testing.assert_allclose(by, -2 * 0.25 * off.mean(axis=0), atol=1e-5)
    by, codebook = step_of_sgd(VectorQuantizer(5, commitment=0, decay=None), weight=0.0)
    np.testing.assert_allclose(by, 0, atol=1e-6)
    pulls = np.stack([off[index == j].sum(axis=0) for j in range(5)])
    np.testing.assert_allclose(codebook, CODEBOOK + 2 * pulls / len(H), atol=1e-5)


def test_running_means_are_sums_over_counts():
    counts = np.array([3.0, 0.5, 2.0, 7.0, 1.0], "float32")
    layer = built(counts=counts, decay=0.9, revive=False)
    chose = np.eye(5)[squares(H).argmin(axis=-1).ravel()]
    now = 0.9 * counts + 0.1 * chose.sum(axis=0)
    sums = 0.9 * counts[:, None] * CODEBOOK + 0.1 * chose.T @ H.reshape(-1, 3)
    trained(layer)
    np.testing.assert_allclose(array(layer.counts), now, rtol=1e-5)
    np.testing.assert_allclose(array(layer.codebook), sums / now[:, None], rtol=1e-4, atol=1e-5)


def test_only_training_an_autoencoder_moves_the_codebook():
    layer = built()
    layer(H, training=True)
    with inside_autoencoder():
        layer(H, training=False)
        layer.trainable = False
        layer(H, training=True)
    np.testing.assert_array_equal(array(layer.codebook), CODEBOOK)
    layer.trainable = True
    trained(layer)
    assert np.abs(array(layer.codebook) - CODEBOOK).max() > 1e-3


@pytest.mark.parametrize("revive", [True, False])
def test_an_unused_code_goes_to_a_vector_of_the_batch(revive):
    far = CODEBOOK.copy()
    far[2] = 100
    layer = built(far, counts=np.ones(5), revive=revive, seed=0)
    trained(layer)
    dead = array(layer.codebook)[2]
    moved = np.abs(H.reshape(-1, 3) - dead).max(axis=-1).min() < 1e-6
    kept = np.abs(dead - 100).max() < 1e-4
    assert (moved, kept) == (revive, not revive)


def test_a_count_that_has_faded_to_zero_keeps_its_code():
    rows = np.full((5, 3), 50.0) * [[0], [1], [2], [3], [4]]
    layer = built(rows, np.zeros(5), revive=False)
    trained(layer)
    assert np.isfinite(array(layer.codebook)).all()
    np.testing.assert_allclose(array(layer.codebook)[1:], rows[1:])


def quantizers():
    return [
        VectorQuantizer(**FEW),
        VectorQuantizer(**FEW, decay=None),
        FiniteScalarQuantizer((3, 2, 2)),
    ]


@pytest.mark.parametrize(
    "by, number", [("ours", 0), ("ours", 1), ("ours", 2), ("loop", 0), ("keras", 0)]
)
def test_an_autoencoder_learns_with_it(by, number):
    quantizer = quantizers()[number]
    model = small(quantizer)
    model.compile(keras.optimizers.Adam(0.03))
    before = ((X - model.reconstruct(X)) ** 2).sum(axis=1).mean()
    options = {"epochs": 12, "batch_size": 16}
    if by == "keras":
        model.fit(X, **options, verbose=0)
    elif by == "ours":
        fit(model, X, **options)
    elif keras.backend.backend() == "torch":
        pytest.skip("torch has no compiled loop")
    else:
        fit(model, X, **options, compiled=True)
    after = ((X - model.reconstruct(X)) ** 2).sum(axis=1).mean()
    assert after < 0.85 * before
    indices = quantizer.indices(model.encode(X))
    assert indices.shape == (64, 4) and 1 < perplexity(indices, quantizer.codes) <= quantizer.codes
    np.testing.assert_allclose(quantizer.vectors(indices), model.encode(X), atol=1e-6)


@pytest.mark.parametrize("number", range(3))
def test_saved_and_loaded_it_is_the_same_model(number, tmp_path):
    model = small(quantizers()[number])
    model.compile("adam")
    model.fit(X, verbose=0)
    model.save(tmp_path / "vq.keras")
    again = keras.models.load_model(tmp_path / "vq.keras")
    np.testing.assert_array_equal(again.reconstruct(X), model.reconstruct(X))
    own, other = (m.encoder.layers[-1].get_config() for m in (model, again))
    assert {**own, "name": ""} == {**other, "name": ""}
    again.fit(X, verbose=0)


@pytest.mark.parametrize("number", [0, 2])
def test_it_trains_in_sixteen_bits_with_a_codebook_in_full_precision(number):
    keras.config.set_dtype_policy("mixed_bfloat16")
    model = small(quantizers()[number])
    model.compile(keras.optimizers.Adam(0.01))
    model.fit(X, epochs=3, verbose=0)
    assert np.isfinite(model.reconstruct(X)).all()
    if number == 0:
        codebook = model.encoder.layers[-1].codebook
        assert keras.backend.standardize_dtype(codebook.dtype) == "float32"


@pytest.mark.parametrize("decay", [0.9, None])
def test_in_another_model_it_adds_nothing_to_the_loss(decay):
    model = small(VectorQuantizer(**FEW, decay=decay))
    head = keras.Sequential([model.encoder, keras.layers.Flatten(), keras.layers.Dense(1)])
    head(X, training=True)
    assert head.losses == []


def test_levels_are_evenly_spread_and_the_nearest_is_taken():
    layer = FiniteScalarQuantizer((4, 3, 2))
    h = RNG.normal(size=(50, 3)).astype("float32") * 2
    out = array(layer(h))
    for j, levels in enumerate((4, 3, 2)):
        grid = np.linspace(-1, 1, levels)
        nearest = np.abs(np.tanh(h[:, j, None]) - grid).argmin(axis=1)
        np.testing.assert_allclose(out[:, j], grid[nearest], atol=1e-6)


def test_every_index_has_its_own_vector():
    layer = FiniteScalarQuantizer((4, 3, 2))
    vectors = layer.vectors(np.arange(24))
    assert layer.codes == len(np.unique(vectors, axis=0)) == 24
    np.testing.assert_array_equal(layer.indices(vectors), np.arange(24))
    np.testing.assert_array_equal(
        layer.indices(np.float32(vectors)[:, None]), np.arange(24)[:, None]
    )


def test_the_gradient_of_rounding_is_that_of_the_squashing():
    h = RNG.normal(size=(1, 2)).astype("float32")
    model = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(2), FiniteScalarQuantizer((4, 3))]
    )
    model.layers[0].set_weights([np.eye(2), np.zeros(2)])
    model.compile(keras.optimizers.SGD(1.0), loss=lambda y, out: ops.sum(out, axis=-1))
    model.fit(h, h, epochs=1, verbose=0)
    np.testing.assert_allclose(
        model.layers[0].get_weights()[1], -(1 - np.tanh(h[0]) ** 2), rtol=1e-4
    )


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="codes must be a whole number"):
        VectorQuantizer(0)
    with pytest.raises(ValueError, match="decay must be a finite number from 0 to 1"):
        VectorQuantizer(4, decay=1.5)
    with pytest.raises(ValueError, match="levels must be whole numbers ≥ 2"):
        FiniteScalarQuantizer((4, 1))
    with pytest.raises(ValueError, match="2 numbers of levels need as many units, got 3"):
        FiniteScalarQuantizer((4, 4))(H)
    with pytest.raises(ValueError, match=r"codebook \(k, p\)"):
        nearest_codes(H, CODEBOOK[:, :2])
    with pytest.raises(ValueError, match="indices must be whole numbers from 0 to 3"):
        perplexity([0, 4], 4)
    with pytest.raises(ValueError, match="indices must be whole numbers from 0 to 4"):
        built().vectors([-1])
