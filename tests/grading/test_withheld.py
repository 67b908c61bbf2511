"""What may be used is the same in the notebook and in the grader, and `check` says so."""

import ae_course.grading as grading
from ae_course.grading.judging.task import exercise_of
from ae_course.grading.sandbox.child.withheld import OPEN, Withheld, WithheldError, kept_out

import numpy as np
import pytest


def test_what_may_be_imported_from_the_grader_is_what_it_offers():
    assert sorted(OPEN) == grading.__all__


@pytest.mark.parametrize(
    "use",
    [
        lambda x: x(1),
        lambda x: x.tasks,
        lambda x: x[0],
        lambda x: list(x),
        lambda x: len(x),
        lambda x: x + 1,
        lambda x: 1 + x,
        lambda x: np.ones(2) @ x,
        lambda x: bool(x),
        lambda x: np.asarray(x, dtype=float),
    ],
)
def test_no_use_of_a_withheld_name_goes_through(use):
    with pytest.raises(WithheldError, match="`answers` is part of the grader"):
        use(Withheld("answers"))


def test_the_notebooks_variables_are_stood_in_for_and_come_back():
    variables = {
        "exercise": exercise_of("1.1"),
        "find": exercise_of,
        "compare": __import__("ae_course.grading.judging.compare", fromlist=["compare"]),
        "check": grading.check,
        "x": np.ones(3),
        "np": np,
        "f": lambda x: x,
    }
    before = dict(variables)
    with kept_out(variables) as names:
        assert names == ["compare", "exercise", "find"]
        assert all(isinstance(variables[name], Withheld) for name in names)
        assert all(variables[name] is before[name] for name in ("check", "x", "np", "f"))
    assert variables == before


def test_an_unused_name_costs_nothing_and_is_told_before_the_mark(capsys):
    cell = "from ae_course.grading import check\n"
    cell += "from ae_course.grading.judging.task import exercise_of\n"
    cell += "ratio_1_5, learned_1_5 = 8, 'c'"
    namespace = {}
    exec(cell, namespace)
    exec('check("1.5")', namespace)
    lines = capsys.readouterr().out.splitlines()
    assert "correct, 15 of 15 points" in lines[0]
    assert "`exercise_of` is part of the grader" in lines[1]


def test_a_used_name_costs_the_task_that_uses_it(capsys):
    cell = "from ae_course.grading import check\n"
    cell += "from ae_course.grading.judging.task import exercise_of\n"
    cell += "def encode(*a):\n    return exercise_of('1.1')['1.1'].checks[0].expect(*a)"
    namespace = {}
    exec(cell, namespace)
    exec('check("1.1")', namespace)
    out = capsys.readouterr().out
    assert "0 of 20 points" in out
    assert "WithheldError: `exercise_of` is part of the grader, which no answer may use" in out
