"""Who is measured: each peer trains an autoencoder of given sizes and says when an epoch is over.

All but the bound also say what their loss was, as one who trains wants to know.

    python bench/peers.py NAME

reads one job a line from standard input, `{"layers": [784, 32], "batch": 128, "images": 20000,
"turns": 5}`, for one of our models also `"model": "DenoisingAutoencoder"`; answers "ready" before
each turn, waits for a line, trains and answers with the seconds of an epoch; at a job's end with
its peak memory in MB. So the peers of one run take turns and share the machine's good and bad
minutes.
"""

import itertools
import json
import os
import re
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np


class Peer(NamedTuple):
    """How a peer is run: its function, the modules that it needs, Keras' backend if it is Keras."""

    train: Callable
    needs: tuple[str, ...]
    backend: str | None = None


class Turns:
    """The conversation with the program that measures.

    A turn is two epochs. The first wakes what slept while others had their turn (caches, threads,
    the old iterator of `tf.data`, which can take a second to end); the second is timed.
    """

    def __init__(self):
        self.epoch = 0

    def begin(self) -> None:
        """Begin an epoch; before a turn, say that it can start, and wait for the word."""
        self.epoch += 1
        if self.epoch % 2:
            _say("ready")
            sys.stdin.readline()
        self.start = time.perf_counter()

    def end(self) -> None:
        """End an epoch; at the turn's end, say how long it took."""
        if self.epoch % 2 == 0:
            _say(f"{time.perf_counter() - self.start:.6f}")


def gemm_bound(layers, batch, x, epochs, turns) -> None:
    """Only the matrix products of forward and backward pass, in NumPy: no step can be faster."""
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=size).astype("f") for size in _mirrored(layers)]
    rows = [rng.normal(size=(batch, w.shape[1])).astype("f") for w in weights]
    for _ in range(epochs):
        turns.begin()
        for start in range(0, len(x), batch):
            h = x[start : start + batch]
            for weight, row in zip(weights, rows, strict=True):
                h @ weight
                h = row[: len(h)]
            for number, (weight, row) in enumerate(zip(weights, rows, strict=True)):
                row = row[: len(h)]
                (rows[number - 1][: len(h)] if number else x[start : start + batch]).T @ row
                if number:
                    row @ weight.T
        turns.end()


def _keras(compiled, layers, batch, x, epochs, turns, model="Autoencoder") -> None:
    import ae_course

    import keras

    extra = {"DenoisingAutoencoder": {"amount": 0.3}}.get(model, {})

    class Watch(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            turns.begin()

        def on_epoch_end(self, epoch, logs=None):
            turns.end()

    made = getattr(ae_course, model).dense(layers[0], layers[1:-1], code=layers[-1], **extra)
    how = {"epochs": epochs, "batch_size": batch, "compiled": compiled}
    ae_course.fit(made, x, callbacks=[Watch()], **how)


def ours(*job, **model) -> None:
    """`ae_course.fit` as it comes on a short run."""
    _keras(None, *job, **model)


def ours_xla(*job, **model) -> None:
    """`ae_course.fit` as on a long run: compiled with XLA."""
    _keras(True, *job, **model)


def stock(*job, **model) -> None:
    """`keras.Model.fit` as it comes."""
    _keras(False, *job, **model)


def pytorch(layers, batch, x, epochs, turns, compiled=False) -> None:
    """The loop that PyTorch's tutorials teach."""
    import torch

    modules = []
    for number, (wide, narrow) in enumerate(_mirrored(layers)):
        relu = number not in (len(layers) - 2, 2 * len(layers) - 3)
        modules += [torch.nn.Linear(wide, narrow), *[torch.nn.ReLU()] * relu]
    model = torch.nn.Sequential(*modules)
    step = torch.compile(model) if compiled else model
    optimizer, data = torch.optim.Adam(model.parameters()), torch.from_numpy(x)
    for _ in range(epochs):
        turns.begin()
        total = torch.zeros(())
        for rows in torch.randperm(len(x)).split(batch):
            optimizer.zero_grad()
            samples = data[rows]
            error = ((step(samples) - samples) ** 2).sum(1).mean()
            error.backward()
            optimizer.step()
            total += error.detach() * len(rows)
        float(total)
        turns.end()


def pytorch_compiled(*job) -> None:
    """The same with the model through `torch.compile`."""
    pytorch(*job, compiled=True)


def jax_optax(layers, batch, x, epochs, turns) -> None:
    """A whole epoch in `lax.scan`, optax' Adam."""
    import jax
    import jax.numpy as jnp
    import optax

    keys = jax.random.split(jax.random.key(0), 2 * len(layers) - 2)
    weights = [
        (jax.random.normal(key, size) * (2 / size[0]) ** 0.5, jnp.zeros(size[1]))
        for key, size in zip(keys, _mirrored(layers), strict=True)
    ]
    linear = {len(layers) - 2, 2 * len(layers) - 3}
    optimizer = optax.adam(1e-3)

    def loss(weights, samples):
        h = samples
        for number, (kernel, bias) in enumerate(weights):
            h = h @ kernel + bias
            h = h if number in linear else jax.nn.relu(h)
        return ((h - samples) ** 2).sum(1).mean()

    @jax.jit
    def epoch(state, data, order):
        def step(state, rows):
            weights, moments = state
            error, gradients = jax.value_and_grad(loss)(weights, data[rows])
            updates, moments = optimizer.update(gradients, moments)
            return (optax.apply_updates(weights, updates), moments), error

        state, errors = jax.lax.scan(step, state, order)
        return state, errors.mean()

    state, data = (weights, optimizer.init(weights)), jnp.asarray(x)
    rng = np.random.default_rng(0)
    for _ in range(epochs):
        turns.begin()
        order = rng.permutation(len(x))[: len(x) // batch * batch].reshape(-1, batch)
        state, error = epoch(state, data, order)
        float(error)
        jax.block_until_ready(state)
        turns.end()


def scikit_learn(layers, batch, x, epochs, turns) -> None:
    """`MLPRegressor.partial_fit`; all of its hidden layers are ReLU, the code too."""
    from sklearn.neural_network import MLPRegressor

    model = MLPRegressor(hidden_layer_sizes=[*layers[1:], *layers[-2:0:-1]], batch_size=batch)
    for _ in range(epochs):
        turns.begin()
        model.partial_fit(x, x)
        turns.end()


PEERS = {
    "matrix products alone (NumPy)": Peer(gemm_bound, ()),
    "ae_course.fit, short run": Peer(ours, ("tensorflow",), "tensorflow"),
    "ae_course.fit, long run (XLA)": Peer(ours_xla, ("tensorflow",), "tensorflow"),
    "ae_course.fit on JAX": Peer(ours_xla, ("jax",), "jax"),
    "Keras fit on TensorFlow": Peer(stock, ("tensorflow",), "tensorflow"),
    "Keras fit on JAX": Peer(stock, ("jax",), "jax"),
    "Keras fit on torch": Peer(stock, ("torch",), "torch"),
    "PyTorch": Peer(pytorch, ("torch",)),
    "PyTorch, torch.compile": Peer(pytorch_compiled, ("torch",)),
    "JAX and optax": Peer(jax_optax, ("jax", "optax")),
    "scikit-learn MLPRegressor": Peer(scikit_learn, ("sklearn",)),
}


def _mirrored(layers: list[int]) -> list[tuple[int, int]]:
    """Shapes of the kernels of encoder and decoder, in order."""
    sizes = [*layers, *layers[-2::-1]]
    return list(itertools.pairwise(sizes))


def _say(text: str) -> None:
    print(text, file=ANSWERS, flush=True)


def _peak() -> int:
    """Peak resident memory of this process, MB."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) // 1024


if __name__ == "__main__":
    ANSWERS = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print does not belong into the answers
    warnings.simplefilter("ignore")
    name = sys.argv[1]
    if "torch" in PEERS[name].needs:
        import torch

        # As TensorFlow and JAX do. Else what Adam remembers of dead units fades into numbers too
        # small for their format, and after some 600 steps an epoch takes half as long again.
        torch.set_flush_denormal(True)
    for line in sys.stdin:
        job = json.loads(line)
        images = np.random.default_rng(0).random((job["images"], job["layers"][0]), dtype="f")
        variant = {"model": job["model"]} if "model" in job else {}
        PEERS[name].train(job["layers"], job["batch"], images, 2 * job["turns"], Turns(), **variant)
        _say(str(_peak()))
