"""A learner's folder is filled and renewed without a loss, whatever lies in it."""

import json
import shutil
from pathlib import Path

import ae_course
from ae_course.cli import main
from ae_course.grading.authoring import handout, workspace
from ae_course.grading.authoring.handout import RECORD, progress_page, start, update
from ae_course.grading.batch.submission import collect_submissions
from ae_course.grading.judging.task import stems
from ae_course.grading.reading.identity import is_progress_page

import pytest
from nbformat import reads, validate

ROOT = Path(__file__).parents[2]
ONE, TWO, THREE = (f"{stem}.ipynb" for stem in stems()[:3])


@pytest.fixture
def newer(tmp_path, monkeypatch):
    """Makes the exercises of another version the given ones."""

    def release(version, *names):
        folder = tmp_path / "given" / version
        shutil.copytree(ROOT / "exercises", folder)
        for name in names:
            text = (folder / name).read_text("utf-8")
            (folder / name).write_text(text.replace("points", f"points ({version})"), "utf-8")
        monkeypatch.setattr(workspace, "GIVEN", (folder,))
        monkeypatch.setattr(ae_course, "__version__", version)

    release("1.0.0")
    return release


@pytest.fixture
def folder(tmp_path, newer):
    list(start(tmp_path / "mine"))
    return tmp_path / "mine"


def answer(path, text="an answer of mine"):
    path.write_text(path.read_text("utf-8").replace("YOUR CODE HERE", text), "utf-8")
    return path.read_bytes()


def said(outcomes):
    return {outcome.path.name: outcome.action for outcome in outcomes}


def texts(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_new_folder_gets_every_exercise_and_the_page(tmp_path):
    assert set(said(start(tmp_path / "a" / "b")).values()) == {"brought"}
    for path in (ROOT / "exercises").glob("*.ipynb"):
        assert (tmp_path / "a" / "b" / path.name).read_bytes() == path.read_bytes()
    assert (tmp_path / "a/b/progress.ipynb").read_text("utf-8") == progress_page()


def test_a_folder_with_other_things_keeps_them_and_a_second_time_changes_nothing(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / ONE).write_text("{")
    (tmp_path / "renamed.ipynb").write_bytes((ROOT / "exercises" / TWO).read_bytes())
    first = said(start(tmp_path))
    assert (first[ONE], first["renamed.ipynb"]) == ("kept", "current")
    assert (tmp_path / ONE).read_text() == "{" and not (tmp_path / TWO).exists()
    assert (tmp_path / "notes.txt").read_text() == "mine"
    before = texts(tmp_path)
    assert "brought" not in said(start(tmp_path)).values()
    assert texts(tmp_path) == before


def test_update_replaces_what_is_as_given_and_nothing_that_was_changed(folder, newer):
    mine = answer(folder / ONE)
    (folder / TWO).rename(folder / "two.ipynb")
    newer("1.1.0", ONE, TWO)
    outcomes = list(update(folder))
    assert said(outcomes) == {
        **dict.fromkeys([f"{s}.ipynb" for s in stems()[2:]], "current"),
        **{ONE: "beside", "two.ipynb": "renewed", "progress.ipynb": "current"},
    }
    assert (folder / ONE).read_bytes() == mine
    assert outcomes[0].newer == folder / "new-1.1.0" / ONE
    assert "(1.1.0)" in (folder / "new-1.1.0" / ONE).read_text("utf-8")
    assert "(1.1.0)" in (folder / "two.ipynb").read_text("utf-8") and not (folder / TWO).exists()


def test_update_again_says_where_the_newer_version_lies_and_writes_nothing(folder, newer):
    answer(folder / ONE)
    newer("1.1.0", ONE)
    list(update(folder))
    before = texts(folder)
    again = list(update(folder))
    assert (again[0].action, again[0].newer) == ("kept", folder / "new-1.1.0" / ONE)
    assert texts(folder) == before
    (folder / "new-1.1.0" / ONE).replace(folder / ONE)
    assert said(update(folder))[ONE] == "current"
    answer(folder / ONE)
    assert said(update(folder))[ONE] == "kept"


def test_a_changed_newer_version_is_not_written_over_either(folder, newer):
    answer(folder / ONE)
    newer("1.1.0", ONE)
    list(update(folder))
    mine = answer(folder / "new-1.1.0" / ONE, "another answer")
    (folder / RECORD).unlink()
    outcome = next(iter(update(folder)))
    assert outcome.newer == folder / "new-1.1.0-2" / ONE
    assert (folder / "new-1.1.0" / ONE).read_bytes() == mine


def test_what_is_new_and_what_was_deleted_is_brought(folder, newer):
    (folder / THREE).unlink()
    assert said(update(folder))[THREE] == "brought"


@pytest.mark.parametrize(
    "record", ["", "{", "[]", '{"given": 3}', f'{{"given": {{"{ONE[:-6]}": 1}}}}']
)
def test_without_a_record_that_can_be_read_all_is_the_learners(folder, newer, record):
    (folder / RECORD).write_text(record)
    mine = (folder / ONE).read_bytes()
    newer("1.1.0", ONE)
    assert said(update(folder))[ONE] == "beside"
    assert (folder / ONE).read_bytes() == mine


@pytest.mark.parametrize("after", range(6))
def test_an_interrupted_update_loses_nothing_and_goes_on(folder, newer, monkeypatch, after):
    mine = answer(folder / TWO)
    newer("1.1.0", ONE, TWO, THREE)
    write, count = handout.write_text, iter(range(99))

    def stop(path, text):
        if next(count) == after:
            raise KeyboardInterrupt
        write(path, text)

    monkeypatch.setattr(handout, "write_text", stop)
    with pytest.raises(KeyboardInterrupt):
        list(update(folder))
    monkeypatch.setattr(handout, "write_text", write)
    assert (folder / TWO).read_bytes() == mine
    list(update(folder))
    assert (folder / TWO).read_bytes() == mine
    assert [p.name for p in folder.glob("new-*")] == ["new-1.1.0"]
    for path in (folder / ONE, folder / "new-1.1.0" / TWO, folder / THREE):
        assert "(1.1.0)" in path.read_text("utf-8")
    assert set(said(update(folder)).values()) == {"current", "kept"}


def test_what_a_run_that_was_killed_left_goes_with_the_next(folder):
    for place in (folder, folder / "new-1.0.0"):
        (place / ".part-x").mkdir(parents=True)
        (place / ".part-x" / ONE).write_text('{"cells"')
    list(update(folder))
    assert not list(folder.rglob(".part-*"))


def test_the_commands_say_what_became_of_each(tmp_path, newer, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["start"]) == 0
    assert f"{Path('exercises', ONE)}: new\n" in capsys.readouterr().out
    answer(Path("exercises", ONE))
    newer("1.1.0", ONE)
    assert main(["start"]) == 0
    assert "`ae-course update` brings newer versions" in capsys.readouterr().out
    assert main(["update"]) == 0
    printed = capsys.readouterr().out
    newer_one = Path("exercises/new-1.1.0", ONE)
    assert f"{ONE}: changed by you, kept as it is; newer version: {newer_one}" in printed
    assert "has none of your answers in it" in printed
    assert main(["update"]) == 0
    assert "Nothing is newer than what is here" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "path", "code", "words"),
    [
        ("start", "file", 2, "file is a file; name a folder"),
        ("update", "file", 2, "file is a file; name a folder"),
        ("update", "nowhere", 2, "There is no folder nowhere; `ae-course start` makes one"),
        ("update", "empty", 2, "`ae-course start` puts them there"),
        ("start", ROOT / "exercises", 2, "holds the exercises that are given"),
        ("update", ROOT / "exercises", 2, "holds the exercises that are given"),
    ],
)
def test_a_folder_that_will_not_do_is_said(
    tmp_path, monkeypatch, capsys, command, path, code, words
):
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("")
    Path("empty").mkdir()
    assert main([command, str(path)]) == code
    assert words in capsys.readouterr().err
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["empty", "file"]


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (PermissionError(13, "Permission denied", "here"), 5, "here. Name another folder"),
        (FileNotFoundError(2, "No such file or directory", "here"), 5, "Name another folder"),
        (OSError(28, "No space left on device", "here"), 5, "No space left on device: here"),
        (KeyboardInterrupt(), 130, "The same command goes on from here"),
    ],
)
def test_what_keeps_it_from_writing_is_said(tmp_path, monkeypatch, capsys, error, code, words):
    def refuse(*_):
        raise error

    monkeypatch.setattr(handout, "write_text", refuse)
    assert main(["start", str(tmp_path / "new")]) == code
    assert words in capsys.readouterr().err


def test_the_page_shows_how_all_stand_and_is_no_exercise(folder, monkeypatch, capsys):
    shutil.copy(ROOT / "solutions" / TWO, folder / TWO)
    page = reads((folder / "progress.ipynb").read_text("utf-8"), as_version=4)
    validate(page)
    monkeypatch.chdir(folder)
    exec(page.cells[-1].source, {})
    shown = capsys.readouterr().out
    assert f"100 of {100 * len(stems())} points, as the notebooks were last saved" in shown
    assert f"✓✓✓✓✓✓ {TWO}: 100 of 100 points" in shown and f"○○○○○○ {ONE}: 0 of" in shown
    assert "→ Next: 1.1 Encoder step." in shown and "progress.ipynb" not in shown
    assert is_progress_page(json.loads(progress_page())) and not is_progress_page({})


def test_who_hands_in_the_whole_folder_hands_in_the_exercises(folder):
    submissions, unread = collect_submissions([folder], stems())
    assert [one.exercise for one in submissions] == stems()
    assert {one.path: one.system_file for one in unread} == {RECORD: True, "progress.ipynb": True}
