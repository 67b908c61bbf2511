"""Two processes on this machine train the model that one process trains."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="needs TensorFlow as backend"
)
ON_THE_CPU = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}  # a GPU would have to be shared
EXAMPLE = Path(__file__).parents[3] / "book/examples/several_processes.py"


def free_addresses(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    addresses = [f"127.0.0.1:{one.getsockname()[1]}" for one in sockets]
    for one in sockets:
        one.close()
    return ",".join(addresses)


def weights(count, folder):
    addresses, outputs = free_addresses(count), [folder / f"{i}.npz" for i in range(count)]
    processes = [
        subprocess.Popen(
            [sys.executable, str(EXAMPLE), addresses, str(rank), str(output)],
            env=ON_THE_CPU,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank, output in enumerate(outputs)
    ]
    for process in processes:
        messages = process.communicate(timeout=1800)[1]
        assert process.returncode == 0, messages[-2000:]
    return [list(np.load(output).values()) for output in outputs]


def test_two_processes_train_what_one_trains(tmp_path):
    (tmp_path / "one").mkdir()
    [alone] = weights(1, tmp_path / "one")
    first, second = weights(2, tmp_path)
    for one, other, truth in zip(first, second, alone, strict=True):
        np.testing.assert_array_equal(one, other)
        np.testing.assert_allclose(one, truth, atol=1e-5)
