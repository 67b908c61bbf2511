"""One autoencoder, trained by several processes that share every batch.

    python several_processes.py ADDRESSES RANK OUT.npz

ADDRESSES are those of all processes, host:port with commas between them;
RANK says which of them this one is, counted from 0. Start one process for
each address. Every process has the whole model and a share of each batch;
TensorFlow adds up the gradients, so that all take the same step.
"""

import json
import os
import sys

addresses, rank, out = sys.argv[1].split(","), int(sys.argv[2]), sys.argv[3]
task = {"type": "worker", "index": rank}
os.environ["TF_CONFIG"] = json.dumps(
    {"cluster": {"worker": addresses}, "task": task}
)

import tensorflow as tf  # reads TF_CONFIG

# before anything else of TensorFlow
strategy = tf.distribute.MultiWorkerMirroredStrategy()

from ae_course import Autoencoder, data, seed_everything

import keras
import numpy as np

BATCH, EPOCHS = 128, 3

seed_everything(0)
with strategy.scope():
    model = Autoencoder.dense(64, hidden=(32,), code=8)
    model.compile(keras.optimizers.SGD(1e-3))
    model.optimizer.build(model.trainable_variables)


@tf.function(autograph=False)
def step(batch):
    return strategy.run(model.train_step, args=((batch,),))


images = data.digits().train
share = BATCH // len(addresses)
for epoch in range(EPOCHS):
    rng = np.random.default_rng(epoch)  # the same in every process
    order = rng.permutation(len(images))
    for start in range(0, len(images) - BATCH + 1, BATCH):
        mine = order[start + rank * share :][:share]
        step(tf.constant(images[mine]))

np.savez(out, *model.get_weights())
