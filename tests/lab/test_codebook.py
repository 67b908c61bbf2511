"""The laboratory's codebook learns as the package's and chapter 10's do, and does as is told."""

from ae_course.quantized import FiniteScalarQuantizer, VectorQuantizer, nearest_codes, perplexity

import numpy as np
import pytest
from javascript import evaluate

RNG = np.random.default_rng(0)
BATCHES = RNG.normal(size=(5, 64, 2))
START = RNG.normal(size=(8, 2))
SEEDS = range(1, 11)


def run(expression):
    return evaluate(expression, "mixture", "codebook")


def flat(values):
    return "Float64Array.from([" + ",".join(f"{v!r}" for v in np.ravel(values).tolist()) + "])"


def array(values):
    return np.array(list(values.values()) if isinstance(values, dict) else values)


def state(codebook, counts):
    return f"{{ codebook: {flat(codebook)}, counts: {flat(counts)} }}"


def runs(*, kind="spiral", k=16, rule="means", start="data", revive=False, price=0, done=200):
    """What a codebook costs and loses at the end, one row a seed: entries, entropy, error."""
    settings = f"kind: '{kind}', k: {k}, rule: '{rule}', start: '{start}', gamma: 0.9"
    settings += f", revive: {str(revive).lower()}, price: {price}, seed"
    found = run(
        f"""{list(SEEDS)}.map((seed) => {{
            const {{ points, states }} = labCodebookRun({{ {settings} }});
            const last = states[Math.min({done}, states.length - 1)];
            const {{ used, entropy, error }} = labRateAndError(last, points, {price});
            return [used, entropy, error];
        }})"""
    )
    return np.array(found).T


def test_a_vector_takes_the_nearest_entry():
    chosen = array(run(f"labChosen({flat(BATCHES[0])}, {state(START, np.ones(8))})"))
    np.testing.assert_array_equal(chosen, nearest_codes(BATCHES[0], START))


def test_a_price_makes_rare_entries_dear():
    counts, price = np.array([1, 2, 4, 8, 16, 32, 64, 128.0]), 0.3
    cost = ((BATCHES[0][:, None] - START) ** 2).sum(-1) - price * np.log2(counts / counts.sum())
    chosen = array(run(f"labChosen({flat(BATCHES[0])}, {state(START, counts)}, {price})"))
    np.testing.assert_array_equal(chosen, cost.argmin(1))
    assert (cost.argmin(1) != np.asarray(nearest_codes(BATCHES[0], START))).any()


@pytest.mark.parametrize("gamma", [0.8, 0.99])
def test_running_means_are_those_of_the_package(gamma):
    layer = VectorQuantizer(8, decay=gamma, revive=False)
    layer.build((None, 2))
    layer.codebook.assign(START)
    for batch in BATCHES.astype("float32"):
        layer.follow(batch, nearest_codes(batch, layer.codebook))
    batches = "[" + ",".join(flat(b) for b in BATCHES.astype("float32")) + "]"
    found = run(
        f"{batches}.reduce((last, batch) => labFollow(last, batch, {gamma}), "
        f"{state(START.astype('float32'), np.ones(8))})"
    )
    np.testing.assert_allclose(array(found["codebook"]).reshape(8, 2), layer.codebook, atol=2e-6)
    np.testing.assert_allclose(array(found["counts"]), layer.counts, atol=2e-5)


def test_a_dead_entry_is_put_in_the_place_of_the_vector_drawn():
    counts = np.array([5.0] * 6 + [1.05] * 2)
    far = START + np.array([[0, 0]] * 6 + [[50, 50]] * 2)
    found = run(f"labFollow({state(far, counts)}, {flat(BATCHES[0])}, 0.9, () => 0.5)")
    codebook = array(found["codebook"]).reshape(8, 2)
    np.testing.assert_array_equal(codebook[6:], np.tile(BATCHES[0][32], (2, 1)))
    assert array(found["counts"])[6:].tolist() == [1, 1]
    assert (codebook[:6] != BATCHES[0][32]).any(axis=1).all()


def test_a_step_of_k_means_goes_to_the_means():
    chosen = np.asarray(nearest_codes(BATCHES[0], START))
    found = run(f"labCentered({state(START, np.ones(8))}, {flat(BATCHES[0])})")
    means = [
        BATCHES[0][chosen == j].mean(axis=0) if (chosen == j).any() else START[j] for j in range(8)
    ]
    np.testing.assert_allclose(array(found["codebook"]).reshape(8, 2), means, atol=1e-12)
    np.testing.assert_array_equal(array(found["counts"]), np.bincount(chosen, minlength=8))


@pytest.mark.parametrize(("k", "levels"), [(4, (2, 2)), (8, (4, 2)), (64, (8, 8))])
def test_the_grid_is_that_of_finite_scalar_quantization(k, levels):
    expected = FiniteScalarQuantizer(levels).vectors(np.arange(k))
    np.testing.assert_allclose(array(run(f"labGrid({k})")).reshape(k, 2), expected, atol=1e-6)


def test_two_to_the_entropy_is_the_perplexity():
    chosen = nearest_codes(BATCHES[0], START)
    found = run(f"labRateAndError({state(START, np.ones(8))}, {flat(BATCHES[0])})")
    assert 2 ** found["entropy"] == pytest.approx(perplexity(chosen, 8))
    off = BATCHES[0] - START[np.asarray(chosen)]
    assert found["error"] == pytest.approx((off**2).sum(axis=1).mean())
    assert found["used"] == len(np.unique(chosen))


def test_what_the_legend_says_of_dead_entries():
    dead, alive = runs(start="corner"), runs(start="corner", revive=True)
    assert max(dead[0]) <= 3 and min(alive[0]) == 16
    assert min(dead[2]) > 7 * max(alive[2])
    assert min(runs(start="corner", revive=True, done=20)[0]) >= 15


def test_what_the_legend_says_of_eight_clusters():
    plain = runs(kind="ring", k=8, rule="kmeans")
    priced = runs(kind="ring", k=64, rule="kmeans", price=0.05)
    assert sum(plain[2] < 0.03) == 1 and np.median(plain[2]) > 0.05
    assert set(priced[0]) == {8} and max(priced[2]) < 0.022
    assert abs(priced[1] - 3).max() < 0.02


def test_what_the_legend_says_of_the_grid():
    grid, learned = runs(rule="grid"), runs(rule="kmeans")
    assert set(grid[0]) == {14} and set(learned[0]) == {16}
    assert (grid[2] / learned[2]).min() > 2.8
