"""Chapter 1: encoder, decoder, parameters, error; a copy is not a compression; a first model."""

from itertools import pairwise

from ae_course.grading.judging import questions
from ae_course.grading.judging.kinds import Calls, Choice, Number, Property
from ae_course.grading.judging.task import Exercise, Finding, Mistake, Task

import numpy as np

# --- 1.1 and 1.2: the two steps ----------------------------------------------------------------


def sigmoid(z):
    """The reference's σ."""
    return 1 / (1 + np.exp(-z))


def encode(x, W, b):
    """The reference's encoder."""
    return sigmoid(x @ W.T + b)


def decode(h, W2, b2):
    """The reference's decoder, with the identity for σ′."""
    return h @ W2.T + b2


def layer(rng, names=("x", "W", "b")):
    """A batch and a layer for it; square now and then, so that a transposed W is heard of."""
    n, d, p = rng.integers(2, 6, size=3)
    arrays = rng.normal(size=(n, d)), rng.normal(size=(p, d)), rng.normal(size=p)
    return dict(zip(names, arrays, strict=True))


def two_layers(rng):
    """A batch, an encoder and a decoder."""
    n, d, p = rng.integers(2, 6, size=3)
    return {
        "x": rng.normal(size=(n, d)),
        "W": rng.normal(size=(p, d)),
        "b": rng.normal(size=p),
        "W2": rng.normal(size=(d, p)),
        "b2": rng.normal(size=d),
    }


ENCODER_STEP = Task(
    id="1.1",
    title="Encoder step",
    points=20,
    level="easy",
    target="encode",
    checks=(
        Calls(
            points=20,
            asks="`encode` returns h = σ(Wx + b) for every row of x",
            inputs=layer,
            expect=encode,
            mistakes=(
                Mistake(
                    "The activation is missing: h = σ(Wx + b), and this is Wx + b.",
                    lambda x, W, b: x @ W.T + b,
                ),
                Mistake(
                    "The bias is missing: add b before σ.",
                    lambda x, W, b: sigmoid(x @ W.T),
                ),
                Mistake(
                    "The bias is added after σ; it belongs inside: σ(Wx + b).",
                    lambda x, W, b: sigmoid(x @ W.T) + b,
                ),
                Mistake(
                    "The sign in the exponent is turned round: σ(z) = 1 / (1 + exp(−z)).",
                    lambda x, W, b: sigmoid(-(x @ W.T + b)),
                ),
                Mistake(
                    "This is ReLU; here σ is the sigmoid, 1 / (1 + exp(−z)).",
                    lambda x, W, b: np.maximum(x @ W.T + b, 0),
                ),
                Mistake(
                    "W is the wrong way round: W has shape (p, d) and x holds samples as rows, "
                    "so Wx for all rows at once is `x @ W.T`.",
                    lambda x, W, b: sigmoid(x @ W + b),
                ),
                Mistake(
                    "The samples of x are its rows, so Wx for all of them at once is `x @ W.T`.",
                    lambda x, W, b: sigmoid(W @ x + b),
                ),
            ),
        ),
    ),
    hints=(
        "Start with one sample: `W @ x[0] + b` has shape (p,). Which product does the same for "
        "all rows of x at once?",
        "`x @ W.T` has shape (n, p): row i is W times sample i. NumPy adds b to every row.",
        "σ is the sigmoid, 1 / (1 + exp(−z)), applied to every element of z = `x @ W.T + b`.",
    ),
)

DECODER_STEP = Task(
    id="1.2",
    title="Decoder step and the way through",
    points=15,
    level="easy",
    target="decode",
    checks=(
        Calls(
            points=10,
            asks="`decode` returns x′ = W′h + b′ for every row of h",
            inputs=lambda rng: layer(rng, ("h", "W2", "b2")),
            expect=decode,
            mistakes=(
                Mistake("The bias b′ is missing.", lambda h, W2, b2: h @ W2.T),
                Mistake(
                    "There is a sigmoid too many: this decoder is linear, x′ = W′h + b′.",
                    lambda h, W2, b2: sigmoid(h @ W2.T + b2),
                ),
                Mistake(
                    "There is a ReLU too many: this decoder is linear, x′ = W′h + b′.",
                    lambda h, W2, b2: np.maximum(h @ W2.T + b2, 0),
                ),
                Mistake(
                    "The bias b′ is subtracted; add it.",
                    lambda h, W2, b2: h @ W2.T - b2,
                ),
                Mistake(
                    "W′ is the wrong way round: W′h for all rows at once is `h @ W2.T`.",
                    lambda h, W2, b2: h @ W2 + b2,
                ),
                Mistake(
                    "The codes of h are its rows, so W′h for all of them at once is `h @ W2.T`.",
                    lambda h, W2, b2: W2 @ h + b2,
                ),
            ),
        ),
        Calls(
            points=5,
            asks="`reconstruct` takes x through the encoder and then the decoder",
            target="reconstruct",
            inputs=two_layers,
            expect=lambda x, W, b, W2, b2: decode(encode(x, W, b), W2, b2),
            mistakes=(
                Mistake(
                    "This is the code h, not the reconstruction: decode it.",
                    lambda x, W, b, W2, b2: encode(x, W, b),
                ),
                Mistake(
                    "The encoder's σ is missing on the way.",
                    lambda x, W, b, W2, b2: decode(x @ W.T + b, W2, b2),
                ),
                Mistake(
                    "There is a sigmoid too many at the end: this decoder is linear.",
                    lambda x, W, b, W2, b2: sigmoid(decode(encode(x, W, b), W2, b2)),
                ),
            ),
        ),
    ),
    hints=(
        "The decoder is the encoder's formula with other letters and no σ.",
        "`decode(h, W2, b2)` is `h @ W2.T + b2`. In `reconstruct`, what `encode` returns is what "
        "`decode` takes.",
    ),
)

# --- 1.3 and 1.4: counting and measuring --------------------------------------------------------


def count_parameters(sizes):
    """The reference: weights and biases of a feed-forward network."""
    return int(sum(a * b + b for a, b in pairwise(sizes)))


def random_sizes(rng):
    """An autoencoder's layer sizes, input and output included."""
    half = rng.integers(2, 40, size=rng.integers(2, 5))
    return {"sizes": np.concatenate([half, half[-2::-1]])}


PARAMETERS = Task(
    id="1.3",
    title="Counting parameters",
    points=15,
    level="medium",
    target="count_parameters",
    checks=(
        Calls(
            points=10,
            asks="`count_parameters` counts the weights and biases of a feed-forward network",
            inputs=random_sizes,
            expect=count_parameters,
            mistakes=(
                Mistake(
                    "Only the weights are counted: every layer but the input has a bias for each "
                    "of its units.",
                    lambda sizes: sum(a * b for a, b in pairwise(sizes)),
                ),
                Mistake(
                    "The input layer has no biases: they belong to the units that a layer "
                    "computes.",
                    lambda sizes: count_parameters(sizes) + sizes[0],
                ),
                Mistake(
                    "These are the units. Between two layers of a and b units stand a · b weights.",
                    lambda sizes: sizes.sum(),
                ),
            ),
        ),
        Number(
            points=5,
            asks="the parameters of 64 – 32 – 8 – 32 – 64",
            target="parameters_1_3",
            expect=lambda: count_parameters([64, 32, 8, 32, 64]),
            mistakes=(
                Mistake("That is the encoder alone.", lambda: count_parameters([64, 32, 8])),
                Mistake("That is the weights alone, without the biases.", 2 * (64 * 32 + 32 * 8)),
            ),
        ),
    ),
    hints=(
        "Take one layer, from 64 units to 32. How many numbers does W hold, how many b?",
        "A layer from a to b units has a · b weights and b biases. Sum over the pairs of "
        "neighbors; `zip(sizes[:-1], sizes[1:])` walks through them.",
    ),
)


def pairs(rng):
    """Two batches of the same shape."""
    n, d = rng.integers(2, 7, size=2)
    return {"x": rng.normal(size=(n, d)), "x_rec": rng.normal(size=(n, d))}


SQUARED_ERROR = Task(
    id="1.4",
    title="Squared error",
    points=15,
    level="medium",
    target="squared_error",
    checks=(
        Calls(
            points=15,
            asks="`squared_error` returns ‖x − x′‖², averaged over the samples",
            inputs=pairs,
            expect=lambda x, x_rec: ((x - x_rec) ** 2).sum(axis=1).mean(),
            mistakes=(
                Mistake(
                    "You summed over the samples too; ℒ is averaged over the data: divide by n.",
                    lambda x, x_rec: ((x - x_rec) ** 2).sum(),
                ),
                Mistake(
                    "You averaged over the features too (this is Keras' mse, smaller by a factor "
                    "d): ‖x − x′‖² is a sum over the features.",
                    lambda x, x_rec: ((x - x_rec) ** 2).mean(),
                ),
                Mistake(
                    "The average runs along the wrong axis: sum over the features (axis 1), then "
                    "average over the samples (axis 0).",
                    lambda x, x_rec: ((x - x_rec) ** 2).sum(axis=0).mean(),
                ),
                Mistake(
                    "This is the distance ‖x − x′‖; the loss is its square, so take no root.",
                    lambda x, x_rec: np.sqrt(((x - x_rec) ** 2).sum(axis=1)).mean(),
                ),
                Mistake(
                    "There is a factor ½ too many.",
                    lambda x, x_rec: ((x - x_rec) ** 2).sum(axis=1).mean() / 2,
                ),
                Mistake(
                    "These are absolute differences; square them.",
                    lambda x, x_rec: np.abs(x - x_rec).sum(axis=1).mean(),
                ),
                Mistake(
                    "One error a sample: that is nearly it. Average them to a single number.",
                    lambda x, x_rec: ((x - x_rec) ** 2).sum(axis=1),
                ),
            ),
        ),
    ),
    hints=(
        "Two steps: one number a sample, then one number for all.",
        "Sum the squared differences along axis 1 (the features), then take the mean.",
    ),
)

# --- 1.5 and 1.6: judging and training ----------------------------------------------------------

COPY_OR_COMPRESSION = Task(
    id="1.5",
    title="Copy or compression",
    points=15,
    level="medium",
    target="learned_1_5",
    checks=(
        Choice(
            points=10,
            asks="which of the three answers a digit otherwise than shuffled pixels",
            expect="c",
            why={
                "a": "A returns anything unchanged, shuffled pixels included: nothing in what it "
                "does depends on digits.",
                "b": "B answers every image with the same one: its error on digits says how much "
                "digits differ from their mean, and nothing comes from the image itself.",
                "c": "C keeps most of a digit and loses most of a shuffled image, so what it does "
                "depends on what digits have in common. The picture shows it; the code's size "
                "alone would not.",
            },
        ),
        Number(
            points=5,
            asks="how many times smaller than the image C's code is",
            target="ratio_1_5",
            expect=8,
            mistakes=(
                Mistake("That is the code's size; how often does it fit into the image?", 10),
                Mistake("That is how many numbers are saved; the question is how many times.", 56),
                Mistake("Turn the fraction round: image over code.", 1 / 8),
            ),
        ),
    ),
    hints=(
        "What does an image that is no digit at all tell you about each of the three?",
        "Look at the last column: who notices that the pixels were shuffled?",
    ),
)


def beats_the_mean(learner, rng):
    """On digits that are nowhere to be had, through at most eight numbers."""
    asked = questions.ask_digits(learner, "model", rng, at_most=8)
    half, compared = asked.mean / 2, f"squared error {asked.error:.2f} against {asked.mean:.2f}"
    if asked.error <= half:
        return Finding(1)
    if asked.error < 0.85 * asked.mean:
        return Finding(
            0.5,
            f"It beats the mean image ({compared}), but not by half. Train longer, or give it "
            "more hidden units.",
        )
    return Finding(
        0,
        f"It is hardly better than answering with the mean image, if at all ({compared}). Was it "
        "trained, with `fit(model, digits.train, ...)`?",
    )


FIRST_MODEL = Task(
    id="1.6",
    title="A first autoencoder",
    points=20,
    level="hard",
    target="model",
    checks=(
        Property(
            points=20,
            asks="through at most 8 numbers `model` brings new digits back with less than half the "
            "mean image's error",
            test=beats_the_mean,
            mistakes=(
                Mistake(
                    "The code has 32 numbers",
                    "model = Autoencoder.dense(64, hidden=(32,), code=32)",
                ),
                Mistake("has no `encode`", "model = [64, 32, 8, 32, 64]"),
                Mistake(
                    "`model = Autoencoder(encoder, decoder)`",
                    "from keras import Input, Sequential, layers\n\n"
                    "model = Sequential([Input((64,)), layers.Dense(8), layers.Dense(64)])",
                ),
                Mistake(
                    "Was it trained",
                    "model = Autoencoder.dense(64, hidden=(64,), code=8)",
                ),
                Mistake(
                    "Train longer",
                    "model = Autoencoder.dense(64, hidden=(64,), code=8)\n"
                    "fit(model, digits.train, epochs=10)",
                ),
                Mistake("a table of stored images", questions.TABLE.format("model")),
            ),
        ),
    ),
    hints=(
        "Two lines do it: `Autoencoder.dense(...)` builds the network, `fit(...)` trains it.",
        "The input has 64 numbers: `Autoencoder.dense(64, hidden=(64,), code=8)`.",
        "`fit(model, digits.train, epochs=15, learning_rate=5e-3)` takes a second or two. Too "
        "little still? More epochs.",
    ),
)

EXERCISE = Exercise(
    stem="01_basic_structure",
    title="Basic structure",
    provides=("autoencoder", "data", "fit", "linear", "metrics", "plotting", "seeds"),
    tasks=(
        ENCODER_STEP,
        DECODER_STEP,
        PARAMETERS,
        SQUARED_ERROR,
        COPY_OR_COMPRESSION,
        FIRST_MODEL,
    ),
)
