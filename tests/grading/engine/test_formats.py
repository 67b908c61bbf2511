"""Every form of the report says what the report says, whatever a submission says."""

import csv
import io
import re
import sys
from collections import Counter

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


def test_a_large_class_takes_no_more_calls_a_submission_than_a_small_one():
    def calls(count):
        report = {"submissions": [submission(f"{i}", ["correct"]) for i in range(count)]}
        made = Counter()
        sys.setprofile(lambda frame, event, argument: made.update([event]))
        try:
            formats.junit(report)
        finally:
            sys.setprofile(None)
        return made["call"] / count

    calls(1)  # imports
    assert calls(400) < 1.5 * calls(100)


@pytest.mark.parametrize("status", KIND)
def test_every_outcome_of_the_reports_has_its_kind(status):
    assert status in formats.OUTCOMES and len(KIND) == len(formats.OUTCOMES)
    parsed(submission("a", [status]))


def graded(path, learner="ada", messages=("no",), problem=""):
    about = {"learner": learner, "score": 0, "max_score": 10, "problem": problem, "notes": []}
    tasks = [
        {**task, "messages": list(messages)} for task in submission(path, ["incorrect"])["tasks"]
    ]
    return {**submission(path, []), **about, "tasks": tasks}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "−"])
@pytest.mark.parametrize("before", ["", " ", "\t", "'", '"', "x;", "x; ", "x,", 'x;"', "x\t", "x|"])
def test_no_cell_of_the_gradebook_is_a_formula_however_cells_are_separated(before, start):
    one = graded(
        f"{before}{start}HYPERLINK(1);y", learner=f"{before}{start}1", problem=before + start
    )
    text = formats.gradebook({"submissions": [one]})
    for separator in ",;\t|":
        cells = [cell for row in csv.reader(io.StringIO(text), delimiter=separator) for cell in row]
        found = [
            cell for cell in cells if re.match(r"""[\s"']*[=+@\uff1d\uff0b\uff20\u2212-]""", cell)
        ]
        assert all(cell.strip(' \t"').startswith("'") for cell in found), found


def test_plain_names_stay_as_they_are_in_the_gradebook():
    names = ["Ada Lovelace - 01", "a=b", "o'neill", "x;y", "e-mail@example.org"]
    text = formats.gradebook({"submissions": [graded(name, learner=name) for name in names]})
    assert [row[0] for row in csv.reader(io.StringIO(text))][1:] == names


def test_a_summary_stays_below_what_a_job_may_show():
    many = [graded(f"{number}.ipynb", messages=["x" * 2000] * 20) for number in range(200)]
    report = {"submissions": many, "remarks": [], "unread": []}
    text = formats.markdown(report)
    assert 900_000 < len(text.encode()) < 1 << 20
    assert text.rstrip().endswith("it is in the other files.**")
    assert text.count("<pre>") == text.count("</pre>")
    assert "too long" not in formats.markdown({**report, "submissions": many[:20]})
