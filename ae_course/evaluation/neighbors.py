"""Chapter 8: what the neighbors of a code say, by a vote and in a search."""

from ae_course.validation import as_samples, positive_int

import numpy as np
from sklearn.neighbors import NearestNeighbors


def nearest(stored_codes, query_codes, k: int = 1) -> np.ndarray:
    """Return which stored codes are nearest to each query, the nearest first.

    The search is scikit-learn's: it never holds all distances at once.

    Args:
        stored_codes: `(n, p)`, the collection.
        query_codes: `(m, p)`. A query that is itself stored finds itself first.
        k: how many, at most n.

    Returns:
        `(m, k)` integers: rows of `stored_codes`, by Euclidean distance; equal ones by row.

    Raises:
        ValueError: if k exceeds n, or the codes are not finite arrays of one code size.
    """
    stored = as_samples(stored_codes, (None,), "stored_codes").astype(np.float64)
    queries = as_samples(query_codes, stored.shape[1:], "query_codes").astype(np.float64)
    if positive_int(k, "k") > len(stored):
        raise ValueError(f"k must be ≤ the {len(stored)} stored codes, got {k}.")
    search = NearestNeighbors(n_neighbors=min(k + 1, len(stored))).fit(stored)
    distances, found = search.kneighbors(queries)
    found = np.take_along_axis(found, np.lexsort((found, distances)), axis=1)
    for i in np.flatnonzero(distances[:, k - 1] == distances[:, k:].T):  # equal ones are left out
        every = ((stored - queries[i]) ** 2).sum(axis=1)
        found[i, :k] = np.argsort(every, kind="stable")[:k]
    return found[:, :k]


def knn_accuracy(train_codes, train_labels, test_codes, test_labels, k: int = 5) -> float:
    """Return the share of test samples whose label is the commonest of their k nearest.

    Args:
        train_codes: `(n, p)`.
        train_labels: `(n,)` integers ≥ 0.
        test_codes: `(m, p)`.
        test_labels: `(m,)`.
        k: neighbors that vote; between equal counts the smallest label wins.

    Returns:
        A share between 0 and 1.

    Raises:
        ValueError: if sizes do not match or k exceeds n.
    """
    train_codes = as_samples(train_codes, (None,), "train_codes")
    test_codes = as_samples(test_codes, train_codes.shape[1:], "test_codes")
    labels = _labels(train_labels, train_codes, "train")
    votes = labels[nearest(train_codes, test_codes, k)]
    winners = np.array([np.bincount(row).argmax() for row in votes])
    return float((winners == _labels(test_labels, test_codes, "test")).mean())


def precision_at_k(stored_codes, stored_labels, query_codes, query_labels, k: int = 10) -> float:
    """Return the share of the k nearest stored samples that have the query's label, on average.

    Args:
        stored_codes: `(n, p)`.
        stored_labels: `(n,)` integers ≥ 0.
        query_codes: `(m, p)`, of samples that are not stored.
        query_labels: `(m,)`.
        k: how many results are looked at.

    Returns:
        The mean over the queries, between 0 and 1.

    Raises:
        ValueError: if sizes do not match or k exceeds n.
    """
    stored_codes = as_samples(stored_codes, (None,), "stored_codes")
    query_codes = as_samples(query_codes, stored_codes.shape[1:], "query_codes")
    found = _labels(stored_labels, stored_codes, "stored")[nearest(stored_codes, query_codes, k)]
    return float((found == _labels(query_labels, query_codes, "query")[:, None]).mean())


def _labels(labels, codes, name: str) -> np.ndarray:
    labels = np.asarray(labels)
    if labels.shape != (len(codes),) or labels.dtype.kind not in "biu" or labels.min() < 0:
        raise ValueError(
            f"{name}_labels must be {len(codes)} integers ≥ 0, got shape {labels.shape}, "
            f"dtype {labels.dtype}."
        )
    return labels
