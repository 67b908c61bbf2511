"""Chapter 2: a Keras layer by hand, the best decoder, weights by hand, tied weights, twins."""

from functools import cache
from itertools import pairwise

from ae_course.grading.judging import questions
from ae_course.grading.judging.compare import told
from ae_course.grading.judging.kinds import Calls, Choice, Number, Property, Wrong
from ae_course.grading.judging.task import Exercise, Finding, Mistake, Task

import numpy as np


def sigmoid(z):
    """The reference's σ."""
    return 1 / (1 + np.exp(-z))


# --- 2.1: a Keras layer -------------------------------------------------------------------------

ACTIVATIONS = {"linear": lambda z: z, "sigmoid": sigmoid, "relu": lambda z: np.maximum(z, 0)}


def dense_layer(x, kernel, bias, activation):
    """The reference: what `keras.layers.Dense` computes."""
    return ACTIVATIONS[activation](x @ kernel + bias)


def dense_inputs(rng):
    """A batch and a layer; square now and then, so that a transposed kernel is heard of."""
    n, d, p = rng.integers(2, 6, size=3)
    return {
        "x": rng.normal(size=(n, d)),
        "kernel": rng.normal(size=(d, p)),
        "bias": rng.normal(size=p),
        "activation": str(rng.permutation(list(ACTIVATIONS))[0]),
    }


DENSE_LAYER = Task(
    id="2.1",
    title="A Keras layer in NumPy",
    points=15,
    level="easy",
    target="dense_layer",
    checks=(
        Calls(
            points=15,
            asks="`dense_layer` computes what a Keras layer with this kernel, bias and σ computes",
            inputs=dense_inputs,
            expect=dense_layer,
            trials=12,
            mistakes=(
                Mistake(
                    "The kernel is transposed once too often: it is Wᵀ already, of shape (d, p), "
                    "so a batch needs `x @ kernel`.",
                    lambda x, kernel, bias, activation: dense_layer(x, kernel.T, bias, activation),
                ),
                Mistake(
                    "The samples of x are rows and the kernel is Wᵀ already: all units for all "
                    "samples are `x @ kernel`.",
                    lambda x, kernel, bias, activation: kernel @ x + bias,
                ),
                Mistake(
                    "The bias is missing: add it before σ.",
                    lambda x, kernel, bias, activation: dense_layer(x, kernel, 0, activation),
                ),
                Mistake(
                    "The bias is added after σ; it belongs inside.",
                    lambda x, kernel, bias, activation: (
                        dense_layer(x, kernel, 0, activation) + bias
                    ),
                ),
                Mistake(
                    "The activation is the sigmoid whatever `activation` says: it may also be "
                    '"linear" or "relu".',
                    lambda x, kernel, bias, activation: dense_layer(x, kernel, bias, "sigmoid"),
                ),
                Mistake(
                    "The activation is missing: apply the σ that `activation` names.",
                    lambda x, kernel, bias, activation: dense_layer(x, kernel, bias, "linear"),
                ),
            ),
        ),
    ),
    hints=(
        "`kernel` has shape (d, p) and `x` has shape (n, d). Which product has shape (n, p)?",
        'z = `x @ kernel + bias`. Then three cases: z itself for "linear", 1 / (1 + exp(−z)) for '
        '"sigmoid", max(z, 0) for "relu".',
    ),
)

# --- 2.2: argmin as an expectation --------------------------------------------------------------


def best_decoder(x, probability, code, p):
    """The reference: E[x | h], one row for each value of the code."""
    weight = probability * (code == np.arange(p)[:, None])
    return weight @ x / weight.sum(axis=1, keepdims=True)


def expected_error(x, probability, code, decoded):
    """The reference: E‖x − ψ(φ(x))‖²."""
    return probability @ ((x - decoded[code]) ** 2).sum(axis=1)


def distribution(rng):
    """Some points, how likely each is, and the code of each; every code occurs."""
    p, d = rng.integers(2, 5, size=2)
    code = rng.permutation(np.concatenate([np.arange(p), rng.integers(0, p, size=5)]))
    return {
        "x": rng.normal(size=(len(code), d)),
        "probability": rng.dirichlet(np.full(len(code), 0.7)) * 0.9 + 0.1 / len(code),
        "code": code,
        "p": int(p),
    }


def distribution_and_decoder(rng):
    """The same with a decoder that need not be the best one."""
    inputs = distribution(rng)
    p = inputs.pop("p")
    return {**inputs, "decoded": rng.normal(size=(p, inputs["x"].shape[1]))}


BEST_DECODER = Task(
    id="2.2",
    title="The best decoder for a distribution",
    points=20,
    level="medium",
    target="best_decoder",
    checks=(
        Calls(
            points=10,
            asks="`best_decoder` returns the reconstruction with the smallest expected error for "
            "each code",
            inputs=distribution,
            expect=best_decoder,
            mistakes=(
                Mistake(
                    "Every point counts alike here, as if the average ran over the space. It runs "
                    "over the data: a point counts as often as it occurs, by its `probability`.",
                    lambda x, probability, code, p: best_decoder(x, np.ones(len(x)), code, p),
                ),
                Mistake(
                    "The weights of one code do not sum to 1: divide by the probability of that "
                    "code, the sum over its points.",
                    lambda x, probability, code, p: (
                        (probability * (code == np.arange(p)[:, None])) @ x
                    ),
                ),
                Mistake(
                    "This is the mean of all points, the same for every code: average only over "
                    "the points that have this code.",
                    lambda x, probability, code, p: np.tile(probability @ x, (p, 1)),
                ),
                Mistake(
                    "These are medians. The squared error is smallest at a mean, here one weighted "
                    "by `probability`.",
                    lambda x, probability, code, p: np.stack(
                        [np.median(x[code == k], axis=0) for k in range(p)]
                    ),
                ),
                Mistake(
                    "The code picks one of its points, the likeliest; their weighted mean has a "
                    "smaller expected error.",
                    lambda x, probability, code, p: x[
                        (probability * (code == np.arange(p)[:, None])).argmax(axis=1)
                    ],
                ),
            ),
        ),
        Calls(
            points=10,
            asks="`expected_error` returns E‖x − ψ(φ(x))‖² for any decoder",
            target="expected_error",
            inputs=distribution_and_decoder,
            expect=expected_error,
            mistakes=(
                Mistake(
                    "Every point counts alike here; weight each squared error by `probability`.",
                    lambda x, probability, code, decoded: (
                        ((x - decoded[code]) ** 2).sum(axis=1).mean()
                    ),
                ),
                Mistake(
                    "You summed over the points without their probabilities.",
                    lambda x, probability, code, decoded: ((x - decoded[code]) ** 2).sum(),
                ),
                Mistake(
                    "You averaged over the features too; ‖x − x′‖² is a sum over them.",
                    lambda x, probability, code, decoded: (
                        probability @ ((x - decoded[code]) ** 2).mean(axis=1)
                    ),
                ),
                Mistake(
                    "This is the expected distance; square it: ‖x − x′‖².",
                    lambda x, probability, code, decoded: (
                        probability @ np.sqrt(((x - decoded[code]) ** 2).sum(axis=1))
                    ),
                ),
            ),
        ),
    ),
    hints=(
        "Take one value of the code. Its points all get the same reconstruction c. Write down "
        "their part of the expected error, Σ probability · ‖x − c‖², and find the c that makes "
        "the derivative zero.",
        "2 Σ probability · (c − x) = 0 gives c = Σ probability · x / Σ probability, both sums "
        "over the points with this code.",
        "For code k the points are `code == k`. `np.average(x[code == k], axis=0, "
        "weights=probability[code == k])` does the division for you; `decoded[code]` lines up "
        "the reconstructions with the points.",
    ),
)

# --- 2.3: eight patterns through three units ----------------------------------------------------

PATTERNS = np.eye(8)
CLOSE = 0.1
CORNERS = np.array([[i >> j & 1 for j in range(3)] for i in range(8)])


def pair(learner, target, shapes, names):
    """What `target()` returns, as two arrays."""
    came = learner.call(target)
    if not isinstance(came, tuple) or len(came) != 2:
        raise Wrong(f"`{target}` should return two arrays: `return {', '.join(names)}`.")
    arrays = (questions.array(a, s, n) for a, s, n in zip(came, shapes, names, strict=True))
    return tuple(arrays)


def codes_differ(learner, rng):
    """Eight codes that a decoder can tell apart."""
    W, b = pair(learner, "encoder_weights", [(3, 8), (3,)], ["W", "b"])
    h = sigmoid(PATTERNS @ W.T + b)
    gaps = np.abs(h[:, None] - h[None]).max(axis=-1) + np.eye(8)
    i, j = np.unravel_index(gaps.argmin(), gaps.shape)
    if gaps[i, j] < 0.05:
        return Finding(
            0,
            f"Patterns {i} and {j} get nearly the same code, {brief_code(h[i])} and "
            f"{brief_code(h[j])}: no decoder could tell them apart. Three units give eight "
            "different codes if each is near 0 or near 1.",
        )
    return Finding(1)


def patterns_return(learner, rng):
    """How many of the eight come back."""
    W, b = pair(learner, "encoder_weights", [(3, 8), (3,)], ["W", "b"])
    W2, b2 = pair(learner, "decoder_weights", [(8, 3), (8,)], ["W2", "b2"])
    x = sigmoid(sigmoid(PATTERNS @ W.T + b) @ W2.T + b2)
    error = np.abs(x - PATTERNS)
    back = (error < CLOSE).all(axis=1)
    if back.all():
        return Finding(1)
    k = int(np.argmin(back))
    unit = int(error[k].argmax())
    found = (
        f"{back.sum()} of 8 patterns come back. Pattern {k}: output {unit} is {x[k, unit]:.2f} and "
        f"should be within {CLOSE} of {PATTERNS[k, unit]:.0f}."
    )
    if ((x > 0.5) == (PATTERNS > 0.5)).all():
        found += " All outputs are on the right side of ½: larger weights make a sigmoid sharper."
    elif not b2.any():
        found += (
            " With b′ = 0 an output can't demand that several units agree: it needs a threshold."
        )
    else:
        found += " Output k should exceed ½ for the code of pattern k, and for no other code."
    return Finding(back.sum() / 16, found)


def brief_code(h):
    """A code in a few characters."""
    return "(" + ", ".join(f"{value:.2f}" for value in h) + ")"


CORNER_SOLUTION = """
def encoder_weights():
    corners = np.array([[i >> j & 1 for j in range(3)] for i in range(8)])
    return {scale} * (2 * corners.T - 1), np.zeros(3)


def decoder_weights():
    corners = np.array([[i >> j & 1 for j in range(3)] for i in range(8)])
    return {scale} * (2 * corners - 1), {threshold}
"""

ENCODING_PROBLEM = Task(
    id="2.3",
    title="Eight patterns through three units",
    points=20,
    level="hard",
    target="encoder_weights",
    checks=(
        Property(
            points=8,
            asks="the encoder gives the eight patterns eight different codes",
            test=codes_differ,
            mistakes=(
                Mistake(
                    "`W` should have shape (3, 8), not (8, 3)",
                    "def encoder_weights():\n    return np.ones((8, 3)), np.zeros(3)",
                ),
                Mistake(
                    "get nearly the same code",
                    "def encoder_weights():\n    return np.ones((3, 8)), np.zeros(3)",
                ),
                Mistake(
                    "should return two arrays",
                    "def encoder_weights():\n    return np.ones((3, 8))",
                ),
            ),
        ),
        Property(
            points=12,
            asks="every pattern comes back, each output within 0.1",
            target="decoder_weights",
            test=patterns_return,
            mistakes=(
                Mistake(
                    "larger weights make a sigmoid sharper",
                    CORNER_SOLUTION.format(scale=4, threshold="-4 * (corners.sum(axis=1) - 0.5)"),
                ),
                Mistake(
                    "it needs a threshold",
                    CORNER_SOLUTION.format(scale=20, threshold="np.zeros(8)"),
                ),
                Mistake(
                    "and for no other code",
                    CORNER_SOLUTION.format(scale=20, threshold="np.full(8, -10.0)"),
                ),
                Mistake(
                    "`W2` should have shape (8, 3), not (3, 8)",
                    "def decoder_weights():\n    return np.ones((3, 8)), np.zeros(8)",
                ),
            ),
        ),
    ),
    hints=(
        "Count in binary: give pattern k the code whose three numbers are the binary digits of k. "
        "A unit's sum for pattern k is the weight in column k of its row, plus its bias.",
        "Encoder: +20 where the binary digit is 1, −20 where it is 0, and b = 0. The sigmoid makes "
        "1 and 0 of it, almost exactly.",
        "Decoder: row k has +20 where the code of k has a 1, and −20 where it has a 0. Its sum is "
        "largest for the code of k: 20 times the number of ones. For any other code it is at least "
        "20 less.",
        "So the threshold belongs half-way: b′ₖ = −20 · (number of ones in the code of k − ½).",
    ),
)

# --- 2.4: tied weights --------------------------------------------------------------------------


@cache
def _digits():
    from ae_course.data import digits

    return digits()


def sixteen_sigmoids(learner, rng):
    """A code of 16 numbers between 0 and 1, and a small error on fresh images."""
    h = questions.codes(learner, "model", _digits().test)
    if h.shape[1] != 16:
        return Finding(0, f"The code has {h.shape[1]} numbers; the task asks for 16: `code=16`.")
    if h.min() < 0 or h.max() > 1:
        return Finding(
            0,
            "The code leaves the range from 0 to 1, so its σ is not a sigmoid: "
            '`code_activation="sigmoid"`.',
        )
    asked = questions.ask_digits(learner, "model", rng)
    error, mean = asked.error, asked.mean
    if error <= 1.2:
        return Finding(1)
    said = f"Its squared error on new digits is {told(error, 1.2, 2)}; at most 1.2 is asked for."
    if error > 0.9 * mean:
        return Finding(0, f"{said} Was it trained, with `fit(model, digits.train, ...)`?")
    credit = 0.5 if error <= mean / 2 else 0
    return Finding(credit, f"{said} Train longer, with smaller batches or a larger learning rate.")


def taken_apart(learner, rng):
    """The three arrays compute what the model computes."""
    came = learner.call("tied_weights")
    if not isinstance(came, tuple) or len(came) != 3:
        raise Wrong("`tied_weights` should return three arrays: `return W, b, b2`.")
    W = questions.array(came[0], (None, None), "W")
    if W.shape == (64, 16):
        raise Wrong("`W` has the shape of the kernel, (64, 16). W is its transpose, (16, 64).")
    W = questions.array(W, (16, 64), "W")
    b, b2 = questions.array(came[1], (16,), "b"), questions.array(came[2], (64,), "b2")
    x = _digits().test[rng.permutation(360)[:40]]
    h = questions.codes(learner, "model", x)
    if not np.allclose(sigmoid(x @ W.T + b), h, atol=1e-4):
        raise Wrong("σ(Wx + b) with your W and b is not the code that `model.encode` gives.")
    decoded = questions.array(learner.call("model.decode", h), x.shape, "model.decode(h)")
    if not np.allclose(h @ W + b2, decoded, atol=1e-3):
        raise Wrong(
            "The codes agree, but Wᵀh + b′ is not what `model.decode` gives. Is the model tied "
            "(`tied=True`), its output linear, and b′ the decoder's own bias?"
        )
    return Finding(1)


TRAIN = "\nhistory = fit(model, digits.train, epochs={epochs}, batch_size=64, learning_rate=1e-2)"
TIED = 'model = Autoencoder.dense(64, code={code}, code_activation="{sigma}", tied={tied})'
APART = """
def tied_weights():
    kernel, b = model.encoder.layers[0].get_weights()
    return {answer}
"""


def tied_parameters(sizes):
    """Weights and biases of a tied autoencoder: `sizes` runs from the input to the code."""
    return sum(a * b + a + b for a, b in pairwise(sizes))


TIED_WEIGHTS = Task(
    id="2.4",
    title="Tied weights taken apart",
    points=20,
    level="medium",
    target="model",
    checks=(
        Property(
            points=8,
            asks="`model` has 16 sigmoid code units and a squared error of at most 1.2 on new "
            "digits",
            test=sixteen_sigmoids,
            mistakes=(
                Mistake(
                    "The code has 32 numbers", TIED.format(code=32, sigma="sigmoid", tied=True)
                ),
                Mistake("leaves the range", TIED.format(code=16, sigma="linear", tied=True)),
                Mistake("Was it trained", TIED.format(code=16, sigma="sigmoid", tied=True)),
                Mistake(
                    "Train longer",
                    TIED.format(code=16, sigma="sigmoid", tied=True) + TRAIN.format(epochs=4),
                ),
                Mistake("the task asks for 16", questions.TABLE.format("model")),
            ),
        ),
        Property(
            points=7,
            asks="with the W, b and b′ of `tied_weights` the formulas give what `model` gives",
            target="tied_weights",
            test=taken_apart,
            mistakes=(
                Mistake(
                    "has the shape of the kernel",
                    APART.format(answer="kernel, b, model.decoder.layers[0].get_weights()[0]"),
                ),
                Mistake("should return three arrays", APART.format(answer="kernel.T, b")),
                Mistake(
                    "is not what `model.decode` gives",
                    APART.format(answer="kernel.T, b, np.zeros(64)"),
                ),
                Mistake(
                    "is not the code that `model.encode` gives",
                    APART.format(
                        answer="kernel.T, 0 * b - 1, model.decoder.layers[0].get_weights()[0]"
                    ),
                ),
            ),
        ),
        Number(
            points=5,
            asks="the parameters of a tied 64 – 32 – 8 – 32 – 64",
            target="tied_parameters_2_4",
            expect=lambda: tied_parameters([64, 32, 8]),
            mistakes=(
                Mistake(
                    "That is the untied network: a tied decoder has only its biases to itself.",
                    lambda: 2 * (64 * 32 + 32 * 8) + 32 + 8 + 32 + 64,
                ),
                Mistake(
                    "That is the encoder alone: the decoder's biases are not shared.",
                    lambda: 64 * 32 + 32 * 8 + 32 + 8,
                ),
                Mistake("These are the weights; the biases count, too.", 64 * 32 + 32 * 8),
                Mistake(
                    "Half of the untied number: but only the weights are shared, not the biases.",
                    lambda: (2 * (64 * 32 + 32 * 8) + 32 + 8 + 32 + 64) / 2,
                ),
            ),
        ),
    ),
    hints=(
        '`Autoencoder.dense(64, code=16, code_activation="sigmoid", tied=True)` builds it; the '
        "chapter trains the same network with `epochs=30, batch_size=64, learning_rate=1e-2`.",
        "`model.encoder.layers[0].get_weights()` is the list [kernel, bias]; the tied decoder "
        "layer's list has one entry, b′. The kernel is Wᵀ.",
        "Counting: each of the two matrices once, 64 · 32 + 32 · 8, and all biases, those of the "
        "encoder (32 and 8) and those of the decoder (32 and 64).",
    ),
)

# --- 2.5: twins ---------------------------------------------------------------------------------


def distinct_units(W, b, W2):
    """The reference: how many hidden units differ."""
    return len(np.unique(np.concatenate([W, b[:, None], W2.T], axis=1), axis=0))


def some_twins(rng):
    """A network in which some units are twins and some only look like it.

    Drawn again until what the known mistakes count differs from the truth and among them.
    """
    d = int(rng.integers(3, 6))
    while True:
        rows, columns = alike(rng.normal(size=d), rng), alike(rng.normal(size=d), rng)
        biases = rng.normal() + np.array([0, 0.004, 1])
        kinds = rng.integers(0, 3, size=(9, 3))
        parts = (kinds, kinds[:, :2], kinds[:, ::2], kinds[:, :1])
        drawn = {"W": rows[kinds[:, 0]], "b": biases[kinds[:, 1]], "W2": columns[kinds[:, 2]].T}
        truth = distinct_units(**drawn)
        shortcuts = {mistake(**drawn) for mistake in (by_sums, rounded, to_hundredths, by_firsts)}
        counts = {len(np.unique(part, axis=0)) for part in parts} | {len(kinds)}
        if len(counts) == 5 and truth not in shortcuts:
            return drawn


def alike(row, rng):
    """Three rows: one, the same numbers in another order, and one with a later number changed."""
    nearly = row.copy()
    nearly[rng.integers(1, len(row))] += 0.004
    return np.stack([row, np.roll(row, 1), nearly])


def by_sums(W, b, W2):
    """The mistake of comparing a unit's sum."""
    return len(np.unique((W.sum(axis=1) + b + W2.sum(axis=0)).round(9)))


def rounded(W, b, W2):
    """The mistake of comparing rounded numbers."""
    return distinct_units(W.round(1), b.round(1), W2.round(1))


def to_hundredths(W, b, W2):
    """The same with two decimals."""
    return distinct_units(W.round(2), b.round(2), W2.round(2))


def by_firsts(W, b, W2):
    """The mistake of comparing the first numbers of row and column."""
    return distinct_units(W[:, :1], b, W2[:1])


TWINS = Task(
    id="2.5",
    title="Twins",
    points=15,
    level="medium",
    target="distinct_units",
    checks=(
        Calls(
            points=10,
            asks="`distinct_units` counts the hidden units that differ",
            inputs=some_twins,
            expect=distinct_units,
            trials=8,
            mistakes=(
                Mistake(
                    "Only the rows of W are compared: twins also agree in their bias and in what "
                    "they send to the output, their column of W′.",
                    lambda W, b, W2: len(np.unique(W, axis=0)),
                ),
                Mistake(
                    "The columns of W′ are left out: units that look for the same but paint "
                    "different things are no twins.",
                    lambda W, b, W2: distinct_units(W, b, 0 * W2),
                ),
                Mistake(
                    "The biases are left out.",
                    lambda W, b, W2: distinct_units(W, 0 * b, W2),
                ),
                Mistake(
                    "A unit owns a column of W′, not a row: W′ has shape (d, p). Use `W2.T`.",
                    lambda W, b, W2: distinct_units(W, b, W2.T),
                ),
                Mistake("This is the number of all units, p.", lambda W, b, W2: len(b)),
                Mistake(
                    "Units with the same sum may differ: compare all numbers of a unit.", by_sums
                ),
                Mistake(
                    "Units that are merely close are no twins: compare the numbers as they are, "
                    "without rounding.",
                    rounded,
                ),
                Mistake("Units may differ in a later number: compare all of them.", by_firsts),
            ),
        ),
        Choice(
            points=5,
            asks="which start leaves all units twins for ever",
            target="start_2_5",
            expect="b",
            why={
                "a": "The columns of W′ differ, so the units are corrected differently, and the "
                "first step already makes the rows of W differ.",
                "b": "Random, but the same for every unit: rows, biases and columns agree, so the "
                "steps agree. It takes a difference between units, not randomness as such.",
                "c": "Different biases are a difference: the units answer differently, and so "
                "their columns of W′ get different steps.",
                "d": "The rows of W differ, and that is enough; the columns of W′ follow.",
            },
        ),
    ),
    hints=(
        "List for each unit everything that belongs to it: a row of W, a number of b, a column of "
        "W′. Two units are twins if the lists are the same.",
        "`np.concatenate([W, b[:, None], W2.T], axis=1)` has one row a unit; "
        "`np.unique(..., axis=0)` keeps each different row once.",
        "For the choice: in which of the four starts would nobody notice if two units changed "
        "places?",
    ),
)

# --- 2.6: another code --------------------------------------------------------------------------


def change_code(W, b, W2, T):
    """The reference: the weights of T ∘ φ and ψ ∘ T⁻¹."""
    return T @ W, T @ b, W2 @ np.linalg.inv(T)


def a_code_and_a_map(rng):
    """A linear autoencoder and an invertible T that is not close to orthogonal."""
    d, p = int(rng.integers(4, 7)), int(rng.integers(2, 4))
    left, right = (np.linalg.qr(rng.normal(size=(p, p)))[0] for _ in range(2))
    return {
        "W": rng.normal(size=(p, d)),
        "b": rng.normal(size=p),
        "W2": rng.normal(size=(d, p)),
        "T": left @ np.diag(rng.uniform(1.5, 3.0, size=p)) @ right,
    }


ANOTHER_CODE = Task(
    id="2.6",
    title="Another code, the same autoencoder",
    points=10,
    level="hard",
    target="change_code",
    checks=(
        Calls(
            points=10,
            asks="`change_code` returns the weights with the codes Th and the old reconstructions",
            inputs=a_code_and_a_map,
            expect=change_code,
            mistakes=(
                Mistake(
                    "The decoder has to undo T before it decodes: W′T⁻¹, not W′T.",
                    lambda W, b, W2, T: (T @ W, T @ b, W2 @ T),
                ),
                Mistake(
                    "Tᵀ is the inverse of a rotation only; here T stretches, too: use "
                    "`np.linalg.inv(T)`.",
                    lambda W, b, W2, T: (T @ W, T @ b, W2 @ T.T),
                ),
                Mistake(
                    "T⁻¹ stands on the wrong side: the code comes in from the right, so the "
                    "decoder is W′T⁻¹, `W2 @ np.linalg.inv(T)`.",
                    lambda W, b, W2, T: (T @ W, T @ b, np.linalg.inv(T) @ W2),
                ),
                Mistake(
                    "The bias is part of the code: T(Wx + b) = TWx + Tb.",
                    lambda W, b, W2, T: (T @ W, b, W2 @ np.linalg.inv(T)),
                ),
                Mistake(
                    "The decoder is unchanged, and so it decodes the new code wrongly.",
                    lambda W, b, W2, T: (T @ W, T @ b, W2),
                ),
                Mistake(
                    "T and T⁻¹ have changed places: the new code is Th.",
                    lambda W, b, W2, T: (np.linalg.inv(T) @ W, np.linalg.inv(T) @ b, W2 @ T),
                ),
            ),
        ),
    ),
    hints=(
        "Write the new code out: Th = T(Wx + b). Which matrix multiplies x now, which vector is "
        "added?",
        "The decoder gets Th and has to give W′h + b′. Which matrix makes W′h out of Th?",
        "Encoder: TW and Tb. Decoder: W′T⁻¹, because W′T⁻¹ · Th = W′h.",
    ),
)

EXERCISE = Exercise(
    stem="02_encoder_and_decoder",
    title="Encoder φ and decoder ψ",
    provides=("autoencoder", "data", "fit", "plotting", "seeds"),
    tasks=(DENSE_LAYER, BEST_DECODER, ENCODING_PROBLEM, TIED_WEIGHTS, TWINS, ANOTHER_CODE),
)
