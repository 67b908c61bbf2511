"""Chapter 9: divergence, the gradient through a draw, collapsed units, β, a VAE that generates."""

from functools import cache

from ae_course.grading.judging import questions
from ae_course.grading.judging.compare import told
from ae_course.grading.judging.kinds import Calls, Choice, Number, Property, Wrong
from ae_course.grading.judging.task import Exercise, Finding, Mistake, Task

import numpy as np

# --- 9.1: the divergence of two Gaussians ---------------------------------------------------------


def divergence(mean, log_variance, prior_mean, prior_log_variance):
    """The reference: KL of each row's Gaussian to the prior, summed over the units."""
    ratio = np.exp(log_variance - prior_log_variance)
    distance = (mean - prior_mean) ** 2 / np.exp(prior_log_variance)
    return (distance + ratio - 1 - np.log(ratio)).sum(axis=-1) / 2


def two_gaussians(rng):
    """Means and log-variances `(n, p)`, and a prior `(p,)`; n = p now and then."""
    n, p = rng.integers(2, 6, size=2)
    return {
        "mean": rng.normal(size=(n, p)),
        "log_variance": rng.normal(size=(n, p)),
        "prior_mean": rng.normal(size=p),
        "prior_log_variance": rng.normal(size=p) + 0.5,
    }


DIVERGENCE = Task(
    id="9.1",
    title="The divergence of two Gaussians",
    points=20,
    level="medium",
    target="divergence",
    checks=(
        Calls(
            points=20,
            asks="`divergence` is KL(q ‖ p) of every row, summed over the units",
            inputs=two_gaussians,
            expect=divergence,
            mistakes=(
                Mistake(
                    "The prior is N(0, 1) here. Its own mean and variance have to come in.",
                    lambda m, lv, pm, plv: divergence(m, lv, 0 * pm, 0 * plv),
                ),
                Mistake(
                    "The variance of the prior is missing: the distance of the means is measured "
                    "in units of it, and so is the variance.",
                    lambda m, lv, pm, plv: divergence(m, lv, pm, 0 * plv),
                ),
                Mistake(
                    "This is KL(p ‖ q). The expectation is over q, so its variance stands above.",
                    lambda m, lv, pm, plv: (
                        (np.exp(plv - lv) + (pm - m) ** 2 / np.exp(lv) - 1 - plv + lv).sum(axis=-1)
                        / 2
                    ),
                ),
                Mistake(
                    "Sum over the units: independent units add up, and the result has shape (n,).",
                    lambda m, lv, pm, plv: (
                        (np.exp(lv - plv) + (m - pm) ** 2 / np.exp(plv) - 1 - lv + plv) / 2
                    ),
                ),
                Mistake(
                    "This is the mean over the units; independent units add up.",
                    lambda m, lv, pm, plv: divergence(m, lv, pm, plv) / m.shape[-1],
                ),
                Mistake(
                    "The factor ½ is missing.",
                    lambda m, lv, pm, plv: 2 * divergence(m, lv, pm, plv),
                ),
                Mistake(
                    "What comes in is log σ_q²: σ_q² is `np.exp(log_variance)`, without a square.",
                    lambda m, lv, pm, plv: divergence(m, 2 * lv, pm, 2 * plv),
                ),
                Mistake(
                    "The 1 is missing: the divergence of a distribution from itself is 0.",
                    lambda m, lv, pm, plv: divergence(m, lv, pm, plv) + m.shape[-1] / 2,
                ),
            ),
        ),
    ),
    hints=(
        "Follow the derivation of (9.8) with log p(h) = −½ log(2πσ₀²) − (h − μ₀)² / 2σ₀².",
        "With h = μ + σ_q ε, the mean of (h − μ₀)² is (μ − μ₀)² + σ_q².",
        "For one unit: ½ (((μ − μ₀)² + σ_q²)/σ₀² − 1 − log(σ_q²/σ₀²)); sum over the last axis.",
    ),
)

# --- 9.2: through the draw ------------------------------------------------------------------------


def draw(mean, log_variance, epsilon):
    """The reference's forward step."""
    return mean + np.exp(log_variance / 2) * epsilon


def backward(mean, log_variance, epsilon, dh):
    """The reference: the gradients with respect to mean and log-variance."""
    return dh, dh * epsilon * np.exp(log_variance / 2) / 2


def draw_inputs(rng):
    """A mean, a log-variance and noise, of one shape."""
    names = ("mean", "log_variance", "epsilon")
    return dict(zip(names, rng.normal(size=(3, *rng.integers(2, 6, size=2))), strict=True))


THROUGH = Task(
    id="9.2",
    title="Through the draw and back",
    points=20,
    level="medium",
    target="draw",
    checks=(
        Calls(
            points=8,
            asks="`draw` returns the code h for given noise",
            inputs=draw_inputs,
            expect=draw,
            mistakes=(
                Mistake(
                    "σ_q is the root of the variance: `np.exp(log_variance / 2)`.",
                    lambda mean, log_variance, epsilon: mean + np.exp(log_variance) * epsilon,
                ),
                Mistake(
                    "This multiplies by log σ_q² itself; take the exponential of half of it.",
                    lambda mean, log_variance, epsilon: mean + log_variance * epsilon,
                ),
                Mistake(
                    "The mean is missing.",
                    lambda mean, log_variance, epsilon: np.exp(log_variance / 2) * epsilon,
                ),
            ),
        ),
        Calls(
            points=12,
            target="backward",
            asks="`backward` returns the gradients with respect to μ and log σ_q²",
            inputs=lambda rng: (
                lambda given: {**given, "dh": rng.normal(size=given["mean"].shape)}
            )(draw_inputs(rng)),
            expect=backward,
            mistakes=(
                Mistake(
                    "This is the gradient with respect to σ_q. Asked for is log σ_q²: one more "
                    "factor by the chain rule.",
                    lambda mean, log_variance, epsilon, dh: (dh, dh * epsilon),
                ),
                Mistake(
                    "The factor ½ is missing: σ_q = exp(½ log σ_q²).",
                    lambda mean, log_variance, epsilon, dh: (
                        dh,
                        dh * epsilon * np.exp(log_variance / 2),
                    ),
                ),
                Mistake(
                    "The derivative of exp(½ a) is ½ exp(½ a), which is σ_q / 2 and not σ_q² / 2.",
                    lambda mean, log_variance, epsilon, dh: (
                        dh,
                        dh * epsilon * np.exp(log_variance) / 2,
                    ),
                ),
                Mistake(
                    "The noise is missing from the second gradient: h = μ + σ_q ε.",
                    lambda mean, log_variance, epsilon, dh: (
                        dh,
                        dh * np.exp(log_variance / 2) / 2,
                    ),
                ),
                Mistake(
                    "The two gradients are exchanged: first the one with respect to μ.",
                    lambda mean, log_variance, epsilon, dh: (
                        dh * epsilon * np.exp(log_variance / 2) / 2,
                        dh,
                    ),
                ),
                Mistake(
                    "The derivative of h with respect to μ is 1: the first gradient is `dh`.",
                    lambda mean, log_variance, epsilon, dh: (
                        np.ones_like(dh),
                        dh * epsilon * np.exp(log_variance / 2) / 2,
                    ),
                ),
            ),
        ),
    ),
    hints=(
        "h = μ + σ_q ε, and σ_q = exp(½ log σ_q²).",
        "The noise is a constant. Use the chain rule: the gradient of the loss with respect to h "
        "comes in as `dh`; multiply by the derivative of h.",
        "∂h/∂μ = 1 and ∂h/∂(log σ_q²) = ½ σ_q ε.",
    ),
)

# --- 9.3: units -----------------------------------------------------------------------------------


def active(mean, threshold):
    """The reference: how many units have a mean that varies more than the threshold."""
    return int((mean.var(axis=0) > threshold).sum())


def means(rng):
    """Means `(n, p)`: some units vary, some are constant (not always 0), some vary a little.

    One has a variance that lies below the threshold only where it is divided by n.
    """
    n, p = rng.integers(20, 40), rng.integers(6, 10)
    spread = rng.choice([1.0, 0.6, 0.06, 0.0], size=p)
    spread[:4] = 1.0, 0.6, 0.06, 0.0
    mean = rng.normal(size=(n, p)) * spread + rng.normal(size=p)
    mean[:, 0] *= 1.5 / mean[:, 0].std()
    threshold = float(rng.choice([0.02, 0.8]))
    edge = mean[:, 1] - mean[:, 1].mean()
    mean[:, 1] += edge * (np.sqrt(threshold * (1 - 0.5 / n)) / edge.std() - 1)
    return {"mean": mean[:, rng.permutation(p)], "threshold": threshold}


UNITS = Task(
    id="9.3",
    title="Which units are at work?",
    points=20,
    level="easy",
    target="active",
    checks=(
        Calls(
            points=8,
            asks="`active` counts the units whose mean varies over the samples",
            inputs=means,
            expect=active,
            trials=16,
            mistakes=(
                Mistake(
                    "The threshold is a fixed one here; it is given: `threshold`.",
                    lambda mean, threshold: active(mean, 0.01),
                ),
                Mistake(
                    "The variance of a unit is over the samples, axis 0; this counts samples.",
                    lambda mean, threshold: int((mean.var(axis=1) > threshold).sum()),
                ),
                Mistake(
                    "The variance here is divided by n, as `var` does it; this divides by n − 1.",
                    lambda mean, threshold: int((mean.var(axis=0, ddof=1) > threshold).sum()),
                ),
                Mistake(
                    "This compares the standard deviation; the threshold is for the variance.",
                    lambda mean, threshold: int((mean.std(axis=0) > threshold).sum()),
                ),
                Mistake(
                    "This compares the mean square. A unit that is constant but not 0 tells "
                    "nothing: subtract its mean over the samples, as `var` does.",
                    lambda mean, threshold: int(((mean**2).mean(axis=0) > threshold).sum()),
                ),
                Mistake(
                    "These are the units that have collapsed; count the others.",
                    lambda mean, threshold: int((mean.var(axis=0) <= threshold).sum()),
                ),
            ),
        ),
        Choice(
            points=6,
            asks="which model has collapsed",
            target="collapsed_9_3",
            expect="b",
            why={
                "a": "In A all units are at work, and the error is small.",
                "b": "No unit tells anything, and the error is that of the mean image: the decoder "
                "answers always the same.",
                "c": "C has given up eleven units, but its error is small: it did not need them.",
                "d": "D's divergence is large: its codes tell a lot about the image.",
            },
        ),
        Choice(
            points=6,
            asks="which model to expect poor samples from, though it reconstructs best",
            target="poor_samples_9_3",
            expect="d",
            why={
                "a": "A's codes are kept near the prior, and its bound is good.",
                "b": "B's samples are all the mean image, but it does not reconstruct well.",
                "c": "C's codes are kept near the prior; there is no reason for poor samples.",
                "d": "Its divergence is ten times that of the others: the codes lie far from the "
                "prior, and codes drawn from the prior land where the decoder never was.",
            },
        ),
    ),
    hints=(
        "`mean.var(axis=0)` has one number for each unit.",
        "A collapsed model has no active units and answers with the mean image.",
        "Samples are decoded codes of the prior. Whose codes are farthest from it?",
    ),
)

# --- 9.4: what β is worth -------------------------------------------------------------------------


def unit_divergences(variances, beta):
    """The reference: the mean KL of each unit of the best linear VAE."""
    return np.log(np.maximum(variances / (beta / 2), 1)) / 2


def variances_and_beta(rng):
    """Falling variances and a β whose noise lies between them."""
    variances = np.sort(rng.uniform(0.1, 3, size=rng.integers(5, 9)))[::-1]
    i = rng.integers(1, len(variances) - 1)
    return {"variances": variances.copy(), "beta": float(variances[i] + variances[i + 1])}


@cache
def _digits():
    from ae_course.data import digits

    return digits()


@cache
def digit_variances():
    """The variances of the training digits along their principal components."""
    x = _digits().train.astype(float)
    return np.linalg.svd(x - x.mean(axis=0), compute_uv=False) ** 2 / len(x)


def digit_units(noise):
    """The active units of the best linear VAE on the training digits, for a noise variance."""
    return int((digit_variances() > noise).sum())


BETA = Task(
    id="9.4",
    title="What β is worth",
    points=20,
    level="medium",
    target="unit_divergences",
    checks=(
        Calls(
            points=10,
            asks="`unit_divergences` gives every unit's divergence in the best linear VAE",
            inputs=variances_and_beta,
            expect=unit_divergences,
            mistakes=(
                Mistake(
                    "A unit below the noise has collapsed: its divergence is 0, never negative.",
                    lambda variances, beta: np.log(variances / (beta / 2)) / 2,
                ),
                Mistake(
                    "This is in bits; a divergence in nats takes the natural logarithm, `np.log`.",
                    lambda variances, beta: unit_divergences(variances, beta) / np.log(2),
                ),
                Mistake(
                    "The noise is s² = β/2, not β.",
                    lambda variances, beta: unit_divergences(variances, 2 * beta),
                ),
                Mistake(
                    "The factor ½ before the logarithm is missing.",
                    lambda variances, beta: 2 * unit_divergences(variances, beta),
                ),
                Mistake(
                    "The collapsed units belong to the answer, with a divergence of 0.",
                    lambda variances, beta: unit_divergences(variances[variances > beta / 2], beta),
                ),
                Mistake(
                    "This is what the unit explains, λ − β/2; asked for is the divergence.",
                    lambda variances, beta: np.maximum(variances - beta / 2, 0),
                ),
            ),
        ),
        Number(
            points=5,
            asks="β for pixels with a noise of standard deviation 0.2",
            target="beta_9_4",
            expect=0.08,
            tolerance=0.001,
            mistakes=(
                Mistake("That is s²; β is twice as much.", 0.04),
                Mistake("That is 2s; the variance is the square of the standard deviation.", 0.4),
                Mistake("That is s itself. β = 2s².", 0.2),
                Mistake("That is s²/2; β = 2s², as (9.7) was multiplied by 2s².", 0.02),
            ),
        ),
        Number(
            points=5,
            asks="the active units of the best linear VAE on the training digits, with that β",
            target="units_9_4",
            expect=lambda: digit_units(0.04),
            mistakes=(
                Mistake("Compare the variances with β/2, not with β.", lambda: digit_units(0.08)),
                Mistake(
                    "Compare the variances with s² = 0.04, not with s.", lambda: digit_units(0.2)
                ),
                Mistake("Not all 64 units: some directions vary less than the noise.", 64),
            ),
        ),
    ),
    hints=(
        "Equation (9.14): the divergence of an active unit is ½ log(λ / (β/2)).",
        "A unit is active if λ > β/2; `np.maximum(variances / (beta / 2), 1)` has logarithm 0 for "
        "all others.",
        "β = 2s². For the digits: s² / n of the centered samples' singular values are the "
        "variances; count those above β/2.",
    ),
)

# --- 9.5: a model that generates ------------------------------------------------------------------

ERROR, FIDELITY, COVERAGE, COPIES = 1.6, 2.4, 2.5, 0.2


def distance(a, b):
    """The mean over a of the squared distance to the nearest of b."""
    squared = (a**2).sum(axis=1)[:, None] - 2 * a @ b.T + (b**2).sum(axis=1)
    return float(squared.min(axis=1).mean())


def reconstructs(learner, rng):
    """The model's answers to fresh digits, which its code must tell."""
    asked = questions.ask_digits(learner, "model", rng)
    if asked.error < ERROR:
        return asked
    words = f"Its squared error on new digits is {told(asked.error, ERROR, 3)}; below {ERROR} is "
    words += "asked for."
    if asked.error > 0.8 * asked.mean:
        raise Wrong(
            f"{words} That is hardly better than the mean image: it is untrained, or its code has "
            "collapsed. Train it, with a smaller β."
        )
    raise Wrong(f"{words} Lower β, take more code units, or train longer.")


def generates(learner, rng):
    """It reconstructs; draws from the prior look like digits, like many, and like no copies."""
    asked, known = reconstructs(learner, rng), _digits()
    h = rng.normal(size=(len(asked.x), asked.code)).astype(np.float32)
    drawn = questions.array(learner.call("model.decode", h), asked.x.shape, "model.decode(h)")
    fidelity, coverage = distance(drawn, known.train), distance(known.test, drawn)
    if fidelity < COPIES:
        raise Wrong(
            "The samples are training digits, copied. A model that has learned to write makes new "
            "ones."
        )
    words = f"The fidelity is {told(fidelity, FIDELITY, 3)}; below {FIDELITY} is asked for."
    if fidelity >= 3:
        return Finding(
            0,
            f"{words} Codes from N(0, I) do not decode to digits. A plain autoencoder does not "
            "know where its codes lie; a VAE needs a β that is large enough.",
        )
    if fidelity >= FIDELITY:
        return Finding(0.5, f"{words} Nearly: a larger β brings the codes nearer to the prior.")
    words = f"The coverage is {told(coverage, COVERAGE, 3)}; below {COVERAGE} is asked for."
    if coverage >= 2.8:
        return Finding(
            0, f"{words} Many digits have no sample near them: samples look alike, or like nothing."
        )
    if coverage >= COVERAGE:
        return Finding(0.5, f"{words} Nearly: train longer, or take more code units.")
    return Finding(1)


_PLAIN = (
    'model = Autoencoder.dense(64, hidden=(128,), code=8, activation="relu")\n'
    "history = fit(model, digits.train, epochs=30, batch_size=64, learning_rate=3e-3)"
)
_COLLAPSED = (
    "model = VariationalAutoencoder.dense(64, hidden=(64,), code=8, beta=4.0)\n"
    "history = fit(model, digits.train, epochs=15, batch_size=64, learning_rate=5e-3)"
)
_UNTRAINED = "model = VariationalAutoencoder.dense(64, hidden=(64,), code=8, beta=0.1)"

GENERATE = Task(
    id="9.5",
    title="A machine that writes digits",
    points=20,
    level="hard",
    target="model",
    checks=(
        Property(
            points=20,
            asks=f"its squared error on new digits is below {ERROR}; of its samples the fidelity "
            f"is below {FIDELITY} and the coverage below {COVERAGE}",
            test=generates,
            mistakes=(
                Mistake("has no `encode`", "model = [64, 128, 8, 128, 64]"),
                Mistake("hardly better than the mean image", _UNTRAINED),
                Mistake("its code has collapsed", _COLLAPSED),
                Mistake("A plain autoencoder does not know", _PLAIN),
                Mistake("a table of stored images", questions.TABLE.format("model")),
            ),
        ),
    ),
    hints=(
        "`VariationalAutoencoder.dense(64, hidden=(128,), code=..., beta=...)`. The digits lie "
        "between 0 and 1, so β has to be well below 1.",
        "Eight units or more, and β = 0.1.",
        "`fit(model, digits.train, epochs=60, batch_size=64, learning_rate=3e-3)` takes seconds.",
    ),
)

EXERCISE = Exercise(
    stem="09_generative",
    title="Generative autoencoders",
    provides=("autoencoder", "data", "fit", "plotting", "seeds", "variational"),
    tasks=(DIVERGENCE, THROUGH, UNITS, BETA, GENERATE),
)
