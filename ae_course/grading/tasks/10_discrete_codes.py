"""Chapter 10: nearest entries, perplexity, greedy bits, the levels of FSQ, a VQ-VAE's gradients."""

from ae_course.grading.judging.kinds import Calls, Number
from ae_course.grading.judging.task import Exercise, Mistake, Task

import numpy as np

# --- 10.1: which entries, and how many ------------------------------------------------------------


def squares(h, codebook):
    """Squared distances `(n, k)` of vectors to entries."""
    return ((h[:, None, :] - codebook) ** 2).sum(axis=-1)


def codes_of(h, codebook):
    """The reference: the number of each vector's nearest entry."""
    return squares(h, codebook).argmin(axis=1)


def vectors_and_codebook(rng):
    """Vectors `(n, p)` and entries of different lengths `(k, p)`; n is larger than k."""
    k, p = rng.integers(4, 7), rng.integers(2, 5)
    codebook = rng.normal(size=(k, p)) * rng.uniform(0.3, 2, size=(k, 1))
    return {"h": rng.normal(size=(rng.integers(12, 20), p)), "codebook": codebook}


def shares(indices, k):
    """The share of each entry among the choices."""
    return np.bincount(indices, minlength=k) / len(indices)


def entropy(indices, k):
    """In bits; an entry without a choice adds nothing."""
    p = shares(indices, k)
    p = p[p > 0]
    return float(-(p * np.log2(p)).sum())


def perplexity_of(indices, k):
    """The reference: 2 to the entropy in bits."""
    return 2 ** entropy(indices, k)


def _with_log_of_zero(indices, k):
    p = shares(indices, k)
    with np.errstate(divide="ignore", invalid="ignore"):
        return 2 ** -(p * np.log2(p)).sum()


def some_indices(rng):
    """Choices that leave some entries out and take the others unequally often."""
    k = int(rng.integers(8, 14))
    used = rng.choice(k, k - 3, replace=False)
    weights = rng.uniform(0.2, 2, size=k - 3)
    return {"indices": rng.choice(used, 40, p=weights / weights.sum()), "k": k}


NEAREST = Task(
    id="10.1",
    title="Which entries, and how many?",
    points=20,
    level="easy",
    target="codes_of",
    checks=(
        Calls(
            points=10,
            asks="`codes_of` is the number of the nearest entry, for each vector",
            inputs=vectors_and_codebook,
            expect=codes_of,
            mistakes=(
                Mistake(
                    "These are the farthest entries; take the smallest distance.",
                    lambda h, codebook: squares(h, codebook).argmax(axis=1),
                ),
                Mistake(
                    "The largest scalar product is not the smallest distance: a long entry has a "
                    "large product with vectors that are nearer to another.",
                    lambda h, codebook: (h @ codebook.T).argmax(axis=1),
                ),
                Mistake(
                    "These are the nearest entries themselves. Asked for are their numbers.",
                    lambda h, codebook: codebook[codes_of(h, codebook)],
                ),
                Mistake(
                    "This is the nearest vector of each entry; take the smallest distance along "
                    "the axis of the entries.",
                    lambda h, codebook: squares(h, codebook).argmin(axis=0),
                ),
                Mistake(
                    "The numbers count from 0, as rows of an array do.",
                    lambda h, codebook: codes_of(h, codebook) + 1,
                ),
                Mistake(
                    "These are the distances. Asked for is which entry has the smallest.",
                    lambda h, codebook: np.sqrt(squares(h, codebook).min(axis=1)),
                ),
            ),
        ),
        Calls(
            points=10,
            target="perplexity_of",
            asks="`perplexity_of` is 2 to the entropy in bits",
            inputs=some_indices,
            expect=perplexity_of,
            mistakes=(
                Mistake("This is the entropy in bits; the perplexity is 2 to this power.", entropy),
                Mistake(
                    "0 · log 0 is not a number for NumPy. An entry that was never chosen adds "
                    "nothing to the entropy: leave it out.",
                    _with_log_of_zero,
                ),
                Mistake(
                    "This counts the entries that were chosen at all, however rarely.",
                    lambda indices, k: len(set(indices.tolist())),
                ),
                Mistake(
                    "The entropy is in nats here, and 2 is its base: `np.log2`, or e to the power.",
                    lambda indices, k: 2 ** (entropy(indices, k) * np.log(2)),
                ),
                Mistake(
                    "The entropy is in bits here, so the base is 2, not e.",
                    lambda indices, k: np.exp(entropy(indices, k)),
                ),
                Mistake(
                    "The sign is lost: the entropy is minus the sum, and the perplexity is at "
                    "least 1.",
                    lambda indices, k: 2 ** -entropy(indices, k),
                ),
            ),
        ),
    ),
    hints=(
        "`h[:, None, :] - codebook` has shape (n, k, p).",
        "Square, sum over the last axis, and take `argmin` along the axis of the entries. "
        "`np.bincount(indices, minlength=k) / len(indices)` are the shares.",
        "Of the shares p above zero: `2 ** -(p * np.log2(p)).sum()`.",
    ),
)

# --- 10.2: greedy bits ----------------------------------------------------------------------------


def allocate(variances, total, factor=4.0):
    """The reference: bit by bit to the component of which most is left."""
    left, bits = np.array(variances, float), np.zeros(len(variances), int)
    for _ in range(total):
        i = left.argmax()
        bits[i] += 1
        left[i] /= factor
    return bits


def _left(variances, total):
    return variances / 4.0 ** allocate(variances, total)


def _rounded_shares(variances, total):
    return np.rint(total * variances / variances.sum()).astype(int)


def _once(variances, total):
    bits = np.zeros(len(variances), int)
    bits[np.argsort(-variances)[:total]] = 1
    return bits


def _without_dividing(variances, total):
    bits = np.zeros(len(variances), int)
    bits[np.argmax(variances)] = total
    return bits


def _each_in_turn(variances, total):
    bits = np.full(len(variances), total // len(variances))
    bits[: total % len(variances)] += 1
    return bits


def variances_and_total(rng):
    """Variances of components in any order, and bits for some of them."""
    n = int(rng.integers(6, 9))
    variances = np.exp(np.linspace(2.5, -3, n) + 0.3 * rng.normal(size=n))
    return {"variances": rng.permutation(variances), "total": int(rng.integers(12, 17))}


EXAMPLE = np.array([20, 6, 1.8, 0.4])


def _bits_until_the_last(factor=4.0):
    return next(t for t in range(1, 99) if allocate(EXAMPLE, t, factor)[-1])


BITS = Task(
    id="10.2",
    title="Where does the next bit go?",
    points=20,
    level="medium",
    target="allocate",
    checks=(
        Calls(
            points=15,
            asks="`allocate` gives each bit to the component of which most is left",
            inputs=variances_and_total,
            expect=allocate,
            mistakes=(
                Mistake(
                    "A bit divides what is left of a component by 4, not by 2: the variance goes "
                    "with the square of the distance of the levels.",
                    lambda variances, total: allocate(variances, total, 2.0),
                ),
                Mistake(
                    "A bit divides what is left of a component by 4, not by 16.",
                    lambda variances, total: allocate(variances, total, 16.0),
                ),
                Mistake(
                    "All bits go to one component: what is left of it has to be divided by 4 after "
                    "each bit.",
                    _without_dividing,
                ),
                Mistake(
                    "The bits are spread evenly. Look each time where most is left.",
                    _each_in_turn,
                ),
                Mistake(
                    "No component gets a second bit. It may, before another gets its first.",
                    _once,
                ),
                Mistake("This is what is left. Asked for are the bits.", _left),
                Mistake(
                    "The bits are proportional to the variances here. They go with the logarithm "
                    "of the variance: four times as much gets one bit more.",
                    _rounded_shares,
                ),
            ),
        ),
        Number(
            points=5,
            asks="the bits at which the last of four components gets its first",
            target="bits_10_2",
            expect=_bits_until_the_last,
            mistakes=(
                Mistake("At 4 bits the first component has two of them, and the last none.", 4),
                Mistake(
                    "With so many bits the last component has none yet; the next one is its own.",
                    lambda: _bits_until_the_last() - 1,
                ),
                Mistake(
                    "That would be right if a bit divided by 2. It divides by 4.",
                    lambda: _bits_until_the_last(2.0),
                ),
                Mistake(
                    "That would be right if a bit divided by 16. It divides by 4.",
                    lambda: _bits_until_the_last(16.0),
                ),
            ),
        ),
    ),
    hints=(
        "Keep two arrays: the bits given so far, and what is left of each component.",
        "A loop over the bits: find the largest of what is left (`argmax`), count a bit there, "
        "divide there by 4. Work on a copy of the variances.",
        "`left = np.array(variances, float)`, and in the loop `i = left.argmax(); bits[i] += 1; "
        "left[i] /= 4`. For `bits_10_2` call it with 1, 2, 3, … bits.",
    ),
)

# --- 10.3: the levels of FSQ ----------------------------------------------------------------------


def level_numbers(h, levels):
    """The number of each unit's level."""
    return np.rint((np.tanh(h) + 1) / 2 * (levels - 1)).astype(int)


def quantize(h, levels):
    """The reference: each unit's tanh, rounded to its levels."""
    return 2 * level_numbers(h, levels) / (levels - 1) - 1


def index_of(values, levels):
    """The reference: one whole number for all units, the first unit's digit the most weighty."""
    numbers = np.rint((values + 1) / 2 * (levels - 1)).astype(int)
    return np.ravel_multi_index(tuple(numbers.T), tuple(levels))


def values_of(indices, levels):
    """The reference: back to the values."""
    numbers = np.stack(np.unravel_index(indices, tuple(levels)), axis=-1)
    return 2 * numbers / (levels - 1) - 1


def some_levels(rng):
    """Different numbers of levels; they are no palindrome."""
    return rng.permutation([2, 3, 4, 5])[: rng.integers(3, 5)]


def vectors_and_levels(rng):
    """Vectors `(n, p)`, some of them long, and the numbers of levels."""
    levels = some_levels(rng)
    return {"h": 1.5 * rng.normal(size=(12, len(levels))), "levels": levels}


def values_and_levels(rng):
    """Values of the quantizer and the numbers of levels."""
    levels = some_levels(rng)
    indices = rng.choice(int(np.prod(levels)), 10, replace=False)
    return {"values": values_of(indices, levels), "levels": levels}


def indices_and_levels(rng):
    """Indices and the numbers of levels."""
    levels = some_levels(rng)
    indices = rng.choice(int(np.prod(levels)), 10, replace=False)
    return {"indices": indices, "levels": levels}


def _numbers(values, levels):
    return np.rint((values + 1) / 2 * (levels - 1)).astype(int)


LEVELS = Task(
    id="10.3",
    title="Levels and their numbers",
    points=20,
    level="medium",
    target="quantize",
    checks=(
        Calls(
            points=8,
            asks="`quantize` rounds the tanh of each unit to its levels from −1 to 1",
            inputs=vectors_and_levels,
            expect=quantize,
            mistakes=(
                Mistake(
                    "The tanh is missing: a unit is squashed first, not cut off at −1 and 1.",
                    lambda h, levels: quantize(np.arctanh(np.clip(h, -1 + 1e-9, 1 - 1e-9)), levels),
                ),
                Mistake(
                    "This rounds down. Take the nearest level.",
                    lambda h, levels: (
                        2 * np.floor((np.tanh(h) + 1) / 2 * (levels - 1)) / (levels - 1) - 1
                    ),
                ),
                Mistake(
                    "Between k levels lie k − 1 steps; this divides the interval into k.",
                    lambda h, levels: 2 * np.rint((np.tanh(h) + 1) / 2 * levels) / levels - 1,
                ),
                Mistake(
                    "These are the numbers of the levels; bring them back to −1 to 1.",
                    level_numbers,
                ),
                Mistake(
                    "These levels go from 0 to 1; they should go from −1 to 1.",
                    lambda h, levels: level_numbers(h, levels) / (levels - 1),
                ),
            ),
        ),
        Calls(
            points=6,
            target="index_of",
            asks="`index_of` is one whole number for all units",
            inputs=values_and_levels,
            expect=index_of,
            mistakes=(
                Mistake(
                    "The digits are in the other order: the last unit's should count single ones.",
                    lambda values, levels: np.ravel_multi_index(
                        tuple(_numbers(values, levels).T), tuple(levels), order="F"
                    ),
                ),
                Mistake(
                    "Added up, different vectors get the same number. Each digit counts as many as "
                    "all later units have combinations.",
                    lambda values, levels: _numbers(values, levels).sum(axis=1),
                ),
                Mistake(
                    "A digit's weight is the product of the numbers of levels of the units *after* "
                    "it; here its own is in it.",
                    lambda values, levels: (
                        _numbers(values, levels) @ np.cumprod(levels[::-1])[::-1]
                    ),
                ),
                Mistake(
                    "The base is the largest number of levels for all units, which leaves gaps. "
                    "Each unit has its own.",
                    lambda values, levels: (
                        _numbers(values, levels) @ int(levels.max()) ** np.arange(len(levels))[::-1]
                    ),
                ),
                Mistake(
                    "The numbers count from 0: all units at −1 are number 0.",
                    lambda values, levels: index_of(values, levels) + 1,
                ),
            ),
        ),
        Calls(
            points=6,
            target="values_of",
            asks="`values_of` leads back from the numbers to the values",
            inputs=indices_and_levels,
            expect=values_of,
            mistakes=(
                Mistake(
                    "The digits are in the other order: the last unit's change from one number to "
                    "the next.",
                    lambda indices, levels: (
                        2
                        * np.stack(np.unravel_index(indices, tuple(levels), order="F"), axis=-1)
                        / (levels - 1)
                        - 1
                    ),
                ),
                Mistake(
                    "These are the numbers of the levels; bring them back to −1 to 1.",
                    lambda indices, levels: np.stack(
                        np.unravel_index(indices, tuple(levels)), axis=-1
                    ),
                ),
                Mistake(
                    "The result has the shape (p, n); one row a vector is asked for.",
                    lambda indices, levels: values_of(indices, levels).T,
                ),
                Mistake(
                    "These values go from 0 to 1; they should go from −1 to 1.",
                    lambda indices, levels: (values_of(indices, levels) + 1) / 2,
                ),
                Mistake(
                    "Between k levels lie k − 1 steps; this divides the interval into k.",
                    lambda indices, levels: (
                        2 * np.stack(np.unravel_index(indices, tuple(levels)), axis=-1) / levels - 1
                    ),
                ),
            ),
        ),
    ),
    hints=(
        "`(np.tanh(h) + 1) / 2` lies between 0 and 1. Times the number of steps, rounded, it is "
        "the number of the level.",
        "The numbers of the levels are digits. With levels (4, 3, 2) the first counts 3 · 2 = 6, "
        "the second 2, the third 1. Backward: divide by the number of levels and keep the "
        "remainder, from the last unit to the first.",
        "NumPy has both: `np.ravel_multi_index(tuple(numbers.T), tuple(levels))` and "
        "`np.unravel_index(indices, tuple(levels))`.",
    ),
)

# --- 10.4: the gradients of a VQ-VAE --------------------------------------------------------------


def _chosen(h, codebook):
    return codebook[codes_of(h, codebook)]


def vector_gradient(x, h, codebook, W2, weight):
    """The reference: straight-through and commitment, of the mean over the samples."""
    c = _chosen(h, codebook)
    return (2 * (c @ W2.T - x) @ W2 + 2 * weight * (h - c)) / len(x)


def codebook_gradient(x, h, codebook, W2, weight):
    """The reference: the second term alone moves the entries."""
    index = codes_of(h, codebook)
    chose = np.eye(len(codebook))[index]
    return 2 * chose.T @ (codebook[index] - h) / len(x)


def _at_the_vector(x, h, codebook, W2, weight):
    c = _chosen(h, codebook)
    return (2 * (h @ W2.T - x) @ W2 + 2 * weight * (h - c)) / len(x)


def _and_the_decoders(x, h, codebook, W2, weight):
    index = codes_of(h, codebook)
    back = 2 * (codebook[index] @ W2.T - x) @ W2 / len(x)
    own = codebook_gradient(x, h, codebook, W2, weight)
    return own + np.eye(len(codebook))[index].T @ back


def _mean_of_each_entry(x, h, codebook, W2, weight):
    chose = np.eye(len(codebook))[codes_of(h, codebook)]
    number = np.maximum(chose.sum(axis=0), 1)[:, None]
    return codebook_gradient(x, h, codebook, W2, weight) * len(x) / number


def quantized_batch(rng):
    """Samples, vectors, entries, a decoder and λ; each entry is chosen twice or more, but one."""
    n, k, p, d = 9, 4, int(rng.integers(2, 4)), int(rng.integers(4, 6))
    codebook = 2 * rng.normal(size=(k, p))
    h = codebook[np.arange(n) % (k - 1)] + 0.4 * rng.normal(size=(n, p))
    return {
        "x": rng.normal(size=(n, d)),
        "h": h,
        "codebook": codebook,
        "W2": rng.normal(size=(d, p)),
        "weight": float(rng.uniform(0.2, 0.6)),
    }


GRADIENTS = Task(
    id="10.4",
    title="What moves the vectors, what moves the entries?",
    points=20,
    level="hard",
    target="vector_gradient",
    checks=(
        Calls(
            points=10,
            asks="`vector_gradient` is the straight-through gradient and that of the commitment",
            inputs=quantized_batch,
            expect=vector_gradient,
            mistakes=(
                Mistake(
                    "The decoder saw the entry: the straight-through gradient is taken there, not "
                    "at the vector.",
                    _at_the_vector,
                ),
                Mistake(
                    "The commitment is missing: it pulls every vector toward its entry.",
                    lambda x, h, codebook, W2, weight: vector_gradient(x, h, codebook, W2, 0.0),
                ),
                Mistake(
                    "The commitment has the weight λ, `weight`; here it has 1.",
                    lambda x, h, codebook, W2, weight: vector_gradient(x, h, codebook, W2, 1.0),
                ),
                Mistake(
                    "The second term of the loss moves the entries alone: its vector stands behind "
                    "a stop-gradient.",
                    lambda x, h, codebook, W2, weight: vector_gradient(
                        x, h, codebook, W2, 1 + weight
                    ),
                ),
                Mistake(
                    "The commitment pushes the vectors away from their entries here; look at its "
                    "sign.",
                    lambda x, h, codebook, W2, weight: vector_gradient(x, h, codebook, W2, -weight),
                ),
                Mistake(
                    "The loss is the mean over the samples: divide by their number.",
                    lambda x, h, codebook, W2, weight: (
                        len(x) * vector_gradient(x, h, codebook, W2, weight)
                    ),
                ),
                Mistake(
                    "The factor 2 of the squares is missing.",
                    lambda x, h, codebook, W2, weight: (
                        vector_gradient(x, h, codebook, W2, weight) / 2
                    ),
                ),
                Mistake(
                    "The gradient of the reconstruction is missing: it goes past the choice.",
                    lambda x, h, codebook, W2, weight: (
                        2 * weight * (h - _chosen(h, codebook)) / len(x)
                    ),
                ),
            ),
        ),
        Calls(
            points=10,
            target="codebook_gradient",
            asks="`codebook_gradient` is the sum over the vectors that chose an entry",
            inputs=quantized_batch,
            expect=codebook_gradient,
            mistakes=(
                Mistake(
                    "The gradient of the reconstruction goes past the codebook to the vectors; "
                    "only the second term moves the entries.",
                    _and_the_decoders,
                ),
                Mistake(
                    "The sign is that of the step. The gradient points from the vector to the "
                    "entry, and descent goes against it.",
                    lambda *given: -codebook_gradient(*given),
                ),
                Mistake(
                    "The weight λ belongs to the commitment, which does not move the entries.",
                    lambda x, h, codebook, W2, weight: (
                        weight * codebook_gradient(x, h, codebook, W2, weight)
                    ),
                ),
                Mistake(
                    "The loss is the mean over the samples: divide by their number.",
                    lambda x, *given: len(x) * codebook_gradient(x, *given),
                ),
                Mistake(
                    "This divides by the number of vectors that chose the entry. The mean is over "
                    "all samples.",
                    _mean_of_each_entry,
                ),
                Mistake(
                    "The factor 2 of the square is missing.",
                    lambda *given: codebook_gradient(*given) / 2,
                ),
                Mistake(
                    "The commitment does not move the entries: they stand behind a stop-gradient "
                    "there.",
                    lambda x, h, codebook, W2, weight: (
                        (1 + weight) * codebook_gradient(x, h, codebook, W2, weight)
                    ),
                ),
            ),
        ),
    ),
    hints=(
        "Take the three terms one by one, and ask of each what does not stand behind sg.",
        "At the entry c the error has the gradient 2 W′ᵀ(W′c − x), as a row "
        "`2 * (c @ W2.T - x) @ W2`; it becomes the vector's. The commitment adds 2λ(h − c).",
        "With one-hot rows, `chose = np.eye(k)[index]`, the sum over the vectors of each entry is "
        "`chose.T @ (...)`. Divide everything by n.",
    ),
)

# --- 10.5: running means --------------------------------------------------------------------------


def _running(counts, sums, h, codebook, decay):
    chose = np.eye(len(codebook))[codes_of(h, codebook)]
    counts = decay * counts + (1 - decay) * chose.sum(axis=0)
    return counts, decay * sums + (1 - decay) * chose.T @ h


def _smoothed(counts, epsilon):
    total = counts.sum()
    return (counts + epsilon) / (total + len(counts) * epsilon) * total


def update(counts, sums, h, codebook, decay, epsilon):
    """The reference: running counts and sums, and their quotient with smoothed counts."""
    counts, sums = _running(counts, sums, h, codebook, decay)
    return counts, sums, sums / _smoothed(counts, epsilon)[:, None]


def _divided_by(divisor):
    def wrong(counts, sums, h, codebook, decay, epsilon):
        counts, sums = _running(counts, sums, h, codebook, decay)
        return counts, sums, sums / divisor(counts, epsilon)[:, None]

    return wrong


def _kept_smoothed(counts, sums, h, codebook, decay, epsilon):
    _, sums, codebook = update(counts, sums, h, codebook, decay, epsilon)
    return sums[:, 0] / codebook[:, 0], sums, codebook


def _of_the_batch(counts, sums, h, codebook, decay, epsilon):
    return update(counts, sums, h, codebook, 0.0, epsilon)


def _means_for_sums(counts, sums, h, codebook, decay, epsilon):
    chose = np.eye(len(codebook))[codes_of(h, codebook)]
    now = chose.sum(axis=0)
    counts = decay * counts + (1 - decay) * now
    means = chose.T @ h / np.maximum(now, 1)[:, None]
    sums = decay * sums + (1 - decay) * means
    return counts, sums, sums / _smoothed(counts, epsilon)[:, None]


def _old_sums(counts, sums, h, codebook, decay, epsilon):
    new, moved = _running(counts, sums, h, codebook, decay)
    return new, moved, sums / _smoothed(counts, epsilon)[:, None]


def running_state(rng):
    """Counts, sums and entries in the middle of training; one entry is chosen by no vector."""
    k, p = 4, int(rng.integers(2, 4))
    codebook = 2 * rng.normal(size=(k, p))
    counts = rng.uniform(0.5, 4, size=k)
    h = codebook[rng.integers(k - 1, size=12)] + 0.4 * rng.normal(size=(12, p))
    return {
        "counts": counts,
        "sums": counts[:, None] * codebook,
        "h": h,
        "codebook": codebook,
        "decay": float(rng.uniform(0.6, 0.9)),
        "epsilon": float(rng.uniform(0.05, 0.2)),
    }


FOLLOW = Task(
    id="10.5",
    title="A codebook that follows",
    points=20,
    level="hard",
    target="update",
    checks=(
        Calls(
            points=20,
            asks="`update` returns the running counts and sums, and the new codebook",
            inputs=running_state,
            expect=update,
            mistakes=(
                Mistake(
                    "The weights are exchanged: γ, `decay`, stays with what came before.",
                    lambda counts, sums, h, codebook, decay, epsilon: update(
                        counts, sums, h, codebook, 1 - decay, epsilon
                    ),
                ),
                Mistake(
                    "The counts are not smoothed: the sums are divided by the running counts as "
                    "they are.",
                    _divided_by(lambda counts, epsilon: counts),
                ),
                Mistake(
                    "ε is added, but the counts are not brought back to their total.",
                    _divided_by(lambda counts, epsilon: counts + epsilon),
                ),
                Mistake(
                    "These are shares: the smoothed counts have to add up to the total of the "
                    "counts, not to 1.",
                    _divided_by(lambda counts, epsilon: _smoothed(counts, epsilon) / counts.sum()),
                ),
                Mistake(
                    "The smoothed counts are for the division only; the running counts stay as "
                    "they are.",
                    _kept_smoothed,
                ),
                Mistake("This is the batch alone; γ of the state before stays.", _of_the_batch),
                Mistake(
                    "The sums take up the sum of the vectors that chose an entry, not their mean.",
                    _means_for_sums,
                ),
                Mistake(
                    "The codebook is computed from the state before the batch; use the new counts "
                    "and sums.",
                    _old_sums,
                ),
            ),
        ),
    ),
    hints=(
        "First the choices, with the codebook as it comes in: `chose = np.eye(k)[index]`.",
        "`chose.sum(axis=0)` are the numbers, `chose.T @ h` the sums of the vectors. Both go into "
        "the running ones with the weight 1 − γ.",
        "With the total N of the new counts, divide the sums by "
        "`(counts + epsilon) / (N + k * epsilon) * N`.",
    ),
)

EXERCISE = Exercise(
    stem="10_discrete_codes",
    title="Discrete codes",
    provides=("data", "plotting"),
    tasks=(NEAREST, BITS, LEVELS, GRADIENTS, FOLLOW),
)
