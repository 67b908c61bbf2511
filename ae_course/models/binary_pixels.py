"""Black and white pixels drawn from gray ones, anew at every step.

So Burda, Grosse and Salakhutdinov (2016) train on MNIST.
"""

from ae_course.models import random
from ae_course.models.importance_weighted import ImportanceWeightedAutoencoder

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="ae_course")
class BinaryPixels(ImportanceWeightedAutoencoder):
    """One that is trained on black and white pixels, drawn at every step from the gray values."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.pixels = random.PrefetchableSeedGenerator()

    def prepare(self, x):
        """Return x `(n, d)` with every value drawn: 1 with the probability of its gray value."""
        drawn = random.uniform(ops.shape(x), "float32", self.pixels) < ops.cast(x, "float32")
        return ops.cast(drawn, "float32")
