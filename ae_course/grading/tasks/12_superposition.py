"""Chapter 12: shares of a dimension, the toy model untied, thresholds, dictionaries, a border."""

from ae_course.grading.judging.kinds import Calls, Number
from ae_course.grading.judging.task import Exercise, Mistake, Task

import numpy as np

# --- 12.1: the share of a dimension ---------------------------------------------------------------


def shares(W):
    """The reference: ‖ν‖⁴ / Σⱼ (ν · νⱼ)² for every column ν, 0 for a column of zeros."""
    squares = (W.T @ W) ** 2
    total = squares.sum(axis=1)
    return np.divide(np.diag(squares), total, out=np.zeros(len(total)), where=total > 0)


def toy_weights(rng):
    """W `(p, d)` with more columns than rows and one column, or two, of zeros."""
    p = int(rng.integers(2, 5))
    d = p + int(rng.integers(2, 5))
    W = rng.normal(size=(p, d))
    W[:, rng.permutation(d)[: rng.integers(1, 3)]] = 0
    return {"W": W}


def _ratio(above, below):
    return np.divide(above, below, out=np.zeros(len(below)), where=below > 0)


def _lengths(W):
    return np.linalg.norm(W, axis=0)


def _without_itself(W):
    squares = (W.T @ W) ** 2
    own = np.diag(squares)
    return _ratio(own, squares.sum(axis=1) - own)


def _undefined(W):
    squares = (W.T @ W) ** 2
    with np.errstate(invalid="ignore"):
        return np.diag(squares) / squares.sum(axis=1)


def _all_unit(W):
    lengths = _lengths(W)
    unit = W / np.where(lengths > 0, lengths, 1)
    return shares(unit)


SHARES = Task(
    id="12.1",
    title="The share of a dimension",
    points=15,
    level="easy",
    target="shares",
    checks=(
        Calls(
            points=10,
            asks="`shares` gives every feature's share of a dimension",
            inputs=toy_weights,
            expect=shares,
            mistakes=(
                Mistake(
                    "A feature without a direction has the share 0; this divides 0 by 0.",
                    _undefined,
                ),
                Mistake(
                    "The directions of the features are the columns of W; these are its rows.",
                    lambda W: shares(W.T),
                ),
                Mistake(
                    "The sum runs over all features, the feature itself included.",
                    _without_itself,
                ),
                Mistake(
                    "Below the line the products are squared, and above it the squared length is.",
                    lambda W: _ratio(_lengths(W) ** 2, np.abs(W.T @ W).sum(axis=1)),
                ),
                Mistake(
                    "Above the line stands the length to the power of 4: the squared product of "
                    "the direction with itself.",
                    lambda W: _ratio(_lengths(W) ** 2, ((W.T @ W) ** 2).sum(axis=1)),
                ),
                Mistake(
                    "All directions have length 1 here. A long neighbor leaves less than a short "
                    "one: keep the lengths.",
                    _all_unit,
                ),
                Mistake(
                    "Features without a direction belong to the answer, with a share of 0.",
                    lambda W: shares(W[:, _lengths(W) > 0]),
                ),
            ),
        ),
        Number(
            points=5,
            asks="the share of a corner of a regular tetrahedron",
            target="tetrahedron_12_1",
            expect=3 / 4,
            tolerance=1e-3,
            mistakes=(
                Mistake(
                    "The products of two corners are −1/3; they have to be squared.",
                    1 / 2,
                ),
                Mistake(
                    "This is the product of two corners, without its sign. The share is 1 / (1 + "
                    "the sum of the squared products with the three others).",
                    1 / 3,
                ),
                Mistake(
                    "The four corners do not share one dimension, but three.",
                    1 / 4,
                ),
                Mistake(
                    "A corner has three others beside it, not one.",
                    9 / 10,
                ),
            ),
        ),
    ),
    hints=(
        "`W.T @ W` holds the products of all directions with one another.",
        "Square it. The diagonal is ‖ν‖⁴, the sums of the rows are what it is divided by.",
        "For the tetrahedron: 1 / (1 + 3 · (1/3)²).",
    ),
)

# --- 12.2: without the tie ------------------------------------------------------------------------


def untied_loss(x, W, V, b, w):
    """The reference: the mean of Σᵢ wᵢ (xᵢ − x′ᵢ)² with x′ = ReLU(VWx + b)."""
    error = x - np.maximum(x @ W.T @ V.T + b, 0)
    return (w * error**2).sum(axis=1).mean()


def _gradients(x, W, V, b, w, *, masked=True, weighted=True, factor=2.0, mean=True, back=None):
    """The gradients with one of their parts wrong, if asked for."""
    h = x @ W.T
    a = h @ V.T + b
    delta = -factor * (x - np.maximum(a, 0)) / (len(x) if mean else 1)
    if masked:
        delta = delta * (a > 0)
    if weighted:
        delta = delta * w
    return (delta @ (V if back is None else back)).T @ x, delta.T @ h, delta.sum(axis=0)


def untied_inputs(rng):
    """Sparse samples, weights of both halves, a bias and importances; n is never d or p."""
    n, d, p = int(rng.integers(8, 12)), int(rng.integers(4, 7)), int(rng.integers(2, 4))
    x = rng.uniform(size=(n, d)) * (rng.uniform(size=(n, d)) < 0.6)
    W, V, b = rng.normal(size=(p, d)), rng.normal(size=(d, p)), rng.normal(size=d) / 4
    return {"x": x, "W": W, "V": V, "b": b, "w": rng.uniform(0.2, 2, size=d)}


UNTIED = Task(
    id="12.2",
    title="Without the tie",
    points=25,
    level="medium",
    target="untied_loss",
    checks=(
        Calls(
            points=8,
            asks="`untied_loss` is the mean weighted squared error",
            inputs=untied_inputs,
            expect=untied_loss,
            mistakes=(
                Mistake(
                    "The output has a ReLU: negative values become 0.",
                    lambda x, W, V, b, w: (w * (x - x @ W.T @ V.T - b) ** 2).sum(axis=1).mean(),
                ),
                Mistake(
                    "The importance is missing.",
                    lambda x, W, V, b, w: untied_loss(x, W, V, b, np.ones_like(w)),
                ),
                Mistake(
                    "The importance weighs the squares; here it is squared, too.",
                    lambda x, W, V, b, w: untied_loss(x, W, V, b, w**2),
                ),
                Mistake(
                    "The code is linear: no ReLU between W and V.",
                    lambda x, W, V, b, w: (
                        (w * (x - np.maximum(np.maximum(x @ W.T, 0) @ V.T + b, 0)) ** 2)
                        .sum(axis=1)
                        .mean()
                    ),
                ),
                Mistake(
                    "This is the mean over features and samples; sum over the features.",
                    lambda x, W, V, b, w: untied_loss(x, W, V, b, w) / x.shape[1],
                ),
                Mistake(
                    "This is the sum over the samples; take their mean.",
                    lambda x, W, V, b, w: untied_loss(x, W, V, b, w) * len(x),
                ),
                Mistake(
                    "The bias is missing.",
                    lambda x, W, V, b, w: untied_loss(x, W, V, 0 * b, w),
                ),
            ),
        ),
        Calls(
            points=17,
            target="untied_gradients",
            asks="`untied_gradients` returns the gradients with respect to W, V and b",
            inputs=untied_inputs,
            expect=_gradients,
            mistakes=(
                Mistake(
                    "An output whose ReLU is not active passes no gradient.",
                    lambda *given: _gradients(*given, masked=False),
                ),
                Mistake(
                    "The importance is missing.",
                    lambda *given: _gradients(*given, weighted=False),
                ),
                Mistake(
                    "The derivative of a square has a factor 2.",
                    lambda *given: _gradients(*given, factor=1.0),
                ),
                Mistake(
                    "The sign is wrong: the loss falls where the output rises toward x.",
                    lambda *given: _gradients(*given, factor=-2.0),
                ),
                Mistake(
                    "The loss is a mean over the samples: divide by n.",
                    lambda *given: _gradients(*given, mean=False),
                ),
                Mistake(
                    "To W the gradient comes back through V, the decoder, not through W.",
                    lambda x, W, V, b, w: _gradients(x, W, V, b, w, back=W.T),
                ),
                Mistake(
                    "The first two are exchanged, or transposed: the gradient with respect to W "
                    "has the shape of W, that with respect to V the shape of V.",
                    lambda *given: (lambda of_W, of_V, of_b: (of_V, of_W, of_b))(
                        *_gradients(*given)
                    ),
                ),
                Mistake(
                    "This is the gradient of the tied model. Here W and V are separate: each gets "
                    "only what comes from its own place.",
                    lambda *given: (lambda of_W, of_V, of_b: (of_W + of_V.T, of_V + of_W.T, of_b))(
                        *_gradients(*given)
                    ),
                ),
            ),
        ),
    ),
    hints=(
        "Start from the derivative δ′ of the loss with respect to what enters the ReLU, `(n, d)`.",
        "δ′ = −2 w (x − x′) / n where the ReLU is active, else 0. The bias gets its sum over the "
        "samples.",
        "V gets `delta.T @ h`, and W gets `(delta @ V).T @ x`.",
    ),
)

# --- 12.3: a threshold ----------------------------------------------------------------------------


def jump(a, tau):
    """The reference: a where it is above its unit's threshold, else 0."""
    return a * (a > tau)


def jump_backward(a, tau, epsilon, dh):
    """The reference: the gradients with respect to a and to the thresholds."""
    near = np.abs(a - tau) < epsilon / 2
    return dh * (a > tau), -(dh * near).sum(axis=0) * tau / epsilon


def thresholds(rng):
    """Pre-activations `(n, p)` on both sides of positive thresholds `(p,)`."""
    n, p = rng.integers(20, 40), rng.integers(3, 7)
    return {"a": rng.normal(0.3, 0.6, size=(n, p)), "tau": rng.uniform(0.2, 0.7, size=p)}


def thresholds_and_slope(rng):
    """The same, with a window and the gradient that comes from above."""
    given = thresholds(rng)
    epsilon = float(rng.uniform(0.3, 0.8))
    return {**given, "epsilon": epsilon, "dh": rng.normal(size=given["a"].shape)}


def _of_tau(wrong):
    """A mistake in the second gradient alone; wrong gets near, a, tau, epsilon, dh."""

    def backward(a, tau, epsilon, dh):
        near = np.abs(a - tau) < epsilon / 2
        return dh * (a > tau), wrong(near, a, tau, epsilon, dh)

    return backward


THRESHOLD = Task(
    id="12.3",
    title="A threshold and its slope",
    points=20,
    level="medium",
    target="jump",
    checks=(
        Calls(
            points=6,
            asks="`jump` passes what is above the threshold",
            inputs=thresholds,
            expect=jump,
            mistakes=(
                Mistake(
                    "What passes keeps its size: nothing is subtracted. That is the difference "
                    "from a ReLU with a bias.",
                    lambda a, tau: np.maximum(a - tau, 0),
                ),
                Mistake(
                    "This is the ReLU: everything above 0 passes. The threshold is missing.",
                    lambda a, tau: np.maximum(a, 0),
                ),
                Mistake(
                    "This is the larger one of a and τ; below the threshold the unit is 0.",
                    lambda a, tau: np.maximum(a, tau),
                ),
                Mistake(
                    "This says whether a unit is active; asked for is its value.",
                    lambda a, tau: (a > tau) * 1.0,
                ),
                Mistake(
                    "Large negative values do not pass: compare a, not its magnitude.",
                    lambda a, tau: a * (np.abs(a) > tau),
                ),
            ),
        ),
        Calls(
            points=14,
            target="jump_backward",
            asks="`jump_backward` returns the gradients with respect to a and to τ",
            inputs=thresholds_and_slope,
            expect=jump_backward,
            mistakes=(
                Mistake(
                    "The window reaches ε/2 to either side of the threshold, not ε.",
                    lambda a, tau, epsilon, dh: (
                        dh * (a > tau),
                        -(dh * (np.abs(a - tau) < epsilon)).sum(axis=0) * tau / epsilon,
                    ),
                ),
                Mistake(
                    "A threshold that rises switches units off: the second gradient has a minus.",
                    _of_tau(lambda near, a, tau, eps, dh: (dh * near).sum(axis=0) * tau / eps),
                ),
                Mistake(
                    "What a unit loses at its threshold is τ: the factor is missing. (Without it, "
                    "it would be the derivative of the step.)",
                    _of_tau(lambda near, a, tau, eps, dh: -(dh * near).sum(axis=0) / eps),
                ),
                Mistake(
                    "Divide by the width ε of the window: the narrower it is, the more each sample "
                    "in it counts.",
                    _of_tau(lambda near, a, tau, eps, dh: -(dh * near).sum(axis=0) * tau),
                ),
                Mistake(
                    "A threshold serves all samples: sum over them, so that the second gradient "
                    "has the shape of tau.",
                    _of_tau(lambda near, a, tau, eps, dh: -dh * near * tau / eps),
                ),
                Mistake(
                    "Sum over the samples; this is the mean. The gradient that comes in is already "
                    "that of the whole loss.",
                    _of_tau(lambda near, a, tau, eps, dh: -(dh * near).mean(axis=0) * tau / eps),
                ),
                Mistake(
                    "The gradient with respect to a passes where the unit is active, and not in "
                    "the window.",
                    lambda a, tau, epsilon, dh: (
                        dh * (np.abs(a - tau) < epsilon / 2),
                        jump_backward(a, tau, epsilon, dh)[1],
                    ),
                ),
                Mistake(
                    "A unit that is not active passes nothing on to a.",
                    lambda a, tau, epsilon, dh: (dh, jump_backward(a, tau, epsilon, dh)[1]),
                ),
                Mistake(
                    "The factor is the threshold τ, not the pre-activation a.",
                    _of_tau(lambda near, a, tau, eps, dh: -(dh * near * a).sum(axis=0) / eps),
                ),
            ),
        ),
    ),
    hints=(
        "`a > tau` compares each unit with its own threshold.",
        "∂h/∂a is 1 where the unit is active and 0 elsewhere; multiply by `dh`.",
        "∂h/∂τ is −τ/ε in the window |a − τ| < ε/2; multiply by `dh` and sum over the samples.",
    ),
)

# --- 12.4: which directions were found ------------------------------------------------------------


def found(directions, dictionary, h):
    """The reference: the mean over the directions of the largest cosine with a living latent."""
    return _cosines(directions, dictionary[(h != 0).any(axis=0)]).max(axis=1).mean()


def _unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _cosines(one, other):
    return _unit(one) @ _unit(other).T


def dictionaries(rng):
    """Directions of any length; a dictionary with them, turned, negated, and dead latents.

    Dead latents are among the best, and so are negated ones.
    """
    d, count = int(rng.integers(4, 7)), int(rng.integers(5, 8))
    directions = rng.normal(size=(count, d)) * rng.uniform(0.5, 3, size=(count, 1))
    near = _unit(directions) + 0.1 * rng.normal(size=(count, d))
    near[:2] *= -1
    dictionary = np.concatenate([near, rng.normal(size=(3, d))])
    dictionary *= rng.uniform(0.5, 3, size=(len(dictionary), 1))
    h = rng.uniform(0.1, 1, size=(12, len(dictionary)))
    h *= rng.uniform(size=h.shape) < 0.4
    h[0] += 0.5  # all have been active
    h[:, 2:4] = 0  # but two of the best
    order = rng.permutation(len(dictionary))
    return {"directions": directions, "dictionary": dictionary[order], "h": h[:, order]}


FOUND = Task(
    id="12.4",
    title="Which directions were found?",
    points=20,
    level="medium",
    target="found",
    checks=(
        Calls(
            points=20,
            asks="`found` is the mean max cosine of the true directions",
            inputs=dictionaries,
            expect=found,
            mistakes=(
                Mistake(
                    "A latent that is never active is dead: its direction does not count.",
                    lambda v, rows, h: _cosines(v, rows).max(axis=1).mean(),
                ),
                Mistake(
                    "A direction and its opposite are different features: the sign counts, so "
                    "leave the absolute value out.",
                    lambda v, rows, h: (
                        np.abs(_cosines(v, rows[(h != 0).any(axis=0)])).max(axis=1).mean()
                    ),
                ),
                Mistake(
                    "Neither the directions nor the dictionary's rows have length 1 here: divide "
                    "by both lengths.",
                    lambda v, rows, h: (v @ rows[(h != 0).any(axis=0)].T).max(axis=1).mean(),
                ),
                Mistake(
                    "The rows of the dictionary do not have length 1 here: divide by it.",
                    lambda v, rows, h: (_unit(v) @ rows[(h != 0).any(axis=0)].T).max(axis=1).mean(),
                ),
                Mistake(
                    "The true directions do not have length 1 here: divide by it.",
                    lambda v, rows, h: (v @ _unit(rows[(h != 0).any(axis=0)]).T).max(axis=1).mean(),
                ),
                Mistake(
                    "This is the mean over the latents of the nearest direction. Asked for is the "
                    "mean over the true directions: each has to be found.",
                    lambda v, rows, h: _cosines(v, rows[(h != 0).any(axis=0)]).max(axis=0).mean(),
                ),
                Mistake(
                    "This is the largest of all cosines; take the largest for each direction, and "
                    "their mean.",
                    lambda v, rows, h: _cosines(v, rows[(h != 0).any(axis=0)]).max(),
                ),
            ),
        ),
    ),
    hints=(
        "Divide each row of both arrays by its length; then products are cosines.",
        "`(h != 0).any(axis=0)` tells which latents are ever active. Keep their rows alone.",
        "The largest cosine of each true direction, `.max(axis=1)`, and the mean of these.",
    ),
)

# --- 12.5: a border -------------------------------------------------------------------------------


def expected_losses(gamma, w):
    """The reference: the losses of three solutions for features that are 0 or 1."""
    variance = gamma * (1 - gamma)
    return np.array([w * variance, variance, (1 + w) * gamma**2])


def density_and_importance(rng):
    """A density and an importance."""
    return {"gamma": float(rng.uniform(0.1, 0.9)), "w": float(rng.uniform(0.2, 3))}


BORDER = Task(
    id="12.5",
    title="A border of your own",
    points=20,
    level="hard",
    target="expected_losses",
    checks=(
        Calls(
            points=10,
            asks="`expected_losses` returns the losses of the three solutions",
            inputs=density_and_importance,
            expect=expected_losses,
            mistakes=(
                Mistake(
                    "These are the losses of the chapter, for features that are uniform in [0, 1) "
                    "when active. Here an active feature is 1.",
                    lambda g, w: [
                        w * (g / 3 - g * g / 4),
                        g / 3 - g * g / 4,
                        (1 + w) * g * g / 6,
                    ],
                ),
                Mistake(
                    "The output of a feature that is not kept may be a constant, and the best one "
                    "is the mean γ, not 0: what is left is the variance.",
                    lambda g, w: [w * g, g, (1 + w) * g**2],
                ),
                Mistake(
                    "The first solution keeps feature 1, so that its loss comes from feature 2, "
                    "with importance w; the first two are exchanged.",
                    lambda g, w: expected_losses(g, w)[[1, 0, 2]],
                ),
                Mistake(
                    "If both are active, both outputs are 0 and both features are lost: one "
                    "counts 1, the other w.",
                    lambda g, w: [w * g * (1 - g), g * (1 - g), g**2],
                ),
                Mistake(
                    "Opposite directions fail only if both features are active, which has the "
                    "probability γ².",
                    lambda g, w: [w * g * (1 - g), g * (1 - g), (1 + w) * g],
                ),
                Mistake(
                    "The importance of the two features is 1 and w; here both count 1.",
                    lambda g, w: expected_losses(g, 1.0),
                ),
            ),
        ),
        Number(
            points=5,
            asks="the density below which sharing wins, for equal importance",
            target="border_12_5",
            expect=1 / 3,
            tolerance=6e-3,
            mistakes=(
                Mistake("This is the border of the chapter, for uniform features.", 4 / 7),
                Mistake(
                    "With equal importance sharing costs 2γ², since both features are lost.",
                    1 / 2,
                ),
            ),
        ),
        Number(
            points=5,
            asks="the density below which sharing wins, for importance ½",
            target="border_half_12_5",
            expect=1 / 4,
            tolerance=6e-3,
            mistakes=(
                Mistake(
                    "The competitor is the better one of the first two: with importance ½ it keeps "
                    "feature 1 and loses feature 2, at half the price.",
                    2 / 5,
                ),
                Mistake(
                    "Sharing costs (1 + w) γ²: with w = ½ it is 1.5 γ², not γ².",
                    1 / 3,
                ),
                Mistake("This is the border of the chapter, for uniform features.", 4 / 9),
            ),
        ),
    ),
    hints=(
        "A feature that is not kept contributes its variance, times its importance. What is the "
        "variance of a number that is 1 with probability γ, else 0?",
        "With opposite directions, what are the two outputs if one feature is active, and if both "
        "are?",
        "γ(1 − γ) for the variance, γ² for a collision. At the border two losses are equal; divide "
        "both sides by γ.",
    ),
)

EXERCISE = Exercise(
    stem="12_superposition",
    title="Superposition and sparse codes",
    provides=("data",),
    tasks=(SHARES, UNTIED, THRESHOLD, FOUND, BORDER),
)
