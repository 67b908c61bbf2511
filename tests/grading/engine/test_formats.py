"""JUnit XML says of every task what the report says, whatever a submission says."""

import time

from ae_course.grading.batch import formats

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped

EVIL = ']]></failure><testcase name="x"/>&amp; 自 π'
KIND = {
    "correct": None,
    "partly": Failure,
    "incorrect": Failure,
    "not attempted": Skipped,
    "error": Error,
}


def submission(path, statuses):
    tasks = [
        {
            "id": f"1.{i}",
            "title": EVIL,
            "status": status,
            "points": 2.5,
            "max_points": 10,
            "messages": [EVIL, "second"],
        }
        for i, status in enumerate(statuses)
    ]
    return {"path": path, "exercise": "01" if tasks else None, "problem": EVIL, "tasks": tasks}


def parsed(*submissions):
    return JUnitXml.fromstring(formats.junit({"submissions": list(submissions)}).encode())


def test_a_suite_a_submission_and_a_case_a_task():
    root = parsed(submission(EVIL, KIND), submission(EVIL, ["correct"]), submission("unread", []))
    first, second, unread = root
    assert (first.name, second.name, unread.name) == (EVIL, EVIL, "unread")
    for case, (status, kind) in zip(first, KIND.items(), strict=True):
        assert case.classname == "01" and case.name.endswith(EVIL)
        results = case.result
        assert [type(result) for result in results] == ([kind] if kind else [])
        for result in results:
            assert result.message == f"{status}: 2.5 of 10 points"
            assert result.text == f"{EVIL}\nsecond"
    assert [case.is_passed for case in second] == [True]
    (case,) = unread
    assert case.is_error and case.result[0].message == EVIL


def test_the_counts_are_those_of_the_cases():
    root = parsed(submission("a", KIND), submission("b", []))
    counts = ("tests", "failures", "errors", "skipped")
    assert [getattr(root, name) for name in counts] == [6, 2, 2, 1]
    assert [[getattr(suite, name) for name in counts] for suite in root] == [
        [5, 2, 1, 1],
        [1, 0, 1, 0],
    ]


def test_a_large_class_takes_no_longer_a_submission_than_a_small_one():
    def seconds(count):
        report = {"submissions": [submission(f"{i}", ["correct"]) for i in range(count)]}
        began = time.process_time()
        formats.junit(report)
        return (time.process_time() - began) / count

    seconds(100)  # imports
    assert seconds(2000) < 10 * seconds(100)


@pytest.mark.parametrize("status", KIND)
def test_every_outcome_of_the_reports_has_its_kind(status):
    assert status in formats.OUTCOMES and len(KIND) == len(formats.OUTCOMES)
    parsed(submission("a", [status]))
