"""Chapter 3: errors averaged and converted, gradients by hand, a check, an epoch, two losses."""

from functools import cache

from ae_course.grading.judging import fresh, questions
from ae_course.grading.judging.kinds import Calls, Choice, Number, Property
from ae_course.grading.judging.task import Exercise, Finding, Mistake, Task

import numpy as np

# --- 3.1: averaging and converting --------------------------------------------------------------


def dataset_error(batch_mse, batch_sizes, features):
    """The reference: the squared error of a data set from its batches' mean squared errors."""
    return features * np.average(batch_mse, weights=batch_sizes)


def batches(rng):
    """Mean squared errors of a few batches, the last one shorter."""
    count, size = rng.integers(2, 6), rng.integers(8, 65)
    sizes = np.full(count, size)
    sizes[-1] = rng.integers(1, size // 2)
    errors = rng.uniform(0.01, 0.2, size=count)
    return {"batch_mse": errors, "batch_sizes": sizes, "features": int(rng.integers(9, 100))}


ONE_ERROR = Task(
    id="3.1",
    title="One error from many batches",
    points=15,
    level="easy",
    target="dataset_error",
    checks=(
        Calls(
            points=10,
            asks="`dataset_error` returns the squared error ‖x − x′‖² of the whole data set",
            inputs=batches,
            expect=dataset_error,
            mistakes=(
                Mistake(
                    "The batches count alike, whatever their size: weight each batch's mean with "
                    "its number of samples.",
                    lambda batch_mse, batch_sizes, features: features * batch_mse.mean(),
                ),
                Mistake(
                    "This is still the mean over the features: ‖x − x′‖² is a sum over them, so "
                    "multiply by `features`.",
                    lambda batch_mse, batch_sizes, features: np.average(
                        batch_mse, weights=batch_sizes
                    ),
                ),
                Mistake(
                    "Divided by the features once more: Keras has done that already, so multiply.",
                    lambda batch_mse, batch_sizes, features: (
                        np.average(batch_mse, weights=batch_sizes) / features
                    ),
                ),
                Mistake(
                    "The weighted errors are summed, but not divided by the number of samples.",
                    lambda batch_mse, batch_sizes, features: (
                        features * (batch_mse * batch_sizes).sum()
                    ),
                ),
                Mistake(
                    "Divide by the number of samples, not by the number of batches.",
                    lambda batch_mse, batch_sizes, features: (
                        features * (batch_mse * batch_sizes).mean()
                    ),
                ),
            ),
        ),
        Number(
            points=5,
            asks="the squared error behind a scikit-learn loss of 0.005 on digits",
            target="converted_3_1",
            expect=2 * 64 * 0.005,
            tolerance=1e-6,
            mistakes=(
                Mistake("The ½ is still in it: take twice that.", 64 * 0.005),
                Mistake("That is the mean over the pixels; sum over the 64 of them.", 2 * 0.005),
                Mistake("The ½ makes the loss smaller, so multiply by 2.", 64 * 0.005 / 2),
            ),
        ),
    ),
    hints=(
        "How many squared differences lie behind one batch's mean? Undo the mean first.",
        "A batch's mean times its number of samples is the sum over its samples. Add these sums, "
        "divide by all samples, and only then turn the mean over features into a sum.",
        "`features * (batch_mse * batch_sizes).sum() / batch_sizes.sum()`",
    ),
)

# --- 3.2: gradients -----------------------------------------------------------------------------


def sigmoid(a):
    """σ, also far out."""
    return 1 / (1 + np.exp(-np.clip(a, -500, 500)))


def forward(x, W, b, W2, b2):
    """The network of this exercise: a tanh encoder and a linear decoder."""
    h = np.tanh(x @ W.T + b)
    return h, h @ W2.T + b2


def deltas(x, W, b, W2, b2):
    """δ′ and δ of all samples as rows, for the mean of the squared errors."""
    h, x_rec = forward(x, W, b, W2, b2)
    delta2 = 2 / len(x) * (x_rec - x)
    return delta2, delta2 @ W2 * (1 - h**2)


def decoder_gradients(x, W, b, W2, b2):
    """The reference: ∂L̄/∂W′ and ∂L̄/∂b′."""
    delta2 = deltas(x, W, b, W2, b2)[0]
    return delta2.T @ forward(x, W, b, W2, b2)[0], delta2.sum(axis=0)


def encoder_gradients(x, W, b, W2, b2):
    """The reference: ∂L̄/∂W and ∂L̄/∂b."""
    delta = deltas(x, W, b, W2, b2)[1]
    return delta.T @ x, delta.sum(axis=0)


def network(rng):
    """A batch and a network for it, code smaller than the input."""
    n, d, p = rng.integers(3, 8), rng.integers(3, 6), rng.integers(1, 3)
    return {
        "x": rng.normal(size=(n, d)),
        "W": rng.normal(size=(p, d)),
        "b": rng.normal(size=p),
        "W2": rng.normal(size=(d, p)),
        "b2": rng.normal(size=d),
    }


def times(gradients, factor):
    """The mistake of a wrong factor; `factor` is a number or a function of x."""

    def wrong(x, *theta):
        scale = factor(x) if callable(factor) else factor
        return tuple(scale * g for g in gradients(x, *theta))

    return wrong


def with_slope(slope):
    """The mistake of another slope in the encoder, from a and h."""

    def wrong(x, W, b, W2, b2):
        h, a = forward(x, W, b, W2, b2)[0], x @ W.T + b
        delta = deltas(x, W, b, W2, b2)[0] @ W2 * slope(a, h)
        return delta.T @ x, delta.sum(axis=0)

    return wrong


def bias_mean(gradients):
    """The mistake of averaging a bias's derivative once more."""

    def wrong(x, *theta):
        weight, bias = gradients(x, *theta)
        return weight, bias / len(x)

    return wrong


def slips(gradients):
    """The mistakes that both pairs of gradients have in common."""
    return (
        Mistake("The factor 2 is missing: the derivative of a square.", times(gradients, 0.5)),
        Mistake(
            "You summed over the samples. L̄ is their mean: divide by n.",
            times(gradients, len),
        ),
        Mistake(
            "You averaged over the features too, as Keras' mse does. L̄ sums over them.",
            times(gradients, lambda x: 1 / x.shape[1]),
        ),
        Mistake(
            "The sign is turned: the derivative of ‖x − x′‖² by x′ is 2(x′ − x).",
            times(gradients, -1),
        ),
        Mistake(
            "The weights are right. The bias is averaged twice: 1/n is in δ already, so sum.",
            bias_mean(gradients),
        ),
    )


GRADIENTS = Task(
    id="3.2",
    title="Gradients by hand",
    points=25,
    level="hard",
    target="decoder_gradients",
    checks=(
        Calls(
            points=10,
            asks="`decoder_gradients` returns ∂L̄/∂W′ and ∂L̄/∂b′",
            inputs=network,
            expect=decoder_gradients,
            mistakes=(
                *slips(decoder_gradients),
                Mistake(
                    "∂L̄/∂W′ has the shape of W′, (d, p): `delta2.T @ h`, and not its transpose.",
                    lambda x, W, b, W2, b2: (
                        decoder_gradients(x, W, b, W2, b2)[0].T,
                        decoder_gradients(x, W, b, W2, b2)[1],
                    ),
                ),
                Mistake(
                    "There is a slope too many: the decoder is linear, and its slope is 1.",
                    lambda x, W, b, W2, b2: _sloped(x, W, b, W2, b2),
                ),
            ),
        ),
        Calls(
            points=15,
            asks="`encoder_gradients` returns ∂L̄/∂W and ∂L̄/∂b",
            target="encoder_gradients",
            inputs=network,
            expect=encoder_gradients,
            mistakes=(
                *slips(encoder_gradients),
                Mistake(
                    "The slope of the encoder's tanh is missing in δ.",
                    with_slope(lambda a, h: 1),
                ),
                Mistake(
                    "h(1 − h) is the slope of the sigmoid; that of tanh is 1 − h².",
                    with_slope(lambda a, h: h * (1 - h)),
                ),
                Mistake(
                    "The slope of tanh is 1 − tanh(a)² = 1 − h²; here it is taken of a itself.",
                    with_slope(lambda a, h: 1 - a**2),
                ),
                Mistake(
                    "Back through the decoder, W′ᵀδ′ for samples as rows is `delta2 @ W2`: no "
                    "transpose.",
                    lambda x, W, b, W2, b2: deltas(x, W, b, W2, b2)[0] @ W2.T,
                ),
                Mistake(
                    "∂L̄/∂W has the shape of W, (p, d): `delta.T @ x`, and not its transpose.",
                    lambda x, W, b, W2, b2: (
                        encoder_gradients(x, W, b, W2, b2)[0].T,
                        encoder_gradients(x, W, b, W2, b2)[1],
                    ),
                ),
            ),
        ),
    ),
    hints=(
        "Start with one sample on paper. The decoder is linear, so δ′ = ∂ℒ/∂a′ = 2(x′ − x). What "
        "are ∂ℒ/∂W′ᵢⱼ and ∂ℒ/∂b′ᵢ, given a′ᵢ = Σⱼ W′ᵢⱼ hⱼ + b′ᵢ?",
        "The batch: Δ′ = 2/n · (X′ − X). Then ∂L̄/∂W′ = Δ′ᵀH, and ∂L̄/∂b′ sums Δ′ over the samples.",
        "Back through the decoder, Δ = (Δ′W′) ⊙ (1 − H²), for the derivative of tanh is 1 − tanh². "
        "Then ∂L̄/∂W = ΔᵀX, and ∂L̄/∂b sums Δ over the samples.",
    ),
)


def _sloped(x, W, b, W2, b2):
    h, x_rec = forward(x, W, b, W2, b2)
    delta2 = deltas(x, W, b, W2, b2)[0] * (1 - x_rec**2)
    return delta2.T @ h, delta2.sum(axis=0)


# --- 3.3: finite differences --------------------------------------------------------------------


def loss(theta, x):
    """The loss that the notebook gives: one weight vector, tied, h = θᵀx and x′ = θh."""
    return ((x - np.outer(x @ theta, theta)) ** 2).sum(axis=1).mean()


def differences(quotient):
    """Return the function that takes `quotient(f, epsilon)` along every axis of theta."""

    def gradient(theta, x, epsilon):
        axes = np.eye(len(theta))
        return np.array([quotient(lambda t, e=e: loss(theta + t * e, x), epsilon) for e in axes])

    return gradient


def cumulative(theta, x, epsilon):
    """The mistake of not putting a weight back before moving the next."""
    theta, slopes = theta.copy(), np.zeros_like(theta)
    for m in range(len(theta)):
        theta[m] += epsilon
        above = loss(theta, x)
        theta[m] -= 2 * epsilon
        slopes[m] = (above - loss(theta, x)) / (2 * epsilon)
    return slopes


def along_all(theta, x, epsilon):
    """The mistake of moving all weights at once."""
    slope = (loss(theta + epsilon, x) - loss(theta - epsilon, x)) / (2 * epsilon)
    return np.full_like(theta, slope)


def point(rng):
    """Weights, a batch, and a step so large that one side differs from both."""
    n, d = rng.integers(2, 6, size=2)
    epsilon = float(rng.integers(4, 8) / 16)  # so that a step there and back leads back
    theta = rng.integers(-64, 65, size=d) / 32
    return {"theta": theta, "x": rng.uniform(size=(n, d)), "epsilon": epsilon}


CHECK_GRADIENTS = Task(
    id="3.3",
    title="A gradient check",
    points=15,
    level="medium",
    target="numerical_gradient",
    checks=(
        Calls(
            points=10,
            asks="`numerical_gradient` takes the central difference for every element of theta",
            inputs=point,
            expect=differences(lambda f, e: (f(e) - f(-e)) / (2 * e)),
            untouched=True,
            mistakes=(
                Mistake(
                    "This difference is one-sided: step to both sides, and divide by 2ε.",
                    differences(lambda f, e: (f(e) - f(0)) / e),
                ),
                Mistake(
                    "From −ε to +ε the distance is 2ε, so divide by that.",
                    differences(lambda f, e: (f(e) - f(-e)) / e),
                ),
                Mistake(
                    "The difference runs the wrong way: the loss above minus the loss below.",
                    differences(lambda f, e: (f(-e) - f(e)) / (2 * e)),
                ),
                Mistake(
                    "An element stays moved while the next ones are looked at: put it back, or "
                    "work on a fresh copy each time.",
                    cumulative,
                ),
                Mistake(
                    "The step is a fixed one here, or the derivative is exact; the step is given: "
                    "`epsilon`.",
                    differences(lambda f, e: (f(1e-5) - f(-1e-5)) / 2e-5),
                ),
                Mistake(
                    "All elements are moved at once; move one at a time.",
                    along_all,
                ),
            ),
        ),
        Choice(
            points=5,
            asks="which of the three gradients passes the check",
            target="right_3_3",
            expect="b",
            why={
                "a": "It knows θ in the decoder only. But θ is in the code as well, h = θᵀx, and a "
                "gradient counts every way from a weight to the loss.",
                "b": "It agrees with the differences to many digits: both places where θ stands, "
                "and the mean over the samples.",
                "c": "It is too large by a factor, everywhere the same: which one, and what does L̄ "
                "do with the samples?",
            },
        ),
    ),
    hints=(
        "For element m: a copy of theta with ε more in place m, one with ε less; what does the "
        "loss do between the two?",
        "`slopes[m] = (loss(above, x) - loss(below, x)) / (2 * epsilon)`, in a loop over m, where "
        "`above` and `below` are fresh copies of theta.",
        "For the letter: call your function at some theta, with ε = 1e-5, and compare with each "
        "of the three.",
    ),
)

# --- 3.4: an epoch ------------------------------------------------------------------------------


def epoch_with(batch_of, rate=1.0, sequential=True):
    """Return an epoch of gradient descent; the mistakes differ in their arguments."""

    def one_epoch(x, W, b, W2, b2, learning_rate, batch_size):
        theta = start = (W, b, W2, b2)
        for first in range(0, len(x), batch_size):
            batch = batch_of(x, first, batch_size)
            if len(batch) == 0:
                continue
            at = theta if sequential else start
            slopes = (*encoder_gradients(batch, *at), *decoder_gradients(batch, *at))
            factor = learning_rate * (rate(batch, batch_size) if callable(rate) else rate)
            theta = tuple(w - factor * g for w, g in zip(theta, slopes, strict=True))
        return theta

    return one_epoch


def in_batches(x, first, size):
    """A batch; the last one may be shorter."""
    return x[first : first + size]


def half_moved(x, W, b, W2, b2, learning_rate, batch_size):
    """The mistake of moving the encoder before the decoder's gradients are taken."""
    for first in range(0, len(x), batch_size):
        batch = in_batches(x, first, batch_size)
        dW, db = encoder_gradients(batch, W, b, W2, b2)
        W, b = W - learning_rate * dW, b - learning_rate * db
        dW2, db2 = decoder_gradients(batch, W, b, W2, b2)
        W2, b2 = W2 - learning_rate * dW2, b2 - learning_rate * db2
    return W, b, W2, b2


def training_step(rng):
    """A network with samples that do not divide into batches, and a small learning rate."""
    inputs = network(rng)
    size = int(rng.integers(2, 5))
    rows = size * int(rng.integers(2, 4)) + 1
    inputs["x"] = rng.normal(size=(rows, inputs["W"].shape[1]))
    rate = float(rng.uniform(0.02, 0.1))
    return {**inputs, "learning_rate": rate, "batch_size": size}


ONE_EPOCH = Task(
    id="3.4",
    title="One epoch",
    points=10,
    level="medium",
    target="one_epoch",
    checks=(
        Calls(
            points=7,
            asks="`one_epoch` takes one step of gradient descent for each batch, in order",
            inputs=training_step,
            expect=epoch_with(in_batches),
            untouched=True,
            mistakes=(
                Mistake(
                    "That is one step with all samples; an epoch takes one for every batch.",
                    lambda x, W, b, W2, b2, learning_rate, batch_size: epoch_with(in_batches)(
                        x, W, b, W2, b2, learning_rate, len(x)
                    ),
                ),
                Mistake(
                    "The last batch, which is shorter, is left out.",
                    epoch_with(lambda x, i, size: x[i : i + size] if i + size <= len(x) else x[:0]),
                ),
                Mistake(
                    "The steps go uphill: subtract the gradient.",
                    epoch_with(in_batches, rate=-1.0),
                ),
                Mistake(
                    "Every batch's gradient is taken at the weights of the start; take it where "
                    "the step before has led.",
                    epoch_with(in_batches, sequential=False),
                ),
                Mistake(
                    "Some weights have moved before the other gradients are taken: compute all "
                    "four at the same weights, then move.",
                    half_moved,
                ),
                Mistake(
                    "Only the first batch is used.",
                    epoch_with(lambda x, i, size: x[i : i + size] if i == 0 else x[:0]),
                ),
                Mistake(
                    "Divided by the batch size once more: your gradients are means already.",
                    epoch_with(in_batches, rate=lambda batch, size: 1 / len(batch)),
                ),
            ),
        ),
        Number(
            points=3,
            asks="the learning rate that takes the same steps with Keras' mse",
            target="rate_3_4",
            expect=0.5 * 64,
            mistakes=(
                Mistake(
                    "The other way round: the gradient of mse is smaller, so its rate is larger.",
                    0.5 / 64,
                ),
                Mistake(
                    "The same rate takes smaller steps, as the gradient of mse is smaller.", 0.5
                ),
                Mistake("A sum has turned into a mean, so take the factor d itself, not √d.", 4.0),
            ),
        ),
    ),
    hints=(
        "Walk through x in slices: `for start in range(0, len(x), batch_size)`. NumPy cuts the "
        "last slice short by itself.",
        "In the loop: both of your gradient functions at the *present* weights, then "
        "`W = W - learning_rate * dW`, and so on for all four.",
        "For the number: what is the ratio of the two losses, and so of their gradients? η times "
        "gradient must stay the same.",
    ),
)

# --- 3.5: diagnosing ----------------------------------------------------------------------------

DIAGNOSIS = Task(
    id="3.5",
    title="Four runs",
    points=15,
    level="medium",
    target="smaller_rate_3_5",
    checks=(
        Choice(
            points=5,
            asks="the run that needs a smaller learning rate",
            expect="c",
            why={
                "a": "This run falls steadily and has not got far: its steps are too short.",
                "b": "This run goes down well, on the training data at least; steps are not its "
                "problem.",
                "c": "It stays flat above the mean image, from the first epoch on: the first steps "
                "were too long and left its units saturated.",
                "d": "This run is fine: down at once, and the test error follows.",
            },
        ),
        Choice(
            points=5,
            asks="the run that needs a larger learning rate",
            target="larger_rate_3_5",
            expect="a",
            why={
                "a": "It is still on its way down, steeply, when the run ends: the steps are too "
                "short.",
                "b": "The training error falls fast enough; look at what the test error does.",
                "c": "Flat above the mean image is no slow start: larger steps make it worse.",
                "d": "This run is fine: down at once, and the test error follows.",
            },
        ),
        Choice(
            points=5,
            asks="the run that needs more samples",
            target="more_data_3_5",
            expect="b",
            why={
                "a": "Training and test error are the same here: nothing is learned by heart.",
                "b": "Its test error stays far above its training error: it knows its samples by "
                "heart.",
                "c": "Training and test error are the same here: nothing is learned by heart.",
                "d": "The test error follows the training error closely: the samples suffice.",
            },
        ),
    ),
    hints=(
        "Ask each run three things: where does it stand to the dotted line, is it still falling, "
        "and do the two curves agree?",
        "Too short steps: a curve still falling at the end. Too long steps: flat, above the mean "
        "image. Too few samples: a gap between the two curves.",
    ),
)

# --- 3.6: the loss ------------------------------------------------------------------------------


def entropy_floor(x):
    """The reference: the cross-entropy of the perfect reconstruction."""
    return _entropy_terms(x).sum(axis=1).mean()


def _entropy_terms(x):
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = -x * np.log(x) - (1 - x) * np.log(1 - x)
    return np.nan_to_num(terms)


def _naive_floor(x):
    with np.errstate(divide="ignore", invalid="ignore"):
        return (-x * np.log(x) - (1 - x) * np.log(1 - x)).sum(axis=1).mean()


def _half_floor(x):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num(-x * np.log(x)).sum(axis=1).mean()


def gray_values(rng):
    """Images with black, white and gray pixels."""
    n, d = rng.integers(2, 7, size=2)
    x = rng.uniform(size=(n, d))
    x[rng.uniform(size=(n, d)) < 0.25] = 0.0
    x[0, 0] = 1.0
    return {"x": x}


@cache
def _digits():
    from ae_course.data import digits

    return digits()


STUCK_SHAPES = [(64, 16), (16,), (16, 64), (64,)]


def rescued(learner, rng):
    """On digits that are nowhere to be had, by the weights of a 64 – 16 – 64 of sigmoids."""
    came = learner.call("model.get_weights")
    weights = [np.asarray(w) for w in came] if isinstance(came, tuple) else [np.asarray(came)]
    if [w.shape for w in weights] != STUCK_SHAPES:
        return Finding(
            0, "`model` is not the network 64 – 16 – 64 any more: start from `stuck_model()`."
        )
    W, b, W2, b2 = (questions.array(w, w.shape, "model.get_weights()") for w in weights)
    test = fresh.digits(rng)[0]
    x_rec = sigmoid(sigmoid(test @ W + b) @ W2 + b2)
    error, mean = questions.squared_error(test, x_rec), questions.mean_error(_digits().train, test)
    if error > 0.9 * questions.squared_error(test, np.zeros_like(test)):
        return Finding(
            0,
            f"It has not moved from the blank image (squared error {error:.1f}). Was it trained? "
            "If so: what is left of the gradient when the output's slope is nearly zero?",
        )
    if error > 0.95 * mean:
        return Finding(
            0,
            f"It has left the blank image, but is no better than the mean image (squared error "
            f"{error:.1f} against {mean:.1f}). Longer steps or more epochs; remember that Keras "
            "averages over the pixels.",
        )
    if error > mean / 2:
        return Finding(
            0.5,
            f"It beats the mean image (squared error {error:.1f} against {mean:.1f}), but not yet "
            "by half. Train longer, or try another learning rate.",
        )
    return Finding(1)


WHICH_LOSS = Task(
    id="3.6",
    title="The other loss",
    points=20,
    level="hard",
    target="entropy_floor",
    checks=(
        Calls(
            points=5,
            asks="`entropy_floor` returns the cross-entropy of a perfect reconstruction",
            inputs=gray_values,
            expect=entropy_floor,
            atol=2e-5,  # a clip at 1e-7 is right
            mistakes=(
                Mistake(
                    "Pixels that are exactly 0 or 1 make this NaN: 0 · log 0 is NaN in NumPy, and "
                    "its limit is 0. Clip x a little, or leave those pixels out.",
                    _naive_floor,
                ),
                Mistake(
                    "The second term is missing: the white part of a pixel counts as well, "
                    "−(1 − x) log(1 − x).",
                    _half_floor,
                ),
                Mistake(
                    "You averaged over the pixels, as Keras does; sum over them.",
                    lambda x: _entropy_terms(x).mean(),
                ),
                Mistake(
                    "You summed over the images; take their mean.",
                    lambda x: _entropy_terms(x).sum(),
                ),
                Mistake(
                    "The sign is turned: an entropy is never negative.",
                    lambda x: -entropy_floor(x),
                ),
                Mistake(
                    "This is in bits; the loss uses the natural logarithm.",
                    lambda x: entropy_floor(x) / np.log(2),
                ),
            ),
        ),
        Choice(
            points=5,
            asks="what to make of a cross-entropy of −31",
            target="negative_3_6",
            expect="c",
            why={
                "a": "Lower is better only where there is a lowest value. For a target outside "
                "[0, 1] there is none.",
                "b": "A mean over the pixels would be smaller, but of the same sign.",
                "c": "For a target outside [0, 1] the cross-entropy falls without end as the "
                "output saturates, and a sigmoid cannot reach such values anyway.",
                "d": "The floor is an entropy and never negative; below it nothing can go, if the "
                "targets are in [0, 1].",
            },
        ),
        Property(
            points=10,
            asks="`model` has got away from its bad start, below half the mean image's error",
            target="model",
            test=rescued,
            mistakes=(
                Mistake("It has not moved", "model = stuck_model()"),
                Mistake(
                    "what is left of the gradient",
                    "model = stuck_model()\n"
                    'model.compile(keras.optimizers.SGD(1.0), loss="mse")\n'
                    "history = model.fit(digits.train, digits.train, epochs=2, verbose=0)",
                ),
                Mistake(
                    "Keras averages over the pixels",
                    "model = stuck_model()\n"
                    'model.compile(keras.optimizers.SGD(1.0), loss="binary_crossentropy")\n'
                    "history = model.fit(digits.train, digits.train, epochs=8, verbose=0)",
                ),
                Mistake("has no `get_weights`", "def model(x):\n    return x"),
                Mistake(
                    "start from `stuck_model()`",
                    "model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(64)])",
                ),
            ),
        ),
    ),
    hints=(
        "The floor: put x′ = x into the cross-entropy. What should a pixel that is exactly 0 "
        "contribute, and what does NumPy make of it?",
        "`p = np.clip(x, 1e-12, 1 - 1e-12)` keeps the logarithms finite and changes nothing else.",
        "The model: which loss has an error signal δ′ without the slope of the sigmoid? Which "
        "optimizer takes steps of the same length, however small the gradient?",
        'One way: `model.compile(keras.optimizers.SGD(32.0), loss="binary_crossentropy")`, as '
        "Keras divides by the 64 pixels, then 20 epochs with batches of 32.",
    ),
)

EXERCISE = Exercise(
    stem="03_loss_and_training",
    title="Loss and training",
    provides=("data", "fit", "plotting", "seeds"),
    tasks=(ONE_ERROR, GRADIENTS, CHECK_GRADIENTS, ONE_EPOCH, DIAGNOSIS, WHICH_LOSS),
)
