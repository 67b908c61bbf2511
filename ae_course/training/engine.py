"""What the compiled loops of the backends share."""

from collections.abc import Callable

STEPS_AHEAD = 64
"""For so many steps at once random numbers are prefetched where XLA would draw them slowly."""


class Engine:
    """Takes training or test steps over batches of data that stay on the device."""

    _put: Callable
    _data: tuple | None = None

    def on_device(self, data: tuple) -> tuple:
        """Return the data on the device, put there once for as long as the arrays are the same."""
        if data is not self._data:
            self._data = data
            self._on_device = tuple(None if part is None else self._put(part) for part in data)
        return self._on_device
