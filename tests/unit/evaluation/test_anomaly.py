"""Thresholds by hand, against scikit-learn, and on digits that the model has never seen."""

from ae_course import PCA, data
from ae_course.evaluation import anomaly, metrics

import numpy as np
import pytest
from sklearn.metrics import f1_score

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("share", "threshold"), [(0.0, 10), (0.05, 10), (0.1, 9), (0.29, 8), (0.3, 7), (1.0, 1)]
)
def test_the_quantile_by_hand(share, threshold):
    assert anomaly.threshold_by_quantile(RNG.permutation(np.arange(1, 11)), share) == threshold


@pytest.mark.parametrize("share", [0.01, 0.07, 0.29, 0.5])
@pytest.mark.parametrize("ties", [False, True])
def test_no_more_than_that_share_lies_above_and_one_score_less_would_be_too_many(share, ties):
    scores = RNG.integers(0, 9, 100).astype(float) if ties else RNG.normal(size=100)
    threshold = anomaly.threshold_by_quantile(scores, share)
    assert (scores > threshold).mean() <= share
    assert (scores >= threshold).mean() > share


@pytest.mark.parametrize(
    ("scores", "labels", "threshold", "f1"),
    [
        ([1, 2, 5, 4], [0, 0, 1, 1], 3.0, 1.0),
        ([1, 2, 3, 4], [0, 1, 0, 1], 1.5, 0.8),  # two of three alarms are right, none is missed
        ([1, 4, 4, 4], [0, 1, 0, 1], 2.5, 0.8),  # equal scores raise an alarm together
        ([3, 1], [0, 1], 0.5, 2 / 3),  # everything is an alarm
    ],
)
def test_the_best_f1_by_hand(scores, labels, threshold, f1):
    assert anomaly.threshold_by_f1(scores, labels) == (threshold, pytest.approx(f1))


def test_no_threshold_has_a_better_f1():
    for ties in (False, True):
        labels = RNG.integers(0, 2, 60)
        scores = RNG.normal(size=60) + labels
        scores = scores.round() if ties else scores
        threshold, f1 = anomaly.threshold_by_f1(scores, labels)
        assert f1 == pytest.approx(f1_score(labels, scores > threshold))
        every = [f1_score(labels, scores > t) for t in [*(scores - 1e-9), *scores]]
        assert f1 == pytest.approx(max(every))


def test_digits_that_the_model_has_never_seen_are_found():
    digits = data.digits().with_validation(300)
    model = PCA(code=8).fit(digits.train[digits.train_labels == 0])
    known = digits.validation[digits.validation_labels == 0]
    threshold = anomaly.threshold_by_quantile(metrics.sample_errors(model, known), 0.05)
    scores, new = metrics.sample_errors(model, digits.test), digits.test_labels != 0
    assert (scores[new] > threshold).mean() > 0.95
    assert (scores[~new] > threshold).mean() < 0.3


@pytest.mark.parametrize("scores", [[], [[1.0]], [np.nan], [np.inf], "abc", None])
def test_what_is_no_list_of_scores_is_refused(scores):
    for choose in (anomaly.threshold_by_quantile, lambda s: anomaly.threshold_by_f1(s, [0, 1])):
        with pytest.raises((ValueError, TypeError), match="scores"):
            choose(scores)


@pytest.mark.parametrize("labels", [[0, 1, 1], [0, 0], [1, 1], [0, 2], ["a", "b"]])
def test_labels_of_one_kind_or_another_length_are_refused(labels):
    with pytest.raises((ValueError, TypeError), match="labels must"):
        anomaly.threshold_by_f1([1.0, 2.0], labels)


@pytest.mark.parametrize("share", [-0.1, 1.5, "0.1", None])
def test_a_share_outside_the_unit_interval_is_refused(share):
    with pytest.raises(ValueError, match="false_alarms must be a finite number from 0 to 1"):
        anomaly.threshold_by_quantile([1.0], share)
