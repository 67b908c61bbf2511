"""What short runs cost: the CPU time of five calls of one epoch each, beside `keras.Model.fit`.

    python bench/short_fits.py

The two take turns, each with a new model, so that compiling counts as it does for a user.
"""

import json
import statistics
import time
from collections.abc import Callable

SAMPLES, FEATURES, CALLS = 1500, 64, 5


def measure(rounds: int = 7) -> dict[str, list[float]]:
    """Return the CPU seconds of each turn, after one that is not counted."""
    from ae_course import Autoencoder, fit

    import keras
    import numpy as np

    x = np.random.default_rng(0).uniform(size=(SAMPLES, FEATURES)).astype("float32")
    ways: dict[str, Callable] = {
        "ae_course.fit": lambda model: fit(model, x, epochs=1, batch_size=128, progress=False),
        "keras.Model.fit": lambda model: model.fit(x, epochs=1, batch_size=128, verbose=0),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(1 + rounds):
        for name, train in ways.items():
            model = Autoencoder.dense(FEATURES, hidden=(32,), code=8)
            model.compile(keras.optimizers.Adam(1e-3))
            began = time.process_time()
            for _ in range(CALLS):
                train(model)
            seconds[name].append(round(time.process_time() - began, 3))
    return {name: each[1:] for name, each in seconds.items()}


if __name__ == "__main__":
    found = measure()
    print(json.dumps(found, indent=1))
    ours, theirs = map(statistics.median, found.values())
    print(f"{ours / theirs:.2f} times the CPU time of keras.Model.fit")
