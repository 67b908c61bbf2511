"""Every kind of check gives points to what is right and says what is wrong with the rest."""

import re
import warnings

from ae_course.grading.judging import questions
from ae_course.grading.judging.compare import brief, difference, inputs_in_words
from ae_course.grading.judging.kinds import Calls, Choice, Number, Property, Wrong
from ae_course.grading.judging.task import Finding, Mistake
from ae_course.grading.sandbox.child.in_process import LocalLearner
from ae_course.grading.sandbox.child.learner import LearnerError

import numpy as np
import pytest

MEAN = Calls(
    points=10,
    asks="`f` returns the mean of every row",
    inputs=lambda rng: {"x": rng.normal(size=(3, 4))},
    expect=lambda x: x.mean(axis=1),
    mistakes=(
        Mistake("You summed; divide.", lambda x: x.sum(axis=1)),
        Mistake("Columns, not rows.", lambda x: x.mean(axis=0)),
        Mistake("No such axis.", lambda x: x.mean(axis=2)),
        Mistake("Forgot the return.", lambda x: None),
    ),
)


def judge(check, target="f", **variables):
    return check.judge(LocalLearner(variables), target, np.random.default_rng(0))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x.mean(axis=1),
        lambda x: x.astype(np.float32).mean(axis=1),
        lambda x: [sum(row) / len(row) for row in x],
        lambda rows: np.einsum("ij->i", rows) / rows.shape[1],
        lambda x: x @ np.full(4, 0.25),
    ],
    ids=["plain", "float32", "a list by loops", "einsum", "matmul"],
)
def test_a_right_answer_in_any_style_gets_full_credit(f):
    assert judge(MEAN, f=f) == Finding(1)


def test_a_right_answer_that_warns_and_prints_gets_full_credit(capsys):
    def f(x):
        print("working")
        warnings.warn("careful", stacklevel=1)
        return x.mean(axis=1)

    assert judge(MEAN, f=f) == Finding(1)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("f", "words"),
    [
        (lambda x: x.sum(axis=1), "You summed; divide."),
        (lambda x: x.mean(axis=0), "Columns, not rows."),
        (lambda x: x.mean(axis=2), "No such axis."),
        (lambda x: None, "Forgot the return."),
        (lambda x: x, "Expected an array of shape (3,), got an array of shape (3, 4)."),
        (lambda x: x.mean(), "Expected an array of shape (3,), got a single number."),
        (lambda x: "mean", "Expected an array of shape (3,), got 'mean'."),
        (lambda x: x.mean(axis=1) + 1j, "a value of type"),
        (lambda x: x.mean(axis=1) / 0, "not finite"),
        (lambda x: x.mean(axis=1) + np.array([0, 9, 1]), "the largest error is at [1]"),
        (lambda x: (1, 2), "got an array of shape (2,)"),
        (lambda x: {}, "should return numbers, not a value of type dict"),
        (lambda x: x.nothing, "no attribute 'nothing'"),
        (lambda: 0, "TypeError"),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_wrong_answer_is_told_what_is_wrong(f, words):
    try:
        finding = judge(MEAN, f=f)
    except LearnerError as error:
        finding = Finding(0, error.message)
    assert finding.credit == 0
    assert words in finding.says


def test_a_mistake_is_named_only_if_it_explains_every_wrong_call():
    half = Mistake("A factor ½.", lambda x: x.mean(axis=1) / 2)
    quarter = Mistake("Halved twice.", lambda x: x.mean(axis=1) / 2 / 2)
    calls = iter([0.5, 0.25, 0.25, 0.25])
    check = Calls(
        points=1, asks="", inputs=MEAN.inputs, expect=MEAN.expect, mistakes=(half, quarter)
    )
    finding = judge(check, f=lambda x: x.mean(axis=1) * next(calls))
    assert "½" not in finding.says and "twice" not in finding.says
    assert "expected" in finding.says


def test_a_changed_input_is_mentioned_and_harms_nobody():
    def f(x):
        x -= 1
        return x.mean(axis=1) + 1

    finding = judge(MEAN, f=f)
    assert finding.credit == 1
    assert finding.says == "Your function changes its input `x` in place; work on a copy."


def test_a_changed_input_costs_half_where_the_task_asks_to_leave_it():
    def f(x):
        x -= 1
        return x.mean(axis=1) + 1

    check = Calls(points=1, asks="", inputs=MEAN.inputs, expect=MEAN.expect, untouched=True)
    finding = judge(check, f=f)
    assert finding.credit == 0.5
    assert "changes its input `x` in place" in finding.says
    assert judge(check, f=lambda x: x.mean(axis=1)) == Finding(1)


def test_one_number_may_come_in_an_array():
    check = Calls(points=1, asks="", inputs=MEAN.inputs, expect=lambda x: x.mean())
    assert judge(check, f=lambda x: x.mean(keepdims=True)[0]) == Finding(1)
    assert "single number" in judge(check, f=lambda x: x.mean(axis=1)).says


def test_what_was_expected_and_what_came_never_read_alike():
    rng = np.random.default_rng(0)
    for _ in range(2000):
        truth = rng.normal() * 10.0 ** rng.integers(-6, 7)
        came = truth * (1 + 10.0 ** rng.uniform(-12, 0) * rng.choice([-1, 1]))
        says = difference(came, truth, rtol=0, atol=0)
        expected, got = re.fullmatch(r"expected (.*), got (.*)\.", says).groups()
        assert expected != got
        among = np.array([truth, 1.0])
        says = difference(np.array([came, 1.0]), among, rtol=0, atol=0)
        expected, got = re.search(r"expected (.*), got (.*)\.$", says).groups()
        assert expected != got


def test_a_dtype_is_asked_for_where_it_matters():
    check = Calls(
        points=1,
        asks="",
        inputs=lambda rng: {"x": rng.normal(size=3)},
        expect=lambda x: x.astype("float32"),
        dtype="float32",
        mistakes=(Mistake("This is float64.", lambda x: x),),
    )
    assert judge(check, f=lambda x: np.float32(x)).credit == 1
    finding = judge(check, f=lambda x: x)
    assert finding.says.startswith("This is float64.")
    assert "Expected dtype float32, got float64." in finding.says


def test_several_values_are_compared_one_by_one():
    assert difference((1.0, np.ones(3)), (1.0, np.ones(3))) is None
    assert difference([1.0, 2.0], (1.0, 2.0)) is None
    assert difference((1.0, 2.5), (1.0, 2.0)) == "Value 2 of 2: expected 2, got 2.5."
    assert "Expected 2 values" in difference(1.0, (1.0, 2.0))
    assert "return" in difference(None, (1.0, 2.0))


@pytest.mark.parametrize(
    ("came", "expected", "agree"),
    [
        (np.nan, np.nan, True),
        (np.inf, np.inf, True),
        (-np.inf, np.inf, False),
        (np.nan, 1.0, False),
        (1.0, np.nan, False),
        (True, 1, True),
        (3, 3.0, True),
        (1 + 1e-6, 1.0, True),
        (1.01, 1.0, False),
        ("relu", "relu", True),
        ("tanh", "relu", False),
        (np.zeros((0, 3)), np.zeros((0, 3)), True),
        (np.zeros((0, 3)), np.zeros((3, 0)), False),
        ([[1], [2, 3]], np.ones(2), False),
        (10**30, 1.0, False),
    ],
)
def test_values_agree_or_not(came, expected, agree):
    assert (difference(came, expected) is None) == agree


def test_values_are_described_in_a_few_characters():
    assert brief(3.14159265) == "3.142"
    assert brief(np.float32(0.5)) == "0.5"
    assert brief(np.arange(3)) == "[0, 1, 2]"
    assert brief(np.zeros((9, 9))) == "an array of shape (9, 9)"
    assert brief("x" * 100) == "'" + "x" * 56 + "…"
    assert inputs_in_words({"x": np.zeros((2, 3)), "k": 2}) == "`x` of shape (2, 3) and `k` = 2"


NUMBER = Number(
    points=5, asks="", expect=lambda: 8, tolerance=0.1, mistakes=(Mistake("The code's size.", 10),)
)


@pytest.mark.parametrize(
    "answer", [8, 8.05, np.float32(8), np.array(8), np.array([8]), "8", " 8.0"]
)
def test_a_number_within_the_tolerance_is_right(answer):
    assert judge(NUMBER, f=answer) == Finding(1)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (7, "7 is too small."),
        (9.5, "9.5 is too large."),
        (10, "The code's size."),
        ("eight", "should be one number, not 'eight'"),
        (np.arange(3), "should be one number"),
        (float("nan"), "not a finite number"),
        (True, "should be one number"),
    ],
)
def test_a_wrong_number_is_not_told_the_answer(answer, words):
    finding = judge(NUMBER, f=answer)
    assert finding.credit == 0
    assert words in finding.says


CHOICE = Choice(points=5, asks="", expect="b", why={"a": "Too big.", "b": "Yes.", "c": "No."})


@pytest.mark.parametrize(
    "answer", ["b", "B", " b ", "(b)", "b.", "machine B", "Network b", "**b**"]
)
def test_a_choice_forgives_its_spelling(answer):
    assert judge(CHOICE, f=answer) == Finding(1, "Yes.")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("a", "Too big."),
        ("d", 'one of "a", "b", "c"; got \'d\''),
        (2, "got 2"),
        ("", "got ''"),
        ("a memory", "got 'a memory'"),
    ],
)
def test_a_wrong_choice_is_told_why(answer, words):
    finding = judge(CHOICE, f=answer)
    assert finding.credit == 0
    assert words in finding.says


def test_a_choice_must_explain_its_right_option():
    with pytest.raises(ValueError, match="right one"):
        Choice(points=5, asks="", expect="b", why={"a": "Too big."})


class Model:
    """Encodes by keeping the first `code` numbers."""

    def __init__(self, code, break_with=None):
        self.code, self.break_with = code, break_with

    def encode(self, x):
        return self.break_with if self.break_with is not None else x[:, : self.code]

    def decode(self, h):
        return np.pad(h, ((0, 0), (0, 5 - h.shape[1])))


X = np.ones((4, 5))


def test_a_model_is_judged_by_what_passes_through_its_code():
    learner = LocalLearner({"model": Model(2)})
    assert questions.codes(learner, "model", X).shape == (4, 2)
    x_reconstructed, code = questions.through_code(learner, "model", X, np.random.default_rng(0))
    assert (questions.squared_error(X, x_reconstructed), code) == (3, 2)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("codes", "should give an array of numbers"),
        (np.ones(4), "should have shape (4, any), not (4,)"),
        (np.ones((3, 2)), "should have shape (4, any), not (3, 2)"),
        (np.full((4, 2), np.nan), "Did the training diverge?"),
    ],
)
def test_a_model_that_answers_oddly_is_told_how(answer, words):
    check = Property(
        points=1,
        asks="",
        test=lambda learner, rng: Finding(float(questions.codes(learner, "model", X) is not None)),
    )
    finding = judge(check, target="model", model=Model(2, answer))
    assert finding.credit == 0
    assert words in finding.says


def test_a_property_may_refuse_in_its_own_words():
    def test(learner, rng):
        raise Wrong("It is not there.")

    assert judge(Property(points=1, asks="", test=test)) == Finding(0, "It is not there.")


def test_the_bounds_for_a_model_are_the_exact_ones():
    rng = np.random.default_rng(0)
    train, test = rng.normal(size=(50, 6)), rng.normal(size=(20, 6))
    assert questions.mean_error(train, test) == pytest.approx(
        np.square(test - train.mean(0)).sum(1).mean()
    )
    assert questions.pca_error(train, train, 6) == pytest.approx(0)
    values = np.linalg.eigvalsh(np.cov(train.T, bias=True))
    assert questions.pca_error(train, train, 2) == pytest.approx(values[:-2].sum())
