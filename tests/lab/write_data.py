"""Write the data that the laboratory's pages load: digits, and a network that Keras trained.

`make lab-data` runs it. The digits come out the same everywhere; the network's weights, trained,
as nearly so as two processors round alike.
"""

import base64
import json
from pathlib import Path

from ae_course import Autoencoder, data, seed_everything
from ae_course._output import say

import numpy as np

LAB = Path(__file__).parents[2] / "book/_static/lab"
TRAINING, VALIDATION = 800, 200
UNIT = 1 / 128
"""Weights are whole multiples of it, in 8 bits."""


def digit_data() -> dict:
    """Return the digits as letters: A for no ink to Q for 16 dots, one letter a pixel."""
    digits = data.digits()  # its test part is not used here
    x = digits.train[: TRAINING + VALIDATION]
    labels = digits.train_labels[: TRAINING + VALIDATION]
    return {
        "pixels": "".join(chr(65 + round(16 * float(v))) for v in x.ravel()),
        "labels": "".join(map(str, labels)),
        "training": TRAINING,
    }


def drawn_network(epochs: int = 150) -> Autoencoder:
    """Return the network behind the drawing area, 64 → 32 → 8 → 32 → 64, trained."""
    seed_everything(0)
    model = Autoencoder.dense(64, hidden=32, code=8)
    model.compile("adam")
    model.fit(data.digits().train[:TRAINING], epochs=epochs, verbose=0)
    return model


def packed(model: Autoencoder) -> dict:
    """Return a dense model's layers and weights as the pages read them."""
    layers = [layer for part in (model.encoder, model.decoder) for layer in part.layers]
    specs = [
        {
            "inputs": layer.kernel.shape[0],
            "units": layer.units,
            "activation": layer.activation.__name__,
        }
        for layer in layers
    ]
    numbers = np.concatenate([w.ravel() for w in model.get_weights()]) / UNIT
    if np.abs(numbers).max() > 127:
        raise ValueError("a weight is too large for 8 bits")
    weights = np.round(numbers).astype(np.int8).tobytes()
    return {"specs": specs, "weights": base64.b64encode(weights).decode()}


def script(comment: str, name: str, value: dict) -> str:
    """Return the text of a classic script that sets one constant."""
    return f"/* {comment} Written by `make lab-data`. */\nconst {name} = {json.dumps(value)};\n"


DIGITS_COMMENT = (
    "A thousand of scikit-learn's digits (Alpaydin and Kaynak 1998, CC BY 4.0): the first "
    f"{TRAINING} to train on, the others to validate."
)
NETWORK_COMMENT = "An autoencoder 64 → 32 → 8 → 32 → 64 that Keras trained on those digits."


def write() -> None:
    """Write both files."""
    for file, comment, name, value in (
        ("digits.js", DIGITS_COMMENT, "labDigitData", digit_data()),
        ("drawn-network.js", NETWORK_COMMENT, "labDrawnWeights", packed(drawn_network())),
    ):
        path = LAB / "data" / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(script(comment, name, value), "utf-8")
        say(f"{path.name}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    write()
