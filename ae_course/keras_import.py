"""Import Keras without TensorFlow's start-up log; every module that uses Keras imports this first.

TensorFlow writes part of that log to file descriptor 2 before its own log level counts, and a
notebook shows it.
"""

import os
import sys

if "keras" not in sys.modules:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    _kept, _null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(_null, 2)
    try:
        import keras  # noqa: F401
    finally:
        os.dup2(_kept, 2)
        os.close(_kept)
        os.close(_null)
    if "tensorflow" in sys.modules:
        sys.modules["tensorflow"].get_logger().setLevel("ERROR")  # else it counts tracings aloud
