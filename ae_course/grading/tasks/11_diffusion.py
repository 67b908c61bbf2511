"""Chapter 11: exact denoisers, predictions, steps of samplers, an annealed walk, guidance."""

from ae_course.grading.judging.kinds import Calls, Number
from ae_course.grading.judging.task import Exercise, Mistake, Task

import numpy as np

# --- 11.1: the exact denoiser of a finite set -----------------------------------------------------


def best_denoiser(x, points, s):
    """The reference: the mean of the points, weighted by how probable each is given x."""
    exponent = -_squares(x, points) / (2 * s**2)
    weight = np.exp(exponent - exponent.max(axis=1, keepdims=True))
    return weight / weight.sum(axis=1, keepdims=True) @ points


def _squares(x, points):
    return ((x[:, None] - points) ** 2).sum(axis=-1)


def _weighted(exponent, points):
    weight = np.exp(exponent - exponent.max(axis=1, keepdims=True))
    return weight / weight.sum(axis=1, keepdims=True) @ points


def _rounded_to_zero(x, points, s):
    with np.errstate(invalid="ignore"):
        weight = np.exp(-_squares(x, points) / (2 * s**2))
        return weight / weight.sum(axis=1, keepdims=True) @ points


def finite_sets(rng):
    """Noisy samples `(n, d)` of a few points `(m, d)`, now and then far from all of them."""
    n, m, d = rng.integers(2, 6, size=3)
    points, s = rng.normal(size=(m + 1, d)), float(rng.uniform(0.5, 1.5))
    x = points[rng.integers(m + 1, size=n)] + s * rng.normal(size=(n, d))
    x[0] += 100 * rng.choice([-1, 1], size=d) / np.sqrt(d)  # every exponential there rounds to 0
    return {"x": x, "points": points, "s": s}


DENOISER = Task(
    id="11.1",
    title="The best denoiser of a finite set",
    points=20,
    level="easy",
    target="best_denoiser",
    checks=(
        Calls(
            points=20,
            asks="`best_denoiser` is the mean of the points given each noisy sample",
            inputs=finite_sets,
            expect=best_denoiser,
            trials=8,
            mistakes=(
                Mistake(
                    "A row far from all points is NaN: all its exponentials round to zero. "
                    "Subtract the largest exponent of the row before `np.exp`; it cancels.",
                    _rounded_to_zero,
                ),
                Mistake(
                    "This is the nearest point. Asked for is the mean of all points, weighted.",
                    lambda x, points, s: points[_squares(x, points).argmin(axis=1)],
                ),
                Mistake(
                    "The exponent is −‖x − point‖² / 2s²: the factor 2 is missing.",
                    lambda x, points, s: _weighted(-_squares(x, points) / s**2, points),
                ),
                Mistake(
                    "The exponent is divided by 2s; the Gaussian has the variance s².",
                    lambda x, points, s: _weighted(-_squares(x, points) / (2 * s), points),
                ),
                Mistake(
                    "The distance in the exponent is not squared.",
                    lambda x, points, s: _weighted(
                        -np.sqrt(_squares(x, points)) / (2 * s**2), points
                    ),
                ),
                Mistake(
                    "The sign of the exponent is wrong: near points count more than far ones.",
                    lambda x, points, s: _weighted(_squares(x, points) / (2 * s**2), points),
                ),
                Mistake(
                    "This is the score. The denoiser is x + s² times it.",
                    lambda x, points, s: (best_denoiser(x, points, s) - x) / s**2,
                ),
                Mistake(
                    "This is the mean of all points, whatever x is.",
                    lambda x, points, s: np.tile(points.mean(axis=0), (len(x), 1)),
                ),
            ),
        ),
    ),
    hints=(
        "Given x, the k-th point has a probability that is proportional to a Gaussian density.",
        "Squared distances of all pairs: `((x[:, None] - points) ** 2).sum(axis=-1)`, `(n, m)`.",
        "A softmax over axis 1 of −squares / (2 * s**2), `@ points`. `scipy.special.softmax` "
        "subtracts the largest exponent by itself.",
    ),
)

# --- 11.2: one prediction from another ------------------------------------------------------------


def kept_share(betas):
    """The reference: ᾱ after each step."""
    return np.cumprod(1 - betas)


def clean_and_score(noisy, predicted_noise, kept):
    """The reference: the clean sample, and the score of the noisy samples' own density."""
    clean = (noisy - np.sqrt(1 - kept) * predicted_noise) / np.sqrt(kept)
    return clean, -predicted_noise / np.sqrt(1 - kept)


def schedules(rng):
    """Between 3 and 8 variances, small ones first."""
    return {"betas": np.sort(rng.uniform(0.01, 0.5, size=rng.integers(3, 9)))}


def predictions(rng):
    """Noisy samples `(n, d)`, predicted noise of that shape, and the share that is kept."""
    noisy, predicted = rng.normal(size=(2, *rng.integers(2, 6, size=2)))
    kept = float(rng.choice([rng.uniform(0.1, 0.4), rng.uniform(0.6, 0.9)]))
    return {"noisy": noisy, "predicted_noise": predicted, "kept": kept}


def _clean(noisy, predicted_noise, kept):
    return clean_and_score(noisy, predicted_noise, kept)[0]


def _score(noisy, predicted_noise, kept):
    return clean_and_score(noisy, predicted_noise, kept)[1]


PREDICTIONS = Task(
    id="11.2",
    title="What a prediction of the noise is worth",
    points=20,
    level="easy",
    target="kept_share",
    checks=(
        Calls(
            points=6,
            asks="`kept_share` is ᾱ after every step of the chain",
            inputs=schedules,
            expect=kept_share,
            mistakes=(
                Mistake(
                    "This is the sum of what is taken away. The shares that are kept multiply.",
                    lambda betas: 1 - np.cumsum(betas),
                ),
                Mistake(
                    "This multiplies the β themselves; a step keeps 1 − β.",
                    lambda betas: np.cumprod(betas),
                ),
                Mistake(
                    "This is what one step keeps; ᾱ is the product of all steps so far.",
                    lambda betas: 1 - betas,
                ),
                Mistake(
                    "This is 1 − ᾱ, the variance of the noise.",
                    lambda betas: 1 - np.cumprod(1 - betas),
                ),
                Mistake(
                    "This is √ᾱ, the factor of the sample. ᾱ is a share of the variance.",
                    lambda betas: np.sqrt(np.cumprod(1 - betas)),
                ),
                Mistake(
                    "This is the share after the last step alone; asked for is that after each.",
                    lambda betas: np.prod(1 - betas),
                ),
            ),
        ),
        Calls(
            points=14,
            target="clean_and_score",
            asks="`clean_and_score` turns a prediction of the noise into the other two",
            inputs=predictions,
            expect=clean_and_score,
            trials=6,
            mistakes=(
                Mistake(
                    "The clean sample is still multiplied by √ᾱ: divide by it.",
                    lambda x, e, a: (np.sqrt(a) * _clean(x, e, a), _score(x, e, a)),
                ),
                Mistake(
                    "The factors are the roots √ᾱ and √(1 − ᾱ); this takes ᾱ and 1 − ᾱ in the "
                    "clean sample.",
                    lambda x, e, a: ((x - (1 - a) * e) / a, _score(x, e, a)),
                ),
                Mistake(
                    "The noise has to be taken away from the noisy sample, not added.",
                    lambda x, e, a: ((x + np.sqrt(1 - a) * e) / np.sqrt(a), _score(x, e, a)),
                ),
                Mistake(
                    "The score points against the noise: its sign is minus.",
                    lambda x, e, a: (_clean(x, e, a), -_score(x, e, a)),
                ),
                Mistake(
                    "The score is divided by 1 − ᾱ. The noise that was added is √(1 − ᾱ) ε, so one "
                    "root of the variance cancels.",
                    lambda x, e, a: (_clean(x, e, a), -e / (1 - a)),
                ),
                Mistake(
                    "This is the score of the samples after division by √ᾱ, −ε̂/s. Asked for is "
                    "that of `noisy` as it is.",
                    lambda x, e, a: (_clean(x, e, a), -e * np.sqrt(a / (1 - a))),
                ),
                Mistake(
                    "The score is not the predicted noise itself: divide by its standard deviation "
                    "√(1 − ᾱ).",
                    lambda x, e, a: (_clean(x, e, a), -e),
                ),
                Mistake(
                    "The two are exchanged: first the clean sample, then the score.",
                    lambda x, e, a: (_score(x, e, a), _clean(x, e, a)),
                ),
            ),
        ),
    ),
    hints=(
        "`np.cumprod`. And: noisy = √ᾱ x + √(1 − ᾱ) ε; solve for x.",
        "Given x, `noisy` has the density N(√ᾱ x, (1 − ᾱ) I). What is the gradient of its "
        "logarithm?",
        "That gradient is −(noisy − √ᾱ x) / (1 − ᾱ) = −ε / √(1 − ᾱ).",
    ),
)

# --- 11.3: steps of the probability flow ----------------------------------------------------------


def euler_step(x, denoised, s, t):
    """The reference: from the level s to the level t < s."""
    return x + (t - s) * (x - denoised) / s


def heun_step(x, denoised, denoised_ahead, s, t):
    """The reference: the mean of the slopes at both ends."""
    ahead = euler_step(x, denoised, s, t)
    return x + (t - s) * ((x - denoised) / s + (ahead - denoised_ahead) / t) / 2


def steps_down(rng):
    """Samples, what the denoiser makes of them, and two levels; now and then the last step."""
    x, denoised = rng.normal(size=(2, *rng.integers(2, 6, size=2)))
    s = float(rng.uniform(0.5, 3))
    return {"x": s * x, "denoised": denoised, "s": s, "t": s * float(rng.choice([0, 0.3, 0.7]))}


def heun_inputs(rng):
    """The same with what the denoiser makes of Euler's step, and t > 0."""
    given = steps_down(rng)
    ahead = rng.normal(size=given["x"].shape)
    x, denoised, s = (given[key] for key in ("x", "denoised", "s"))
    t = s * float(rng.uniform(0.2, 0.8))
    return {"x": x, "denoised": denoised, "denoised_ahead": ahead, "s": s, "t": t}


FLOW = Task(
    id="11.3",
    title="Down the probability flow",
    points=20,
    level="medium",
    target="euler_step",
    checks=(
        Calls(
            points=7,
            asks="`euler_step` goes from the level s to the level t",
            inputs=steps_down,
            expect=euler_step,
            trials=6,
            mistakes=(
                Mistake(
                    "This moves away from the denoised sample: t − s is negative, and the slope is "
                    "(x − f) / s.",
                    lambda x, f, s, t: x + (s - t) * (x - f) / s,
                ),
                Mistake(
                    "The slope is divided by the level where the step begins, s.",
                    lambda x, f, s, t: x + (t - s) * (x - f),
                ),
                Mistake(
                    "The slope is −s times the score and the score (f − x) / s²: divide by s once.",
                    lambda x, f, s, t: x + (t - s) * (x - f) / s**2,
                ),
                Mistake(
                    "The shares of x and the denoised sample are exchanged: at t = 0 nothing of x "
                    "is left.",
                    lambda x, f, s, t: t / s * f + (1 - t / s) * x,
                ),
                Mistake(
                    "This goes all the way to the denoised sample, whatever t is.",
                    lambda x, f, s, t: f,
                ),
            ),
        ),
        Calls(
            points=9,
            target="heun_step",
            asks="`heun_step` moves by the mean of the slopes at both ends",
            inputs=heun_inputs,
            expect=heun_step,
            mistakes=(
                Mistake(
                    "The second slope belongs to the place that Euler's step leads to: take that "
                    "place, not x, minus `denoised_ahead`.",
                    lambda x, f, g, s, t: x + (t - s) * ((x - f) / s + (x - g) / t) / 2,
                ),
                Mistake(
                    "The second slope is divided by its own level, t.",
                    lambda x, f, g, s, t: (
                        x + (t - s) * ((x - f) / s + (euler_step(x, f, s, t) - g) / s) / 2
                    ),
                ),
                Mistake(
                    "This is the sum of both slopes; take their mean.",
                    lambda x, f, g, s, t: (
                        x + (t - s) * ((x - f) / s + (euler_step(x, f, s, t) - g) / t)
                    ),
                ),
                Mistake(
                    "Only the slope at the end is used.",
                    lambda x, f, g, s, t: x + (t - s) * (euler_step(x, f, s, t) - g) / t,
                ),
                Mistake("This is Euler's step.", lambda x, f, g, s, t: euler_step(x, f, s, t)),
                Mistake(
                    "The mean step begins at x again, not at the place that Euler's step led to.",
                    lambda x, f, g, s, t: heun_step(x, f, g, s, t) + euler_step(x, f, s, t) - x,
                ),
            ),
        ),
        Number(
            points=4,
            target="calls_11_3",
            asks="the calls of the denoiser in 10 of Heun's steps, the last one Euler's",
            expect=19,
            mistakes=(
                Mistake("The last step, to the level 0, needs one call: it is Euler's.", 20),
                Mistake("Each of Heun's steps calls the denoiser twice, the last one once.", 10),
                Mistake("The second slope of a step is not the first of the next: x differs.", 11),
            ),
        ),
    ),
    hints=(
        "The slope at x and s is (x − f) / s, and a step of length t − s moves by that times it.",
        "Heun: first Euler's step to `ahead`. Its slope there is (ahead − denoised_ahead) / t.",
        "Move from x by (t − s) times the mean of the two slopes.",
    ),
)

# --- 11.4: an annealed walk -----------------------------------------------------------------------


def annealed_step(x, score, s, c, noise):
    """The reference: a Langevin step of size c·s²."""
    return x + c * s**2 * score + s * np.sqrt(2 * c) * noise


def variance_after(variance, data_variance, levels, steps, c):
    """The reference: the variance of the samples after the whole walk, for data N(0, v)."""
    for s in levels:
        for _ in range(steps):
            eta = c * s**2
            variance = (1 - eta / (data_variance + s**2)) ** 2 * variance + 2 * eta
    return variance


def langevin_inputs(rng):
    """Samples, score and noise of one shape, a level and a factor."""
    names, shape = ("x", "score", "noise"), rng.integers(2, 6, size=2)
    x, score, noise = rng.normal(size=(len(names), *shape))
    s, c = float(rng.uniform(0.3, 3)), float(rng.uniform(0.05, 0.4))
    return {"x": x, "score": score, "s": s, "c": c, "noise": noise}


def walks(rng):
    """A variance to start with, that of the data, falling levels, steps at each, a factor."""
    levels = np.sort(rng.uniform(0.1, 3, size=rng.integers(2, 6)))[::-1].copy()
    return {
        "variance": float(rng.uniform(5, 9)),
        "data_variance": float(rng.uniform(0.3, 2)),
        "levels": levels,
        "steps": int(rng.integers(2, 5)),
        "c": float(rng.uniform(0.05, 0.4)),
    }


def _walk(step):
    """A wrong walk, whose step is `step(variance, v, s, c)`."""

    def after(variance, data_variance, levels, steps, c):
        for s in levels:
            for _ in range(steps):
                variance = step(variance, data_variance, s, c)
        return variance

    return after


WALK = Task(
    id="11.4",
    title="How far a walk lags behind",
    points=20,
    level="medium",
    target="annealed_step",
    checks=(
        Calls(
            points=8,
            asks="`annealed_step` is a Langevin step of the size c·s²",
            inputs=langevin_inputs,
            expect=annealed_step,
            mistakes=(
                Mistake(
                    "The noise of a Langevin step is √(2η) ε: the 2 is missing.",
                    lambda x, g, s, c, e: x + c * s**2 * g + s * np.sqrt(c) * e,
                ),
                Mistake(
                    "The noise is multiplied by 2η; its standard deviation is √(2η).",
                    lambda x, g, s, c, e: x + c * s**2 * g + 2 * c * s**2 * e,
                ),
                Mistake(
                    "The step size is c·s², not c.",
                    lambda x, g, s, c, e: x + c * g + np.sqrt(2 * c) * e,
                ),
                Mistake(
                    "The step size is c·s², not c·s.",
                    lambda x, g, s, c, e: x + c * s * g + np.sqrt(2 * c * s) * e,
                ),
                Mistake(
                    "The noise is missing.",
                    lambda x, g, s, c, e: x + c * s**2 * g,
                ),
                Mistake(
                    "The score points to where samples are more probable: go with it, not against.",
                    lambda x, g, s, c, e: x - c * s**2 * g + s * np.sqrt(2 * c) * e,
                ),
                Mistake(
                    "The drift is divided by 2 and the noise is not: that is the other convention, "
                    "with √η. Here the drift is η times the score and the noise √(2η) ε.",
                    lambda x, g, s, c, e: x + c * s**2 * g / 2 + s * np.sqrt(2 * c) * e,
                ),
            ),
        ),
        Calls(
            points=12,
            target="variance_after",
            asks="`variance_after` is the variance of the samples at the end of the walk",
            inputs=walks,
            expect=variance_after,
            mistakes=(
                Mistake(
                    "The factor of x has to be squared: it is a variance that it multiplies.",
                    _walk(lambda w, v, s, c: (1 - c * s**2 / (v + s**2)) * w + 2 * c * s**2),
                ),
                Mistake(
                    "The samples at the level s have noise: their score is −x / (v + s²), not "
                    "−x / v.",
                    _walk(lambda w, v, s, c: (1 - c * s**2 / v) ** 2 * w + 2 * c * s**2),
                ),
                Mistake(
                    "The fresh noise adds the variance 2η; the 2 is missing.",
                    _walk(lambda w, v, s, c: (1 - c * s**2 / (v + s**2)) ** 2 * w + c * s**2),
                ),
                Mistake(
                    "The noise of every step adds 2η to the variance; it is missing.",
                    _walk(lambda w, v, s, c: (1 - c * s**2 / (v + s**2)) ** 2 * w),
                ),
                Mistake(
                    "The step size is η = c·s² at the level s, not c.",
                    _walk(lambda w, v, s, c: (1 - c / (v + s**2)) ** 2 * w + 2 * c),
                ),
                Mistake(
                    "This takes one step at each level; take `steps`.",
                    lambda w, v, levels, steps, c: variance_after(w, v, levels, 1, c),
                ),
                Mistake(
                    "This is where the walk is to lead to. Follow the variance step by step.",
                    lambda w, v, levels, steps, c: v + levels[-1] ** 2,
                ),
                Mistake(
                    "The levels are taken from the last to the first; they are given as they fall.",
                    lambda w, v, levels, steps, c: variance_after(w, v, levels[::-1], steps, c),
                ),
            ),
        ),
    ),
    hints=(
        "η = c·s²; then x + η · score + √(2η) · noise.",
        "The noisy data have the density N(0, v + s²), whose score is −x / (v + s²). So a step "
        "multiplies x by a number and adds noise.",
        "The variance is multiplied by (1 − η / (v + s²))², and 2η is added. Two loops: over the "
        "levels, and `steps` times at each.",
    ),
)

# --- 11.5: guidance in closed form ----------------------------------------------------------------


def mixture_score(x, means, s):
    """The score of equally likely Gaussians of the standard deviation s."""
    return (best_denoiser(x, means, s) - x) / s**2


def toward_class(x, means, labels, y, s):
    """The reference: the gradient of log p(y|x) with respect to x."""
    return mixture_score(x, means[labels == y], s) - mixture_score(x, means, s)


def guided(x, denoised, slope, s, c):
    """The reference: a guided denoiser."""
    return denoised + c * s**2 * slope


def _probability(x, means, labels, y, s):
    exponent = -_squares(x, means) / (2 * s**2)
    weight = np.exp(exponent - exponent.max(axis=1, keepdims=True))
    return (weight[:, labels == y].sum(axis=1) / weight.sum(axis=1))[:, None]


def labeled_mixtures(rng):
    """Samples `(n, d)` near the means `(m, d)` of two or three classes, one class, a level."""
    n, d = rng.integers(2, 6, size=2)
    labels = rng.permutation(np.r_[0, 0, 1, 1, 1, rng.integers(2, 4, size=2)])
    means, s = 1.5 * rng.normal(size=(len(labels), d)), float(rng.choice([0.6, 1.3, 1.7]))
    x = means[rng.integers(len(means), size=n)] + s * rng.normal(size=(n, d))
    return {"x": x, "means": means, "labels": labels, "y": int(rng.integers(2)), "s": s}


def guided_inputs(rng):
    """A denoised sample and the classifier's gradient, of one shape."""
    x, denoised, slope = rng.normal(size=(3, *rng.integers(2, 6, size=2)))
    s, c = float(rng.uniform(0.3, 0.8)), float(rng.uniform(1.5, 4))
    return {"x": x, "denoised": denoised, "slope": slope, "s": s, "c": c}


GUIDANCE = Task(
    id="11.5",
    title="Guidance in closed form",
    points=20,
    level="hard",
    target="toward_class",
    checks=(
        Calls(
            points=14,
            asks="`toward_class` is the gradient of log p(y|x)",
            inputs=labeled_mixtures,
            expect=toward_class,
            trials=6,
            mistakes=(
                Mistake(
                    "This is the score of the class, ∇ log p(x|y). Subtract that of all samples.",
                    lambda x, m, k, y, s: mixture_score(x, m[k == y], s),
                ),
                Mistake(
                    "The sign is wrong: the score of the class minus that of all samples.",
                    lambda x, m, k, y, s: -toward_class(x, m, k, y, s),
                ),
                Mistake(
                    "This is the difference of the denoised samples; a score is that over s².",
                    lambda x, m, k, y, s: s**2 * toward_class(x, m, k, y, s),
                ),
                Mistake(
                    "This is the difference of the denoised samples, divided by s once; a score is "
                    "that over s².",
                    lambda x, m, k, y, s: s * toward_class(x, m, k, y, s),
                ),
                Mistake(
                    "This is the gradient of p(y|x). That of its logarithm is divided by p(y|x).",
                    lambda x, m, k, y, s: _probability(x, m, k, y, s) * toward_class(x, m, k, y, s),
                ),
                Mistake(
                    "This compares the class with the other classes; p(x) holds all means, those "
                    "of y among them.",
                    lambda x, m, k, y, s: (
                        mixture_score(x, m[k == y], s) - mixture_score(x, m[k != y], s)
                    ),
                ),
                Mistake(
                    "This takes the mean of the class as one Gaussian. Its means are several.",
                    lambda x, m, k, y, s: (
                        mixture_score(x, m[k == y].mean(axis=0)[None], s) - mixture_score(x, m, s)
                    ),
                ),
            ),
        ),
        Calls(
            points=6,
            target="guided",
            asks="`guided` is the denoiser of the guided score",
            inputs=guided_inputs,
            expect=guided,
            mistakes=(
                Mistake(
                    "A denoiser is x + s² · score: what is added to the score counts s² here.",
                    lambda x, f, g, s, c: f + c * g,
                ),
                Mistake(
                    "What is added to the score counts s² in the denoiser, not s.",
                    lambda x, f, g, s, c: f + c * s * g,
                ),
                Mistake("The factor c is missing.", lambda x, f, g, s, c: f + s**2 * g),
                Mistake(
                    "The guidance is added to x; what it changes is the denoised sample.",
                    lambda x, f, g, s, c: x + c * s**2 * g,
                ),
                Mistake(
                    "This is the guided score. The denoiser is x + s² times it.",
                    lambda x, f, g, s, c: (f - x) / s**2 + c * g,
                ),
                Mistake(
                    "The factor belongs to the classifier's gradient alone.",
                    lambda x, f, g, s, c: x + c * (f - x + s**2 * g),
                ),
            ),
        ),
    ),
    hints=(
        "Bayes: log p(y|x) = log p(x|y) − log p(x) + a term without x. Take the gradient.",
        "Both are mixtures of equally likely Gaussians, one of the means with the label y, one of "
        "all. Their score is (best_denoiser(x, means, s) − x) / s², with 11.1.",
        "`means[labels == y]` are the means of the class. The guided score is score + c · slope.",
    ),
)

EXERCISE = Exercise(
    stem="11_diffusion",
    title="From denoising to diffusion",
    provides=("data", "diffusion", "plotting", "seeds"),
    tasks=(DENOISER, PREDICTIONS, FLOW, WALK, GUIDANCE),
)
