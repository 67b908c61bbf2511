"""Chapter 8: which samples are none of those the model was trained for? Scores and thresholds.

The score of a sample is its error, `metrics.sample_errors(model, x)`; its part of each
feature is in `metrics.feature_errors`. A sample is an anomaly if its score lies above the
threshold, which is chosen on validation data, never on those that are to be judged.
"""

from ae_course.validation import as_numbers, real_number

import numpy as np


def threshold_by_quantile(normal_scores, false_alarms: float = 0.01) -> float:
    """Return the threshold above which at most this share of normal samples lies.

    Args:
        normal_scores: `(n,)`, scores of validation samples that are all normal.
        false_alarms: the share, from 0 to 1. With fewer than 1 / share samples it is the largest
            score.

    Returns:
        The smallest of the scores that keeps within the share.

    Raises:
        ValueError: if the scores are not a finite array `(n,)`, or the share lies outside [0, 1].

    Example:
        >>> threshold_by_quantile([3.0, 1.0, 2.0, 9.0], false_alarms=0.25)
        3.0
    """
    scores = np.sort(_scores(normal_scores, "normal_scores"))
    share = real_number(false_alarms, "false_alarms", high=1.0)
    allowed = int(np.floor(share * len(scores) + 1e-9))  # 0.29 · 100 is 28.999…
    return float(scores[max(len(scores) - 1 - allowed, 0)])


def threshold_by_f1(scores, labels) -> tuple[float, float]:
    """Return the threshold whose verdicts have the best F1 on labeled validation data.

    F1 is the harmonic mean of precision, the share of alarms that are right, and recall, the share
    of anomalies that raise one.

    Args:
        scores: `(n,)`, of validation samples.
        labels: `(n,)`, true or 1 for an anomaly, false or 0 for a normal sample.

    Returns:
        The threshold, halfway to the next score above it, and its F1. Of equally good ones the
        highest, which raises the fewest alarms.

    Raises:
        ValueError: if the scores are not a finite array `(n,)`, or the labels not n of both kinds.

    Example:
        >>> threshold_by_f1([1.0, 2.0, 5.0, 4.0], [0, 0, 1, 1])
        (3.0, 1.0)
    """
    scores = _scores(scores, "scores")
    labels = as_numbers(labels, "labels")
    if labels.shape != scores.shape or {*np.unique(labels)} != {0, 1}:
        raise ValueError(
            f"labels must be {len(scores)}, one for each score, 0 and 1 of both kinds, got shape "
            f"{labels.shape} with {np.unique(labels)[:5]}."
        )
    order = np.argsort(-scores, kind="stable")
    right = np.cumsum(labels[order] == 1)  # alarms that are right, if the first i + 1 are alarms
    f1 = 2 * right / (np.arange(1, len(scores) + 1) + right[-1])
    falling = scores[order]
    below = np.append(falling[1:], falling[-1] - 1)  # -1: everything may be an alarm
    f1[falling == below] = 0.0  # equal scores raise an alarm together
    best = int(f1.argmax())
    return float((falling[best] + below[best]) / 2), float(f1[best])


def _scores(scores, name: str) -> np.ndarray:
    array = as_numbers(scores, name).astype(np.float64)
    if array.ndim != 1 or array.size == 0 or not np.isfinite(array).all():
        raise ValueError(f"{name} must be a finite array of shape (n,), got shape {array.shape}.")
    return array
