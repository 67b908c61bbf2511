"""Chapter 6: the KL penalty, top-k, a Jacobian's norm, the best denoiser, a repair, a choice."""

from ae_course.grading.judging import questions
from ae_course.grading.judging.compare import told
from ae_course.grading.judging.kinds import Calls, Choice, Property
from ae_course.grading.judging.task import Exercise, Finding, Mistake, Task

import numpy as np

# --- 6.1: KL to a target activity ---------------------------------------------------------------


def activities(rng):
    """Codes of sigmoid units, and a target."""
    n, p = rng.integers(2, 7, size=2)
    h = rng.uniform(0.02, 0.98, size=(n, p)) ** rng.integers(1, 4)
    return {"h": h, "rho": float(rng.uniform(0.02, 0.3))}


def kl_penalty(h, rho):
    """Σⱼ KL(ρ ‖ ρ̂ⱼ)."""
    r = h.mean(axis=0)
    return (rho * np.log(rho / r) + (1 - rho) * np.log((1 - rho) / (1 - r))).sum()


def _turned(h, rho):
    r = h.mean(axis=0)
    return (r * np.log(r / rho) + (1 - r) * np.log((1 - r) / (1 - rho))).sum()


def _per_sample(h, rho):
    return kl_penalty(h.T, rho)


def _first_half(h, rho):
    r = h.mean(axis=0)
    return (rho * np.log(rho / r)).sum()


def kl_gradient(h, rho):
    """The derivative with respect to every entry of h."""
    r = h.mean(axis=0)
    return np.ones_like(h) * (-rho / r + (1 - rho) / (1 - r)) / len(h)


KL = Task(
    id="6.1",
    title="A target for the activity",
    points=20,
    level="medium",
    target="kl_penalty",
    checks=(
        Calls(
            points=10,
            asks="`kl_penalty` returns the sum over the units of KL(ρ ‖ ρ̂)",
            inputs=activities,
            expect=kl_penalty,
            mistakes=(
                Mistake(
                    "This is KL(ρ̂ ‖ ρ), the other way round: the factors before the logarithms "
                    "are ρ and 1 − ρ.",
                    _turned,
                ),
                Mistake(
                    "You took the mean over the units of each sample. A unit's activity is its "
                    "mean over the samples: axis 0.",
                    _per_sample,
                ),
                Mistake(
                    "Half is missing: the unit is off with probability 1 − ρ, and that counts too.",
                    _first_half,
                ),
                Mistake(
                    "Sum over the units; this is the mean.",
                    lambda h, rho: kl_penalty(h, rho) / h.shape[1],
                ),
                Mistake(
                    "You took one mean over everything. Each unit has its own activity: "
                    "`h.mean(axis=0)`.",
                    lambda h, rho: kl_penalty(h.reshape(-1, 1), rho),
                ),
            ),
        ),
        Calls(
            points=10,
            asks="`kl_gradient` returns its derivative with respect to every entry of h",
            target="kl_gradient",
            inputs=activities,
            expect=kl_gradient,
            mistakes=(
                Mistake(
                    "This is the derivative with respect to ρ̂. ρ̂ is a mean of n entries: each "
                    "has a share of 1/n in it.",
                    lambda h, rho: kl_gradient(h, rho) * len(h),
                ),
                Mistake(
                    "The slope h(1 − h) of the sigmoid does not belong here: asked for is the "
                    "derivative with respect to h itself.",
                    lambda h, rho: kl_gradient(h, rho) * h * (1 - h),
                ),
                Mistake(
                    "The sign is turned round: more activity costs more where ρ̂ is above ρ.",
                    lambda h, rho: -kl_gradient(h, rho),
                ),
                Mistake(
                    "All samples share the gradient of a unit, but h has n rows: repeat the row, "
                    "for example with `np.ones_like(h) * row`.",
                    lambda h, rho: kl_gradient(h, rho)[0],
                ),
                Mistake(
                    "This is the derivative with respect to ρ̂, one number a unit. Each of the n "
                    "entries in a column has a share of 1/n in ρ̂, and all n rows are asked for.",
                    lambda h, rho: kl_gradient(h, rho)[0] * len(h),
                ),
            ),
        ),
    ),
    hints=(
        "First ρ̂, one number for each unit: `h.mean(axis=0)`. Then the two terms for each unit, "
        "then the sum.",
        "The penalty is Σ ρ log(ρ / ρ̂) + (1 − ρ) log((1 − ρ) / (1 − ρ̂)). Its derivative with "
        "respect to ρ̂ is −ρ / ρ̂ + (1 − ρ) / (1 − ρ̂).",
        "ρ̂ⱼ = (1/n) Σ h, so each of the n entries in column j gets that derivative divided by n: "
        "`np.ones_like(h) * (...) / len(h)`.",
    ),
)

# --- 6.2: top-k ---------------------------------------------------------------------------------


def codes_and_k(rng):
    """Codes of either sign, and how many to keep."""
    n, p = rng.integers(3, 8, size=2)
    return {"h": rng.normal(size=(n, p)), "k": int(rng.integers(1, p + 1))}


def top_k(h, k):
    """The k largest of each row, the rest zero."""
    smallest = np.sort(h, axis=1)[:, [-k]]
    return np.where(h >= smallest, h, 0)


def _largest_magnitude(h, k):
    return np.where(np.abs(h) >= np.sort(np.abs(h), axis=1)[:, [-k]], h, 0)


TOP_K = Task(
    id="6.2",
    title="Exactly k units",
    points=15,
    level="easy",
    target="top_k",
    checks=(
        Calls(
            points=15,
            asks="`top_k` keeps the k largest units of each sample and sets the others to zero",
            inputs=codes_and_k,
            expect=top_k,
            trials=8,
            untouched=True,
            mistakes=(
                Mistake(
                    "You kept the units of largest magnitude. The largest are asked for: −3 is "
                    "smaller than 1.",
                    _largest_magnitude,
                ),
                Mistake(
                    "You kept the k largest of each unit over the samples. Each sample, a row, "
                    "keeps its own k: axis 1.",
                    lambda h, k: top_k(h.T, k).T,
                ),
                Mistake(
                    "These are the k smallest.",
                    lambda h, k: -top_k(-h, k),
                ),
                Mistake(
                    "The k-th largest unit is to be kept as well: compare with ≥, not with >.",
                    lambda h, k: np.where(h > np.sort(h, axis=1)[:, [-k]], h, 0),
                ),
                Mistake(
                    "This says which units are kept. Return their values, and zero elsewhere.",
                    lambda h, k: (top_k(h, k) != 0).astype(float),
                ),
            ),
        ),
    ),
    hints=(
        "What is the smallest value that may stay, in each row?",
        "`np.sort(h, axis=1)` puts each row into rising order; the k-th largest is at place −k.",
        "`np.where(h >= smallest, h, 0)`, with `smallest` of shape (n, 1): "
        "`np.sort(h, axis=1)[:, [-k]]`.",
    ),
)

# --- 6.3: the norm of a Jacobian ----------------------------------------------------------------


def sigmoid_layer(rng):
    """Codes of a sigmoid layer and its weights."""
    n, d, p = rng.integers(2, 6, size=3)
    return {"h": rng.uniform(0.02, 0.98, size=(n, p)), "W": rng.normal(size=(p, d))}


def jacobian_norm(h, W):
    """Σⱼ (hⱼ(1 − hⱼ))² ‖Wⱼ‖²."""
    return (h * (1 - h)) ** 2 @ (W**2).sum(axis=1)


JACOBIAN = Task(
    id="6.3",
    title="How much a code moves",
    points=15,
    level="medium",
    target="jacobian_norm",
    checks=(
        Calls(
            points=10,
            asks="`jacobian_norm` returns ‖∂h/∂x‖² for each sample, one number a sample",
            inputs=sigmoid_layer,
            expect=jacobian_norm,
            trials=6,
            mistakes=(
                Mistake(
                    "The slope h(1 − h) enters squared, like every entry of the Jacobian.",
                    lambda h, W: h * (1 - h) @ (W**2).sum(axis=1),
                ),
                Mistake(
                    "That is the norm; its square is asked for.",
                    lambda h, W: np.sqrt(jacobian_norm(h, W)),
                ),
                Mistake(
                    "The units' slopes are missing: ∂h/∂x = h(1 − h) W.",
                    lambda h, W: np.ones_like(h) @ (W**2).sum(axis=1),
                ),
                Mistake(
                    "Row j of W belongs to unit j: sum its squares along axis 1.",
                    lambda h, W: (h * (1 - h)) ** 2 @ (W**2).sum(axis=0),
                ),
                Mistake(
                    "Square every weight before you add them up.",
                    lambda h, W: (h * (1 - h)) ** 2 @ W.sum(axis=1) ** 2,
                ),
                Mistake(
                    "This adds up all samples. Each has its own Jacobian, so return n numbers.",
                    lambda h, W: jacobian_norm(h, W).sum(),
                ),
            ),
        ),
        Choice(
            points=5,
            asks="where a sigmoid unit contributes least",
            target="quiet_6_3",
            expect="c",
            why={
                "a": "At h = 0.5 the slope h(1 − h) is largest, 1/4: there it contributes most.",
                "b": "The slope h(1 − h) depends on h, so it does matter where the unit is.",
                "c": "Near 0 and near 1 the sigmoid is flat: what the input does hardly moves it. "
                "Contractive codes of sigmoid units tend to go there.",
                "d": "Near 0 it is quiet, but near 1 it is just as flat.",
            },
        ),
    ),
    hints=(
        "The entry of the Jacobian for unit j and input i is hⱼ (1 − hⱼ) Wⱼᵢ. Square it and sum "
        "over i first.",
        "The sum over i is the squared length of row j of W: `(W**2).sum(axis=1)`, shape (p,).",
        "What is left is a sum over the units, one for each sample: "
        "`(h * (1 - h)) ** 2 @ lengths`.",
    ),
)

# --- 6.4: the best denoiser ---------------------------------------------------------------------


def damaged_samples(rng):
    """Points, a Gaussian that the undamaged ones come from, and the strength of the noise."""
    n, d = rng.integers(2, 6, size=2)
    return {
        "x_noisy": rng.normal(scale=2, size=(n, d)),
        "mean": rng.normal(size=d),
        "scale": float(rng.uniform(0.5, 2)),
        "s": float(rng.uniform(0.3, 1.5)),
    }


def best_denoiser(x_noisy, mean, scale, s):
    """x̃ plus s² times the score of the blurred Gaussian."""
    return x_noisy + s**2 * (mean - x_noisy) / (scale**2 + s**2)


DENOISER = Task(
    id="6.4",
    title="The best denoiser of a Gaussian",
    points=15,
    level="medium",
    target="best_denoiser",
    checks=(
        Calls(
            points=10,
            asks="`best_denoiser` returns the expected undamaged sample for each damaged one",
            inputs=damaged_samples,
            expect=best_denoiser,
            mistakes=(
                Mistake(
                    "You took the score of the undamaged density. What you have are damaged "
                    "samples: their variance is scale² + s².",
                    lambda x_noisy, mean, scale, s: x_noisy + s**2 * (mean - x_noisy) / scale**2,
                ),
                Mistake(
                    "The score is multiplied by s².",
                    lambda x_noisy, mean, scale, s: x_noisy + (mean - x_noisy) / (scale**2 + s**2),
                ),
                Mistake(
                    "This leads away from the mean. The score points to where the density rises: "
                    "(mean − x) / variance.",
                    lambda x_noisy, mean, scale, s: (
                        2 * x_noisy - best_denoiser(x_noisy, mean, scale, s)
                    ),
                ),
                Mistake(
                    "That is the residual, r(x) − x; add x.",
                    lambda x_noisy, mean, scale, s: (
                        best_denoiser(x_noisy, mean, scale, s) - x_noisy
                    ),
                ),
                Mistake(
                    "The two weights are exchanged: the stronger the noise, the less x counts.",
                    lambda x_noisy, mean, scale, s: best_denoiser(x_noisy, mean, s, scale),
                ),
                Mistake(
                    "The weight of x is a ratio of variances, scale² / (scale² + s²), not of "
                    "standard deviations.",
                    lambda x_noisy, mean, scale, s: mean + scale / (scale + s) * (x_noisy - mean),
                ),
                Mistake(
                    "Variances add up, standard deviations do not: scale² + s².",
                    lambda x_noisy, mean, scale, s: (
                        x_noisy + s**2 * (mean - x_noisy) / (scale + s) ** 2
                    ),
                ),
            ),
        ),
        Choice(
            points=5,
            asks="what the best denoiser does when the noise is very strong",
            target="strong_6_4",
            expect="b",
            why={
                "a": "That is what it does for very weak noise.",
                "b": "With s² far above scale², s² / (scale² + s²) is nearly 1: the damaged sample "
                "says nothing, and the mean is the best guess.",
                "c": "Zero has no part in it, unless the mean is zero.",
                "d": "It stops at the mean; to go beyond would cost more.",
            },
        ),
    ),
    hints=(
        "A Gaussian of variance scale² blurred with a Gaussian of variance s² is again a Gaussian. "
        "What are its mean and variance?",
        "The score of a Gaussian with mean m and variance v is (m − x) / v.",
        "r(x) = x + s² · score(x), with v = scale² + s².",
    ),
)

# --- 6.5: a repair ------------------------------------------------------------------------------

LOST = 0.3


def left_over(learner, rng):
    """The share of the damage that the model leaves, on fresh digits with pixels lost."""

    def damage(x):
        return {"damaged": (x * (rng.random(x.shape) >= LOST)).astype(np.float32)}

    asked = questions.ask_digits(learner, "model", rng, at_least=64, more=damage)
    left = questions.squared_error(asked.x, asked.more["damaged"])
    return left / questions.squared_error(asked.x, asked.given["damaged"])


def repairs(learner, rng):
    """Less than 45 % of the damage is left."""
    left = left_over(learner, rng)
    if left < 0.45:
        return Finding(1)
    words = f"It leaves {told(100 * left, 45, 2)} % of the damage; below 45 % is asked for."
    if left < 0.6:
        return Finding(
            0.5,
            f"{words} Nearly: train longer, and with the kind of damage that is to be undone, "
            "drawn afresh at every step (`keras.random` does that, `np.random` does not).",
        )
    if left < 1:
        return Finding(
            0,
            f"{words} It hands on what it gets. Is `model` a `Repairer`, trained for long enough? "
            "Does `corrupt` set pixels to zero and return numbers? (A mask of True and False is "
            "cast to the type of `x` before the two are multiplied.)",
        )
    return Finding(0, f"{words} That is worse than no repair. Was it trained, on digits?")


_TRAIN = (
    "{maker}\nhistory = fit(model, np.tile(digits.train, (5, 1)), epochs={epochs}, "
    "learning_rate=3e-3)"
)
_PLAIN = 'model = Autoencoder.dense(64, code=128, code_activation="relu")'
_OTHER_DAMAGE = (
    "class Shaker(Autoencoder):\n"
    "    def corrupt(self, x):\n"
    "        return x + 0.3 * keras.random.normal(ops.shape(x))\n\n\n"
    'model = Shaker.dense(64, code=128, code_activation="relu")'
)
_SHORT = 'model = Autoencoder.dense(64, code=16, code_activation="linear")'

REPAIR = Task(
    id="6.5",
    title="Repair lost pixels",
    points=15,
    level="hard",
    target="model",
    checks=(
        Property(
            points=15,
            asks="with at least 64 code numbers it leaves less than 45 % of the damage on new "
            "digits that have lost 30 % of their pixels",
            test=repairs,
            mistakes=(
                Mistake("The code has 16 numbers", _SHORT),
                Mistake("asks for at least 64", questions.TABLE.format("model")),
                Mistake("It hands on what it gets", _TRAIN.format(maker=_PLAIN, epochs=4)),
                Mistake("the kind of damage", _TRAIN.format(maker=_OTHER_DAMAGE, epochs=8)),
                Mistake("Was it trained", _PLAIN),
            ),
        ),
    ),
    hints=(
        "`keras.random.uniform(ops.shape(x))` gives a number between 0 and 1 for each pixel. "
        "Which of them are to be lost?",
        "`kept = keras.random.uniform(ops.shape(x)) > 0.3` is true for 70 % of the pixels; "
        "`x * ops.cast(kept, x.dtype)` sets the others to zero.",
        '`model = Repairer.dense(64, code=128, code_activation="relu")`, then '
        "`fit(model, np.tile(digits.train, (5, 1)), epochs=8, learning_rate=3e-3)`.",
    ),
)

# --- 6.6: decide --------------------------------------------------------------------------------

REGULARIZERS = Task(
    id="6.6",
    title="Which regularizer?",
    points=20,
    level="easy",
    target="camera_6_6",
    checks=(
        Choice(
            points=5,
            asks="the camera with dead pixels",
            expect="d",
            why={
                "a": "A sparse code rejects this damage only by chance. The damage is known.",
                "b": "A limit on active units rejects this damage only by chance. It is known.",
                "c": "A rare activity of units says nothing about lost pixels.",
                "d": "The damage is known and can be made at will: train against exactly it.",
                "e": "A lost pixel is no small change of the input; contraction is about small "
                "ones.",
            },
        ),
        Choice(
            points=5,
            asks="the catalog with five names a cell",
            target="catalog_6_6",
            expect="b",
            why={
                "a": "L1 makes few units active, but how many differs from cell to cell.",
                "b": "Never more than k units, whatever the cell.",
                "c": "KL asks how often a unit is active over all cells, not how many are active "
                "in one.",
                "d": "Denoising does not limit the number of active units.",
                "e": "Contraction does not limit the number of active units.",
            },
        ),
        Choice(
            points=5,
            asks="the sensor whose readings tremble",
            target="sensor_6_6",
            expect="e",
            why={
                "a": "L1 codes are sparse, yet those units that are active may well tremble.",
                "b": "Which units are the k largest can change with the smallest tremor.",
                "c": "The mean activity says nothing about how fast a unit reacts.",
                "d": "Pixels that are lost altogether are another kind of damage, and here the "
                "inputs may not be changed.",
                "e": "It asks for exactly this: the code hardly moves when the input moves a "
                "little.",
            },
        ),
        Choice(
            points=5,
            asks="the penalty that vanished",
            target="vanished_6_6",
            expect="c",
            why={
                "a": "Then nearly all units would be zero and the error would have risen.",
                "b": "A larger weight lets the code shrink further; the decoder follows.",
                "c": "Half the code and twice the decoder reconstruct the same for half the "
                "penalty, and so on. Tied weights end it.",
                "d": "Patience does not help: the penalty goes on shrinking for nothing.",
            },
        ),
    ),
    hints=(
        "For each situation ask what is known: the damage, the number of active units, or only "
        "that small changes should not matter.",
        "In the last one compare the sizes of the weights of encoder and decoder. What happens to "
        "x′ if one is halved and the other doubled?",
    ),
)

EXERCISE = Exercise(
    stem="06_regularised",
    title="Regularized autoencoders",
    provides=("autoencoder", "data", "fit", "plotting", "seeds"),
    tasks=(KL, TOP_K, JACOBIAN, DENOISER, REPAIR, REGULARIZERS),
)
