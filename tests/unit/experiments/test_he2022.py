"""All codes are read by the same probes, and all networks fill in the same hidden patches."""

from pathlib import Path

from ae_course.experiments import he2022, ledger, verdicts
from ae_course.experiments.experiment import Job
from ae_course.models.inpainting import InpaintingAutoencoder

import numpy as np
import pytest

SMALL = he2022.Scale("digits", side=8, patch=2, width=4, hidden=12, epochs=1)
FILLS = {"mean image", "linear prediction", "ten nearest digits"}
READS = {"pixels", "pixels, copies", "PCA, 4 components"}
TRAINED = {
    *("dense", "dense, pixels erased", "dense, pixels hidden", "dense, 50% hidden"),
    *("attention, untrained", "attention, 75% hidden", "dense, all labels"),
}
READ = {"probe_error", "few_label_error", "blank_error"}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """A method of each kind in small: two seeds, one epoch of 300 digits."""
    experiment = he2022.experiment_at(SMALL, "small")
    sets = [experiment.data(seed, 300) for seed in (0, 1)]
    job = Job("small", [0, 1], sets, 1.0, tmp_path_factory.mktemp("small"), False)
    return {name: experiment.methods[name].run(job) for name in FILLS | READS | TRAINED}


def test_every_method_gives_the_measures_that_it_can(found):
    for name, runs in found.items():
        expected = set() if name in FILLS else set(READ)
        if name in FILLS or "% hidden" in name:
            expected |= {"fill_error"}
        if name == "attention, 75% hidden":
            expected |= {f"mean_{measure}" for measure in READ}
        assert [own.keys() for own in runs] == [expected, expected], name
        assert all(0 < own[measure] < 100 for own in runs for measure in expected - {"fill_error"})


def test_seeds_change_what_is_trained_and_nothing_else(found):
    assert found["pixels"][0] == found["pixels"][1]
    for name in TRAINED:
        assert found[name][0] != found[name][1], name


def test_the_best_linear_prediction_beats_the_mean_and_leaves_what_is_visible(found):
    errors = {name: found[name][0]["fill_error"] for name in FILLS}
    assert errors["linear prediction"] < 0.8 * errors["mean image"]
    d = he2022.digits(SMALL, 0, 300)
    seen = he2022.seen_of(SMALL, d)
    filled = he2022.expected(d.train, d.test, seen)
    np.testing.assert_array_equal(filled * seen, d.test * seen)
    other = np.where(seen == 1, d.test, 9.0)
    np.testing.assert_allclose(he2022.expected(d.train, other, seen), filled)


def test_the_nearest_digits_are_those_that_agree_where_it_is_visible():
    d = he2022.digits(SMALL, 0, 300)
    seen = he2022.seen_of(SMALL, d)[:20]
    filled = he2022.nearest(d.train, d.test[:20], seen, k=3)
    for image, visible, result in zip(d.test, seen, filled, strict=False):
        order = np.argsort(((d.train - image) ** 2 * visible).sum(axis=1))
        expected = np.where(visible == 1, image, d.train[order[:3]].mean(axis=0))
        np.testing.assert_allclose(result, expected, atol=1e-6)


def test_codes_side_by_side_keep_what_their_mean_forgets():
    d = he2022.digits(SMALL, 0, 300)
    model = he2022.attention(SMALL, 0.75)
    x, code = d.test[:50], he2022.side_by_side(model, d.train, width=4)
    turned = x.reshape(-1, 4, 2, 4, 2)[:, ::-1].reshape(-1, 64)  # rows of patches, upside down
    assert code(x).shape == (50, 4)
    assert np.abs(code(x) - code(turned)).max() > 10 * np.abs(code(x) - code(x.copy())).max()
    flat = model.encode(d.train).reshape(300, -1).astype(float)
    variances = np.linalg.eigvalsh(np.cov(flat.T, bias=True))[::-1][:4]
    np.testing.assert_allclose(code(d.train).var(axis=0), variances, rtol=1e-3)


def test_a_reader_that_was_shown_blank_squares_reads_past_them(found):
    plain, shown = (found[name][0] for name in ("pixels", "pixels, copies"))
    assert shown["blank_error"] < plain["blank_error"] - 10
    assert abs(shown["few_label_error"] - plain["few_label_error"]) < 8
    assert shown["probe_error"] == plain["probe_error"]


def test_linear_dependent_features_are_filled_in_exactly():
    x = np.random.default_rng(0).normal(size=(400, 3))
    x = np.hstack([x, x.sum(axis=1, keepdims=True)])
    seen = np.tile([1, 1, 1, 0], (400, 1))
    np.testing.assert_allclose(he2022.expected(x, x * seen, seen), x, atol=0.02)


def test_networks_trained_with_any_share_hidden_fill_in_the_same_patches():
    d = he2022.digits(SMALL, 0, 50)
    seen = he2022.seen_of(SMALL, d)
    assert np.all(seen.sum(axis=1) == 16)  # four of sixteen patches of four pixels
    for share in he2022.SHARES:
        dense = InpaintingAutoencoder.dense(64, code=4, masked=share, **SMALL.patches)
        for model in (dense, he2022.attention(SMALL, share)):
            filled, same = model.fill_in(d.test, masked=he2022.ASKED)
            np.testing.assert_array_equal(same, seen)
            assert he2022.filled_error(d, filled, seen) > 0


def test_the_data_are_the_named_ones_for_every_seed():
    d = he2022.digits(he2022.Scale("mnist_small", 28, 7, 4, 8, 1), 0, 50)
    assert (len(d.train), len(d.test), d.train.shape[1]) == (50, 1000, 784)


def test_a_short_run_agrees_in_direction_with_the_stored_one(tmp_path):
    stored = Path(__file__).parents[3] / "book/results/masking-8.json"
    methods = "linear|^dense$|^dense, 75%"
    settings = {"seeds": 1, "budget": 0.15, "methods": methods, "log": lambda line: None}
    short = ledger.reproduce("masking-8", tmp_path, **settings)
    for found in map(verdicts.read, (short, stored)):
        blank, filled = (verdicts.means(found, f"{name}_error") for name in ("blank", "fill"))
        assert blank["dense, 75% hidden"] < 0.85 * blank["dense"]
        assert filled["dense, 75% hidden"] < 1.03 * filled["linear prediction"]
