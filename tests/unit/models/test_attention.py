"""Images cut into patches, the codes of their places, and attention among them."""

from ae_course import attention

import keras
import numpy as np
import pytest
from keras import ops

RNG = np.random.default_rng(0)


def numpy(tensor):
    return ops.convert_to_numpy(tensor)


@pytest.mark.parametrize(
    ("shape", "size", "count"), [((6, 9, 2), 3, 6), ((8, 8), 2, 16), (4, 4, 1)]
)
def test_joining_undoes_splitting(shape, size, count):
    d = int(np.prod(shape)) if isinstance(shape, tuple) else shape**2
    x = RNG.random((3, d)).astype("float32")
    cut = attention.split_patches(x, shape, size)
    assert cut.shape == (3, count, d // count)
    np.testing.assert_array_equal(numpy(attention.join_patches(cut, shape, size)), x)


def test_patches_go_from_left_to_right_and_their_pixels_row_by_row():
    x = np.arange(24).reshape(1, 24)  # 4 rows of 6
    cut = numpy(attention.split_patches(x, (4, 6), 2))[0]
    np.testing.assert_array_equal(cut[:4], [[0, 1, 6, 7], [2, 3, 8, 9], [4, 5, 10, 11],
                                            [12, 13, 18, 19]])  # fmt: skip


def test_patches_that_do_not_fill_the_image_are_refused():
    with pytest.raises(ValueError, match=r"5 × 5 pixels do not fill an image of 28 × 28"):
        attention.split_patches(np.zeros((1, 784)), (28, 28), 5)


def test_each_place_has_its_own_code_and_neighbors_have_similar_ones():
    table = numpy(attention.SinePositions(3, 4)(np.zeros((1, 12, 16), "float32")))[0]
    distances = np.linalg.norm(table[:, None] - table, axis=-1)
    assert distances[~np.eye(12, dtype=bool)].min() > 0.5
    assert distances[0, 1] < distances[0, 3] and distances[0, 4] < distances[0, 8]
    np.testing.assert_allclose(table[1, 8:12], np.sin(10_000.0 ** (-np.arange(4) / 4)), atol=1e-6)
    np.testing.assert_allclose(table[1, :4], 0, atol=1e-6)  # the row's sines


def test_a_width_that_four_does_not_divide_is_refused():
    with pytest.raises(ValueError, match="multiple of 4, got 6"):
        attention.SinePositions(1, 2)(np.zeros((1, 2, 6), "float32"))


def attention_by_hand(h, layer):
    """softmax(QKᵀ/√width of a head) V for every head, summed over the heads."""
    (wq, bq), (wk, bk), (wv, bv), (wo, bo) = (
        [numpy(w) for w in getattr(layer, f"_{name}_dense").weights]
        for name in ("query", "key", "value", "output")
    )
    out = bo
    for head in range(wq.shape[1]):
        q, k, v = (h @ w[:, head] + b[head] for w, b in ((wq, bq), (wk, bk), (wv, bv)))
        scores = q @ np.swapaxes(k, 1, 2) / np.sqrt(q.shape[-1])
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        out = out + shares @ v @ wo[head]
    return out


def test_the_block_is_the_formula():
    inputs = keras.Input((None, 8))
    model = keras.Model(inputs, attention.attention_block(inputs, heads=2))
    h = RNG.normal(size=(2, 5, 8)).astype("float32")
    for weight in model.weights:
        weight.assign(RNG.normal(size=weight.shape, scale=0.5))
    first, second = (s for s in model.layers if isinstance(s, keras.layers.LayerNormalization))
    (heads,) = (s for s in model.layers if isinstance(s, keras.layers.MultiHeadAttention))
    wide, narrow = (s for s in model.layers if isinstance(s, keras.layers.Dense))
    middle = h + attention_by_hand(numpy(first(h)), heads)
    expected = middle + numpy(narrow(wide(second(middle))))
    np.testing.assert_allclose(numpy(model(h)), expected, atol=1e-4)


def test_without_positions_the_order_of_the_patches_is_not_seen():
    inputs = keras.Input((None, 8))
    model = keras.Model(inputs, attention.attention_block(inputs, heads=2))
    h = RNG.normal(size=(1, 6, 8)).astype("float32")
    order = [3, 1, 5, 0, 2, 4]
    np.testing.assert_allclose(numpy(model(h[:, order])), numpy(model(h))[:, order], atol=1e-5)


def test_heads_that_do_not_divide_the_width_are_refused():
    with pytest.raises(ValueError, match="heads must divide the width of the vectors, 8, got 3"):
        attention.attention_block(keras.Input((None, 8)), heads=3)
