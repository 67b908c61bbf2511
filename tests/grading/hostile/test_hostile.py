"""No hostile, broken or odd submission gains a point, stops the batch or leaves anything behind."""

import csv
import io
import json
import os
import re
import tempfile
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

from ae_course.grading.sandbox.host.uids import may_change_user

import pytest
from hostile_cases import CASES, FULL, OFFERED, cases_at
from hostile_exercise import EXERCISE

_ELSEWHERE = {45, 46, 55}
"""Lines of the catalogue that are no notebook's content: tests below, by name."""


def outcome(entry, case):
    """What the case promises, and what came, in comparable form."""
    promised = {task: (case.points[task], allowed(case, task)) for task in FULL}
    came = {t["id"]: (t["points"], t["status"]) for t in entry["tasks"]}
    return {
        task: came[task]
        for task in FULL
        if came[task][0] != promised[task][0] or came[task][1] not in promised[task][1]
    }


def allowed(case, task):
    statuses = case.loses.get(task, "correct")
    return (statuses,) if isinstance(statuses, str) else statuses


@pytest.mark.parametrize(
    ("level", "case"),
    [(level, case) for level in OFFERED for case in cases_at(level)],
    ids=lambda value: getattr(value, "name", value),
)
def test_gets_exactly_the_points_it_earned(world_at, level, case):
    entry = world_at(level).entry(case.name)
    assert not outcome(entry, case), (entry["tasks"], entry["notes"], entry["output"][-500:])
    told = [entry["problem"], *entry["notes"], *(m for t in entry["tasks"] for m in t["messages"])]
    assert re.search(case.says, "\n".join(told)), told
    assert not any("sandbox" in note or "processes could not" in note for note in entry["notes"])


def test_every_line_of_the_catalogue_is_covered():
    covered = {line for case in CASES for line in case.threats} | _ELSEWHERE
    assert covered == set(range(1, 56))


def test_names_are_unique():
    assert len({case.name for case in CASES}) == len(CASES) >= 60


def test_every_submission_and_every_task_stands_in_the_report_once(any_world):
    world = any_world
    entries = world.report["submissions"]
    files = [name for _, _, names in os.walk(world.handed_in) for name in names]
    assert len(entries) == len(files) - 1 + 1  # less ae_course.py, and the linked folder
    assert [one["path"] for one in world.report["unread"]] == ["beside/ae_course.py"]
    for entry in entries:
        assert [task["id"] for task in entry["tasks"]] == [task.id for task in EXERCISE.tasks]
        assert entry["score"] == sum(task["points"] for task in entry["tasks"]) <= 100


def test_nothing_outside_the_scratch_folder_changed(any_world):
    world = any_world
    assert world.snapshot() == world.before
    assert not Path(tempfile.gettempdir(), "pwned").exists()
    assert not (world.outside / "ran").exists()


def test_nothing_is_left_where_all_may_write(any_world):
    """Not even at a level that confines no files, where submissions are a user of their own."""
    if any_world.level != "limits" or may_change_user():
        assert not any_world.left_in_the_open


def test_no_process_is_left(any_world):
    assert not any_world.left_over


def test_nobody_called_the_servers(any_world):
    assert not any_world.contacts


@pytest.mark.parametrize(
    "name",
    ["link.ipynb", "dangling.ipynb", "folder_link", "device.ipynb", "pipe.ipynb"],
)
def test_what_is_no_regular_file_is_refused_by_name(world, name):
    (entry,) = [e for e in world.report["submissions"] if e["path"] == name]
    assert entry["score"] == 0 and not entry["graded"]
    assert re.search("link|regular", entry["problem"])


def test_what_an_archive_holds_is_graded_and_written_nowhere(any_world):
    (entry,) = [e for e in any_world.report["submissions"] if e["path"].startswith("archive.zip")]
    assert (entry["path"], entry["learner"], entry["score"]) == (
        "archive.zip/escaped.ipynb",
        "archive",
        100,
    )
    assert not list(any_world.folder.rglob("*escaped.ipynb"))


def test_hostile_names_are_graded_and_shown_without_their_sting(world):
    paths = [e["path"] for e in world.report["submissions"] if e["score"] == 100]
    for shown in ("two lines", "name", "evilgnp", "-rf", "[red]loud[bold]"):
        assert f"{shown}.ipynb" in paths
    assert not any(re.search(r"[\x00-\x1f\x7f-\x9f\u202e]", path) for path in paths)


def test_the_same_file_twice_gets_the_same_score(world):
    one, two = world.entry("twin_one"), world.entry("twin_two")
    assert one["tasks"] == two["tasks"] and one["score"] == 50


def test_a_module_beside_the_notebook_is_named_and_not_run(world):
    (entry,) = [e for e in world.report["submissions"] if e["path"] == "beside/own.ipynb"]
    assert entry["score"] == 20
    assert any("ae_course lies beside" in note for note in entry["notes"])


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes = set(), set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_the_page_runs_nothing(world):
    page = (world.output / "grades.html").read_text(encoding="utf-8")
    tags = _Tags()
    tags.feed(page)
    assert not tags.tags & {"script", "img", "iframe", "a", "link", "object", "form", "base"}
    harmless = {"lang", "charset", "name", "content", "http-equiv", "class", "open"}
    harmless |= {"scope", "role", "aria-label", "tabindex"}  # for those who do not see the page
    assert tags.attributes <= harmless
    assert "alert(1)" in page  # shown as text


def test_no_form_of_the_report_holds_control_characters(world):
    for path in filter(Path.is_file, world.output.rglob("*")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e\ufffe]", text), path


def test_no_cell_of_the_gradebook_is_a_formula(world):
    text = (world.output / "grades.csv").read_text(encoding="utf-8")
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == len(world.report["submissions"]) + 1
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


def test_junit_is_well_formed_and_complete(world):
    root = ET.parse(world.output / "junit.xml").getroot()
    assert len(root) == len(world.report["submissions"])
    assert all(len(suite) == len(EXERCISE.tasks) for suite in root)


def test_the_report_is_json_and_says_how_it_came_about(world):
    report = json.loads((world.output / "grades.json").read_text(encoding="utf-8"))
    assert report["format"] == "ae-course-grades" and report["version"] == 1
    assert report["isolation"] == world.level and isinstance(report["seed"], int)
    assert not list(world.output.glob("*.partial.jsonl"))
