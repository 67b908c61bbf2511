"""Finished results stay until all is written, whatever becomes of the file or the disk."""

import contextlib
import json
import resource

from ae_course.grading.batch.journal import PARTIAL, Journal, NotWritten, key
from ae_course.grading.batch.report import entry, is_whole
from ae_course.grading.batch.submission import Submission
from ae_course.grading.judging.task import TaskResult

import pytest
from hostile_exercise import EXERCISE, STEM

SETTINGS = {"seed": 7, "level": "full", "limits": {"seconds": 60}}
ONE, TWO = (
    Submission(id=name, path=f"{name}.ipynb", learner=name, exercise=STEM, sha256=name)
    for name in ("one", "two")
)
RESULT = TaskResult("90.1", "Double", "partly", 12.5, 30, ["a message"])
ENTRY = entry(ONE, EXERCISE, {"90.1": RESULT}, notes=["a note"], seconds=1.5)
WANTED = {key(one): one for one in (ONE, TWO)}


def resume(folder, seed=7, wanted=WANTED, add=(), finish=False, **settings):
    with Journal(folder, seed) as journal:
        known = journal.resume(
            {**SETTINGS, **settings},
            wanted,
            lambda one, handed_in: is_whole(one, handed_in, EXERCISE),
        )
        for one in add:
            journal.add(one)
        journal.finished = finish
    return known, journal.remarks


def test_what_was_kept_is_known_again_and_gone_when_all_is_written(tmp_path):
    assert resume(tmp_path, add=[ENTRY]) == ({}, [])
    assert resume(tmp_path) == ({key(ONE): ENTRY}, [])
    assert resume(tmp_path, finish=True) == ({key(ONE): ENTRY}, [])
    assert not list(tmp_path.iterdir())


def test_the_seed_is_that_of_the_journal_unless_another_is_asked_for(tmp_path):
    resume(tmp_path)
    for asked, got in ((None, 7), (7, 7), (8, 8)):
        with Journal(tmp_path, asked) as journal:
            assert journal.seed == got


@pytest.mark.parametrize("wanted", [{}, {key(TWO): TWO}, {("one", "new bytes", STEM): ONE}])
def test_what_was_replaced_renamed_or_deleted_is_left_out(tmp_path, wanted):
    resume(tmp_path, add=[ENTRY])
    assert resume(tmp_path, wanted=wanted) == ({}, [])


@pytest.mark.parametrize(
    ("changed", "named"),
    [({"level": "fs"}, "level"), ({"limits": {"seconds": 3}}, "limits"), ({"x": 1}, "x")],
)
def test_a_batch_of_other_settings_is_set_aside_and_said(tmp_path, changed, named):
    resume(tmp_path, add=[ENTRY])
    before = (tmp_path / PARTIAL).read_bytes()
    known, (remark,) = resume(tmp_path, add=[ENTRY], **changed)
    assert known == {} and f"another {named} " in remark and "grades.partial.1.jsonl" in remark
    assert (tmp_path / "grades.partial.1.jsonl").read_bytes() == before
    assert resume(tmp_path, **changed) == ({key(ONE): ENTRY}, [])
    assert "grades.partial.2.jsonl" in resume(tmp_path)[1][0]


def altered(**changes):
    return json.dumps({"entry": {**ENTRY, **changes}})


def with_task(**changes):
    return altered(tasks=[{**ENTRY["tasks"][0], **changes}, *ENTRY["tasks"][1:]])


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "3",
        '{"key": 3}',
        '{"entry": null}',
        '{"entry": []}',
        '{"entry": {}}',
        '{"entry": {"id": [], "sha256": {}, "exercise": 3}}',
        "[" * 10**5,
        "\ufffd\x00",
        altered(score=100),
        altered(tasks=[]),
        altered(tasks=None),
        altered(learner="eve"),
        altered(more=1),
        altered(notes=3),
        altered(seconds="x"),
        altered(seconds=float("nan")),
        with_task(points=31),
        with_task(points=-1),
        with_task(max_points=3),
        with_task(status="perfect"),
        with_task(messages="text"),
        with_task(extra=1),
        with_task(id="90.9"),
    ],
    ids=lambda line: line[:40],
)
def test_a_line_that_no_batch_can_have_written_is_graded_again(tmp_path, line):
    resume(tmp_path)
    with (tmp_path / PARTIAL).open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    known, remarks = resume(tmp_path, add=[ENTRY])
    assert known == {} and len(remarks) == 1 and "graded again" in remarks[0]
    assert resume(tmp_path)[0] == {key(ONE): ENTRY}


@pytest.mark.parametrize("head", ["{}", "3", "x", '{"settings": 3}', '{"seed": "x"}'])
def test_a_journal_without_its_first_line_is_set_aside(tmp_path, head):
    (tmp_path / PARTIAL).write_text(f'{head}\n{{"entry": {json.dumps(ENTRY)}}}\n')
    known, (remark,) = resume(tmp_path, seed=None, add=[ENTRY])
    assert known == {} and "grades.partial.1.jsonl" in remark


def test_wherever_the_file_is_cut_off_it_goes_on(tmp_path):
    resume(tmp_path, add=[ENTRY])
    whole = (tmp_path / PARTIAL).read_bytes()
    for length in range(len(whole)):
        (tmp_path / PARTIAL).write_bytes(whole[:length])
        known, remarks = resume(tmp_path, add=[ENTRY])
        assert known == {} and remarks == []
        assert resume(tmp_path) == ({key(ONE): ENTRY}, [])


@contextlib.contextmanager
def file_limit(size):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_takes_no_more_keeps_what_is_whole(tmp_path):
    resume(tmp_path, add=[ENTRY])
    size = (tmp_path / PARTIAL).stat().st_size
    with file_limit(size + 10), pytest.raises(NotWritten, match=PARTIAL):
        resume(tmp_path, add=[ENTRY])
    assert (tmp_path / PARTIAL).stat().st_size == size
    assert resume(tmp_path) == ({key(ONE): ENTRY}, [])


@pytest.mark.parametrize("block", ["", PARTIAL])
def test_a_folder_that_cannot_be_written_is_said(tmp_path, block):
    place = tmp_path / "out"
    if block:
        (place / block).mkdir(parents=True)
    else:
        place.touch()
    with pytest.raises(NotWritten, match="out"):
        Journal(place, 1)


def test_two_batches_do_not_write_to_one_folder(tmp_path):
    with Journal(tmp_path, 1), pytest.raises(BlockingIOError):
        Journal(tmp_path, 1)


def test_without_a_folder_nothing_is_kept():
    assert resume(None, add=[ENTRY]) == ({}, [])
