"""Chapter 4: PCA by hand, its error from the variances, code sizes, mixed codes, beating PCA."""

from functools import cache

from ae_course.grading.judging import questions
from ae_course.grading.judging.kinds import Calls, Choice, Number, Property
from ae_course.grading.judging.task import Exercise, Finding, Mistake, Task

import numpy as np

# --- 4.1 and 4.2: PCA and its error --------------------------------------------------------------


def principal(x):
    """The mean, the singular values and the principal components (as rows) of a batch."""
    mean = x.mean(axis=0)
    s, vt = np.linalg.svd(x - mean, full_matrices=False)[1:]
    return mean, s, vt


def pca_reconstruct(x, p):
    """The reference's reconstruction."""
    mean, _, vt = principal(x)
    return (x - mean) @ vt[:p].T @ vt[:p] + mean


def uncentered(x, p):
    """A typical mistake: the decomposition of x itself."""
    vt = np.linalg.svd(x, full_matrices=False)[2][:p]
    return x @ vt.T @ vt


def mean_forgotten(x, p):
    """A typical mistake: x − mean is projected, but the mean never comes back."""
    return pca_reconstruct(x, p) - x.mean(axis=0)


def one_mean(x, p):
    """A typical mistake: the mean of all numbers in place of one for each feature."""
    return uncentered(x - x.mean(), p) + x.mean()


def last_components(x, p):
    """A typical mistake: the components of smallest variance."""
    mean, _, vt = principal(x)
    return (x - mean) @ vt[-p:].T @ vt[-p:] + mean


def columns_taken(x, p):
    """A typical mistake: columns of Vᵀ in place of its rows."""
    mean, _, vt = principal(x)
    v = vt[:, :p]
    return (x - mean) @ v @ v.T + mean


def batch_and_size(rng):
    """Samples with a mean far from zero, more of them than features, and a code size."""
    n, d = rng.integers(8, 14), rng.integers(3, 7)
    x = rng.normal(size=(n, d)) * np.linspace(3, 0.5, d) + rng.normal(size=d) * 3
    return {"x": x @ np.linalg.qr(rng.normal(size=(d, d)))[0], "p": int(rng.integers(1, d))}


RECONSTRUCTION = Task(
    id="4.1",
    title="PCA as an autoencoder",
    points=25,
    level="medium",
    target="pca_reconstruct",
    checks=(
        Calls(
            points=25,
            asks="`pca_reconstruct` projects every sample onto the mean and p components",
            inputs=batch_and_size,
            expect=pca_reconstruct,
            mistakes=(
                Mistake("Center first: subtract the mean before the decomposition.", uncentered),
                Mistake("The mean is missing: add it again after the decoder.", mean_forgotten),
                Mistake(
                    "The mean is one for each feature, `x.mean(axis=0)`; this subtracts a single "
                    "number.",
                    one_mean,
                ),
                Mistake(
                    "These are the p components of smallest variance; the largest come first, "
                    "`vt[:p]`.",
                    last_components,
                ),
                Mistake(
                    "The components are the rows of what `np.linalg.svd` returns last, `vt[:p]`, "
                    "not its columns.",
                    columns_taken,
                ),
                Mistake(
                    "This is the code, shape (n, p). Decode it: multiply by the components and "
                    "add the mean.",
                    lambda x, p: (x - x.mean(axis=0)) @ principal(x)[2][:p].T,
                ),
            ),
        ),
    ),
    hints=(
        "Three steps: center, encode with the first p components, decode and add the mean.",
        "`u, s, vt = np.linalg.svd(x - mean, full_matrices=False)`: the rows of `vt` are the "
        "components, the largest variance first.",
        "The code is `(x - mean) @ vt[:p].T`; the decoder multiplies by `vt[:p]`.",
    ),
)


def left_out(x, p):
    """The reference: the variance outside the first p components."""
    return float((principal(x)[1][p:] ** 2).sum() / len(x))


def batch_and_small_size(rng):
    """The same, with two components or more left out."""
    while True:
        inputs = batch_and_size(rng)
        if inputs["p"] < inputs["x"].shape[1] - 1:
            return inputs


ERROR = Task(
    id="4.2",
    title="The error without reconstructing",
    points=15,
    level="medium",
    target="left_out",
    checks=(
        Calls(
            points=15,
            asks="`left_out` is PCA's squared error on x, from the singular values alone",
            inputs=batch_and_small_size,
            expect=left_out,
            mistakes=(
                Mistake(
                    "This is the variance that is kept; the error is the variance left out.",
                    lambda x, p: (principal(x)[1][:p] ** 2).sum() / len(x),
                ),
                Mistake(
                    "The variances are the squares of the singular values, divided by n.",
                    lambda x, p: principal(x)[1][p:].sum() / len(x),
                ),
                Mistake(
                    "Divide by n: the error is averaged over the samples.",
                    lambda x, p: (principal(x)[1][p:] ** 2).sum(),
                ),
                Mistake(
                    "Divide by n, not by n − 1: the loss is the mean over these samples, nothing "
                    "is estimated.",
                    lambda x, p: (principal(x)[1][p:] ** 2).sum() / (len(x) - 1),
                ),
                Mistake(
                    "This is averaged over the features too; ‖x − x′‖² is a sum over them.",
                    lambda x, p: (principal(x)[1][p:] ** 2).mean() / len(x),
                ),
                Mistake(
                    "Center first: subtract the mean before the decomposition.",
                    lambda x, p: (np.linalg.svd(x, compute_uv=False)[p:] ** 2).sum() / len(x),
                ),
            ),
        ),
    ),
    hints=(
        "Equation (4.3): which eigenvalues of the covariance matrix are left out?",
        "The eigenvalues are s² / n, s being the singular values of the centered samples.",
    ),
)

# --- 4.3 and 4.4: how long a code, and which ------------------------------------------------------


def smallest_size(variances, share):
    """The reference: the smallest p that explains at least this share."""
    return int(np.argmax(np.cumsum(variances) / variances.sum() >= share - 1e-12) + 1)


def variances_and_share(rng):
    """Falling variances and a share, every other time exactly what some components explain.

    The variances are whole numbers that sum to a power of 2, so the edge is exact in any order of
    adding and dividing. Drawn again until the share of the singular values gives another size.
    """
    while True:
        size = int(rng.integers(5, 12))
        variances = np.sort(1 + rng.multinomial(256 - size, rng.dirichlet(np.full(size, 0.7))))
        variances = variances[::-1].astype(float)
        explained = np.cumsum(variances) / variances.sum()
        i = rng.integers(1, size - 1)
        below = explained[i - 1] if rng.random() < 0.5 else explained[i]
        share = float((below + explained[i]) / 2)
        if smallest_size(variances**0.5, share) != smallest_size(variances, share):
            return {"variances": variances, "share": share}


@cache
def _digits():
    from ae_course.data import digits

    return digits()


@cache
def digit_variances():
    """The variances of the training digits along their principal components."""
    x = _digits().train
    return principal(x.astype(float))[1] ** 2 / len(x)


CODE_SIZE = Task(
    id="4.3",
    title="How long a code",
    points=15,
    level="easy",
    target="smallest_size",
    checks=(
        Calls(
            points=10,
            asks="`smallest_size` returns the smallest p that explains at least the share",
            inputs=variances_and_share,
            expect=smallest_size,
            trials=12,
            mistakes=(
                Mistake(
                    "A size that explains exactly the share is enough: at least means ≥, not >.",
                    lambda variances, share: int(
                        np.argmax(np.cumsum(variances) / variances.sum() > share) + 1
                    ),
                ),
                Mistake(
                    "This is the share of the singular values, the roots of the variances.",
                    lambda variances, share: smallest_size(variances**0.5, share),
                ),
                Mistake(
                    "One too few: the place counted from 0 is p − 1.",
                    lambda variances, share: smallest_size(variances, share) - 1,
                ),
                Mistake(
                    "One too many: the first p components explain `cumsum[p - 1]`.",
                    lambda variances, share: smallest_size(variances, share) + 1,
                ),
                Mistake(
                    "Divide by the sum of all variances: the share is between 0 and 1.",
                    lambda variances, share: int(np.argmax(np.cumsum(variances) >= share) + 1),
                ),
            ),
        ),
        Number(
            points=5,
            asks="the smallest p that explains 95 % of the variance of the training digits",
            target="size_4_3",
            expect=lambda: smallest_size(digit_variances(), 0.95),
            mistakes=(
                Mistake("That is one too few.", lambda: smallest_size(digit_variances(), 0.95) - 1),
                Mistake("That is for 90 %.", lambda: smallest_size(digit_variances(), 0.90)),
                Mistake("That is 95 % of the components, not of the variance.", round(0.95 * 64)),
            ),
        ),
    ),
    hints=(
        "`np.cumsum(variances) / variances.sum()` is the share explained by 1, 2, 3, … components.",
        "`np.argmax(explained >= share)` is the first place where it is enough, counted from 0.",
    ),
)


def mix(W, W2, T):
    """The reference: codes become Th, reconstructions stay."""
    return T @ W, W2 @ np.linalg.inv(T)


def encoder_decoder_mixing(rng):
    """A linear autoencoder and an invertible matrix that is well away from singular."""
    p, d = int(rng.integers(2, 4)), int(rng.integers(4, 7))
    a = np.linalg.qr(rng.normal(size=(p, p)))[0] * rng.uniform(0.5, 2, size=p)
    return {"W": rng.normal(size=(p, d)), "W2": rng.normal(size=(d, p)), "T": a}


MIXED = Task(
    id="4.4",
    title="Another code, the same reconstruction",
    points=20,
    level="medium",
    target="mix",
    checks=(
        Calls(
            points=10,
            asks="`mix` returns weights whose code is Th and whose reconstruction is unchanged",
            inputs=encoder_decoder_mixing,
            expect=mix,
            mistakes=(
                Mistake(
                    "The decoder has to undo T: multiply W′ by the inverse of T from the right.",
                    lambda W, W2, T: (T @ W, W2 @ T),
                ),
                Mistake(
                    "The transpose undoes T only if T is a rotation; use `np.linalg.inv(T)`.",
                    lambda W, W2, T: (T @ W, W2 @ T.T),
                ),
                Mistake(
                    "The reconstruction is unchanged, but the code is T⁻¹h: T and its inverse "
                    "stand in each other's place.",
                    lambda W, W2, T: (np.linalg.inv(T) @ W, W2 @ T),
                ),
                Mistake(
                    "The decoder is still the old one; it expects h and would get Th.",
                    lambda W, W2, T: (T @ W, W2),
                ),
            ),
        ),
        Choice(
            points=10,
            asks="what a colleague's finding means",
            target="colleague_4_4",
            expect="c",
            why={
                "a": "There is no better minimum: for every linear autoencoder the error on the "
                "training data is at least that of PCA.",
                "b": "The code may be mixed as one likes, but no mixing changes the "
                "reconstruction, so it cannot change the error.",
                "c": "Below PCA on the data that PCA was fitted to is impossible for a linear "
                "autoencoder. Data, measure or PCA differ: perhaps one error is averaged "
                "over the features, or PCA was not centered.",
                "d": "More epochs bring the linear autoencoder closer to PCA from above, never "
                "below it.",
            },
        ),
    ),
    hints=(
        "The reconstruction is W′(Wx). Put a matrix and its inverse between the two.",
        "W′W = W′(T⁻¹T)W. Which of the two new weights gets T, if the code is to be Th?",
        "For the colleague: what does the theorem say about every linear autoencoder?",
    ),
)

# --- 4.5 and 4.6: bending, and judging ---------------------------------------------------------

CODE = 4


def beats_pca(learner, rng):
    """By 15 % on digits that are nowhere to be had, through at most four numbers."""
    asked = questions.ask_digits(learner, "model", rng, at_most=CODE)
    error, pca = asked.error, questions.pca_error(_digits().train, asked.x, CODE)
    if error <= 0.85 * pca:
        return Finding(1)
    compared = f"squared error {error:.2f}, PCA {pca:.2f}"
    if error < pca:
        return Finding(0.5, f"It beats PCA, but not by 15 % yet ({compared}). Train longer.")
    if error > asked.mean * 0.9:
        return Finding(0, f"It has hardly learned anything ({compared}). Was it trained?")
    return Finding(
        0,
        f"PCA is still better ({compared}). A linear network cannot do better on the "
        "training digits; with hidden layers, train longer or with a larger learning rate.",
    )


BEND = Task(
    id="4.5",
    title="Beat PCA at its own size",
    points=15,
    level="hard",
    target="model",
    checks=(
        Property(
            points=15,
            asks="on new digits its squared error is at least 15 % below that of PCA with p = 4",
            test=beats_pca,
            mistakes=(
                Mistake(
                    "The code has 8 numbers",
                    "model = Autoencoder.dense(64, hidden=(64,), code=8)",
                ),
                Mistake("has no `encode`", "model = [64, 32, 4, 32, 64]"),
                Mistake("a table of stored images", questions.TABLE.format("model")),
                Mistake(
                    "Was it trained",
                    "model = Autoencoder.dense(64, hidden=(64,), code=4)",
                ),
                Mistake(
                    "PCA is still better",
                    "model = Autoencoder.dense(64, code=4)\n"
                    "history = fit(model, digits.train, epochs=25, learning_rate=0.01)",
                ),
            ),
        ),
    ),
    hints=(
        "`Autoencoder.dense(64, hidden=(...), code=4, activation=...)`: without hidden layers it "
        "is linear, and PCA is the best of these.",
        'Two hidden layers, 128 and 64 units, and `activation="gelu"` are plenty.',
        "`fit(model, digits.train, epochs=40, batch_size=64, learning_rate=5e-3)` takes seconds.",
    ),
)

DECIDE = Task(
    id="4.6",
    title="Flat or bent?",
    points=10,
    level="medium",
    target="choice_4_6",
    checks=(
        Choice(
            points=10,
            asks="which data set gains most from a deep autoencoder at the same code size",
            expect="b",
            why={
                "a": "On a flat plane PCA with p = 2 is perfect already: no variance is left out, "
                "and nothing remains for bending.",
                "b": "One number describes the circle, but a line through it misses most of it: "
                "half of the variance stays left out, and a bent decoder can get all of it.",
                "c": "In a round cloud of noise all directions are alike and independent of each "
                "other: two numbers hold two of the ten, bent or not.",
                "d": "A straight line is what PCA with p = 1 is made for: it leaves nothing out.",
            },
        ),
    ),
    hints=(
        "Ask for each: how much variance does PCA leave out, and could any curve or surface of "
        "that dimension pass near all the points?",
        "For the noise: where would a curved surface have to pass in order to be near all points?",
    ),
)

EXERCISE = Exercise(
    stem="04_undercomplete",
    title="Undercomplete autoencoders",
    provides=("autoencoder", "data", "fit", "plotting", "seeds"),
    tasks=(RECONSTRUCTION, ERROR, CODE_SIZE, MIXED, BEND, DECIDE),
)
