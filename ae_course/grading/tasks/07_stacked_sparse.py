"""Chapter 7: a stack counted, a signal that dies, stages unrolled, a stack that trains."""

from functools import cache
from itertools import pairwise

from ae_course.grading.judging import fresh, questions
from ae_course.grading.judging.compare import told
from ae_course.grading.judging.kinds import Calls, Choice, Number, Property, Wrong
from ae_course.grading.judging.task import Exercise, Finding, Mistake, Task

import numpy as np

SIZES = (784, 400, 200, 100, 50, 25, 6)


@cache
def mean_curve():
    """The mean of a thousand curves, the best answer without looking."""
    from ae_course.data import curves

    return curves(train=1000, test=1, seed=20060728).train.mean(axis=0)


def logistic(a):
    """σ."""
    return 1 / (1 + np.exp(-a))


# --- 7.1: a stack counted -----------------------------------------------------------------------


def weights_in(*, both=True, biases=True):
    """Weights of the unrolled network: both halves or the encoder, with biases or without."""
    pairs = list(pairwise(SIZES))
    kernels = sum(a * b for a, b in pairs)
    inner, outer = sum(b for _, b in pairs), sum(a for a, _ in pairs)
    return (1 + both) * kernels + biases * (inner + both * outer)


COUNT = Task(
    id="7.1",
    title="Count a stack",
    points=15,
    level="easy",
    target="total_7_1",
    checks=(
        Number(
            points=5,
            asks="layers of weights in the unrolled network",
            target="layers_7_1",
            expect=12,
            mistakes=(
                Mistake("That is the number of stages. Each leaves two layers behind.", 6),
                Mistake("Those are layers of units, x and x′ included; count what joins them.", 13),
                Mistake("Those are the hidden layers of units; count what joins the layers.", 11),
                Mistake("That is the encoder alone, and its layers of units at that.", 7),
            ),
        ),
        Number(
            points=5,
            asks="weights and biases trained in stage 3",
            target="stage_7_1",
            expect=40_300,
            mistakes=(
                Mistake("The biases are missing: 100 in the encoder, 200 in the decoder.", 40_000),
                Mistake("That is the encoder of stage 3; its decoder is trained with it.", 20_100),
                Mistake("That is the decoder of stage 3; its encoder is trained with it.", 20_200),
                Mistake("That is stage 2. Stage 3 takes codes of size 200.", 160_600),
                Mistake("That is stage 4. Stage 3 takes codes of size 200.", 10_150),
            ),
        ),
        Number(
            points=5,
            asks="weights and biases of the unrolled network",
            expect=weights_in,
            mistakes=(
                Mistake("That is the encoder alone.", lambda: weights_in(both=False)),
                Mistake("The biases are missing.", lambda: weights_in(biases=False)),
                Mistake(
                    "That is the encoder alone, without biases.",
                    lambda: weights_in(both=False, biases=False),
                ),
            ),
        ),
    ),
    hints=(
        "There is one stage for each size. Draw them: what goes into stage 3, what is its code?",
        "A dense layer from a to b units has a·b weights and b biases. A stage has two such "
        "layers, and unrolling keeps both.",
        "Stage 3 is 200 → 100 → 200. For the whole network add a·b + b and b·a + a over all six "
        "neighboring pairs of 784, 400, 200, 100, 50, 25, 6.",
    ),
)

# --- 7.2: follow a signal -----------------------------------------------------------------------


def batch_and_weights(rng):
    """Samples, and K square weight matrices."""
    n, d, layers = rng.integers(3, 7, size=3)
    return {"x": 2 * rng.normal(size=(n, d)), "W": rng.normal(size=(layers, d, d))}


def spreads(x, W, sigma=logistic, measure=lambda h: h.std(axis=0).mean(), transposed=True):
    """The measure of every h, that of x first."""
    values, h = [measure(x)], x
    for kernel in W:
        h = sigma(h @ (kernel.T if transposed else kernel))
        values.append(measure(h))
    return np.array(values)


SIGNAL = Task(
    id="7.2",
    title="Follow a signal",
    points=20,
    level="medium",
    target="spread",
    checks=(
        Calls(
            points=15,
            asks="`spread` gives the mean standard deviation over the samples at every layer",
            inputs=batch_and_weights,
            expect=spreads,
            mistakes=(
                Mistake(
                    "You took the spread over the units of a sample. Take it over the samples: "
                    "`h.std(axis=0)`, then the mean over the units.",
                    lambda x, W: spreads(x, W, measure=lambda h: h.std(axis=1).mean()),
                ),
                Mistake(
                    "`h.std()` mixes samples and units: units that differ from each other count, "
                    "though all samples may be alike. Use `h.std(axis=0).mean()`.",
                    lambda x, W: spreads(x, W, measure=np.std),
                ),
                Mistake(
                    "This divides by n − 1; divide by n, as `h.std(axis=0)` does by itself.",
                    lambda x, W: spreads(x, W, measure=lambda h: h.std(axis=0, ddof=1).mean()),
                ),
                Mistake(
                    "These are variances; the task asks for standard deviations.",
                    lambda x, W: spreads(x, W, measure=lambda h: h.var(axis=0).mean()),
                ),
                Mistake(
                    "The activation is missing: h = σ(W h).",
                    lambda x, W: spreads(x, W, sigma=lambda a: a),
                ),
                Mistake(
                    "That is tanh; the task asks for the logistic σ(a) = 1 / (1 + e⁻ᵃ).",
                    lambda x, W: spreads(x, W, sigma=np.tanh),
                ),
                Mistake(
                    "The samples are rows: use `h @ W[k].T`.",
                    lambda x, W: spreads(x, W, transposed=False),
                ),
                Mistake(
                    "The spread of x itself belongs at the front.",
                    lambda x, W: spreads(x, W)[1:],
                ),
                Mistake(
                    "That is the last layer alone; collect one number for each layer.",
                    lambda x, W: spreads(x, W)[-1],
                ),
                Mistake(
                    "Every layer sees x here. Hand each layer the output of the one before.",
                    lambda x, W: np.array(
                        [x.std(axis=0).mean()]
                        + [logistic(x @ kernel.T).std(axis=0).mean() for kernel in W]
                    ),
                ),
            ),
        ),
        Number(
            points=5,
            asks="the share of an error signal left after six logistic layers, at most",
            target="left_7_2",
            expect=0.25**6,
            tolerance=5e-6,
            mistakes=(
                Mistake("The slope σ(1 − σ) is largest at σ = 1/2. How large is it there?", 0.5**6),
                Mistake("Factors one after the other multiply; they do not add up.", 6 * 0.25),
                Mistake("That is five layers.", 0.25**5),
                Mistake("That is seven layers.", 0.25**7),
                Mistake("That is by how much it shrinks; the share left is 1 over it.", 4.0**6),
            ),
        ),
    ),
    hints=(
        "Start with a list that holds the spread of x. Then go through the weight matrices, and "
        "append one number for each.",
        "`for kernel in W:` gives the matrices in turn; `h = 1 / (1 + np.exp(-h @ kernel.T))`.",
        "The spread of a layer is `h.std(axis=0).mean()`. For the number: each layer multiplies "
        "by a slope of at most 1/4.",
    ),
)

# --- 7.3: unroll two stages ---------------------------------------------------------------------


def two_stages(rng):
    """Samples and the weights of two stages, of any sizes."""
    n, d, p1, p2 = rng.integers(3, 7, size=4)
    shapes = {"W1": (p1, d), "b1": p1, "V1": (d, p1), "c1": d}
    shapes |= {"W2": (p2, p1), "b2": p2, "V2": (p1, p2), "c2": p1}
    return {"x": rng.normal(size=(n, d))} | {k: rng.normal(size=s) for k, s in shapes.items()}


def unrolled(x, W1, b1, V1, c1, W2, b2, V2, c2, sigmas=(logistic, None, logistic, logistic)):
    """The code and the reconstruction; None in place of a sigma stands for a linear layer."""
    layers = ((W1, b1), (W2, b2), (V2, c2), (V1, c1))
    h, outputs = x, []
    for (W, b), sigma in zip(layers, sigmas, strict=True):
        h = h @ W.T + b
        h = h if sigma is None else sigma(h)
        outputs.append(h)
    return outputs[1], outputs[3]


def wrong_order(x, W1, b1, V1, c1, W2, b2, V2, c2):
    """The decoders in the order of the encoders."""
    h = logistic(x @ W1.T + b1) @ W2.T + b2
    return h, logistic(logistic(h @ V1.T + c1) @ V2.T + c2)


def not_transposed(x, W1, b1, V1, c1, W2, b2, V2, c2):
    """Samples taken for columns of the weights."""
    h = logistic(x @ W1 + b1) @ W2 + b2
    return h, logistic(logistic(h @ V2 + c2) @ V1 + c1)


def tied_weights(x, W1, b1, V1, c1, W2, b2, V2, c2):
    """The encoders' weights on the way back."""
    return unrolled(x, W1, b1, W1.T, c1, W2, b2, W2.T, c2)


def first_stage_only(x, W1, b1, V1, c1, W2, b2, V2, c2):
    """Stage 1 by itself."""
    h = logistic(x @ W1.T + b1)
    return h, logistic(h @ V1.T + c1)


UNROLL = Task(
    id="7.3",
    title="Unroll two stages",
    points=25,
    level="medium",
    target="through_stack",
    checks=(
        Calls(
            points=20,
            asks="`through_stack` gives the code and the reconstruction of the unrolled network",
            inputs=two_stages,
            expect=unrolled,
            mistakes=(
                Mistake(
                    "The decoders come in the wrong order: ψ₂ undoes what was done last, so it is "
                    "first, and ψ₁ follows.",
                    wrong_order,
                ),
                Mistake(
                    "The code of the last stage is linear: no σ on h₂.",
                    lambda *a: unrolled(*a, sigmas=(logistic,) * 4),
                ),
                Mistake(
                    "The activation of the first encoder is missing: h₁ = σ(W₁ x + b₁).",
                    lambda *a: unrolled(*a, sigmas=(None, None, logistic, logistic)),
                ),
                Mistake(
                    "ψ₂ is logistic too: it has to produce what φ₁ made with σ.",
                    lambda *a: unrolled(*a, sigmas=(logistic, None, None, logistic)),
                ),
                Mistake(
                    "The output is logistic: pixels lie between 0 and 1.",
                    lambda *a: unrolled(*a, sigmas=(logistic, None, logistic, None)),
                ),
                Mistake(
                    "All activations are missing; with none, the two stages are one matrix.",
                    lambda *a: unrolled(*a, sigmas=(None,) * 4),
                ),
                Mistake("The samples are rows: use `x @ W1.T + b1`, and so on.", not_transposed),
                Mistake(
                    "You decode with transposed encoder weights. These stages are not tied: the "
                    "decoders have V2 and V1 of their own.",
                    tied_weights,
                ),
                Mistake(
                    "That is stage 1 alone. Its code is the input of stage 2.",
                    first_stage_only,
                ),
                Mistake(
                    "Return the code first, then the reconstruction: `return h2, x_rec`.",
                    lambda *a: unrolled(*a)[::-1],
                ),
                Mistake(
                    "That is the reconstruction alone: `return h2, x_rec`.",
                    lambda *a: unrolled(*a)[1],
                ),
            ),
        ),
        Choice(
            points=5,
            asks="what stage 2 is given while it is pretrained, and what it has to produce",
            target="data_7_3",
            expect="c",
            why={
                "a": "The samples belong to stage 1. Stage 2 never sees them.",
                "b": "Nobody asks stage 2 for samples; turning h₁′ into x′ is ψ₁'s work.",
                "c": "Each stage is an autoencoder of the codes below it: h₁ in, h₁ asked for.",
                "d": "The encoder below is not trained again; h₁ is the input, not x.",
            },
        ),
    ),
    hints=(
        "Follow one sample through the chapter's picture of an unrolled stack: through both "
        "encoders, then both decoders. Which decoder comes first?",
        "Four lines: h1 from x, h2 from h1, then h1 once more from h2 (with V2, c2), and x from "
        "that (with V1, c1). Only h2 has no σ.",
        "`h1 = sigma(x @ W1.T + b1)`, `h2 = h1 @ W2.T + b2`, and the decoders likewise: "
        "`sigma(h2 @ V2.T + c2)` comes next.",
    ),
)

# --- 7.4: a stack that trains -------------------------------------------------------------------


LAYERS = (784, 64, 32, 6, 32, 64, 784)


def network(learner, model):
    """The kernels and biases of a network with the task's layers, `(kernel, bias)` six times.

    From these numbers the grader computes the answers itself, so nothing else can give them.
    """
    weights = []
    for half in ("encoder", "decoder"):
        came = learner.call(f"{model}.{half}.get_weights")
        weights += [np.asarray(w) for w in came] if isinstance(came, tuple) else [np.asarray(came)]
    shapes = [shape for a, b in pairwise(LAYERS) for shape in ((a, b), (b,))]
    if [w.shape for w in weights] != shapes:
        units = [w.shape[-1] for w in weights[::2] if w.ndim == 2]
        raise Wrong(
            f"The layers of `{model}` have {units} units. Asked for are 64, 32, 6 and back, 32, 64 "
            "and 784, each with a bias, untied."
        )
    if not all(np.isfinite(w).all() for w in weights):
        raise Wrong(f"`{model}` has weights that are not finite. Did the training diverge?")
    return list(zip(weights[::2], weights[1::2], strict=True))


def through(layers, x, places=range(6)):
    """What the layers at these places make of x: logistic, but for the code, which is linear."""
    for place in places:
        kernel, bias = layers[place]
        x = x @ kernel + bias
        x = x if place == 2 else logistic(x)
    return x


def answers(learner, model, rng):
    """Fresh curves, what the model makes of them, and its layers."""
    layers, x = network(learner, model), fresh.curves(rng)
    x_rec = through(layers, x)
    came = questions.array(learner.call(f"{model}.reconstruct", x), x.shape, "reconstruct(x)")
    if not np.allclose(came, x_rec, atol=1e-3):
        raise Wrong(
            f"`{model}` has the right sizes but other units: the hidden ones and the output are to "
            'be logistic and the code linear: `activation="sigmoid"`, '
            '`output_activation="sigmoid"`.'
        )
    return x, x_rec, layers


def relative(x, x_rec):
    """Squared error in units of the mean image's."""
    return questions.squared_error(x, x_rec) / questions.squared_error(x, mean_curve()[None])


def is_stuck(learner, rng):
    """Trained, and yet nearly the same answer for every curve."""
    x, x_rec, layers = answers(learner, "plain", rng)
    if relative(x, x_rec) > 1.2:
        return Finding(
            0,
            "`plain` is worse than the mean image. Was it trained, and for long enough? Five "
            "epochs with `batch_size=32, learning_rate=5e-3` do.",
        )
    if not all(bias.any() for _, bias in layers):  # every step of a training moves them
        return Finding(0, "`plain` has biases that never moved. Was it trained, all of it?")
    if min(kernel.std() for kernel, _ in layers) < 0.01:
        return Finding(0, "`plain` has weights of zero. It is to start from random weights.")
    share = x_rec.var(axis=0).sum() / x.var(axis=0).sum()
    if share > 0.1:
        return Finding(
            0,
            f"`plain` is not stuck: its answers have {100 * share:.0f} % of the curves' variance. "
            "Take five epochs and a random start.",
        )
    return Finding(1)


def has_left(learner, rng):
    """Pretrained in stages, and well below the mean image's error on the grader's own curves."""
    x, x_rec, layers = answers(learner, "stack", rng)
    came, first_stage = relative(x, x_rec), relative(x, through(layers, x, (0, 5)))
    words = (
        f"On new curves its error is {told(100 * came, 70, 2)} % of the mean image's; below 70 % "
        "is asked."
    )
    if came >= 0.9:
        return Finding(
            0,
            f"{words} That is hardly better than the mean image, if at all. Was it trained? "
            "Pretrain the stages first, with batches of 32 and a learning rate of 0.01, then "
            "unroll them.",
        )
    if first_stage > 0.95:
        return Finding(
            0,
            "`stack` was not pretrained: by itself its first stage, the outermost two layers, does "
            f"not bring curves back (error {100 * first_stage:.0f} % of the mean image's). Take "
            "`pretrain_greedily`, then `unroll`.",
        )
    if came >= 0.7:
        return Finding(
            0.5, f"{words} Was it fine-tuned after unrolling? Or pretrain a little longer."
        )
    return Finding(1)


_STAGES = "stages = pretrain_greedily(x, {}, epochs=5, batch_size=32, learning_rate=1e-2)\n"
_TUNE = "history = fit(stack, x, epochs=5, batch_size=32, learning_rate=5e-3)"
_WIDE_START = (
    "for half in (stack.encoder, stack.decoder):\n"
    "    half.set_weights([w * 4 if w.ndim == 2 else w for w in half.get_weights()])\n"
)
_MEAN = (
    "mean = x.mean(axis=0).clip(1e-3, 1 - 1e-3)\n"
    "plain.decoder.layers[-1].bias.assign(np.log(mean / (1 - mean)))\n"
)
_LONG = "history = fit(stack, x, epochs=30, batch_size=32, learning_rate=1e-2)"
_DENSE = "Autoencoder.dense(784, (64, 32), code=6, activation={0!r}, output_activation='sigmoid')\n"

STACK = Task(
    id="7.4",
    title="Out of the mean image",
    points=25,
    level="hard",
    target="stack",
    checks=(
        Property(
            points=5,
            asks="`plain` was trained and gives every curve the same answer",
            target="plain",
            test=is_stuck,
            mistakes=(
                Mistake("Was it trained", "plain = " + _DENSE.format("sigmoid")),
                Mistake("biases that never moved", "plain = " + _DENSE.format("sigmoid") + _MEAN),
                Mistake("has no `encoder`", "plain = [64, 32, 6]"),
                Mistake(
                    "units. Asked for are 64, 32, 6 and back",
                    "plain = Autoencoder.dense(784, (64,), code=6)",
                ),
                Mistake(
                    "has the right sizes but other units",
                    "plain = "
                    + _DENSE.format("gelu").replace("'sigmoid'", "'linear'")
                    + "history = fit(plain, x, epochs=5, batch_size=32, learning_rate=5e-3)",
                ),
            ),
        ),
        Property(
            points=15,
            asks="`stack` has the layers of `plain`, was pretrained, and its error on new curves "
            "is below 70 % of the mean image's",
            test=has_left,
            mistakes=(
                Mistake(
                    "have [64, 32, 64, 784] units",
                    "stages = pretrain_greedily(x[:200], (64, 32), epochs=1, batch_size=32)\n"
                    "stack = unroll(stages)",
                ),
                Mistake("has no `encoder`", "stack = [64, 32, 6]"),
                Mistake(
                    "Was it fine-tuned after unrolling",
                    _STAGES.format("(64, 32, 6)") + "stack = unroll(stages)",
                ),
                Mistake(
                    "Pretrain the stages first",
                    "stack = " + _DENSE.format("sigmoid") + _TUNE,
                ),
                Mistake("Was it trained", "stack = " + _DENSE.format("sigmoid")),
                Mistake(
                    "was not pretrained",
                    "stack = " + _DENSE.format("sigmoid") + _WIDE_START + _LONG,
                ),
            ),
        ),
        Choice(
            points=5,
            asks="what pretraining changed",
            target="change_7_4",
            expect="b",
            why={
                "a": "Both networks have the same layers, and so the same weights to set.",
                "b": "Layers, units, loss and joint steps are the same; only the start differs.",
                "c": "Fine-tuning minimizes the same loss as the random start did.",
                "d": "The units are logistic in both. Other units would be the modern way out.",
            },
        ),
    ),
    hints=(
        "`plain` is one `Autoencoder.dense` with two hidden layers and a code, all hidden units "
        "logistic, and one `fit`. `stack` takes three lines: pretrain, unroll, fine-tune.",
        "`stages = pretrain_greedily(x, (64, 32, 6), epochs=5, batch_size=32, "
        "learning_rate=1e-2)`; what joins them?",
        "`stack = unroll(stages)`, then `history = fit(stack, x, epochs=5, batch_size=32, "
        "learning_rate=5e-3)`.",
    ),
)

# --- 7.5: diagnose and decide -------------------------------------------------------------------

DECIDE = Task(
    id="7.5",
    title="Diagnose and decide",
    points=15,
    level="medium",
    target="stuck_7_5",
    checks=(
        Choice(
            points=5,
            asks="which network is stuck as the chapter's was",
            expect="d",
            why={
                "a": "A's errors are far below the mean's, on seen and unseen samples: nothing "
                "is wrong.",
                "b": "B's signal passes, and it has learned its training samples; what it lacks is "
                "samples, or a code too short to remember them.",
                "c": "C's signal passes, and its errors still fall: train it longer.",
                "d": "Its samples look alike at the last hidden layer, hardly any gradient reaches "
                "the first, and its error is the mean's.",
            },
        ),
        Choice(
            points=5,
            asks="where pretraining pays today",
            target="pretrain_7_5",
            expect="b",
            why={
                "a": "GELU and an output that starts near the data train such a network from a "
                "random start.",
                "b": "Few labels and many unlabeled samples: what the network learns about its "
                "inputs helps it to generalize. That reason has survived.",
                "c": "Depth alone is no reason: logistic units and an output that starts far from "
                "the data were.",
                "d": "Pretraining does nothing against copying; a penalty or a short code does.",
            },
        ),
        Choice(
            points=5,
            asks="what a stack of wide stages needs",
            target="wide_7_5",
            expect="c",
            why={
                "a": "Wide stages can copy, and then every stage hands on what it was given.",
                "b": "Fine-tuning starts from copies, and a copy already has no error.",
                "c": "The penalty, given through `make_stage`, keeps each stage from copying.",
                "d": "Tied weights can copy as well: with orthonormal columns in W, WᵀW is 1.",
            },
        ),
    ),
    hints=(
        "Read the table from left to right: does the signal arrive, does a gradient come back, "
        "and what is the error compared with the mean's, on seen and on unseen samples?",
        "One network has a small training error and a large one on unseen samples; that is not "
        "being stuck. For the second question think of what labels cost.",
        "Stages wider than their input can copy (chapter 5). Which penalty works on each stage?",
    ),
)

EXERCISE = Exercise(
    stem="07_stacked_sparse",
    title="Stacked sparse autoencoders",
    provides=("autoencoder", "data", "fit", "plotting", "seeds", "stacked"),
    tasks=(COUNT, SIGNAL, UNROLL, STACK, DECIDE),
)
