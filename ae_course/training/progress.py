"""The progress bar of a training."""

import os
import sys
import time

import keras


class ProgressBar(keras.callbacks.Callback):
    """A bar over the epochs with the loss beside it, gone when the run is over.

    Args:
        epochs: how many there will be.
        patience: seconds of training before it appears.
    """

    def __init__(self, epochs: int, patience: float = 5.0):
        super().__init__()
        self.epochs, self.patience, self.display = epochs, patience, None

    def on_train_begin(self, logs=None):
        """Start the clock."""
        self.start = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        """Move the bar on; open it once the run has lasted longer than `patience`."""
        if self.display is None and time.monotonic() - self.start > self.patience:
            from rich.console import Console
            from rich.progress import Progress

            self.display = Progress(console=Console(), transient=True)  # as the stream is now
            self.display.start()
            self.task = self.display.add_task("", total=self.epochs)
        if self.display is not None:
            loss = f"loss {logs['loss']:.4g}" if logs and "loss" in logs else "training"
            self.display.update(self.task, completed=epoch + 1, description=loss)

    def on_train_end(self, logs=None):
        """Take the bar away."""
        self.close()

    def close(self):
        """Take the bar away, also from a run that was interrupted."""
        if self.display is not None:
            self.display.stop()


def wants_progress(progress: bool | None) -> bool:
    """Tell whether to show a bar: as asked, or else on a terminal and in a notebook.

    `AE_COURSE_PROGRESS=off` in the environment overrules both.
    """
    if os.environ.get("AE_COURSE_PROGRESS") == "off":
        return False
    in_notebook = "ipykernel" in sys.modules
    return (in_notebook or sys.stderr.isatty()) if progress is None else progress
