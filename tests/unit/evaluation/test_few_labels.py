"""The book's end task: what the damage does, and what the accuracy tells apart."""

from ae_course import data, few_labels
from ae_course.evaluation.few_labels import (
    DAMAGES,
    damaged,
    few_label_accuracy,
    few_label_line,
)

import numpy as np
import pytest

ONES = np.ones((200, 64), dtype="float32")


def test_clean_images_stay():
    np.testing.assert_array_equal(damaged(ONES, (8, 8), "clean"), ONES)


def test_noise_has_the_stated_size():
    noise = damaged(ONES, (8, 8), "noisy") - ONES
    assert abs(noise.mean()) < 0.01
    assert noise.std() == pytest.approx(0.3, rel=0.02)


def test_a_quarter_is_hidden_as_a_square_at_a_place_of_its_own():
    hidden = damaged(ONES, (8, 8), "hidden").reshape(-1, 8, 8) == 0
    assert (hidden.sum(axis=(1, 2)) == 16).all()
    assert (hidden.any(axis=1).sum(axis=1) == 4).all()
    assert (hidden.any(axis=2).sum(axis=1) == 4).all()
    assert len({image.tobytes() for image in hidden}) == 25  # all places there are


def test_the_images_given_are_left_alone():
    before = ONES.copy()
    damaged(ONES, (8, 8), "hidden")
    np.testing.assert_array_equal(ONES, before)


def test_the_same_seed_does_the_same():
    for damage in DAMAGES:
        first, again = (damaged(ONES, (8, 8), damage, seed=3) for _ in range(2))
        np.testing.assert_array_equal(first, again)
    assert (damaged(ONES, (8, 8), "noisy", 3) != damaged(ONES, (8, 8), "noisy", 4)).any()


def test_damage_costs_accuracy_and_the_labels_cost_more():
    digits = data.digits()
    clean, noisy, hidden = few_label_accuracy(lambda x: x, digits, draws=2).mean(axis=0)
    assert 0.8 < clean < 0.95
    assert max(noisy, hidden) < clean
    many = few_label_accuracy(lambda x: x, digits, labels=100, draws=2)
    assert many.shape == (2, 3)
    assert many[:, 0].min() > clean + 0.03
    assert (many[0] != many[1]).any()


def test_a_code_is_read_alike_whatever_its_axes_its_unit_and_blank_features():
    digits, rng = data.digits(), np.random.default_rng(0)
    turn = 7 * np.linalg.qr(rng.normal(size=(80, 80)))[0][:64]
    read, turned = (
        few_label_accuracy(f, digits, draws=2) for f in (lambda x: x, lambda x: x @ turn)
    )
    np.testing.assert_allclose(read, turned, atol=0.003)  # one of 360 digits


def test_the_unit_of_a_code_comes_from_all_training_images(monkeypatch):
    sizes = []

    def probe(codes, labels, unlabeled):
        sizes.append((len(codes), len(unlabeled)))
        return lambda test: np.zeros(len(test))

    monkeypatch.setattr(few_labels, "linear_probe", probe)
    few_label_accuracy(lambda x: x, data.digits(), draws=2)
    assert sizes == [(100, 1437)] * 2  # trained once for each draw


def test_a_code_that_says_nothing_is_guessing():
    accuracies = few_label_accuracy(lambda x: np.zeros((len(x), 2)), data.digits(), draws=1)
    assert (accuracies < 0.2).all()


def test_a_line_has_percents_and_the_spread_of_draws_and_networks():
    one, two = np.array([[0.9, 0.8, 0.7]]), np.array([[0.8, 0.8, 0.9]])
    words = few_label_line("pixels", [one]).split()
    assert words == ["pixels", "clean", "90.0", "noisy", "80.0", "hidden", "70.0"]
    line = few_label_line("code", [one, two])
    assert line.split("  ")[0] == "code"
    assert "clean 85.0 ± 7.1" in line
    assert "noisy 80.0 ± 0.0" in line
    assert "hidden 80.0 ± 14.1" in line
    assert few_label_line("code", [np.concatenate([one, two])]) == line


@pytest.mark.parametrize("accuracies", [[], [[[0.5, 0.5]]], [[0.5, 0.5, 0.5]]])
def test_a_line_needs_three_accuracies_a_draw(accuracies):
    with pytest.raises(ValueError, match="accuracies"):
        few_label_line("pixels", accuracies)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((ONES, (8, 8), "burned"), "one of clean, noisy, hidden, got 'burned'"),
        ((ONES, (8, 9), "clean"), "72"),
        ((ONES, (8, 8), "noisy", -1), "seed"),
    ],
)
def test_wrong_damage_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        damaged(*arguments)


def test_wrong_data_are_refused():
    digits = data.digits()
    with pytest.raises(ValueError, match="more than a class"):
        few_label_accuracy(lambda x: x, digits, labels=1000)
    with pytest.raises(ValueError, match="labels and images"):
        few_label_accuracy(lambda x: x, data.curves(train=10, test=10))
