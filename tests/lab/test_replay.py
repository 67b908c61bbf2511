"""Every model that a laboratory trains is trained beside Keras: 300 steps, the same numbers."""

from contextlib import contextmanager
from functools import cache
from itertools import islice
from types import SimpleNamespace

from ae_course import (
    Autoencoder,
    DenoisingAutoencoder,
    SparseAutoencoder,
    TopK,
    VariationalAutoencoder,
    data,
    losses,
)
from ae_course.models import random as model_random
from ae_course.models.layers import TiedDense

import keras
import numpy as np
import pytest
from javascript import TRAINED, evaluate
from twin import Random, batches

STEPS, SEED, SIZE = 300, 1, 64
GRADIENT, LOSS, CODES = 2e-6, 2e-6, 1e-5

DEEP = {"input_dim": 64, "hidden": 32, "code": 8}
WIDE = {"input_dim": 64, "code": 64, "code_activation": "relu", "tied": True}
BENT = {"hidden": 32, "code": 32, "activation": "tanh", "code_activation": "tanh"}
STAGE = 60
"""Steps of each of the four stages; then as many of all layers."""
CROSS_ENTROPY = """labTrainer({
    specs: labTrainingSpecs().map((s, k) => k < 3 ? s : {...s, activation: "sigmoid"}),
    measure: "binary_crossentropy", optimizer: "adam", rate: 0.001, seed: 1,
    next: labBatches(digits.train, 2)})"""


def superposition():
    """x′ = ReLU(WᵀWx + b) as an autoencoder of the course."""
    code = keras.layers.Dense(2, use_bias=False)
    encoder = keras.Sequential([keras.Input((5,)), code])
    decoder = keras.Sequential([keras.Input((2,)), TiedDense(code, "relu")])
    model = Autoencoder(encoder, decoder)
    model.build((None, 5))
    return model


def top_k(k):
    """ReLU units of which each sample keeps k, and a tied decoder."""
    code = keras.layers.Dense(64, "relu")
    encoder = keras.Sequential([keras.Input((64,)), code, TopK(k)])
    decoder = keras.Sequential([keras.Input((64,)), TiedDense(code)])
    return Autoencoder(encoder, decoder)


def logistic():
    options = {"activation": "sigmoid", "output_activation": "sigmoid"}
    return Autoencoder.dense(64, (32, 24, 16), code=4, **options)


def adam(rate):
    return lambda: keras.optimizers.Adam(rate)


def trained(optimizer, rate=0.001):
    return (
        f"labTrainingModel({{optimizer: '{optimizer}', rate: {rate}, seed: 1, input: 1, unit: 1}},"
        " digits)"
    )


def overcomplete(activation):
    return f"labOvercompleteModel({{activation: '{activation}', p: 128, seed: 1}}, digits)"


def regularized(weight=0.0, keep=64, damage=0.0):
    settings = f"{{weight: {weight}, keep: {keep}, damage: {damage}, seed: 1}}"
    return f"labRegularizedModel({settings}, digits)"


def signal(activation, way="jointly"):
    settings = f"{{activation: '{activation}', way: '{way}', seed: 1, each: {STAGE}}}"
    return f"labSignalModel({settings}, digits)"


def bottleneck(kind, p):
    return f"labBottleneckModel({{kind: '{kind}', p: {p}, seed: 1, first: 0, second: 0}}, digits)"


MODELS = {  # name: the page's model, Keras' model, Keras' optimizer
    "SGD": (
        trained("sgd", 0.003),
        lambda: Autoencoder.dense(**DEEP),
        lambda: keras.optimizers.SGD(0.003),
    ),
    "momentum": (
        trained("momentum"),
        lambda: Autoencoder.dense(**DEEP),
        lambda: keras.optimizers.SGD(0.001, momentum=0.9),
    ),
    "Adam": (trained("adam"), lambda: Autoencoder.dense(**DEEP), adam(0.001)),
    "cross-entropy": (
        CROSS_ENTROPY,
        lambda: Autoencoder.dense(**DEEP, loss="binary_crossentropy"),
        adam(0.001),
    ),
    "linear bottleneck": (
        bottleneck("linear", 2),
        lambda: Autoencoder.dense(64, code=2),
        adam(0.003),
    ),
    "deep bottleneck": (
        bottleneck("deep", 2),
        lambda: Autoencoder.dense(64, 32, code=2),
        adam(0.003),
    ),
    "overcomplete, linear": (
        overcomplete("linear"),
        lambda: Autoencoder.dense(64, code=128),
        adam(0.003),
    ),
    "overcomplete, ReLU": (
        overcomplete("relu"),
        lambda: Autoencoder.dense(64, code=128, code_activation="relu"),
        adam(0.003),
    ),
    "L1": (
        regularized(weight=0.1),
        lambda: SparseAutoencoder.dense(**WIDE, weight=0.1),
        adam(0.003),
    ),
    "top-k": (regularized(keep=8), lambda: top_k(8), adam(0.003)),
    "denoising": (
        regularized(damage=0.3),
        lambda: DenoisingAutoencoder.dense(**WIDE, amount=0.3),
        adam(0.003),
    ),
    "score": (
        "labScoreModel({kind: 'ring', damage: 0.2, seed: 1})",
        lambda: DenoisingAutoencoder.dense(2, **BENT, amount=0.2),
        adam(0.003),
    ),
    "deep, logistic": (signal("sigmoid"), logistic, adam(0.003)),
    "deep, ReLU": (
        signal("relu"),
        lambda: Autoencoder.dense(64, (32, 24, 16), code=4),
        adam(0.003),
    ),
    "stage by stage": (signal("sigmoid", "stages"), logistic, adam(0.003)),
    "a digit left out": (
        "labAlarmModel({digit: 0, seed: 1}, digits)",
        lambda: Autoencoder.dense(**DEEP),
        adam(0.003),
    ),
    "variational": (
        "labVariationalModel({beta: 0.1, seed: 1, first: 0, second: 0}, digits)",
        lambda: VariationalAutoencoder.dense(64, 32, code=2, beta=0.1),
        adam(0.003),
    ),
    "superposition": (
        "labSuperpositionModel({sparsity: 0.9, seed: 1})",
        superposition,
        adam(0.02),
    ),
}
NOISE = {"variational": 2, "denoising": 64, "score": 2}
"""Random numbers that a model draws for each sample."""
DOUBLE = ("score", "momentum")
"""Models that Keras trains in float64. The score's loss is so small a difference of large numbers
that float32 is off by three parts in a million; momentum carries what one processor rounds
otherwise than another to 46 parts in a million within 300 steps."""
each_model = pytest.mark.parametrize("name", MODELS)

WIDTH = {"superposition": 5, "score": 2}
"""Features of a sample, where they are not the 64 pixels of a digit."""

REPLAY = """(() => {
    const digits = labDigits(labDigitData);
    const model = MODEL;
    const losses = [model.step()];
    const gradients = model.network.parameters.map((p) => Array.from(p.gradient));
    while (losses.length < STEPS) losses.push(model.step());
    const x = WIDTH === 64 ? digits.validation : Float32Array.from(
        {length: 1000}, labRandom(9).uniform);
    const n = x.length / WIDTH;
    const codes = model.network.run(x, n, null, 0, model.network.layers.length / 2);
    return {losses, gradients, codes: Array.from(codes)};
})()"""


def page(name, replace=None):
    """What the page's model does: losses, gradients of the first step, codes in the end."""
    width = WIDTH.get(name, 64)
    code = REPLAY.replace("STEPS", str(STEPS)).replace("WIDTH", str(width))
    found = evaluate(code.replace("MODEL", MODELS[name][0], 1), *TRAINED, replace=replace)
    return SimpleNamespace(**found)


def batches_for(name):
    random = Random(SEED + 1)
    if name == "superposition":
        while True:
            u = random.uniform(2 * 128 * 5).reshape(128, 5, 2)
            yield (u[..., 1] * (u[..., 0] >= 0.9)).astype(np.float32)
    elif name == "score":
        points = np.reshape(evaluate("Array.from(labScorePoints('ring'))", "score"), (-1, 2))
        while True:
            yield points[(random.uniform(128) * len(points)).astype(int)].astype(np.float32)
    digits = data.digits()
    x, labels = digits.train[:800], digits.train_labels[:800]
    yield from batches(x[labels != 0] if name == "a digit left out" else x, SEED + 1)


def parts_of_training(name, model):
    """Steps, loss and variables of what is trained one after the other."""

    def whole(x):
        return model.compute_loss(x=x, y_pred=model(x, training=True))

    if name != "stage by stage":
        return [(STEPS, whole, model.trainable_variables)]
    inner, outer = model.encoder.layers, model.decoder.layers[::-1]

    def stage(k):
        def loss(x):
            for layer in inner[:k]:
                x = layer(x)
            return keras.ops.mean(losses.squared_error(x, outer[k](inner[k](x))))

        return STAGE, loss, inner[k].trainable_variables + outer[k].trainable_variables

    return [*map(stage, range(4)), (STAGE, whole, model.trainable_variables)]


@contextmanager
def precision(dtype):
    """Let new layers and optimizers compute in a precision."""
    before, policy = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    yield
    keras.config.set_floatx(before)
    keras.config.set_dtype_policy(policy)


@cache
def by_keras(name):
    """The same by Keras, from the weights that the seed gives."""
    dtype = "float64" if name in DOUBLE else "float32"
    with precision(dtype):
        return trained_by_keras(name, dtype)


def trained_by_keras(name, dtype):
    import tensorflow as tf

    _, build, make_optimizer = MODELS[name]
    model = build()
    weights, noise = Random(SEED), Random(SEED + 2)
    for variable in model.trainable_variables:
        if len(variable.shape) == 2:
            variable.assign(weights.glorot(*variable.shape))
        else:
            variable.assign(np.zeros(variable.shape))

    def stepper(loss_of, variables):
        optimizer = make_optimizer()
        optimizer.build(variables)

        @tf.function
        def step(x, epsilon):
            with tf.GradientTape() as tape, model_random.prefetched_from(lambda *_: epsilon):
                loss = loss_of(x)
            gradients = tape.gradient(loss, [v.value for v in variables])
            optimizer.apply(gradients, variables)
            return loss, gradients

        return step

    found, first = [], {}
    stream = batches_for(name)
    for steps, loss_of, variables in parts_of_training(name, model):
        step = stepper(loss_of, variables)
        for x in islice(stream, steps):
            epsilon = noise.normal(len(x) * NOISE.get(name, 0)).reshape(len(x), -1)
            loss, gradients = step(tf.constant(x, dtype), tf.constant(epsilon, dtype))
            found.append(float(loss))
            paths = [v.path for v in variables]
            first = first or dict(zip(paths, (g.numpy().ravel() for g in gradients), strict=True))
    untouched = {v.path: np.zeros(v.shape).ravel() for v in model.trainable_variables}
    x = data.digits().train[800:1000]
    if name in WIDTH:
        x = Random(9).uniform(1000).reshape(-1, WIDTH[name]).astype(np.float32)
    return SimpleNamespace(
        losses=found,
        gradients=[*(untouched | first).values()],
        codes=model.encode(x).ravel(),
    )


def differences(name, replace=None):
    """The largest differences, each in units of what is allowed."""
    ours, keras_run = page(name, replace), by_keras(name)
    assert len(ours.losses) == len(keras_run.losses) == STEPS
    gradient = max(
        np.abs(np.subtract(a, b)).max() / (np.abs(b).max() or 1)
        for a, b in zip(ours.gradients, keras_run.gradients, strict=True)
    )
    finite = [np.inf if loss is None else loss for loss in ours.losses]
    loss = np.max(np.abs(np.subtract(finite, keras_run.losses)) / np.abs(keras_run.losses))
    codes = np.array(ours.codes, dtype=float)
    code = np.abs(codes - keras_run.codes).max() / np.abs(keras_run.codes).max()
    return {"gradient": gradient / GRADIENT, "loss": loss / LOSS, "codes": code / CODES}


@each_model
def test_the_page_trains_as_keras_does(name):
    found = differences(name)
    assert max(found.values()) <= 1, found


@each_model
def test_the_loss_falls(name):
    found = by_keras(name).losses
    assert np.mean(found[-20:]) < 0.8 * np.mean(found[:5])


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("const alpha = rate * correction;", "const alpha = rate;"),
        ("[Math.fround(0.9), Math.fround(0.999)]", "[0.9, 0.999]"),
    ],
    ids=["no bias correction", "β not in float32"],
)
def test_a_wrong_optimizer_would_be_noticed(right, wrong):
    with_adam = ("Adam", "cross-entropy", "deep bottleneck", "variational", "superposition")
    worst = {name: max(differences(name, (right, wrong)).values()) for name in with_adam}
    assert max(worst.values()) > 2, worst
