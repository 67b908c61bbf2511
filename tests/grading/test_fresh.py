"""Fresh samples are new, like the known ones, and the same for the same seed."""

from ae_course.grading.judging import fresh, questions
from ae_course.grading.judging.kinds import Wrong
from ae_course.grading.sandbox.child.in_process import LocalLearner

import numpy as np
import pytest


def rng(seed=0):
    return np.random.default_rng(seed)


def nearest(a, b):
    return ((a**2).sum(axis=1)[:, None] - 2 * a @ b.T + (b**2).sum(axis=1)).min(axis=1)


def test_digits_are_new_and_look_like_digits():
    x, labels = fresh.digits(rng())
    known = fresh.known_digits()
    assert (x.shape, x.dtype, labels.shape) == ((360, 64), np.float32, (360,))
    assert x.min() >= 0 and x.max() <= 1
    everything = np.concatenate([known.train, known.test])
    assert np.median(nearest(x, everything)) > 0.1
    mean = known.train.mean(axis=0)
    spread = questions.squared_error(x, mean[None])
    assert spread == pytest.approx(questions.squared_error(known.test, mean[None]), rel=0.1)
    assert np.array_equal(np.bincount(labels), np.bincount(known.test_labels))


@pytest.mark.parametrize("draw", [lambda g: fresh.digits(g)[0], lambda g: fresh.curves(g, 20)])
def test_the_seed_decides(draw):
    assert np.array_equal(draw(rng()), draw(rng()))
    assert not np.array_equal(draw(rng()), draw(rng(1)))


def test_no_bend_is_no_change_and_much_bend_is_much():
    known = fresh.known_digits().test[:40].reshape(-1, 8, 8)
    assert np.allclose(fresh.bent(known, 0, rng()), known, atol=1e-5)
    little, much = (np.square(fresh.bent(known, b, rng()) - known).sum() for b in (0.05, 0.3))
    assert 0 < 5 * little < much


def test_images_of_any_size_are_bent():
    images = rng().random((3, 12, 9), dtype=np.float32)
    assert fresh.bent(images, 0.2, rng()).shape == (3, 12, 9)


def test_curves_come_from_no_table():
    from ae_course.data import curves

    drawn = fresh.curves(rng(), 50)
    assert drawn.shape == (50, 784)
    assert nearest(drawn, curves(train=500, test=1).train).min() > 0.1


def test_a_path_leads_from_each_image_to_the_next():
    x = fresh.digits(rng())[0][:3]
    way = fresh.path(x, 4)
    assert way.shape == (3, 5, 64)
    assert np.allclose(way[:, 0], x) and np.allclose(way[:, -1], np.roll(x, -1, axis=0))
    assert np.allclose(way[:, 2], (way[:, 0] + way[:, 4]) / 2)


def test_noise_keeps_each_pixels_values_and_nothing_else():
    x = fresh.digits(rng())[0]
    z = fresh.noise(x, rng())
    assert np.array_equal(np.sort(z, axis=0), np.sort(x, axis=0))
    assert not np.array_equal(z, x)


def test_equal_steps_are_smooth_and_a_jump_is_not():
    line = np.linspace(0, 1, 21)[None, :, None] * np.ones(4)
    assert questions.smoothness(line) == pytest.approx(1)
    assert questions.smoothness(np.rint(line)) == pytest.approx(1 / 20)
    assert questions.smoothness(np.zeros((2, 21, 4))) == 1


class Halves:
    """Keeps the first half of the pixels."""

    def __init__(self, size=32):
        self.size = size

    def encode(self, x):
        return x[:, : self.size]

    def decode(self, h):
        return np.pad(h, ((0, 0), (0, 64 - self.size)))


def ask(model, **bounds):
    return questions.ask_digits(LocalLearner({"model": model}), "model", rng(), **bounds)


def test_a_model_is_asked_about_fresh_digits_and_what_else_the_task_wants():
    asked = ask(Halves(), more=lambda x: {"black": 0 * x[:5]})
    assert asked.code == 32
    assert asked.x_reconstructed.shape == asked.x.shape == (360, 64)
    assert asked.more["black"].shape == (5, 64) and np.abs(asked.more["black"]).max() < 0.1
    assert asked.error == pytest.approx(np.square(asked.x[:, 32:]).sum(axis=1).mean(), rel=0.02)
    assert 4 < asked.mean < 5.5


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ({"at_most": 8}, "32 numbers; the task asks for 8 at most"),
        ({"at_least": 64}, "at least 64"),
    ],
)
def test_the_size_of_the_code_is_part_of_the_question(bounds, words):
    with pytest.raises(Wrong, match=words):
        ask(Halves(), **bounds)


def test_without_a_seed_a_keras_model_is_decoded_with_its_own_weights():
    """What the grader's fresh process trains anew gets the weights of the first one."""

    class Scaled:
        def __init__(self):
            self.weights = np.random.default_rng().uniform(1, 9, size=1)

        def get_weights(self):
            return (self.weights,)

        def set_weights(self, weights):
            (self.weights,) = weights

        def encode(self, x):
            return x * self.weights

        def decode(self, h):
            return h / self.weights

    class Again(LocalLearner):
        def fresh(self):
            return Again({"model": Scaled()})

    x = fresh.digits(rng())[0]
    came, _ = questions.through_code(Again({"model": Scaled()}), "model", x, rng())
    assert questions.squared_error(x, came) < 0.01

    class Bare(Scaled):
        get_weights = property()

    class AgainBare(LocalLearner):
        def fresh(self):
            return AgainBare({"model": Bare()})

    with pytest.raises(Wrong, match="When the notebook runs again, `model` is another one"):
        questions.through_code(AgainBare({"model": Bare()}), "model", x, rng())
