"""Every model that a laboratory trains is trained beside Keras: 300 steps, the same numbers."""

from functools import cache
from types import SimpleNamespace

from ae_course import Autoencoder, VariationalAutoencoder, data
from ae_course.models import random as model_random
from ae_course.models.layers import TiedDense

import keras
import numpy as np
import pytest
from javascript import evaluate
from twin import Random, batches

STEPS, SEED, SIZE = 300, 1, 64
GRADIENT, LOSS, CODES = 2e-6, 2e-6, 1e-5

DEEP = {"input_dim": 64, "hidden": 32, "code": 8}
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


def adam(rate):
    return lambda: keras.optimizers.Adam(rate)


def trained(optimizer, rate=0.001):
    return (
        f"labTrainingModel({{optimizer: '{optimizer}', rate: {rate}, seed: 1, input: 1, unit: 1}},"
        " digits)"
    )


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
each_model = pytest.mark.parametrize("name", MODELS)

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
    width = 5 if name == "superposition" else 64
    code = REPLAY.replace("STEPS", str(STEPS)).replace("WIDTH", str(width))
    files = ("principal", "pad", "training", "bottleneck", "variational", "superposition")
    found = evaluate(code.replace("MODEL", MODELS[name][0], 1), *files, replace=replace)
    return SimpleNamespace(**found)


def batches_for(name):
    if name != "superposition":
        return batches(data.digits().train[:800], SEED + 1)
    random = Random(SEED + 1)

    def draw():
        while True:
            u = random.uniform(2 * 128 * 5).reshape(128, 5, 2)
            yield (u[..., 1] * (u[..., 0] >= 0.9)).astype(np.float32)

    return draw()


@cache
def by_keras(name):
    """The same by Keras, from the weights that the seed gives."""
    import tensorflow as tf

    _, build, make_optimizer = MODELS[name]
    model, optimizer = build(), make_optimizer()
    weights, noise = Random(SEED), Random(SEED + 2)
    for variable in model.trainable_variables:
        if len(variable.shape) == 2:
            variable.assign(weights.glorot(*variable.shape))
        else:
            variable.assign(np.zeros(variable.shape))
    optimizer.build(model.trainable_variables)

    @tf.function
    def step(x, epsilon):
        with tf.GradientTape() as tape, model_random.prefetched_from(lambda *_: epsilon):
            loss = model.compute_loss(x=x, y_pred=model(x, training=True))
        gradients = tape.gradient(loss, [v.value for v in model.trainable_variables])
        optimizer.apply(gradients, model.trainable_variables)
        return loss, gradients

    losses, first = [], None
    for _, x in zip(range(STEPS), batches_for(name), strict=False):
        epsilon = noise.normal(len(x) * 2).reshape(-1, 2)
        loss, gradients = step(tf.constant(x), tf.constant(epsilon))
        losses.append(float(loss))
        first = first or [g.numpy().ravel() for g in gradients]
    x = data.digits().train[800:1000]
    if name == "superposition":
        x = Random(9).uniform(1000).reshape(200, 5).astype(np.float32)
    return SimpleNamespace(losses=losses, gradients=first, codes=model.encode(x).ravel())


def differences(name, replace=None):
    """The largest differences, each in units of what is allowed."""
    ours, keras_run = page(name, replace), by_keras(name)
    assert len(ours.losses) == len(keras_run.losses) == STEPS
    gradient = max(
        np.abs(np.subtract(a, b)).max() / np.abs(b).max()
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
    losses = by_keras(name).losses
    assert np.mean(losses[-20:]) < 0.8 * np.mean(losses[:5])


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("const alpha = rate * correction;", "const alpha = rate;"),
        ("[Math.fround(0.9), Math.fround(0.999)]", "[0.9, 0.999]"),
    ],
    ids=["no bias correction", "β not in float32"],
)
def test_a_wrong_optimizer_would_be_noticed(right, wrong):
    with_adam = [name for name in MODELS if name not in ("SGD", "momentum")]
    worst = {name: max(differences(name, (right, wrong)).values()) for name in with_adam}
    assert max(worst.values()) > 2, worst
