"""How published autoencoders were trained where Keras has no optimizer or schedule for it."""

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="ae_course")
class ScheduledMomentum(keras.optimizers.Optimizer):
    """v ← μₜv − ηg, with μₜ = min(1 − 2^(−1 − log₂(⌊t/250⌋ + 1)), μ_max), and 0.9 at the end.

    Classical momentum moves the weights by v, Nesterov's by μₜv − ηg: the same from where the
    gradient is taken, written for weights that stand where momentum has already carried them.
    The schedule is that of Sutskever, Martens, Dahl and Hinton (2013).

    Args:
        learning_rate: η.
        max_momentum: μ_max; 0 is plain gradient descent.
        nesterov: Nesterov's kind.
        updates: how many there will be; in the last of 750 equal parts μ is 0.9 at most.
        **kwargs: as for every Keras optimizer.
    """

    def __init__(
        self, learning_rate=0.01, max_momentum=0.9, nesterov=True, updates=750_000, **kwargs
    ):
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.max_momentum, self.nesterov, self.updates = max_momentum, nesterov, updates

    def build(self, variables):
        """Create the velocities."""
        if self.built:
            return
        super().build(variables)
        self.moved = [*variables]
        self.velocities = self.add_optimizer_variables(variables, "velocity")

    def momentum(self):
        """Return μₜ."""
        t = ops.cast(self.iterations, "float32")
        rising = 1 - 2.0 ** (-1 - ops.log2(ops.floor(t / 250) + 1))
        last = t >= self.updates * (1 - 1 / 750)
        return ops.minimum(rising, ops.where(last, min(0.9, self.max_momentum), self.max_momentum))

    def update_step(self, gradient, variable, learning_rate):
        """Move one variable."""
        pairs = zip(self.moved, self.velocities, strict=True)
        # on TensorFlow it is the backend's own variable
        velocity = next(v for moved, v in pairs if variable is moved or variable is moved.value)
        step, mu = learning_rate * gradient, self.momentum()
        self.assign(velocity, mu * velocity - step)
        moved = mu * velocity - step if self.nesterov else velocity
        self.assign_add(variable, ops.cast(moved, variable.dtype))

    def get_config(self):
        """Return the arguments."""
        own = {"max_momentum": self.max_momentum, "nesterov": self.nesterov}
        return {**super().get_config(), **own, "updates": self.updates}


@keras.saving.register_keras_serializable(package="ae_course")
class FallingRate(keras.optimizers.schedules.LearningRateSchedule):
    """rate·10^(−i/7) while 3ⁱ of 3,280 equal parts of the training pass, i = 0 … 7.

    The schedule of Burda, Grosse and Salakhutdinov (2016).

    Args:
        rate: of the first part.
        steps: of the whole training.
    """

    def __init__(self, rate: float, steps: int):
        self.rate, self.steps = rate, steps

    def __call__(self, step):
        """Return the learning rate of a step."""
        ends = np.cumsum(3.0 ** np.arange(8)) / 3280 * self.steps
        stage = ops.sum(ops.cast(ops.cast(step, "float32") >= ends[:-1], "float32"))
        return self.rate * 10.0 ** (-stage / 7.0)

    def get_config(self):
        """Return the arguments."""
        return {"rate": self.rate, "steps": self.steps}
