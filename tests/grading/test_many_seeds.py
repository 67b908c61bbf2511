"""Whatever inputs are drawn, a right function passes and a known wrong one does not."""

from ae_course.grading.judging.kinds import Calls
from ae_course.grading.judging.task import load_exercise, stems
from ae_course.grading.notebook.check import judge
from ae_course.grading.sandbox.child.in_process import LocalLearner

import numpy as np
import pytest

SEEDS = range(60)
CHECKS = [
    (task, check)
    for stem in stems()
    for task in load_exercise(stem).tasks
    for check in task.checks
    if isinstance(check, Calls)
]
each_check = pytest.mark.parametrize(
    ("task", "check"), CHECKS, ids=[f"{t.id}-{c.target or t.target}" for t, c in CHECKS]
)
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def judged(task, check, function, seed):
    target = check.target or task.target
    return check.judge(LocalLearner({target: function}), target, np.random.default_rng(seed))


@each_check
def test_the_reference_passes_for_every_seed(task, check):
    assert all(judged(task, check, check.expect, seed).credit == 1 for seed in SEEDS)


@each_check
def test_every_known_mistake_fails_for_every_seed_and_is_named(task, check):
    for mistake in check.mistakes:
        findings = [judged(task, check, mistake.wrong, seed) for seed in SEEDS]
        assert [finding.credit for finding in findings] == [0] * len(SEEDS), mistake.says
        named = sum(mistake.says in finding.says for finding in findings)
        assert named >= 0.9 * len(SEEDS), (mistake.says, named)


@each_check
def test_every_known_mistake_fails_in_the_notebook(task, check):
    alone = type(task)(
        task.id, task.title, check.points, task.level, task.target, (check,), ("A hint.",)
    )
    for mistake in check.mistakes:
        result = judge(alone, LocalLearner({check.target or task.target: mistake.wrong}))
        assert result.points == 0, mistake.says


@each_check
def test_a_function_that_changes_what_is_to_stay_loses_points(task, check):
    if not check.untouched:
        return

    def careless(*inputs):
        value = check.expect(*[v.copy() if isinstance(v, np.ndarray) else v for v in inputs])
        for array in inputs:
            if isinstance(array, np.ndarray):
                array += 1
        return value

    finding = judged(task, check, careless, 0)
    assert finding.credit == 0.5
    assert "in place; work on a copy" in finding.says
