"""How the class did: only verdicts that count, and every status named."""

from ae_course.grading.gradebook.intake import take_in
from ae_course.grading.gradebook.outcomes import STATUSES, outcomes
from ae_course.grading.gradebook.standing import standing


def tasks(first, second):
    return [
        {"id": f"1.{i}", "title": f"T{i}", "status": "correct" if p == 10 else "partly",
         "points": p, "max_points": 10, "messages": [] if p == 10 else [f"{p} is not ten."]}
        for i, p in enumerate((first, second), 1)
    ]  # fmt: skip


def test_means_counts_and_what_was_said(empty, make):
    points = {"ada": (10, 8), "bo": (5, 2), "cy": (5, 5)}
    entries = [
        make.entry(f"{who}/1.ipynb", sum(p), tasks=tasks(*p), score=sum(p))
        for who, p in points.items()
    ]
    take_in(empty, make.report(*entries))
    first, second = outcomes(empty, standing(empty))
    assert (first.task, first.learners, first.mean) == ("1.1", 3, 6.67)
    assert first.counts == {**dict.fromkeys(STATUSES, 0), "correct": 1, "partly": 2}
    assert first.message == "5 is not ten." and first.discrimination > 0.8
    assert second.mean == 5


def test_an_earlier_verdict_and_nobodys_hand_in_do_not_count(empty, make):
    for seed, p in ((1, (10, 10)), (2, (0, 0))):
        one = make.entry("ada/1.ipynb", sum(p), tasks=tasks(*p), score=sum(p))
        other = make.entry("zed/1.ipynb", 20, tasks=tasks(10, 10), score=20)
        take_in(empty, make.report(one, other, seed=seed))
    (first, _) = outcomes(empty, standing(empty))
    assert (first.learners, first.mean, first.discrimination) == (1, 0, None)
    assert outcomes(empty, standing(empty))[1].message == "0 is not ten."
