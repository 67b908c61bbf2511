"""Keras, whoever imports it first: no start-up log, every class registered, nothing hidden."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STARTS = ["from ae_course import Autoencoder", "from ae_course.layers import TiedDense"]
ABSENT = ["mlxtend", "pooch", "skimage", "playwright", "pandas"]
ORDERS = ["import keras, ae_course", "import ae_course, keras"]


def run(code, *arguments):
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True)


@pytest.mark.parametrize("code", STARTS)
def test_keras_starts_without_a_word(code):
    done = run(code)
    assert (done.stdout, done.stderr) == ("", "")


@pytest.mark.parametrize("order", ORDERS)
def test_importing_the_package_is_enough_to_load_any_model(order, tmp_path):
    from ae_course import SparseAutoencoder, VariationalAutoencoder
    from ae_course.models.binary_pixels import BinaryPixels
    from ae_course.training.optimizers import FallingRate, ScheduledMomentum

    import keras

    files = []
    for cls, optimizer, arguments in (
        (SparseAutoencoder, "adam", {"weight": 0.1, "tied": True}),
        (VariationalAutoencoder, ScheduledMomentum(0.1, updates=9), {"hidden": (5,)}),
        (
            BinaryPixels,
            keras.optimizers.Adam(FallingRate(0.1, 9)),
            {"codes": 2, "loss": "binary_crossentropy"},
        ),
    ):
        files.append(tmp_path / f"{cls.__name__}.keras")
        model = cls.dense(6, code=2, **arguments)
        model.compile(optimizer)
        model.save(files[-1])
    load = "import sys; print([type(keras.saving.load_model(f)).__name__ for f in sys.argv[1:]])"
    assert run(f"{order}; {load}", *files).stdout.strip() == str([path.stem for path in files])


def test_every_class_that_registers_itself_is_found():
    sources = [path.read_text("utf-8") for path in (ROOT / "ae_course").rglob("*.py")]
    decorated = re.compile(r"^@keras\.saving\.register\w+\(.*\)\n(?:class|def) (\w+)", re.M)
    classes = {f"ae_course>{name}" for source in sources for name in decorated.findall(source)}
    done = run("import ae_course, keras; print(*keras.saving.get_custom_objects())")
    assert len(classes) > 9 and not classes - {*done.stdout.split()}


@pytest.fixture
def noisy_keras(tmp_path, monkeypatch):
    """A module `keras` that logs as TensorFlow does."""
    (tmp_path / "keras.py").write_text(
        "import os, sys\n"
        "os.write(2, b'I0000 00:00 port.cc:153] oneDNN is on\\n')\n"
        "os.write(2, b'W0000 00:00 a warning\\n')\n"
        "print('level', os.environ['TF_CPP_MIN_LOG_LEVEL'])\n"
        "if 'fail' in sys.argv: raise SystemExit('a failure')\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)


REGISTERING = ["ae_course.models", "ae_course.training.optimizers"]
CODE = """
import os, ae_course._keras_import as module
module.import_module = lambda name: print(name)
import keras
os.write(2, b'afterwards')
print(os.environ.get('TF_CPP_MIN_LOG_LEVEL'))
"""


def test_only_information_is_left_out_and_only_meanwhile(noisy_keras):
    done = run(CODE)
    assert done.stderr == "W0000 00:00 a warning\nafterwards"
    assert done.stdout.split() == ["level", "3", *REGISTERING, "None"]


def test_a_level_that_the_user_chose_is_kept(noisy_keras, monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "1")
    assert run(CODE).stdout.split() == ["level", "1", *REGISTERING, "1"]


def test_looking_for_keras_does_not_import_it():
    code = "import sys, ae_course, importlib.util as u; u.find_spec('keras'); u.find_spec('keras')"
    assert run(f"{code}; print('keras' in sys.modules)").stdout.strip() == "False"


def test_package_and_model_tests_need_nothing_that_only_data_and_pages_need():
    """So a GPU machine can be set up with Keras and its backend alone."""
    makefile = Path(ROOT, "Makefile").read_text("utf-8")
    prefix, names = re.search(
        r"^MODEL_TESTS := \$\(addprefix (.*?),(.*)\)$", makefile, re.M
    ).groups()
    code = (
        "import sys, pytest, ae_course\n"
        f"sys.modules |= dict.fromkeys({ABSENT})\n"
        "for name in ae_course.__all__: getattr(ae_course, name)\n"
        "sys.exit(pytest.main(['--collect-only', '-qq', *sys.argv[1:]]))"
    )
    run(code, *(ROOT / f"{prefix}{name}" for name in names.split()))


def test_tensorflow_warns_of_retracing_as_ever():
    code = (
        "from ae_course import Autoencoder; import tensorflow as tf\n"
        "for i in range(9): tf.function(lambda x: x + 1)(tf.constant(1))"
    )
    assert "triggered tf.function retracing" in run(code).stderr
