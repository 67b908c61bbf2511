"""Chapter 8: neighbors kept, search by code, area below ROC, a threshold, a detector, a choice."""

from functools import cache

from ae_course.grading.judging import questions
from ae_course.grading.judging.compare import told
from ae_course.grading.judging.kinds import Calls, Choice, Property
from ae_course.grading.judging.task import Exercise, Finding, Mistake, Task

import numpy as np


@cache
def _digits():
    from ae_course.data import digits

    return digits()


def distances(a, b):
    """‖aᵢ − bⱼ‖² for all pairs, shape (len(a), len(b))."""
    return ((a[:, None] - b) ** 2).sum(axis=-1)


# --- 8.1: how many neighbors does a map keep? ---------------------------------------------------


def near(z, k):
    """The k nearest of every row of z, without the row itself."""
    between = distances(z, z)
    np.fill_diagonal(between, np.inf)
    return between.argsort(axis=1)[:, :k]


def in_order(z, first, end):
    """The samples from the `first` to the `end` nearest, whichever they are."""
    return distances(z, z).argsort(axis=1)[:, first:end]


def common(a, b):
    """How many entries each row of a shares with the same row of b."""
    return (a[:, :, None] == b[:, None]).sum(axis=(1, 2))


def map_inputs(rng):
    """Samples and a map that keeps some of their neighbors.

    In one of the two, two samples are alike. Drawn again until the k nearest are settled: nobody
    stands between two that are equally far, and whoever takes the first in the order for the
    sample itself gets another answer.
    """
    while True:
        n, d, k = int(rng.integers(12, 20)), rng.integers(4, 7), int(rng.integers(2, 6))
        x = rng.normal(size=(n, d))
        h = x[:, :2] + 0.3 * rng.normal(size=(n, 2))
        z = (x, h)[rng.integers(2)]
        z[-1] = z[0]
        settled = all(settles(z, k) for z in (x, h))
        if settled and not np.isclose(kept(x, h, k), first_dropped(x, h, k)):
            return {"x": x, "h": h, "k": k}


def settles(z, k):
    """Whether the k-th nearest of every sample is nearer than the next."""
    between = distances(z, z)
    np.fill_diagonal(between, np.inf)
    ordered = np.sort(between, axis=1)
    return bool((ordered[:, k] - ordered[:, k - 1] > 1e-6).all())


def kept(x, h, k):
    """The reference: the share of the k nearest that stay."""
    return common(near(x, k), near(h, k)).mean() / k


def first_dropped(x, h, k):
    """The mistake of taking the nearest for the sample itself."""
    return common(in_order(x, 1, k + 1), in_order(h, 1, k + 1)).mean() / k


KEPT = Task(
    id="8.1",
    title="How many neighbors does a map keep?",
    points=20,
    level="medium",
    target="neighbors_kept",
    checks=(
        Calls(
            points=20,
            asks="`neighbors_kept` returns the share of the k nearest that x and h have in common",
            inputs=map_inputs,
            expect=kept,
            trials=6,
            mistakes=(
                Mistake(
                    "Every sample is its own nearest and always kept: leave it out and take the k "
                    "after it.",
                    lambda x, h, k: common(in_order(x, 0, k), in_order(h, 0, k)).mean() / k,
                ),
                Mistake(
                    "You took k + 1 nearest, the sample itself among them. Leave it out.",
                    lambda x, h, k: (
                        common(in_order(x, 0, k + 1), in_order(h, 0, k + 1)).mean() / (k + 1)
                    ),
                ),
                Mistake(
                    "You take the first in the order for the sample itself. Two samples may be "
                    "alike: put `np.inf` on the diagonal of the distances instead.",
                    first_dropped,
                ),
                Mistake(
                    "You took only k − 1 neighbors: `[:, :k]`, once the sample itself is left out.",
                    lambda x, h, k: common(near(x, k - 1), near(h, k - 1)).mean() / k,
                ),
                Mistake(
                    "You look for each neighbor among those of *all* samples. Compare row by row.",
                    lambda x, h, k: np.isin(near(x, k), near(h, k)).mean(),
                ),
                Mistake(
                    "You compare position by position. The order among the k does not matter: "
                    "count what is in both.",
                    lambda x, h, k: (near(x, k) == near(h, k)).mean(),
                ),
                Mistake(
                    "That is a number of neighbors; divide by k to get a share.",
                    lambda x, h, k: common(near(x, k), near(h, k)).mean(),
                ),
                Mistake(
                    "That is the sum over all samples; take the mean.",
                    lambda x, h, k: common(near(x, k), near(h, k)).sum() / k,
                ),
                Mistake(
                    "These are the farthest, not the nearest: sort the distances upwards.",
                    lambda x, h, k: (
                        common(
                            in_order(x, len(x) - k, len(x)), in_order(h, len(x) - k, len(x))
                        ).mean()
                        / k
                    ),
                ),
            ),
        ),
    ),
    hints=(
        "For all pairs at once: `((z[:, None] - z) ** 2).sum(axis=-1)` has shape (n, n). Do it for "
        "x and for h.",
        "A sample must not be its own neighbor, even if another one is just like it: "
        "`np.fill_diagonal(distances, np.inf)`. Then `argsort(axis=1)[:, :k]` are the neighbors.",
        "For one sample the share is `len(set(near_x[i]) & set(near_h[i])) / k`; the answer is the "
        "mean over i.",
    ),
)

# --- 8.2: search by code ------------------------------------------------------------------------


def search_inputs(rng):
    """A collection in four classes and queries from the same."""
    n, m, p = rng.integers(20, 30), rng.integers(5, 9), rng.integers(2, 5)
    centers = 1.5 * rng.normal(size=(4, p))
    stored_labels, labels = rng.integers(4, size=n), rng.integers(4, size=m)
    return {
        "stored": centers[stored_labels] + rng.normal(size=(n, p)),
        "stored_labels": stored_labels,
        "queries": centers[labels] + rng.normal(size=(m, p)),
        "labels": labels,
        "k": int(rng.integers(3, 6)),
    }


def hits(stored, stored_labels, queries, labels, k, start=0):
    """Which of the k nearest stored samples have the query's label, shape (m, k)."""
    order = distances(queries, stored).argsort(axis=1)[:, start : start + k]
    return stored_labels[order] == labels[:, None]


def voted(stored, stored_labels, queries, labels, k):
    """The accuracy of a vote."""
    order = distances(queries, stored).argsort(axis=1)[:, :k]
    winners = np.array([np.bincount(row).argmax() for row in stored_labels[order]])
    return (winners == labels).mean()


SEARCH = Task(
    id="8.2",
    title="Search by code",
    points=15,
    level="easy",
    target="precision_at",
    checks=(
        Calls(
            points=15,
            asks="`precision_at` returns the share of right labels among the k nearest stored",
            inputs=search_inputs,
            expect=lambda *inputs: hits(*inputs).mean(),
            trials=6,
            mistakes=(
                Mistake(
                    "You skip the nearest one. The queries are not in the collection, so nothing "
                    "has to be left out.",
                    lambda *inputs: hits(*inputs, start=1).mean(),
                ),
                Mistake(
                    "You count a query as a success if any of the k is right; count the share.",
                    lambda *inputs: hits(*inputs).any(axis=1).mean(),
                ),
                Mistake(
                    "That is the accuracy of a vote; precision counts every one of the k found.",
                    voted,
                ),
                Mistake(
                    "These are the farthest, not the nearest.",
                    lambda stored, stored_labels, queries, labels, k: (
                        stored_labels[distances(queries, stored).argsort(axis=1)[:, -k:]]
                        == labels[:, None]
                    ).mean(),
                ),
                Mistake(
                    "A row should hold the distances of one query to all stored codes. Yours is "
                    "turned round: use `queries[:, None] - stored`.",
                    lambda stored, stored_labels, queries, labels, k: (
                        stored_labels[distances(stored, queries).argsort(axis=1)[:, :k]]
                        == labels[:, None]
                    ).mean(),
                ),
                Mistake(
                    "You sort along the queries; sort along the stored codes, axis 1.",
                    lambda stored, stored_labels, queries, labels, k: (
                        stored_labels[distances(queries, stored).argsort(axis=0)[:, :k]]
                        == labels[:, None]
                    ).mean(),
                ),
                Mistake(
                    "That is the sum over the queries; take the mean.",
                    lambda *inputs: hits(*inputs).mean(axis=1).sum(),
                ),
                Mistake(
                    "That is a number of hits a query; divide by k.",
                    lambda *inputs: hits(*inputs).sum(axis=1).mean(),
                ),
                Mistake("As a share, please, not in percent.", lambda *i: 100 * hits(*i).mean()),
            ),
        ),
    ),
    hints=(
        "Distances of all queries to all stored codes: "
        "`((queries[:, None] - stored) ** 2).sum(axis=-1)`, shape (m, n).",
        "`argsort(axis=1)[:, :k]` gives the rows of the k nearest, shape (m, k). Index the stored "
        "labels with it.",
        "Compare with `labels[:, None]`, so that each row meets its own query's label, and take "
        "the mean of the whole array.",
    ),
)

# --- 8.3: the area from the scores --------------------------------------------------------------


def score_inputs(rng):
    """Scores with ties; anomalies a little higher, or, every other time, lower."""
    n = int(rng.integers(15, 25))
    anomalous = np.arange(n) < rng.integers(4, 8)
    anomalous = rng.permutation(anomalous)
    scores = rng.integers(6, size=n) / 2 + rng.choice([-1, 1]) * anomalous
    return {"scores": scores, "anomalous": anomalous}


def pairs(scores, anomalous):
    """Shares of pairs (anomaly, normal) with the anomaly higher, and equal."""
    a, b = scores[anomalous][:, None], scores[~anomalous]
    return (a > b).mean(), (a == b).mean()


def area(scores, anomalous):
    """The reference: the share of pairs in order, equal ones counted half."""
    higher, equal = pairs(scores, anomalous)
    return higher + equal / 2


def stepped(scores, anomalous):
    """The area below the curve as sorting happens to draw it."""
    steps = anomalous[np.argsort(-scores)]
    return np.trapezoid(np.cumsum(steps) / steps.sum(), np.cumsum(~steps) / (~steps).sum())


AREA = Task(
    id="8.3",
    title="The area below the curve",
    points=20,
    level="medium",
    target="area_below_roc",
    checks=(
        Calls(
            points=20,
            asks="`area_below_roc` returns the share of pairs that the scores put in order",
            inputs=score_inputs,
            expect=area,
            trials=12,
            mistakes=(
                Mistake(
                    "Equal scores are left out: a tied pair counts one half.",
                    lambda s, a: pairs(s, a)[0],
                ),
                Mistake(
                    "Equal scores count in full here; a tied pair counts one half.",
                    lambda s, a: sum(pairs(s, a)),
                ),
                Mistake(
                    "An area below ½ is an answer, too: it says that the scores are turned round. "
                    "Leave it as it is.",
                    lambda s, a: max(area(s, a), 1 - area(s, a)),
                ),
                Mistake(
                    "It is turned round: count the pairs in which the anomaly has the *higher* "
                    "score.",
                    lambda s, a: 1 - area(s, a),
                ),
                Mistake(
                    "Equal scores come in an arbitrary order when you sort, so the curve is not "
                    "settled there. Count pairs; a tied pair is one half.",
                    stepped,
                ),
                Mistake(
                    "That is a number of pairs; divide by how many pairs there are.",
                    lambda s, a: area(s, a) * a.sum() * (~a).sum(),
                ),
                Mistake(
                    "Divide by the number of pairs (anomalies × normal samples), not by n².",
                    lambda s, a: area(s, a) * a.sum() * (~a).sum() / len(a) ** 2,
                ),
            ),
        ),
    ),
    hints=(
        "`anomalous` is an array of booleans: `scores[anomalous]` are the scores of the anomalies, "
        "`scores[~anomalous]` those of the others.",
        "Compare all pairs at once: `high[:, None] > low` has shape (anomalies, normal samples), "
        "and its mean is the share of the pairs in order.",
        "Ties count half: add `0.5 * (high[:, None] == low).mean()`.",
    ),
)

# --- 8.4: a threshold with a promise ------------------------------------------------------------


def rate_inputs(rng):
    """Normal scores in no order, and a rate, of which every other one makes rate · n whole.

    The others leave more than half of one, so that rounding in any other way tells.
    """
    n = int(rng.integers(20, 60))
    rate = float((rng.integers(2, n // 4) + rng.uniform(0.55, 0.95)) / n)
    if rng.random() < 0.5:
        n, rate = int(rng.choice([20, 40])), float(rng.choice([0.05, 0.1, 0.2, 0.25]))
    return {"normal_scores": rng.gamma(2.0, size=n), "rate": rate}


def kth(normal_scores, rate, shift=0):
    """The score that has ⌊rate · n⌋ (+ shift) others above it."""
    position = int(np.floor(rate * len(normal_scores))) + shift
    return np.sort(normal_scores)[::-1][max(position, 0)]


THRESHOLD = Task(
    id="8.4",
    title="A threshold that keeps a promise",
    points=15,
    level="medium",
    target="threshold",
    checks=(
        Calls(
            points=10,
            asks="`threshold` is the smallest score with at most the given rate of scores above it",
            inputs=rate_inputs,
            expect=kth,
            trials=16,
            mistakes=(
                Mistake(
                    "That is the other end: a share `rate` of the scores lies *below* it.",
                    lambda s, rate: np.quantile(s, rate),
                ),
                Mistake(
                    "That lies between two scores: `np.quantile` interpolates. Sort the scores and "
                    "count, or ask it for a method that does not.",
                    lambda s, rate: np.quantile(s, 1 - rate),
                ),
                Mistake(
                    "`np.percentile` counts in percent; and it interpolates between two scores.",
                    lambda s, rate: np.percentile(s, 1 - rate),
                ),
                Mistake(
                    "rate · n is rounded to the nearest whole number; where that is above it, one "
                    "score too many lies above the threshold.",
                    lambda s, rate: np.sort(s)[::-1][round(rate * len(s))],
                ),
                Mistake(
                    "One score too low: too many lie above it, and the promise is broken.",
                    lambda s, rate: kth(s, rate, 1),
                ),
                Mistake(
                    "It keeps the promise, but a smaller one does too: one more score may lie "
                    "above.",
                    lambda s, rate: kth(s, rate, -1),
                ),
                Mistake(
                    "With the largest score as threshold there is no alarm; some are allowed.",
                    lambda s, rate: s.max(),
                ),
            ),
        ),
        Choice(
            points=5,
            asks="which scores to choose the threshold from",
            target="scores_8_4",
            expect="b",
            why={
                "a": "The network has been fitted to these samples, so their errors are too small, "
                "and later there are more false alarms than promised.",
                "b": "Normal samples that it was not trained on have errors like those to come.",
                "c": "Anomalies say nothing about the rate of false alarms, and usually there are "
                "none to hand.",
                "d": "The promise is about normal samples; with an unknown share of anomalies "
                "among them the threshold comes out too high.",
            },
        ),
    ),
    hints=(
        "How many of n scores may lie above t? The largest whole number that is at most rate · n.",
        "Call it m. Sort the scores, the largest first. Which of them has exactly m above it?",
        "`np.sort(normal_scores)[::-1][m]` with `m = int(np.floor(rate * len(normal_scores)))`.",
    ),
)

# --- 8.5: a detector ----------------------------------------------------------------------------


LONGEST, BACK = 16, 0.5
"""The longest code, and how much of the mean's error known digits may have."""
BOUNDS = {2: 0.95, 3: 0.88}


def finds(learner, rng):
    """Known digits come back, and unknown ones have larger errors, through a short code."""

    def between(x):
        return {"between": (x + np.roll(x, 1, axis=0)) / 2}

    asked = questions.ask_digits(learner, "detector", rng, at_most=LONGEST, more=between)
    scores = ((asked.x - asked.x_reconstructed) ** 2).sum(axis=1)
    normal = ~np.isin(asked.labels, (2, 3))
    share = scores[normal].mean() / asked.mean
    if share > BACK:
        return Finding(
            0,
            f"Known digits do not come back: their error is {told(100 * share, 50, 2)} % of the "
            "mean's. Train for longer, or give the code more numbers.",
        )
    areas = {digit: area_of(scores, normal, asked.labels == digit) for digit in BOUNDS}
    missed = [digit for digit, bound in BOUNDS.items() if areas[digit] < bound]
    if not missed:
        return Finding(1)
    nearly = all(areas[digit] >= bound - 0.04 for digit, bound in BOUNDS.items())
    words = " ".join(
        f"The area for the {digit}s is {told(areas[digit], BOUNDS[digit], 2)}; at least "
        f"{BOUNDS[digit]} is asked for."
        for digit in missed
    )
    average = (asked.x_reconstructed + np.roll(asked.x_reconstructed, 1, axis=0)) / 2
    straight = questions.squared_error(average, asked.more["between"])
    linear = straight < 5e-3 * questions.squared_error(average, average.mean(axis=0)[None])
    return Finding(0.5 * nearly, f"{words} {_advice(linear, share)}")


def area_of(scores, normal, anomalous):
    """The area for some anomalies among the normal samples."""
    asked = normal | anomalous
    return area(scores[asked], anomalous[asked])


def _advice(linear, share):
    if linear:
        return "The network is linear, and a linear map is too stiff: add a hidden layer."
    if share > 0.28:
        return (
            f"Known digits could come back better, their error is {100 * share:.0f} % of the "
            "mean's: train for longer."
        )
    return (
        "Known digits come back well, but unknown ones do as well: train on `known` alone, or "
        "shorten the code."
    )


def trained(code, hidden="(128,)", on="known", epochs=25):
    """Source of a detector."""
    return (
        f"detector = Autoencoder.dense(64, hidden={hidden}, code={code})\n"
        f"history = fit(detector, {on}, epochs={epochs}, batch_size=64, learning_rate=3e-3)"
    )


DETECTOR = Task(
    id="8.5",
    title="Find what it has never seen",
    points=20,
    level="hard",
    target="detector",
    checks=(
        Property(
            points=20,
            asks="known digits come back through at most 16 numbers; unknown ones have larger "
            "errors: area at least 0.95 for twos, 0.88 for threes",
            test=finds,
            mistakes=(
                Mistake(
                    "Known digits do not come back", "detector = Autoencoder.dense(64, code=8)"
                ),
                Mistake("train on `known` alone", trained(8, on="digits.train")),
                Mistake("The code has 64 numbers", "detector = Autoencoder.dense(64, code=64)"),
                Mistake("add a hidden layer", trained(8, hidden="()", epochs=60)),
                Mistake("give the code more numbers", trained(1, epochs=10)),
                Mistake("a table of stored images", questions.TABLE.format("detector")),
            ),
        ),
    ),
    hints=(
        "What should come back well, and what should not? Think of the code size first: the "
        "chapter tried 2, 4, 8 and 64.",
        "About eight numbers, and one hidden layer on each side, trained on `known` for a second "
        "or two.",
        "`Autoencoder.dense(64, hidden=(128,), code=8)`, then "
        "`fit(..., epochs=30, batch_size=64, learning_rate=3e-3)`.",
    ),
)

# --- 8.6: which representation? -----------------------------------------------------------------

CHOOSE = Task(
    id="8.6",
    title="Which for what?",
    points=10,
    level="medium",
    target="poster_8_6",
    checks=(
        Choice(
            points=3,
            asks="for the poster",
            expect="d",
            why={
                "a": "64 numbers cannot be drawn in the plane.",
                "b": "16 numbers cannot be drawn in the plane.",
                "c": "It would do, but it keeps fewer neighbors than another map, and here nothing "
                "else is asked for.",
                "d": "Nothing but neighborhoods counts, no sample is to come later: what t-SNE is "
                "made for.",
            },
        ),
        Choice(
            points=4,
            asks="for the explorer",
            target="explorer_8_6",
            expect="c",
            why={
                "a": "64 numbers cannot be drawn in the plane.",
                "b": "16 numbers cannot be drawn in the plane.",
                "c": "Its encoder places new digits at once and its decoder draws a digit for any "
                "point.",
                "d": "A new digit can only be placed by its neighbors, and a point between two "
                "others cannot be decoded.",
            },
        ),
        Choice(
            points=3,
            asks="for the classifier",
            target="classifier_8_6",
            expect="a",
            why={
                "a": "With so many labels the classifier finds for itself what matters, and a code "
                "has only less to offer.",
                "b": "With this many labels, what PCA leaves out costs a little, and nothing is "
                "gained by being short.",
                "c": "Two numbers are far too few to tell ten digits apart.",
                "d": "Two numbers are too few, and new digits can only be placed by their "
                "neighbors.",
            },
        ),
    ),
    hints=(
        "For each of the three ask: must new samples be encoded? Must codes be decoded? How many "
        "numbers are allowed?",
        "Only one of the four learns no map from digits to codes and none back, and only one "
        "costs nothing.",
    ),
)

EXERCISE = Exercise(
    stem="08_representations_at_work",
    title="Representations at work",
    provides=("autoencoder", "data", "fit", "plotting", "seeds"),
    tasks=(KEPT, SEARCH, AREA, THRESHOLD, DETECTOR, CHOOSE),
)
