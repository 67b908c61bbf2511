"""Chapter 5: a copy by hand, a measure of copying, a memory, a wide model that learns."""

from functools import cache

from ae_course.grading.judging import fresh, questions
from ae_course.grading.judging.compare import told
from ae_course.grading.judging.kinds import Calls, Choice, Property, Wrong, as_number
from ae_course.grading.judging.task import Exercise, Finding, Mistake, Task

import numpy as np


@cache
def _digits():
    from ae_course.data import digits

    return digits()


def share(x, x_rec):
    """The squared error in units of the mean's."""
    return float(((x_rec - x) ** 2).sum() / ((x - x.mean(axis=0)) ** 2).sum())


def data_share(learner, model, rng):
    """The model's error on fresh digits, in units of the mean's, through its code."""
    asked = questions.ask_digits(learner, model, rng)
    return asked.error / asked.mean


def noise_share(learner, model, rng):
    """The model's identity distance on noise of the grader's own."""
    z = fresh.noise(_digits().test, rng)
    return share(z, questions.through_code(learner, model, z, rng, noise=0)[0])


# --- 5.1: a copy by hand ------------------------------------------------------------------------


def copies(learner, rng):
    """On small and on large inputs of either sign."""
    d = int(rng.integers(3, 9))
    parts = learner.call("relu_identity", d)
    if not isinstance(parts, (tuple, list)) or len(parts) != 4:
        raise Wrong("`relu_identity` should return four arrays: `return W, b, W2, b2`.")
    W = questions.array(parts[0], (None, d), "W")
    p = len(W)
    if p > 2 * d:
        raise Wrong(f"W has {p} rows for d = {d}; {2 * d} units are enough.")
    b = questions.array(parts[1], (p,), "b")
    W2, b2 = questions.array(parts[2], (d, p), "W2"), questions.array(parts[3], (d,), "b2")
    for scale in (1, 1e12):
        x = rng.normal(scale=scale, size=(20, d))
        came = np.maximum(x @ W.T + b, 0) @ W2.T + b2
        if not np.allclose(came, x, rtol=1e-6, atol=1e-6 * scale):
            raise Wrong(_what_came(x, came, d, scale))
    return Finding(1)


def _what_came(x, came, d, scale):
    if np.allclose(came, np.maximum(x, 0)):
        return (
            "Negative features come back as zero, because ReLU cuts them off. Give each feature a "
            "second unit that sees −x."
        )
    if np.allclose(came, np.abs(x)):
        return "This gives |x|. The unit that sees −x has to count negatively in W′."
    if np.allclose(came, -x):
        return "This gives −x: the signs in W′ are turned round."
    if scale > 1:
        return (
            "It copies small inputs, but not large ones: a bias that lifts the inputs above zero "
            "works only up to its own size. Do without."
        )
    return f"For d = {d} the reconstruction differs from x by up to {np.abs(came - x).max():.2g}."


def relu_mistake(W, W2, b="np.zeros(len(W))"):
    """Source of a wrong `relu_identity`."""
    return (
        "def relu_identity(d):\n"
        "    eye = np.eye(d)\n"
        f"    W = {W}\n"
        f"    return W, {b}, {W2}, -{b}[:d] if W.shape == (d, d) else np.zeros(d)"
    )


RELU_COPY = Task(
    id="5.1",
    title="A copy out of ReLU units",
    points=15,
    level="easy",
    target="relu_identity",
    checks=(
        Property(
            points=15,
            asks="with at most 2d ReLU units the network gives back every x",
            test=copies,
            mistakes=(
                Mistake("Negative features come back as zero", relu_mistake("eye", "eye")),
                Mistake(
                    "This gives |x|",
                    relu_mistake("np.vstack([eye, -eye])", "np.hstack([eye, eye])"),
                ),
                Mistake(
                    "This gives −x",
                    relu_mistake("np.vstack([eye, -eye])", "np.hstack([-eye, eye])"),
                ),
                Mistake(
                    "`W2` should have shape",
                    relu_mistake("np.vstack([eye, -eye])", "W"),
                ),
                Mistake(
                    "works only up to its own size",
                    relu_mistake("eye", "eye", "np.full(d, 100.0)"),
                ),
            ),
        ),
    ),
    hints=(
        "Start with d = 1. Which two numbers, none of them negative, hold all that is to be known "
        "about x, whatever its sign?",
        "max(x, 0) − max(−x, 0) = x. The first half of the units sees x, the second sees −x.",
        "`W = np.vstack([np.eye(d), -np.eye(d)])` has shape (2d, d). What subtracts the second "
        "half of the code from the first? No bias is needed.",
    ),
)

# --- 5.2: a measure of copying ------------------------------------------------------------------


def is_noise(learner, rng):
    """Marginals kept, everything else gone."""
    x = rng.normal(size=(40, 5)).cumsum(axis=1)
    seed = int(rng.integers(1000))
    came = learner.call("shuffled", x.copy(), seed)
    if getattr(learner, "mutated", ()):
        raise Wrong("This shuffles x itself, and your digits with it. Work on a copy of x.")
    if came is None:
        raise Wrong("Nothing came back (`None`). Did you forget the `return`?")
    z = questions.array(came, x.shape, "shuffled(x, seed)")
    if np.array_equal(z, x):
        raise Wrong("Nothing has moved. `rng.permutation(column)` returns a permuted copy.")
    if not np.array_equal(np.sort(z, axis=0), np.sort(x, axis=0)):
        if np.array_equal(np.sort(z, axis=1), np.sort(x, axis=1)):
            raise Wrong(
                "You shuffled the pixels within each image. Shuffle each pixel over the images: "
                "along axis 0, one column after the other."
            )
        raise Wrong("A pixel must keep its values; only their order over the images may change.")
    orders = {
        tuple(np.argsort(x[:, i])[np.argsort(np.argsort(z[:, i]))]) for i in range(x.shape[1])
    }
    if all(_is_rolled(order) for order in orders):
        raise Wrong(
            "Each pixel is only moved round in a circle, so samples that followed each other still "
            "do. Draw a permutation: `rng.permutation(column)`."
        )
    if len({order[order.index(0) :] + order[: order.index(0)] for order in orders}) < len(orders):
        raise Wrong(
            "One permutation serves all pixels, moved round in a circle for each, so what belongs "
            "together can be found again. Draw a new permutation for each pixel."
        )
    if len(orders) < x.shape[1]:
        raise Wrong(
            "Several pixels are permuted alike, so whole images stay together. Make one generator "
            "before the loop and let it draw a new permutation for each pixel."
        )
    if not np.array_equal(z, learner.call("shuffled", x.copy(), seed)):
        raise Wrong("The same seed should give the same noise: `np.random.default_rng(seed)`.")
    if np.array_equal(z, learner.call("shuffled", x.copy(), seed + 1)):
        raise Wrong("Another seed should give other noise: pass `seed` to `default_rng`.")
    return Finding(1)


def _is_rolled(order):
    return len(set(np.diff(order, append=order[:1]) % len(order))) == 1


def noise_pair(rng):
    """Noise away from zero, and what a model makes of it."""
    n, d = rng.integers(3, 8, size=2)
    z = rng.normal(size=(n, d)) + 3 * rng.normal(size=d)
    return {"z": z, "z_rec": z + 0.5 * rng.normal(size=(n, d))}


def shuffle_mistake(body):
    """Source of a wrong `shuffled`."""
    return f"def shuffled(x, seed):\n    rng = np.random.default_rng(seed)\n    return {body}"


MEASURE = Task(
    id="5.2",
    title="A measure of copying",
    points=20,
    level="medium",
    target="identity_distance",
    checks=(
        Property(
            points=8,
            asks="`shuffled` permutes each pixel over the samples, on its own",
            target="shuffled",
            test=is_noise,
            mistakes=(
                Mistake("whole images stay together", shuffle_mistake("rng.permutation(x)")),
                Mistake(
                    "Make one generator before the loop",
                    shuffle_mistake(
                        "np.stack("
                        "[np.random.default_rng(seed).permutation(c) for c in x.T], axis=1)"
                    ),
                ),
                Mistake(
                    "You shuffled the pixels within each image",
                    shuffle_mistake("rng.permuted(x, axis=1)"),
                ),
                Mistake("A pixel must keep its values", shuffle_mistake("rng.permuted(x)")),
                Mistake("Nothing has moved", shuffle_mistake("x")),
                Mistake(
                    "moved round in a circle",
                    shuffle_mistake(
                        "np.stack([np.roll(c, rng.integers(1, len(x))) for c in x.T], axis=1)"
                    ),
                ),
                Mistake(
                    "One permutation serves all pixels",
                    shuffle_mistake(
                        "(lambda order: np.stack([np.roll(c[order], 3 * i) for i, c in "
                        "enumerate(x.T)], axis=1))(rng.permutation(len(x)))"
                    ),
                ),
                Mistake("Work on a copy of x", shuffle_mistake("rng.permuted(x, axis=0, out=x)")),
                Mistake("Did you forget the `return`", shuffle_mistake("None")),
                Mistake(
                    "Another seed should give other noise",
                    shuffle_mistake("np.random.default_rng(0).permuted(x, axis=0)"),
                ),
            ),
        ),
        Calls(
            points=12,
            asks="`identity_distance` is 0 for a copy and 1 for a model that answers with the mean",
            inputs=noise_pair,
            expect=share,
            mistakes=(
                Mistake(
                    "The error is not put in proportion: divide by Σ‖z − z̄‖².",
                    lambda z, z_rec: ((z_rec - z) ** 2).sum(),
                ),
                Mistake(
                    "The error is not put in proportion: divide by the mean of ‖z − z̄‖².",
                    lambda z, z_rec: ((z_rec - z) ** 2).sum(axis=1).mean(),
                ),
                Mistake(
                    "z̄ is one mean a pixel, `z.mean(axis=0)`; `z.mean()` is one for all.",
                    lambda z, z_rec: ((z_rec - z) ** 2).sum() / ((z - z.mean()) ** 2).sum(),
                ),
                Mistake(
                    "z̄ is the mean over the samples, axis 0, not over the pixels of each.",
                    lambda z, z_rec: (
                        ((z_rec - z) ** 2).sum() / ((z - z.mean(axis=1, keepdims=True)) ** 2).sum()
                    ),
                ),
                Mistake(
                    "The denominator is the error of the best constant answer: subtract z̄ first.",
                    lambda z, z_rec: ((z_rec - z) ** 2).sum() / (z**2).sum(),
                ),
                Mistake(
                    "The denominator is about z, what went in: Σ‖z − z̄‖², not about z_rec.",
                    lambda z, z_rec: (
                        ((z_rec - z) ** 2).sum() / ((z_rec - z_rec.mean(axis=0)) ** 2).sum()
                    ),
                ),
                Mistake(
                    "z̄ is the mean of z, what went in, not that of z_rec.",
                    lambda z, z_rec: (
                        ((z_rec - z) ** 2).sum() / ((z - z_rec.mean(axis=0)) ** 2).sum()
                    ),
                ),
                Mistake(
                    "Numerator and denominator are turned round.",
                    lambda z, z_rec: 1 / share(z, z_rec),
                ),
                Mistake(
                    "This is 1 − D; return D. (It is no share of the noise either: halfway to the "
                    "mean D is ¼.)",
                    lambda z, z_rec: 1 - share(z, z_rec),
                ),
                Mistake(
                    "Take no root: both sums are of squares.",
                    lambda z, z_rec: share(z, z_rec) ** 0.5,
                ),
            ),
        ),
    ),
    hints=(
        "For the noise: one column of x is one pixel in all images. Permute the columns, each with "
        "a permutation of its own.",
        "`rng.permuted(x, axis=0)` does it at once; or stack `rng.permutation(column)` for the "
        "columns of x, with axis=1.",
        "The distance is a ratio of two sums of squares over all samples and pixels: of z_rec − z, "
        "and of z − z̄ with `z.mean(axis=0)` for z̄.",
    ),
)

# --- 5.3: train a wide one, and diagnose it -----------------------------------------------------


def is_wide(learner, rng):
    """At least twice as many units as pixels."""
    size = questions.codes(learner, "wide", _digits().test[:16]).shape[1]
    if size < 128:
        return Finding(0, f"The code has {size} numbers; the task asks for at least 128.")
    return Finding(1)


def is_exact(learner, rng):
    """Small error on unseen digits."""
    came = data_share(learner, "wide", rng)
    if came < 0.05:
        return Finding(1)
    advice = (
        "Train longer" if came < 0.9 else "Was it trained, with `fit(wide, digits.train, ...)`?"
    )
    return Finding(
        0,
        f"Its error on new digits is {told(100 * came, 5, 2)} % of the mean's; below 5 % is asked "
        f"for. "
        f"{advice}",
    )


def is_measured(learner, rng):
    """The learner's number against a measurement of ours, on noise of our own."""
    came = np.asarray(as_number(learner.get("distance_5_3")))
    if came.dtype.kind not in "uif" or came.size != 1:
        raise Wrong("`distance_5_3` should be one number.")
    came = float(came.reshape(()))
    truth = noise_share(learner, "wide", rng)
    if abs(came - truth) <= 0.25 * truth + 1e-5:
        return Finding(1)
    test = _digits().test
    rec, _ = questions.through_code(learner, "wide", test, rng, noise=0)
    if np.isclose(came, share(test, rec), rtol=0.05):
        raise Wrong("That was measured on digits. Take noise: `shuffled(digits.test, 0)`.")
    z = fresh.noise(test, rng)
    z_rec, _ = questions.through_code(learner, "wide", z, rng, noise=0)
    if np.isclose(came, questions.squared_error(z, z_rec), rtol=0.25):
        raise Wrong("That is the squared error on noise; divide it by the mean's, as in 5.2.")
    raise Wrong(
        "That is not what your model does to noise. Make noise from `digits.test`, reconstruct it "
        "with `wide.reconstruct`, and give both to your `identity_distance`."
    )


_ON_DIGITS = (
    "x = digits.test\n"
    "distance_5_3 = ((wide.reconstruct(x) - x) ** 2).sum() / ((x - x.mean(axis=0)) ** 2).sum()"
)
_NO_RATIO = (
    "z = np.random.default_rng(0).permuted(digits.test, axis=0)\n"
    "distance_5_3 = ((wide.reconstruct(z) - z) ** 2).sum(axis=1).mean()"
)

WIDE = Task(
    id="5.3",
    title="Train a wide one, and diagnose it",
    points=15,
    level="medium",
    target="wide",
    checks=(
        Property(
            points=2,
            asks="the code of `wide` has at least 128 numbers",
            test=is_wide,
            mistakes=(Mistake("The code has 32 numbers", "wide = Autoencoder.dense(64, code=32)"),),
        ),
        Property(
            points=5,
            asks="`wide` has an error on unseen digits below 5 % of the mean's",
            test=is_exact,
            mistakes=(
                Mistake(
                    "Was it trained",
                    'wide = Autoencoder.dense(64, code=128, code_activation="relu")',
                ),
                Mistake(
                    "Train longer",
                    'wide = Autoencoder.dense(64, code=128, code_activation="relu")\n'
                    "history = fit(wide, digits.train, epochs=4)",
                ),
            ),
        ),
        Property(
            points=4,
            asks="`distance_5_3` is the identity distance of `wide`",
            target="distance_5_3",
            test=is_measured,
            mistakes=(
                Mistake("That was measured on digits", _ON_DIGITS),
                Mistake("That is the squared error on noise", _NO_RATIO),
                Mistake("That is not what your model does to noise", "distance_5_3 = 1.0"),
            ),
        ),
        Choice(
            points=4,
            asks="what `wide` has become",
            target="diagnosis_5_3",
            expect="b",
            why={
                "a": "A memory is bad at digits that it has not seen; this one is good at them.",
                "b": "It is good at digits, seen or not, and just as good at noise: it passes on "
                "whatever comes.",
                "c": "A model of digits alone would lose most of the noise. This one passes it on.",
            },
        ),
    ),
    hints=(
        '`Autoencoder.dense(64, code=128, code_activation="relu")` is wide enough, and no hidden '
        "layer is needed. Train it with `history = fit(wide, digits.train, ...)`.",
        "`epochs=30, batch_size=64, learning_rate=3e-3` takes a few seconds.",
        "`z = shuffled(digits.test, 0)`, then `identity_distance(z, wide.reconstruct(z))`. Near 0 "
        "means that noise is passed on.",
    ),
)

# --- 5.4: a memory ------------------------------------------------------------------------------


def from_memory(h, t, stored):
    """The reference: the stored sample with the nearest code."""
    return stored[np.abs(h[:, None] - t).argmin(axis=1)]


def memory_inputs(rng):
    """Codes, and a list of stored codes and samples in no order."""
    n, m, d = rng.integers(2, 7, size=3)
    m = max(m, 3)
    return {"h": rng.normal(size=n), "t": rng.normal(size=m), "stored": rng.normal(size=(m, d))}


MEMORY = Task(
    id="5.4",
    title="A list that passes for an autoencoder",
    points=15,
    level="medium",
    target="decode_from_memory",
    checks=(
        Calls(
            points=10,
            asks="`decode_from_memory` returns for each code the stored sample of nearest code",
            inputs=memory_inputs,
            expect=from_memory,
            trials=8,
            mistakes=(
                Mistake(
                    "Nearest means the smallest |h − t|: take the absolute value before `argmin`.",
                    lambda h, t, stored: stored[(h[:, None] - t).argmin(axis=1)],
                ),
                Mistake(
                    "These are positions in the list; return the samples there: `stored[...]`.",
                    lambda h, t, stored: np.abs(h[:, None] - t).argmin(axis=1),
                ),
                Mistake(
                    "These are the farthest codes: `argmin`, not `argmax`.",
                    lambda h, t, stored: stored[np.abs(h[:, None] - t).argmax(axis=1)],
                ),
                Mistake(
                    "These are the stored codes; the decoder returns samples: index `stored`.",
                    lambda h, t, stored: t[np.abs(h[:, None] - t).argmin(axis=1)],
                ),
                Mistake(
                    "For every stored sample you looked for the nearest code. It is the other way "
                    "round: along the stored ones is axis 1 of |h[:, None] − t|.",
                    lambda h, t, stored: stored[np.abs(h[:, None] - t).argmin(axis=0)],
                ),
            ),
        ),
        Choice(
            points=5,
            asks="its error on training digits and on new ones",
            target="errors_5_4",
            expect="c",
            why={
                "a": "A short code alone guarantees nothing: here the decoder holds the training "
                "set.",
                "b": "The training digits come back exactly: each has a code of its own, and the "
                "list holds the sample for it.",
                "c": "Each training digit finds itself. A new digit gets a stored one whose code "
                "happens to be near, which has little to do with it.",
                "d": "It is not a copy: for noise, too, it answers with a stored digit.",
            },
        ),
    ),
    hints=(
        "One code and a list of m stored codes: how do you find the position of the nearest?",
        "`np.abs(h[:, None] - t)` has shape (n, m): row i holds the distances of code i to all "
        "stored codes.",
        "`argmin(axis=1)` gives a position for each code; `stored[positions]` is the answer.",
    ),
)

# --- 5.5: decide from a table -------------------------------------------------------------------

TABLE = Task(
    id="5.5",
    title="Five machines, one table",
    points=15,
    level="medium",
    target="memory_5_5",
    checks=(
        Choice(
            points=5,
            asks="which machine remembers its training samples and little else",
            expect="b",
            why={
                "a": "A has the same small error on digits that it has not seen. A memory has not.",
                "b": "Its error on unseen digits is about thirty times its training error, though "
                "its code has four numbers: its decoder is the memory.",
                "c": "C's errors on seen and unseen digits are nearly the same.",
                "d": "D's errors on seen and unseen digits are nearly the same.",
                "e": "E is poor on both: it does not even remember.",
            },
        ),
        Choice(
            points=5,
            asks="which machine copies whatever it is given",
            target="copy_5_5",
            expect="a",
            why={
                "a": "Nothing, not even noise, comes back with a noticeable error.",
                "b": "B cannot copy noise: its error on it is larger than the mean's.",
                "c": "C loses most of the noise.",
                "d": "D has as many units as A, but loses more than half of the noise: width makes "
                "copying possible, not necessary.",
                "e": "E loses nearly all of the noise.",
            },
        ),
        Choice(
            points=5,
            asks="whose code to hand to somebody with a linear classifier and few labels",
            target="features_5_5",
            expect="d",
            why={
                "a": "A has the smallest error, but its code is worth no more than the pixels.",
                "b": "B's code makes digits harder to read than the pixels do.",
                "c": "C's code is short and nearly worth the pixels, but that is all.",
                "d": "Only D's code is easier to read than the pixels, and that is what is asked "
                "for. The smallest error is not.",
                "e": "Two numbers are too few to tell ten digits apart.",
            },
        ),
    ),
    hints=(
        "Compare the columns in pairs: training with unseen, then unseen with noise.",
        "A memory shows in the first pair, a copy in the second. For the third question only the "
        "last column counts.",
    ),
)

# --- 5.6: wide, and not a copy ------------------------------------------------------------------


def keeps_digits_only(learner, rng):
    """A wide code, a small error on digits that are nowhere to be had, a large one on noise."""

    def noise(x):
        return {"noise": fresh.noise(x, rng)}

    asked = questions.ask_digits(learner, "model", rng, at_least=64, more=noise)
    z = asked.given["noise"]
    kept, distance = asked.error / asked.mean, share(z, asked.more["noise"])
    on_digits = (
        f"Its error on new digits is {told(100 * kept, 20, 2)} % of the mean's; below 20 % is "
        "asked for."
    )
    on_noise = f"Its identity distance is {told(distance, 0.4, 2)}; above 0.4 is asked for."
    if kept >= 0.35:
        return Finding(0, f"{on_digits} Was it trained on digits, and for long enough?")
    if distance <= 0.25:
        return Finding(
            0, f"{on_noise} It still copies. Disturb its input, not its target, or narrow a layer."
        )
    if kept >= 0.2:
        return Finding(0.5, f"{on_digits} Nearly: train longer, or disturb it a little less.")
    if distance <= 0.4:
        return Finding(0.5, f"{on_noise} Nearly: disturb it more.")
    return Finding(1)


WIDE_AND_USEFUL = Task(
    id="5.6",
    title="Wide, and not a copy",
    points=20,
    level="hard",
    target="model",
    checks=(
        Property(
            points=20,
            asks="with at least 64 code numbers its error on new digits is below 20 % of the "
            "mean's, and its identity distance is above 0.4",
            test=keeps_digits_only,
            mistakes=(
                Mistake(
                    "asks for at least 64",
                    "model = Autoencoder.dense(64, code=16)",
                ),
                Mistake(
                    "Was it trained on digits",
                    'model = Autoencoder.dense(64, code=128, code_activation="relu")',
                ),
                Mistake(
                    "It still copies",
                    'model = Autoencoder.dense(64, code=128, code_activation="relu")\n'
                    "history = fit(model, digits.train, epochs=25, learning_rate=3e-3)",
                ),
                Mistake(
                    "asks for at least 64",
                    questions.TABLE.format("model"),
                ),
                Mistake(
                    "It still copies",
                    "class Copy:\n"
                    "    def encode(self, x):\n        return x\n\n"
                    "    def decode(self, h):\n        return h\n\n\n"
                    "model = Copy()",
                ),
            ),
        ),
    ),
    hints=(
        "The network of 5.3 copies because a copy has the smallest error. Change what it is asked "
        "for: give it disturbed digits and ask for the undisturbed ones.",
        "`fit(model, disturbed, clean, ...)` reconstructs the second array from the first. Take "
        "many copies, `clean = np.tile(digits.train, (20, 1))`, and disturb each with other noise.",
        "Gaussian noise of standard deviation 0.3 on every pixel and "
        "`epochs=3, learning_rate=3e-3` do it. (A narrow hidden layer before a wide code also "
        "can, if it is trained for long enough.)",
    ),
)

EXERCISE = Exercise(
    stem="05_overcomplete",
    title="Overcomplete autoencoders",
    provides=("autoencoder", "data", "fit", "plotting", "seeds"),
    tasks=(RELU_COPY, MEASURE, WIDE, MEMORY, TABLE, WIDE_AND_USEFUL),
)
