"""The laboratory's random numbers, weights and batches once more, in NumPy."""

from collections.abc import Iterator

import numpy as np


class Random:
    """The twin of `labRandom`: mulberry32, the same numbers to the last bit."""

    def __init__(self, seed: int):
        self.state = seed % 2**32

    def uniform(self, n: int) -> np.ndarray:
        """Return the next n numbers in [0, 1), float64."""
        steps = np.arange(1, n + 1, dtype=np.uint64) * 0x6D2B79F5 + self.state
        t = steps.astype(np.uint32)  # modulo 2³²
        self.state = int(t[-1]) if n else self.state
        t = (t ^ (t >> 15)) * (t | 1)
        t ^= t + (t ^ (t >> 7)) * (t | 61)
        return (t ^ (t >> 14)) / 2.0**32

    def normal(self, n: int) -> np.ndarray:
        """Return the next n standard normal numbers, float32."""
        u = self.uniform(2 * n).reshape(n, 2)
        radius = np.sqrt(-2 * np.log(1 - u[:, 0]))
        return (radius * np.cos(2 * np.pi * u[:, 1])).astype(np.float32)

    def order(self, n: int) -> list[int]:
        """Return the numbers 0 … n − 1 in random order."""
        everything = list(range(n))
        for i, u in zip(range(n - 1, 0, -1), self.uniform(n - 1), strict=True):
            j = int(u * (i + 1))
            everything[i], everything[j] = everything[j], everything[i]
        return everything

    def glorot(self, inputs: int, units: int) -> np.ndarray:
        """Return a kernel `(inputs, units)`, float32."""
        limit = np.sqrt(6 / (inputs + units))
        u = self.uniform(inputs * units).reshape(inputs, units)
        return ((2 * u - 1) * limit).astype(np.float32)


def batches(x: np.ndarray, seed: int, size: int = 64) -> Iterator[np.ndarray]:
    """Yield batches of x without end, as `labBatches` does."""
    random = Random(seed)
    while True:
        order = random.order(len(x))
        for start in range(0, len(x) - size + 1, size):
            yield x[order[start : start + size]]
