"""Right answers in other styles than the solution's: loops, einsum, float32, libraries, lists."""

import heapq
from itertools import pairwise

from ae_course.grading.judging.kinds import Calls
from ae_course.grading.judging.task import exercise_of, load_exercise, stems
from ae_course.grading.sandbox.child.in_process import LocalLearner

import numpy as np
import pytest
from scipy import special, stats
from scipy.spatial.distance import cdist
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import NearestNeighbors


def sigma(z):
    return special.expit(z)


def loss(theta, x):
    return np.square(x - (x @ theta)[:, None] * theta).sum() / len(x)


def gradients(x, W, b, W2, b2):
    h = np.tanh(x @ W.T + b)
    back = 2 * (h @ W2.T + b2 - x) / len(x)
    delta = (back @ W2) * (1 - h * h)
    return delta.T @ x, delta.sum(0), back.T @ h, back.sum(0)


def one_by_one(x, W, b, W2, b2):
    """The gradients of every sample's error."""
    for row in x:
        h = np.tanh(W @ row + b)
        back = 2 * (W2 @ h + b2 - row)
        delta = (W2.T @ back) * (1 - h**2)
        yield np.outer(delta, row), delta, np.outer(back, h), back


def slope_of_kl(activity, rho):
    return (activity - rho) / (activity * (1 - activity))


def bits_by_heap(variances, total):
    left = [(-v, i) for i, v in enumerate(variances)]
    heapq.heapify(left)
    bits = [0] * len(variances)
    for _ in range(total):
        most, i = heapq.heappop(left)
        bits[i] += 1
        heapq.heappush(left, (most / 4, i))
    return bits


def bits_in_place(variances, total):
    bits = np.zeros_like(variances)
    while bits.sum() < total:
        bits[np.argmax(variances * 0.25**bits)] += 1
    return bits


def quarters(variances):
    """What each of 60 bits of a component would be given for."""
    return variances[:, None] / 4.0 ** np.arange(60)


def nearest_of_grid(values, levels):
    grids = [np.linspace(-1, 1, m) for m in levels]
    columns = zip(values.T, grids, strict=True)
    return np.stack([g[np.abs(v[:, None] - g).argmin(axis=1)] for v, g in columns], axis=1)


def index_by_horner(values, levels):
    index = np.zeros(len(values))
    for column, m in zip(values.T, levels, strict=True):
        index = index * m + np.round((column + 1) / 2 * (m - 1))
    return index


def values_by_remainders(indices, levels):
    rest, columns = np.array(indices), []
    for m in levels[::-1]:
        rest, digit = np.divmod(rest, m)
        columns.append(-1 + 2 * digit / (m - 1))
    return np.stack(columns[::-1], axis=1)


def vector_steps(x, h, c, W2, weight):
    return np.einsum("nd,dp->np", 2 / len(x) * (c @ W2.T - x), W2) + weight * 2 / len(x) * (h - c)


def vectors_one_by_one(x, h, codebook, W2, weight):
    for sample, vector in zip(x, h, strict=True):
        c = min(codebook, key=lambda e: np.linalg.norm(vector - e))
        yield (2 * W2.T @ (W2 @ c - sample) + 2 * weight * (vector - c)) / len(x)


def entries_by_loop(h, codebook):
    index = cdist(h, codebook).argmin(axis=1)
    return [2 * (e - h[index == j]).sum(axis=0) / len(h) for j, e in enumerate(codebook)]


def entries_added_at(h, codebook):
    index, gradient = cdist(h, codebook).argmin(axis=1), np.zeros_like(codebook)
    np.add.at(gradient, index, 2 * (codebook[index] - h) / len(h))
    return gradient


def entries_by_counts(h, codebook):
    chose = cdist(h, codebook).argmin(axis=1)[:, None] == np.arange(len(codebook))
    return 2 / len(h) * (chose.sum(axis=0)[:, None] * codebook - chose.T @ h)


def update_by_loop(counts, sums, h, codebook, decay, epsilon):
    counts, sums = decay * counts, decay * sums
    for vector in h:
        j = np.argmin(np.linalg.norm(codebook - vector, axis=1))
        counts[j] += 1 - decay
        sums[j] += (1 - decay) * vector
    share = (counts + epsilon) / (counts.sum() + len(counts) * epsilon)
    return counts, sums, sums / (share * counts.sum())[:, None]


def update_added_at(counts, sums, h, codebook, decay, epsilon):
    index = cdist(h, codebook).argmin(axis=1)
    number, total = np.bincount(index, minlength=len(codebook)), np.zeros_like(sums)
    np.add.at(total, index, h)
    counts = counts + (1 - decay) * (number - counts)
    sums = sums + (1 - decay) * (total - sums)
    smooth = counts + epsilon
    return counts, sums, (sums.T / smooth * (smooth.sum() / counts.sum())).T


def epoch(x, W, b, W2, b2, rate, size):
    theta = [W, b, W2, b2]
    for batch in np.split(x, range(size, len(x), size)):
        theta = [w - rate * g for w, g in zip(theta, gradients(batch, *theta), strict=True)]
    return theta


def epoch_in_place(x, W, b, W2, b2, rate, size):
    theta = [w.copy() for w in (W, b, W2, b2)]
    start = 0
    while start < len(x):
        for w, g in zip(theta, gradients(x[start : start + size], *theta), strict=True):
            w -= rate * g
        start += size
    return tuple(theta)


def moved_and_put_back(theta, x, epsilon):
    slopes = []
    for m in range(len(theta)):
        theta[m] += epsilon
        above = loss(theta, x)
        theta[m] -= 2 * epsilon
        below = loss(theta, x)
        theta[m] += epsilon
        slopes.append((above - below) / (2 * epsilon))
    return np.array(slopes)


def fitted_reconstruction(x, p):
    pca = PCA(int(p)).fit(x)
    return pca.inverse_transform(pca.transform(x))


def by_eigenvectors(x, p):
    mean = x.mean(0)
    vectors = np.linalg.eigh((x - mean).T @ (x - mean))[1][:, ::-1][:, :p]
    return (x - mean) @ vectors @ vectors.T + mean


def size_by_loop(variances, share):
    total = 0.0
    for p, variance in enumerate(variances, start=1):
        total += variance
        if total / sum(variances) >= share:
            return p
    return len(variances)


def without_itself(z, k):
    return NearestNeighbors(n_neighbors=k).fit(z).kneighbors(return_distance=False)


def neighbors_by_loop(x, h, k):
    shares = []
    for i in range(len(x)):
        near = []
        for z in (x, h):
            others = [j for j in range(len(z)) if j != i]
            near.append(set(sorted(others, key=lambda j, z=z: np.linalg.norm(z[j] - z[i]))[:k]))
        shares.append(len(near[0] & near[1]) / k)
    return sum(shares) / len(shares)


def precision_by_loop(stored, stored_labels, queries, labels, k):
    right = 0
    for query, label in zip(queries, labels, strict=True):
        order = np.argsort(np.linalg.norm(stored - query, axis=1))[:k]
        right += (stored_labels[order] == label).sum()
    return right / (len(queries) * k)


def area_by_ranks(scores, anomalous):
    ranks, n = stats.rankdata(scores), anomalous.sum()
    return (ranks[anomalous].sum() - n * (n + 1) / 2) / (n * (len(scores) - n))


def threshold_by_trying(normal_scores, rate):
    allowed = np.floor(rate * len(normal_scores) + 1e-9)
    return min(t for t in normal_scores if (normal_scores > t).sum() <= allowed)


def spread_by_loop(x, W):
    values, h = [], x
    for k in range(len(W) + 1):
        values.append(np.mean([np.std(column) for column in h.T]))
        h = sigma(np.einsum("ij,nj->ni", W[k], h)) if k < len(W) else h
    return values


def best_by_average(x, probability, code, p):
    rows = [np.average(x[code == k], axis=0, weights=probability[code == k]) for k in range(int(p))]
    return np.array(rows)


def best_by_loop(x, probability, code, p):
    table, weight = np.zeros((p, x.shape[1])), np.zeros(p)
    for row, q, k in zip(x, probability, code, strict=True):
        table[k] += q * row
        weight[k] += q
    return table / weight[:, None]


def unrolled(x, W1, b1, V1, c1, W2, b2, V2, c2):
    h1 = sigma(x @ W1.T + b1)
    code = np.dot(h1, W2.T) + b2
    return [code, sigma(sigma(np.dot(code, V2.T) + c2) @ V1.T + c1)]


def unrolled_by_sample(x, *w):
    parts = [unrolled(row[None], *w) for row in x]
    return tuple(np.concatenate([p[i] for p in parts]) for i in range(2))


def gaussian_kl(m, lv, pm, plv):
    term = plv - lv + (np.exp(lv) + (m - pm) ** 2) / np.exp(plv) - 1
    return 0.5 * np.sum(term, axis=1)


def kl(h, rho):
    return float(
        sum(special.rel_entr(rho, r) + special.rel_entr(1 - rho, 1 - r) for r in h.mean(0))
    )


def relu(z):
    return np.maximum(z, 0)


def shares_one_by_one(W):
    result = []
    for own in W.T:
        total = sum((own @ other) ** 2 for other in W.T)
        result.append((own @ own) ** 2 / total if total else 0)
    return np.array(result)


def untied_one_by_one(x, W, V, b, w):
    """The gradients of every sample's loss, added up."""
    of_W, of_V, of_b = np.zeros_like(W), np.zeros_like(V), np.zeros_like(b)
    for row in x:
        h = W @ row
        a = V @ h + b
        back = -2 * w * (row - relu(a)) * (a > 0) / len(x)
        of_W += np.outer(V.T @ back, row)
        of_V += np.outer(back, h)
        of_b += back
    return of_W, of_V, of_b


def untied_by_einsum(x, W, V, b, w):
    a = x @ W.T @ V.T + b
    back = 2 / len(x) * (relu(a) - x) * w * (a > 0)
    of_V = np.einsum("ni,pj,nj->ip", back, W, x)
    return np.einsum("ni,ip,nj->pj", back, V, x), of_V, np.einsum("ni->i", back)


def thresholds_one_by_one(a, tau, epsilon, dh):
    of_a, of_tau = np.zeros_like(a), np.zeros_like(tau)
    for (k, j), value in np.ndenumerate(a):
        if value > tau[j]:
            of_a[k, j] = dh[k, j]
        if abs(value - tau[j]) < epsilon / 2:
            of_tau[j] -= dh[k, j] * tau[j] / epsilon
    return of_a, of_tau


def found_one_by_one(directions, dictionary, h):
    best = []
    for v in directions:
        cosines = [
            v @ row / np.sqrt((v @ v) * (row @ row))
            for row, values in zip(dictionary, h.T, strict=True)
            if np.any(values)
        ]
        best.append(max(cosines))
    return sum(best) / len(best)


def losses_by_cases(gamma, w):
    """The expectation over the four cases of two features that are 0 or 1."""
    total = np.zeros(3)
    for one in (0, 1):
        for two in (0, 1):
            chance = (gamma if one else 1 - gamma) * (gamma if two else 1 - gamma)
            shared = (one - relu(one - two)) ** 2 + w * (two - relu(two - one)) ** 2
            total += chance * np.array([w * (two - gamma) ** 2, (one - gamma) ** 2, shared])
    return total


def denoised_by_softmax(x, points, s):
    return special.softmax(-cdist(x, points, "sqeuclidean") / (2 * s**2), axis=1) @ points


def variance_by_fixed_points(variance, v, levels, steps, c):
    """Steps with one factor are a geometric approach to where they lead."""
    for s in levels:
        keep = (1 - c * s**2 / (v + s**2)) ** 2
        end = 2 * c * s**2 / (1 - keep)
        variance = end + keep**steps * (variance - end)
    return variance


def slope_of_log_share(x, means, labels, y, s):
    """By the weights of the Gaussians, those of the class among themselves."""
    share = special.softmax(-cdist(x, means, "sqeuclidean") / (2 * s**2), axis=1)
    mine = share * (labels == y)
    return (mine / mine.sum(axis=1, keepdims=True) - share) @ means / s**2


STYLES = {
    ("1.1", "encode"): [
        lambda x, W, b: 1 / (1 + np.exp(-(np.einsum("ij,kj->ik", x, W) + b))),
        lambda x, W, b: np.array([sigma(W @ row + b) for row in x]),
        lambda x, W, b: sigma((x @ W.T + b).astype("float32")),
        lambda x, W, b: (0.5 * (1 + np.tanh((x @ W.T + b) / 2))).tolist(),
    ],
    ("1.2", "decode"): [
        lambda h, W2, b2: np.dot(h, W2.T) + b2,
        lambda h, W2, b2: [W2 @ row + b2 for row in h],
        lambda h, W2, b2: (W2 @ h.T).T + b2,
    ],
    ("1.2", "reconstruct"): [
        lambda x, W, b, W2, b2: np.einsum("dp,np->nd", W2, sigma(x @ W.T + b)) + b2,
        lambda x, W, b, W2, b2: [W2 @ sigma(W @ row + b) + b2 for row in x],
        lambda x, W, b, W2, b2: (W2 @ sigma(W @ x.T + b[:, None]) + b2[:, None]).T,
    ],
    ("1.3", "count_parameters"): [
        lambda s: int((s[:-1] * s[1:]).sum() + s[1:].sum()),
        lambda s: sum((a + 1) * b for a, b in pairwise(s)),
        lambda s: np.array([np.dot(s[:-1] + 1, s[1:])]),
    ],
    ("1.4", "squared_error"): [
        lambda x, r: np.linalg.norm(x - r, axis=1).dot(np.linalg.norm(x - r, axis=1)) / len(x),
        lambda x, r: ((x - r) ** 2).sum() / x.shape[0],
        lambda x, r: np.array([np.mean([np.dot(d, d) for d in x - r])]),
    ],
    ("2.1", "dense_layer"): [
        lambda x, k, b, a: {"relu": lambda z: z * (z > 0), "sigmoid": sigma, "linear": lambda z: z}[
            a
        ](x @ k + b),
        lambda x, k, b, a: np.stack(
            [
                (np.maximum(z, 0) if a == "relu" else sigma(z) if a == "sigmoid" else z)
                for z in np.dot(x, k) + b
            ]
        ),
        lambda x, k, b, a: (
            np.clip(x @ k + b, 0, None)
            if a == "relu"
            else (x @ k + b if a == "linear" else 1 / (1 + np.exp(-(x @ k + b))))
        ),
    ],
    ("2.2", "best_decoder"): [
        best_by_average,
        best_by_loop,
        lambda x, q, c, p: (np.eye(p)[c].T @ (q[:, None] * x)) / (np.eye(p)[c].T @ q)[:, None],
    ],
    ("2.2", "expected_error"): [
        lambda x, q, code, decoded: np.sum(q[:, None] * np.square(x - decoded[code])),
        lambda x, q, code, decoded: sum(
            weight * np.sum((point - decoded[k]) ** 2)
            for point, weight, k in zip(x, q, code, strict=True)
        ),
        lambda x, q, code, decoded: np.average(
            np.linalg.norm(x - decoded[code], axis=1) ** 2, weights=q
        ),
    ],
    ("2.5", "distinct_units"): [
        lambda W, b, W2: len({(*r, t, *c) for r, t, c in zip(W, b, W2.T, strict=True)}),
        lambda W, b, W2: np.unique(np.c_[W, b, W2.T], axis=0).shape[0],
        lambda W, b, W2: len({r.tobytes() for r in np.hstack([W, b[:, None], W2.T])}),
    ],
    ("2.6", "change_code"): [
        lambda W, b, W2, T: (T @ W, T @ b, np.linalg.solve(T.T, W2.T).T),
        lambda W, b, W2, T: [np.dot(T, W), T.dot(b), W2.dot(np.linalg.pinv(T))],
        lambda W, b, W2, T: (np.einsum("ij,jk", T, W), b @ T.T, W2 @ np.linalg.inv(T)),
    ],
    ("3.1", "dataset_error"): [
        lambda mse, n, d: d * np.dot(mse, n) / n.sum(),
        lambda mse, n, d: sum(m * k * d for m, k in zip(mse, n, strict=True)) / sum(n),
        lambda mse, n, d: np.average(mse * d, weights=n),
    ],
    ("3.2", "decoder_gradients"): [
        lambda x, *theta: gradients(x, *theta)[2:],
        lambda x, *theta: list(gradients(x.astype("float32"), *theta)[2:]),
        lambda x, *theta: tuple(sum(each) / len(x) for each in zip(*one_by_one(x, *theta)))[2:],  # noqa: B905
    ],
    ("3.2", "encoder_gradients"): [
        lambda x, *theta: gradients(x, *theta)[:2],
        lambda x, *theta: list(gradients(x.astype("float32"), *theta)[:2]),
        lambda x, *theta: tuple(sum(each) / len(x) for each in zip(*one_by_one(x, *theta)))[:2],  # noqa: B905
    ],
    ("3.3", "numerical_gradient"): [
        moved_and_put_back,
        lambda t, x, e: [
            (loss(t + e * u, x) - loss(t - e * u, x)) / (2 * e) for u in np.eye(len(t))
        ],
        lambda t, x, e: (
            np.array([loss(t + e * u, x) - loss(t - e * u, x) for u in np.eye(len(t))]) / e / 2
        ),
    ],
    ("3.4", "one_epoch"): [
        epoch,
        epoch_in_place,
        lambda *a: tuple(np.asarray(w, dtype="float64") for w in epoch(*a)),
    ],
    ("3.6", "entropy_floor"): [
        lambda x: (special.entr(x) + special.entr(1 - x)).sum(1).mean(),
        lambda x: -np.sum(special.xlogy(x, x) + special.xlogy(1 - x, 1 - x)) / len(x),
        lambda x: np.mean([sum(stats.entropy([v, 1 - v]) for v in row) for row in x]),
    ],
    ("4.1", "pca_reconstruct"): [
        fitted_reconstruction,
        by_eigenvectors,
        lambda x, p: np.add(by_eigenvectors(x - 1, p), 1).tolist(),
    ],
    ("4.2", "left_out"): [
        lambda x, p: np.linalg.eigvalsh(np.cov(x.T, bias=True))[::-1][p:].sum(),
        lambda x, p: ((x - fitted_reconstruction(x, p)) ** 2).sum() / len(x),
        lambda x, p: PCA().fit(x).explained_variance_[p:].sum() * (len(x) - 1) / len(x),
    ],
    ("4.3", "smallest_size"): [
        size_by_loop,
        lambda v, s: int(np.searchsorted(np.cumsum(v) / v.sum(), s) + 1),
        lambda v, s: int((np.cumsum(v / v.sum()) < s).sum() + 1),
        lambda v, s: next(p for p in range(1, len(v) + 1) if v[:p].sum() >= s * v.sum()),
    ],
    ("4.4", "mix"): [
        lambda W, W2, T: (T @ W, np.linalg.solve(T.T, W2.T).T),
        lambda W, W2, T: [T.dot(W), W2.dot(np.linalg.inv(T))],
        lambda W, W2, T: (np.einsum("ij,jk", T, W), W2 @ np.linalg.pinv(T)),
    ],
    ("5.2", "identity_distance"): [
        lambda z, r: np.square(r - z).sum() / (z.var(axis=0).sum() * len(z)),
        lambda z, r: np.linalg.norm(r - z) ** 2 / np.linalg.norm(z - z.mean(0)) ** 2,
        lambda z, r: ((r - z) ** 2).mean() / z.var(axis=0).mean(),
    ],
    ("5.4", "decode_from_memory"): [
        lambda h, t, s: np.array([s[np.argmin(np.abs(t - one))] for one in h]),
        lambda h, t, s: s[cdist(h[:, None], t[:, None]).argmin(axis=1)],
        lambda h, t, s: s[((t[None] - h[:, None]) ** 2).argmin(1)],
    ],
    ("6.1", "kl_penalty"): [
        kl,
        lambda h, q: np.sum(
            q * np.log(q)
            - q * np.log(h.mean(0))
            + (1 - q) * np.log(1 - q)
            - (1 - q) * np.log(1 - h.mean(0))
        ),
        lambda h, q: sum(stats.entropy([q, 1 - q], [r, 1 - r]) for r in h.mean(axis=0)),
    ],
    ("6.1", "kl_gradient"): [
        lambda h, rho: np.broadcast_to(slope_of_kl(h.mean(0), rho) / len(h), h.shape),
        lambda h, rho: np.repeat(slope_of_kl(h.mean(0), rho)[None] / len(h), len(h), axis=0),
        lambda h, rho: [list(slope_of_kl(h.mean(0), rho) / len(h)) for _ in h],
    ],
    ("6.2", "top_k"): [
        lambda h, k: np.where(np.argsort(np.argsort(-h, axis=1), axis=1) < k, h, 0),
        lambda h, k: [[v if v in sorted(r)[-k:] else 0.0 for v in r] for r in h.tolist()],
        lambda h, k: h * (h >= np.partition(h, -k, axis=1)[:, -k][:, None]),
    ],
    ("6.3", "jacobian_norm"): [
        lambda h, W: np.array(
            [((r * (1 - r))[:, None] * W).ravel() @ ((r * (1 - r))[:, None] * W).ravel() for r in h]
        ),
        lambda h, W: np.einsum("np,pd->n", (h - h**2) ** 2, W**2),
        lambda h, W: np.linalg.norm((h * (1 - h))[:, :, None] * W, axis=(1, 2)) ** 2,
    ],
    ("6.4", "best_denoiser"): [
        lambda x, m, c, s: (c**2 * x + s**2 * m) / (c**2 + s**2),
        lambda x, m, c, s: m + (x - m) / (1 + (s / c) ** 2),
        lambda x, m, c, s: x - (x - m) * s * s / (s * s + c * c),
    ],
    ("7.2", "spread"): [
        spread_by_loop,
        lambda x, W: np.array(spread_by_loop(x, W), dtype="float32"),
        lambda x, W: tuple(spread_by_loop(x, list(W))),
    ],
    ("7.3", "through_stack"): [
        unrolled,
        unrolled_by_sample,
        lambda *a: tuple(part.astype("float32") for part in unrolled(*a)),
    ],
    ("8.1", "neighbors_kept"): [
        neighbors_by_loop,
        lambda x, h, k: np.mean(
            [
                np.intersect1d(a, b).size / k
                for a, b in zip(without_itself(x, k), without_itself(h, k), strict=True)
            ]
        ),
        lambda x, h, k: np.mean(
            [
                np.isin(a, b).mean()
                for a, b in zip(
                    *((cdist(z, z) + 1e9 * np.eye(len(z))).argsort(1)[:, :k] for z in (x, h)),
                    strict=True,
                )
            ]
        ),
    ],
    ("8.2", "precision_at"): [
        precision_by_loop,
        lambda s, sl, q, y, k: (sl[cdist(q, s).argsort(1)[:, :k]] == y[:, None]).mean(),
        lambda s, sl, q, y, k: np.mean(
            sl[NearestNeighbors(n_neighbors=k).fit(s).kneighbors(q)[1]] == y[:, None]
        ),
    ],
    ("8.3", "area_below_roc"): [
        area_by_ranks,
        lambda s, a: roc_auc_score(a, s),
        lambda s, a: np.mean([(p > q) + 0.5 * (p == q) for p in s[a] for q in s[~a]]),
    ],
    ("8.4", "threshold"): [
        threshold_by_trying,
        lambda s, r: np.sort(s)[len(s) - 1 - int(r * len(s) + 1e-9)],
        lambda s, r: sorted(s, reverse=True)[int(np.floor(r * len(s)))],
    ],
    ("9.1", "divergence"): [
        gaussian_kl,
        lambda m, lv, pm, plv: [
            gaussian_kl(a[None], v[None], pm, plv)[0] for a, v in zip(m, lv, strict=True)
        ],
        lambda m, lv, pm, plv: gaussian_kl(m, lv, pm, plv).astype("float32"),
    ],
    ("9.2", "draw"): [
        lambda m, lv, e: m + e * np.sqrt(np.exp(lv)),
        lambda m, lv, e: np.exp(0.5 * lv) * e + m,
        lambda m, lv, e: (m + np.exp(lv / 2) * e).tolist(),
    ],
    ("9.2", "backward"): [
        lambda m, lv, e, g: (g, g * 0.5 * np.exp(0.5 * lv) * e),
        lambda m, lv, e, g: [g.copy(), np.sqrt(np.exp(lv)) * e * g / 2],
        lambda m, lv, e, g: (g, (m + np.exp(lv / 2) * e - m) * g / 2),
    ],
    ("9.3", "active"): [
        lambda m, t: np.sum(np.var(m, axis=0) > t),
        lambda m, t: sum(np.std(unit) ** 2 > t for unit in m.T),
        lambda m, t: np.count_nonzero(((m - m.mean(0)) ** 2).mean(0) > t),
    ],
    ("9.4", "unit_divergences"): [
        lambda v, b: np.maximum(0, 0.5 * np.log(2 * v / b)),
        lambda v, b: [np.log(x / (b / 2)) / 2 if x > b / 2 else 0.0 for x in v],
        lambda v, b: np.where(v > b / 2, (np.log(v) - np.log(b / 2)) / 2, 0),
    ],
    ("10.1", "codes_of"): [
        lambda h, c: cdist(h, c).argmin(axis=1),
        lambda h, c: [int(np.argmin([np.linalg.norm(v - e) for e in c])) for v in h],
        lambda h, c: np.argmax(h @ c.T - (c**2).sum(axis=1) / 2, axis=1),
        lambda h, c: NearestNeighbors(n_neighbors=1).fit(c).kneighbors(h)[1][:, 0],
    ],
    ("10.1", "perplexity_of"): [
        lambda i, k: np.exp(stats.entropy(np.unique(i, return_counts=True)[1])),
        lambda i, k: 2 ** stats.entropy(np.bincount(i), base=2),
        lambda i, k: np.prod([np.mean(i == j) ** -np.mean(i == j) for j in set(i)]),
        lambda i, k: np.exp(special.entr(np.bincount(i, minlength=k) / len(i)).sum()),
    ],
    ("10.2", "allocate"): [
        bits_by_heap,
        lambda v, t: np.bincount(np.argsort(-quarters(v), axis=None)[:t] // 60, minlength=len(v)),
        bits_in_place,
    ],
    ("10.3", "quantize"): [
        lambda h, m: nearest_of_grid(np.tanh(h), m),
        lambda h, m: np.round((np.tanh(h) + 1) * (m - 1) / 2) * 2 / (m - 1) - 1,
        lambda h, m: (2 * np.floor(special.expit(2 * h) * (m - 1) + 0.5) / (m - 1) - 1).tolist(),
    ],
    ("10.3", "index_of"): [
        index_by_horner,
        lambda v, m: np.rint((v + 1) / 2 * (m - 1)) @ np.append(np.cumprod(m[:0:-1])[::-1], 1),
        lambda v, m: [
            int(np.ravel_multi_index([round(d) for d in (row + 1) / 2 * (m - 1)], m)) for row in v
        ],
    ],
    ("10.3", "values_of"): [
        values_by_remainders,
        lambda i, m: np.array([*np.ndindex(*m)])[i] * 2 / (m - 1) - 1,
        lambda i, m: np.transpose(np.unravel_index(i, tuple(m))) / ((m - 1) / 2) - 1,
    ],
    ("10.4", "vector_gradient"): [
        lambda *given: np.stack([*vectors_one_by_one(*given)]),
        lambda x, h, c, W2, w: vector_steps(x, h, c[cdist(h, c).argmin(axis=1)], W2, w),
        lambda x, h, c, W2, w: vector_steps(x, h, c[cdist(h, c).argmin(axis=1)], W2, w).astype(
            "float32"
        ),
    ],
    ("10.4", "codebook_gradient"): [
        lambda x, h, c, W2, w: entries_by_loop(h, c),
        lambda x, h, c, W2, w: entries_added_at(h, c),
        lambda x, h, c, W2, w: entries_by_counts(h, c),
    ],
    ("10.5", "update"): [
        update_by_loop,
        update_added_at,
        lambda *given: [part.astype("float32") for part in update_by_loop(*given)],
    ],
    ("11.1", "best_denoiser"): [
        denoised_by_softmax,
        lambda x, p, s: [denoised_by_softmax(row[None], p, s)[0] for row in x],
        lambda x, p, s: denoised_by_softmax(x, p, s).astype("float32"),
        lambda x, p, s: (
            x
            + s**2
            * np.array(
                [special.softmax(-(cdist([r], p)[0] ** 2) / (2 * s**2)) @ (p - r) for r in x]
            )
            / s**2
        ),
    ],
    ("11.2", "kept_share"): [
        lambda b: np.exp(np.cumsum(np.log1p(-b))),
        lambda b: [np.prod(1 - b[: k + 1]) for k in range(len(b))],
        lambda b: np.cumprod([1 - one for one in b.tolist()]).tolist(),
    ],
    ("11.2", "clean_and_score"): [
        lambda x, e, a: (x / a**0.5 - ((1 - a) / a) ** 0.5 * e, -e / (1 - a) ** 0.5),
        lambda x, e, a: [(x - (1 - a) ** 0.5 * e) / a**0.5, -e * (1 - a) ** 0.5 / (1 - a)],
        lambda x, e, a: np.stack([(x - np.sqrt(1 - a) * e) / np.sqrt(a), e / -np.sqrt(1 - a)]),
    ],
    ("11.3", "euler_step"): [
        lambda x, f, s, t: f + t * (x - f) / s,
        lambda x, f, s, t: x - (s - t) * (x - f) / s,
        lambda x, f, s, t: (t * x + (s - t) * f) / s,
    ],
    ("11.3", "heun_step"): [
        lambda x, f, g, s, t: x + (t - s) / 2 * ((x - f) / s + ((f + t * (x - f) / s) - g) / t),
        lambda x, f, g, s, t: (
            ((f + t / s * (x - f)) + x + (t - s) * ((f + t / s * (x - f)) - g) / t) / 2
        ),
        lambda x, f, g, s, t: np.mean(
            [f + t / s * (x - f), x + (t - s) / t * (f + t / s * (x - f) - g)], axis=0
        ),
    ],
    ("11.4", "annealed_step"): [
        lambda x, g, s, c, e: x + s * (c * s * g + (2 * c) ** 0.5 * e),
        lambda x, g, s, c, e: np.add(np.sqrt(2 * c * s * s) * e, x) + c * s * s * g,
        lambda x, g, s, c, e: (x + c * s**2 * g + s * np.sqrt(2 * c) * e).tolist(),
    ],
    ("11.4", "variance_after"): [
        variance_by_fixed_points,
        lambda w, v, levels, steps, c: np.float32(variance_by_fixed_points(w, v, levels, steps, c)),
        lambda w, v, levels, steps, c: np.array(
            variance_by_fixed_points(w, v, levels.tolist(), steps, c)
        ),
    ],
    ("11.5", "toward_class"): [
        slope_of_log_share,
        lambda x, m, k, y, s: [slope_of_log_share(row[None], m, k, y, s)[0] for row in x],
        lambda x, m, k, y, s: (
            (denoised_by_softmax(x, m[k == y], s) - denoised_by_softmax(x, m, s)) / s / s
        ),
    ],
    ("11.5", "guided"): [
        lambda x, f, g, s, c: f + g * (c * s * s),
        lambda x, f, g, s, c: x + ((f - x) / s**2 + c * g) * s**2,
        lambda x, f, g, s, c: (f + c * s**2 * g).tolist(),
    ],
    ("12.1", "shares"): [
        shares_one_by_one,
        lambda W: (
            np.einsum("pi,pi->i", W, W) ** 2 / np.maximum(np.square(W.T @ W).sum(axis=0), 1e-30)
        ),
        lambda W: np.nan_to_num(
            np.linalg.norm(W, axis=0) ** 2
            / np.maximum(
                np.square((W / np.maximum(np.linalg.norm(W, axis=0), 1e-12)).T @ W).sum(axis=1),
                1e-30,
            )
        ).tolist(),
    ],
    ("12.2", "untied_loss"): [
        lambda x, W, V, b, w: ((x - relu((V @ W @ x.T).T + b)) ** 2 @ w).mean(),
        lambda x, W, V, b, w: np.mean([sum(w * (row - relu(V @ (W @ row) + b)) ** 2) for row in x]),
        lambda x, W, V, b, w: np.einsum("i,ni->", w, (x - relu(x @ (V @ W).T + b)) ** 2) / len(x),
    ],
    ("12.2", "untied_gradients"): [
        untied_one_by_one,
        untied_by_einsum,
        lambda *given: [np.float32(g) for g in untied_by_einsum(*given)],
    ],
    ("12.3", "jump"): [
        lambda a, tau: np.where(a > tau, a, 0),
        lambda a, tau: [[u if u > t else 0.0 for u, t in zip(row, tau, strict=True)] for row in a],
        lambda a, tau: relu(a - tau) + tau * (a - tau > 0),
    ],
    ("12.3", "jump_backward"): [
        lambda a, tau, e, g: (
            np.where(a > tau, g, 0),
            np.sum(-tau / e * g * (2 * np.abs(a - tau) <= e), axis=0),
        ),
        lambda a, tau, e, g: [
            (a > tau).astype(float) * g,
            -tau * np.einsum("np,np->p", g, np.abs((a - tau) / e) < 0.5) / e,
        ],
        thresholds_one_by_one,
    ],
    ("12.4", "found"): [
        found_one_by_one,
        lambda v, rows, h: np.mean(1 - cdist(v, rows[h.sum(0) > 0], "cosine").min(axis=1)),
        lambda v, rows, h: np.where(h.any(0), 1 - cdist(v, rows, "cosine"), -2).max(1).mean(),
    ],
    ("12.5", "expected_losses"): [
        lambda g, w: [w * (g - g**2), g - g**2, g**2 + w * g**2],
        losses_by_cases,
        lambda g, w: (w * stats.bernoulli(g).var(), stats.bernoulli(g).var(), (1 + w) * g * g),
    ],
}
CASES = [
    pytest.param(task_id, target, function, id=f"{task_id}-{target}-{number}")
    for (task_id, target), functions in STYLES.items()
    for number, function in enumerate(functions)
]


@pytest.mark.parametrize(("task_id", "target", "function"), CASES)
def test_a_right_answer_in_another_style_gets_all_points_for_every_seed(task_id, target, function):
    task = exercise_of(task_id)[task_id]
    (check,) = (
        c for c in task.checks if isinstance(c, Calls) and (c.target or task.target) == target
    )
    learner = LocalLearner({target: function})
    for seed in range(40):
        finding = check.judge(learner, target, np.random.default_rng(seed))
        assert finding.credit == 1, finding.says


def test_every_function_that_is_asked_for_has_three_styles_or_more():
    asked = {
        (task.id, check.target or task.target)
        for stem in stems()
        for task in load_exercise(stem).tasks
        for check in task.checks
        if isinstance(check, Calls)
    }
    assert set(STYLES) == asked
    assert all(len(functions) >= 3 for functions in STYLES.values())
