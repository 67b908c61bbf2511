"""The laboratory's densities, denoiser and samplers are those of the package and of chapter 11."""

from ae_course.data import GaussianMixture
from ae_course.models.diffusion import noise_levels, sample_by_langevin, sample_by_ode

import numpy as np
import pytest
from javascript import evaluate

T = np.linspace(0.25, 1, 100)  # as in the chapter
TURN = np.stack([np.cos(4 * np.pi * T), np.sin(4 * np.pi * T)], axis=1)
DENSITIES = {
    "ring": GaussianMixture.ring(),
    "spiral": GaussianMixture(1.2 * T[:, None] * TURN, 0.05),
}
both = pytest.mark.parametrize("kind", DENSITIES)


def run(expression):
    return evaluate(expression, "mixture", "diffusion")


def best_of(kind):
    return lambda x, s: x + s**2 * DENSITIES[kind].smoothed(s).score(x)


def flat(values):
    return "Float64Array.from([" + ",".join(f"{v!r}" for v in np.ravel(values).tolist()) + "])"


def points(values):
    return np.array(list(values.values()) if isinstance(values, dict) else values).reshape(-1, 2)


@both
def test_the_densities_are_the_chapters(kind):
    found = run(f"labMixture('{kind}')")
    np.testing.assert_allclose(points(found["means"]), DENSITIES[kind].means, atol=1e-12)
    assert found["scale"] == DENSITIES[kind].scale


@both
@pytest.mark.parametrize("s", [0.02, 0.3, 10.0])
def test_the_denoiser_is_the_best_one(kind, s):
    x = np.random.default_rng(0).normal(size=(20, 2)) * 2
    found = points(run(f"labDenoised(labMixture('{kind}'), {flat(x)}, {s})"))
    np.testing.assert_allclose(found, best_of(kind)(x, s), atol=1e-9)


@pytest.mark.parametrize("count", [3, 20])
def test_the_levels_fall_by_equal_factors(count):
    expected = noise_levels(count, lowest=0.02, highest=10)
    np.testing.assert_allclose(run(f"labFallingLevels({count})"), expected)


@both
@pytest.mark.parametrize("way", ["ode", "langevin"])
def test_the_steps_are_those_of_the_package(kind, way):
    levels, shape = noise_levels(6, lowest=0.02, highest=10), (12, 2)
    rng = np.random.default_rng(3)
    start = levels[0] * rng.standard_normal(shape, "float32")
    kicks = [rng.standard_normal(shape, "float32") for _ in range(12)]
    if way == "ode":
        expected, calls = sample_by_ode(best_of(kind), shape, levels, seed=3), 6
    else:
        expected = sample_by_langevin(best_of(kind), shape, levels, 2, 0.3, seed=3)
        calls = 13
    how = f"{{ way: '{way}', steps: 2, c: 0.3 }}, {flat(start)}, () => kicks[next++]"
    frames = run(
        f"(() => {{ let next = 0; const kicks = {flat(kicks)}; "
        f"return labDiffusion(labMixture('{kind}'), labFallingLevels(6), {how}) }})()"
    )
    assert len(frames) == 7 and [frame["level"] for frame in frames][-1] == 0
    assert frames[-1]["calls"] == calls
    np.testing.assert_allclose(points(frames[-1]["points"]), expected, atol=2e-4)


def test_the_distance_is_the_energy_distance():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(30, 2)), rng.normal(size=(20, 2)) + 0.5

    def mean(x, y, pairs):
        return np.linalg.norm(x[:, None] - y, axis=2).sum() / pairs

    expected = 2 * mean(a, b, 600) - mean(a, a, 30 * 29) - mean(b, b, 20 * 19)
    assert run(f"labEnergyDistance({flat(a)}, {flat(b)})") == pytest.approx(expected, abs=1e-9)


@both
def test_what_the_legend_says_comes_out(kind):
    ways = {
        "three": ("ode", 3, 1, 0.5),
        "twenty": ("ode", 20, 1, 0.5),
        "short": ("langevin", 20, 2, 0.1),
        "long": ("langevin", 20, 1, 0.9),
    }
    distance = {}
    for name, (way, levels, steps, c) in ways.items():
        settings = f"kind: '{kind}', way: '{way}', levels: {levels}, steps: {steps}, c: {c}"
        one = f"labDiffusionRun({{ {settings}, seed }})"
        distance[name] = run(
            f"[1, 2, 3].map((seed) => {{ const one = {one}; "
            "return labEnergyDistance(one.frames.at(-1).points, one.truth) })"
        )
    assert min(distance["three"]) > 0.04 and min(distance["short"]) > 0.2
    assert np.abs(distance["twenty"] + distance["long"]).max() < 0.008


def test_the_kicks_of_a_seed_are_the_same_again():
    settings = "kind: 'ring', way: 'langevin', levels: 5, steps: 1, c: 0.5, seed: 4"
    one = f"labDiffusionRun({{ {settings} }}, 9)"
    first, again = run(f"[{one}, {one}].map((run) => [...run.frames.at(-1).points, ...run.truth])")
    assert first == again
