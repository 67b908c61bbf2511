"""Right answers to the tasks about trained models, in other styles than the solutions'.

Each function trains a model once and returns the submission's variables.
"""

from ae_course.data import curves, digits
from ae_course.models.autoencoder import Autoencoder
from ae_course.models.denoising import DenoisingAutoencoder
from ae_course.models.variational import VariationalAutoencoder
from ae_course.training.fit import fit

import keras
import numpy as np
from keras import ops
from scipy.special import expit
from sklearn.decomposition import PCA
from sklearn.neural_network import MLPRegressor


class Perceptron:
    """scikit-learn's network, cut in two at a hidden layer, which becomes the code."""

    def __init__(self, x, sizes, code, y=None, **options):
        options = {"activation": "tanh", "random_state": 0, "max_iter": 60, "tol": 0, **options}
        self._net = MLPRegressor(hidden_layer_sizes=sizes, **options).fit(x, x if y is None else y)
        self._code = code + 1

    def encode(self, x):
        return self._through(x, 0, self._code)

    def decode(self, h):
        return self._through(h, self._code, len(self._net.coefs_))

    def _through(self, x, start, end):
        for k in range(start, end):
            x = x @ self._net.coefs_[k] + self._net.intercepts_[k]
            x = np.tanh(x) if k < len(self._net.coefs_) - 1 else x
        return x


class Linear:
    """Principal components."""

    def __init__(self, x, code):
        self._pca = PCA(code, random_state=0).fit(x)

    def encode(self, x):
        return self._pca.transform(x)

    def decode(self, h):
        return self._pca.inverse_transform(h)


class TiedByHand:
    """Sixteen sigmoid units with tied weights, trained in NumPy with momentum."""

    def __init__(self, x, rate=0.02, epochs=60):
        rng = np.random.default_rng(0)
        W, b, b2 = rng.normal(size=(16, 64)) / 8, np.zeros(16), x.mean(axis=0)
        speed = [0.0, 0.0, 0.0]
        for _ in range(epochs):
            for batch in np.array_split(rng.permutation(x), len(x) // 32):
                h = expit(batch @ W.T + b)
                back = 2 * (h @ W + b2 - batch) / len(batch)
                delta = (back @ W.T) * h * (1 - h)
                slopes = (delta.T @ batch + h.T @ back, delta.sum(0), back.sum(0))
                speed = [0.9 * v - rate * g for v, g in zip(speed, slopes, strict=True)]
                W, b, b2 = W + speed[0], b + speed[1], b2 + speed[2]
        self.weights = W, b, b2

    def encode(self, x):
        W, b, _ = self.weights
        return expit(x @ W.T + b)

    def decode(self, h):
        W, _, b2 = self.weights
        return h @ W + b2


class Tied(keras.Model):
    """A Keras model of its own, with one matrix for both directions."""

    def __init__(self):
        super().__init__()
        self.W = self.add_weight(shape=(16, 64), initializer="glorot_uniform")
        self.b = self.add_weight(shape=(16,), initializer="zeros")
        self.b2 = self.add_weight(shape=(64,), initializer="zeros")

    def encode(self, x):
        return ops.sigmoid(ops.matmul(x, ops.transpose(self.W)) + self.b)

    def decode(self, h):
        return ops.matmul(h, self.W) + self.b2

    def call(self, x):
        return self.decode(self.encode(x))


def by_keras(
    x, sizes, code, y=None, *, noise=None, first=None, output=None, activation="relu", **options
):
    """Two halves of Keras' layers, trained by Keras, then joined."""
    d, dense = x.shape[1], keras.layers.Dense
    down = [dense(n, activation) for n in sizes]
    up = [dense(n, activation) for n in sizes[::-1]]
    encoder = keras.Sequential([keras.Input((d,)), *down, dense(code, first)])
    decoder = keras.Sequential([keras.Input((code,)), *up, dense(d, output)])
    whole = keras.Sequential([*([noise] if noise else []), encoder, decoder])
    whole.compile(keras.optimizers.Adam(options.pop("rate", 3e-3)), "mse")
    whole.fit(x, x if y is None else y, verbose=0, **{"epochs": 30, "batch_size": 64, **options})
    return Autoencoder(encoder, decoder)


def trained(model, x, y=None, **options):
    """A model of the course, trained by Keras."""
    model.compile(keras.optimizers.Adam(options.pop("rate", 3e-3)), options.pop("loss", None))
    model.fit(x, y, verbose=0, **{"epochs": 30, "batch_size": 64, **options})
    return model


def damaged(x, times=10, lost=0.0, spread=0.0):
    """Copies of the samples, disturbed, and what is to come back."""
    rng, clean = np.random.default_rng(0), np.tile(x, (times, 1))
    kept = rng.random(clean.shape) >= lost
    return kept * (clean + spread * rng.normal(size=clean.shape)), clean


def stack_by_hand(make, rate=1e-2):
    """The stack of task 7.4, stage by stage, with stages from `make` and weights set by hand."""
    x = known = curves(2000, 1).train
    plain = Autoencoder.dense(
        784, (64, 32), code=6, activation="sigmoid", output_activation="sigmoid"
    )
    stack = keras.models.clone_model(plain.encoder), keras.models.clone_model(plain.decoder)
    down, up = [], []
    for size in (64, 32, 6):
        stage = make(x, size, "linear" if size == 6 else "sigmoid")
        down, up = down + stage.encoder.get_weights(), stage.decoder.get_weights() + up
        x = stage.encode(x)
    for half, weights in zip(stack, (down, up), strict=True):
        half.set_weights(weights)
    whole = Autoencoder(*stack)
    fit(whole, known, epochs=5, batch_size=32, learning_rate=5e-3)
    return whole


def stage(x, size, code_activation, kind=Autoencoder, **more):
    """An autoencoder with one layer on each side, trained."""
    model = kind.dense(
        x.shape[1],
        code=size,
        code_activation=code_activation,
        output_activation="sigmoid",
        **more,
    )
    fit(model, x, epochs=6, batch_size=32, learning_rate=1e-2)
    return model


def _stage_by_keras(x, size, code_activation):
    return by_keras(
        x, (), size, first=code_activation, output="sigmoid", epochs=6, batch_size=32, rate=1e-2
    )


def _perceptron(x, y):
    return Perceptron(x, (128,), 0, y, max_iter=8)


def _pairs(x, y):
    return by_keras(x, (128,), 64, y, epochs=8)


def _train():
    return digits().train


def _known():
    known = digits()
    return known.train[~np.isin(known.train_labels, (2, 3))]


STYLES = {
    "1.6": {
        "scikit-learn": lambda: Perceptron(_train(), (64, 8, 64), 1),
        "Keras' halves": lambda: by_keras(_train(), (32,), 8),
        "components": lambda: Linear(_train(), 8),
    },
    "2.4": {
        "NumPy": lambda: TiedByHand(_train()),
        "a Keras model": lambda: trained(Tied(), _train(), _train(), rate=1e-2, loss="mse"),
        "trained by Keras": lambda: trained(
            Autoencoder.dense(64, code=16, code_activation="sigmoid", tied=True),
            _train(),
            rate=1e-2,
        ),
    },
    "4.5": {
        "scikit-learn": lambda: Perceptron(
            _train(), (64, 4, 64), 1, max_iter=200, learning_rate_init=3e-3
        ),
        "Keras' halves": lambda: by_keras(_train(), (128, 64), 4, epochs=60, activation="elu"),
        "cross-entropy": lambda: trained(
            Autoencoder.dense(64, (128, 64), code=4, activation="gelu", loss="binary_crossentropy"),
            _train(),
            rate=5e-3,
            epochs=60,
        ),
    },
    "5.6": {
        "scikit-learn": lambda: _perceptron(*damaged(_train(), spread=0.3)),
        "noise in the network": lambda: by_keras(
            _train(), (), 128, noise=keras.layers.GaussianNoise(0.3), epochs=60
        ),
        "DenoisingAutoencoder": lambda: trained(
            DenoisingAutoencoder.dense(64, code=128, code_activation="relu", amount=0.3),
            _train(),
            epochs=60,
        ),
    },
    "6.5": {
        "scikit-learn": lambda: _perceptron(*damaged(_train(), lost=0.3)),
        "pairs": lambda: _pairs(*damaged(_train(), lost=0.3)),
        "DenoisingAutoencoder": lambda: trained(
            DenoisingAutoencoder.dense(
                64, code=128, code_activation="relu", corruption="masking", amount=0.3
            ),
            _train(),
            epochs=60,
        ),
    },
    "7.4": {
        "stages by hand": lambda: stack_by_hand(stage),
        "denoising stages": lambda: stack_by_hand(
            lambda *a: stage(*a, kind=DenoisingAutoencoder, amount=0.1)
        ),
        "Keras' stages": lambda: stack_by_hand(_stage_by_keras),
    },
    "8.5": {
        "Keras' halves": lambda: by_keras(_known(), (128,), 8, epochs=40),
        "deeper": lambda: trained(
            Autoencoder.dense(64, (128, 64), code=10, activation="gelu"), _known(), epochs=40
        ),
        "DenoisingAutoencoder": lambda: trained(
            DenoisingAutoencoder.dense(64, (128,), code=8, amount=0.1), _known(), epochs=60
        ),
    },
    "9.5": {
        "trained by Keras": lambda: trained(
            VariationalAutoencoder.dense(64, (128,), code=10, beta=0.1), _train(), epochs=60
        ),
        "deeper": lambda: trained(
            VariationalAutoencoder.dense(64, (128, 64), code=10, beta=0.1), _train(), epochs=80
        ),
        "longer code, GELU": lambda: trained(
            VariationalAutoencoder.dense(64, (128,), code=12, beta=0.1, activation="gelu"),
            _train(),
            epochs=60,
        ),
    },
}
"""For each task of `calibrate.TASKS`, answers that deserve all points for the model."""
