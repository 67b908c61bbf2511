"""The options of `fit` are Keras' own, and what is none is told with the name that may be meant."""

from ae_course import Autoencoder, fit
from ae_course.training.options import callbacks_of, check_options

import keras
import numpy as np
import pytest

X = np.random.default_rng(0).random((70, 6)).astype("float32")


def test_callbacks_may_be_one_none_or_several():
    one = keras.callbacks.Callback()
    assert callbacks_of(None) == []
    assert callbacks_of(one) == callbacks_of((one,)) == [one]


@pytest.mark.parametrize(
    ("name", "meant"),
    [("epoch", "epochs"), ("lerning_rate", "learning_rate"), ("batchsize", "batch_size")],
)
def test_a_misspelled_option_is_told(name, meant, recwarn):
    with pytest.raises(TypeError, match=f"fit has no option {name}. Is {meant} meant?"):
        fit(Autoencoder.dense(6, code=2), X, **{name: 3})
    assert not recwarn.list


def test_an_option_like_no_other_is_told_too():
    with pytest.raises(TypeError, match=r"fit has no option zzz\.$"):
        check_options({"zzz": 1})


@pytest.mark.parametrize("switch", ["compiled", "progress"])
@pytest.mark.parametrize("value", ["yes", 3, []])
def test_a_switch_is_true_false_or_none(switch, value):
    with pytest.raises(TypeError, match=f"{switch} must be True, False or None"):
        fit(Autoencoder.dense(6, code=2), X, epochs=1, **{switch: value})


def test_the_options_of_keras_pass():
    check_options({"verbose": 0, "shuffle": False, "initial_epoch": 0, "class_weight": None})
