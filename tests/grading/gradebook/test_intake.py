"""A report is taken in whole, once, and only if it is one; nothing in it is dropped silently."""

import copy
import json

from ae_course.grading.gradebook.intake import find_notebooks, read_report, take_in
from ae_course.grading.gradebook.store import BookError

import pytest


def test_every_mark_leads_to_notebook_seed_versions_course_and_isolation(empty, make):
    one = make.entry("ada/1.ipynb", sha256="ab12")
    take_in(empty, make.report(one), course="c0ffee", source="grades")
    (row,) = empty.rows(
        "SELECT * FROM result JOIN attempt ON attempt.id = attempt JOIN run ON run.id = run"
        " JOIN handin ON handin.id = handin"
    )
    facts = {k: row[k] for k in ("sha256", "seed", "isolation", "course", "versions", "source")}
    assert facts == {
        "sha256": "ab12", "seed": "5", "isolation": "full", "course": "c0ffee",
        "versions": '{"keras": "3.15"}', "source": "grades",
    }  # fmt: skip


def test_a_report_counts_once_and_a_second_batch_is_added(empty, make):
    first = make.report(make.entry("ada/1.ipynb"))
    assert take_in(empty, first).attempts == 1
    again = take_in(empty, first)
    assert again.known and again.attempts == 0
    assert take_in(empty, {**first, "seed": 6}).attempts == 1
    assert empty.rows("SELECT count(*) AS n FROM handin")[0]["n"] == 1
    assert empty.rows("SELECT count(*) AS n FROM attempt")[0]["n"] == 2


def test_what_has_no_verdict_owner_time_or_notebook_is_named(empty, make):
    whole = make.report(
        make.entry("ada/1.ipynb"),
        make.entry("bo/1.ipynb", graded=False, problem="The file is empty."),
        make.entry("cy/1.ipynb", sandbox_lost=True),
        make.entry("zed/1.ipynb"),
        unread=[
            {"path": "a.py", "reason": "This is no notebook.", "system_file": False},
            {"path": ".DS_Store", "reason": "", "system_file": True},
        ],
    )
    taken = take_in(empty, whole, times={"ada/1.ipynb": "2026-11-01T00:00:00+00:00"})
    assert taken.unowned == [("zed/1.ipynb", "no name in it is in the roster")]
    assert [path for path, _ in taken.no_verdict] == ["bo/1.ipynb", "cy/1.ipynb"]
    assert taken.without_time == ["bo/1.ipynb", "cy/1.ipynb", "zed/1.ipynb"]
    assert len(taken.without_notebook) == 4
    assert taken.unread == [("a.py", "This is no notebook.")]


def test_a_notebook_that_says_no_exercise_is_kept_and_can_be_given(empty, make):
    one = make.entry("x.ipynb", exercise=None, tasks=[], score=0, graded=False, problem="Which?")
    taken = take_in(empty, make.report(one))
    assert taken.no_verdict == [("x.ipynb", "Which?")] and len(taken.unowned) == 1


def test_notebooks_are_found_by_path_and_hash_and_added_later(made, empty):
    _, reports = made
    report = read_report(reports[0].parent)
    assert len(take_in(empty, report).without_notebook) == 12
    found = find_notebooks([reports[0].parent / "hand-ins"])
    assert set(found) == {(one["path"], one["sha256"]) for one in report["submissions"]}
    assert all(one.written for one in found.values())
    again = take_in(empty, report, found)
    assert again.known and again.without_notebook == []
    assert empty.rows("SELECT count(*) AS n FROM notebook")[0]["n"] == 12


def wrong(change):
    def wrapped(whole):
        change(whole)
        return whole

    return wrapped


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda r: r.update(format="other"), "expected the format"),
        (lambda r: r.update(version=2), "expected version 1"),
        (lambda r: r.pop("seed"), "'seed' is None"),
        (lambda r: r["submissions"][0].update(score=19), "its tasks' points sum to 10"),
        (lambda r: r["submissions"][0]["tasks"][0].update(points=21), "21 points of 20"),
        (lambda r: r["submissions"][0]["tasks"][0].update(points=-1), "-1 points of 20"),
        (lambda r: r["submissions"][0]["tasks"][0].update(status="great"), "no status"),
        (lambda r: r["submissions"][0]["tasks"].append(
            copy.deepcopy(r["submissions"][0]["tasks"][0])), "twice"),
        (lambda r: r["submissions"][0].pop("sha256"), "submission 1: 'sha256'"),
        (lambda r: r["submissions"].append("x"), "submission 2: expected an object"),
    ],
)  # fmt: skip
def test_a_report_that_was_changed_is_refused_with_the_place(tmp_path, make, change, says):
    whole = make.report(make.entry("ada/1.ipynb"))
    path = tmp_path / "grades.json"
    path.write_text(json.dumps(whole))
    assert read_report(tmp_path) == whole
    change(whole)
    path.write_text(json.dumps(whole))
    with pytest.raises(BookError, match=says):
        read_report(path)


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000])
def test_what_is_no_report_is_told(tmp_path, text):
    path = tmp_path / "grades.json"
    path.write_text(text)
    with pytest.raises(BookError, match=r"no JSON|expected the format"):
        read_report(path)


def test_a_path_that_is_not_there_is_told(tmp_path):
    with pytest.raises(BookError, match=r"grades\.json"):
        read_report(tmp_path)
    with pytest.raises(BookError, match="hand-ins that were graded"):
        find_notebooks([tmp_path / "none"])
