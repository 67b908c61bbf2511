"""The command as a teacher types it, from a roster to files; errors are sentences with code 2."""

import csv
import io
import re
import shutil

from ae_course.cli import main
from ae_course.grading.batch import grade_command
from ae_course.grading.gradebook.actions import ACTIONS
from ae_course.grading.gradebook.commands import DESCRIPTIONS
from ae_course.grading.gradebook.regrade import course_fingerprint
from ae_course.grading.gradebook.views import VIEWS

import pytest


def run(*arguments):
    return main(["gradebook", *map(str, arguments)])


class Recorder(dict):
    """Takes arguments as a parser does; keeps what is said of those with a value."""

    def add_argument(self, *names, action="store", help, **more):
        if names[0][0] == "-" and action != "store_true":
            self[names[0]] = help % {"default": "(%(default)s)", **more}


def test_every_action_has_help_and_each_option_says_its_default(capsys):
    of_grade = Recorder()
    grade_command.add_arguments(of_grade)
    assert {*ACTIONS, *VIEWS} == set(DESCRIPTIONS)
    for action, (_, describe) in DESCRIPTIONS.items():
        with pytest.raises(SystemExit) as stop:
            run(action, "--help")
        assert stop.value.code == 0 and "BOOK" in capsys.readouterr().out
        describe(options := Recorder())
        silent = {name for name, says in options.items() if not says.endswith(")")}
        assert silent - set(of_grade) == set(), action


def test_from_a_roster_to_canvas(made, tmp_path, capsys):
    folder, reports = made
    book, out = tmp_path / "c.sqlite", tmp_path / "canvas.csv"
    assert run("init", book, "--roster", folder / "roster.csv", "--zone", "Europe/Berlin") == 0
    for path in reports:
        code = run("import", book, path, "--submissions", path.parent / "hand-ins",
                   "--handed-in", "2026-11-03 10:00")  # fmt: skip
        assert code == 0
    assert run("chapter", book, "1", "--due", "2026-11-01", "--free-text", "1.5=5") == 0
    assert run("extend", book, "1", "s10000", "2026-11-04", "--reason", "ill") == 0
    assert run("policy", book, "--late-percent", "5", "--attempts", "last") == 0
    assert run("answers", book, "1", "--output", tmp_path / "a.csv", "--anonymous") == 0
    assert run("mark", book, "--learner", "s10000", "--task", "1.5", "--points", "5") == 0
    for action in (["similar"], ["statistics"], ["show"], ["history", "s10000"], ["match"]):
        assert run(action[0], book, *action[1:]) == 0
    capsys.readouterr()
    for form in ("csv", "canvas", "moodle", "nbgrader"):
        assert run("export", book, form, "--output", tmp_path / f"{form}.csv") == 0
    assert run("export", book, "gradescope", "--exercise", "1", "--output", tmp_path / "g") == 0
    assert run("export", book, "pages", "--output", tmp_path / "pages") == 0
    rows = list(csv.DictReader(io.StringIO(out.read_text("utf-8-sig"))))
    assert len(rows) == 13 and rows[0]["01 Basic structure"] == "105"
    assert run("backup", book, tmp_path / "copy.sqlite") == 0
    whole = list(csv.DictReader(io.StringIO((tmp_path / "csv.csv").read_text("utf-8-sig"))))
    late = {row["id"]: row["01_basic_structure late days"] for row in whole}
    assert late.pop("s10000") == "0" and set(late.values()) == {"2"}


def test_a_hand_in_of_nobody_is_named_and_the_code_says_so(made, tmp_path, capsys):
    folder, reports = made
    book, short = tmp_path / "c.sqlite", tmp_path / "short.csv"
    text = (folder / "roster.csv").read_text("utf-8-sig").splitlines()
    short.write_text("\n".join(text[:-1]), encoding="utf-8")
    run("init", book, "--roster", short)
    capsys.readouterr()
    assert run("import", book, reports[0]) == 1
    said = capsys.readouterr().out
    assert "1 that are nobody's" in said and "_assignsubmission_file/" in said
    assert run("show", book) == 1 and run("match", book) == 1
    number = re.search(r"^ *(\d+)  ", capsys.readouterr().out.rpartition("hand-ins")[0], re.M)
    assert number
    assert run("match", book, "--give", re.findall(r"\d+", number[0])[0], "s10001") == 0
    assert run("roster", book, folder / "roster.csv") == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["show", "{none}"], "gradebook init"),
        (["init", "{book}"], "is there already"),
        (["init", "{none}", "--zone", "Berlin"], "no time zone"),
        (["roster", "{book}", "{none}"], "can't be read"),
        (["import", "{book}", "{none}"], "can't be read"),
        (["chapter", "{book}", "77"], "no exercise"),
        (["chapter", "{book}", "1", "--due", "soon"], "no moment"),
        (["chapter", "{book}", "1", "--free-text", "1.5"], "TASK=POINTS"),
        (["extend", "{book}", "1", "nobody", "2026-01-01"], "nobody in the roster"),
        (["mark", "{book}"], "--sheet"),
        (["match", "{book}", "--give", "9", "x"], "no hand-in"),
        (["regrade", "{book}"], "Nothing of these"),
        (["export", "{book}", "gradescope"], "--exercise"),
        (["export", "{book}", "csv", "--template", "{none}"], "--template"),
        (["policy", "{book}", "--late-percent", "200"], "0 to 100"),
        (["backup", "{book}", "{book}"], "is there already"),
    ],
)
def test_what_cannot_be_is_a_sentence_and_leaves_nothing(tmp_path, capsys, arguments, says):
    book, none = tmp_path / "c.sqlite", tmp_path / "none"
    run("init", book)
    before = sorted(path.name for path in tmp_path.iterdir())
    filled = [one.format(book=book, none=none) for one in arguments]
    assert run(*filled) == 2
    said = capsys.readouterr().err
    assert says in said and "Traceback" not in said
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_file_that_cannot_be_written_ends_with_5(tmp_path, capsys):
    run("init", tmp_path / "c.sqlite")
    (tmp_path / "file").write_text("")
    code = run("export", tmp_path / "c.sqlite", "csv", "--output", tmp_path / "file/x.csv")
    assert code == 5 and str(tmp_path / "file") in capsys.readouterr().err


def test_times_of_a_platform_are_taken_by_learner_or_path(made, tmp_path, capsys):
    folder, reports = made
    book, times = tmp_path / "c.sqlite", tmp_path / "times.csv"
    run("init", book, "--roster", folder / "roster.csv")
    times.write_text("learner,time\nnobody,2026-01-01\n")
    assert run("import", book, reports[0], "--times", times) == 2
    assert "line 2" in capsys.readouterr().err
    name = sorted(p.name for p in (reports[0].parent / "hand-ins").iterdir())[0]
    times.write_text(f"learner,time\n{name},2026-11-05 08:00\n", encoding="utf-8")
    assert run("import", book, reports[0], "--times", times) == 0
    assert "11 of which nobody knows when" in capsys.readouterr().out


def test_grading_goes_on_to_the_book_with_the_course_and_keeps_the_code(
    made, tmp_path, monkeypatch, capsys
):
    folder, reports = made
    run("init", tmp_path / "c.sqlite", "--roster", folder / "roster.csv")

    def grades(arguments):
        shutil.copytree(reports[0].parent, arguments.output, dirs_exist_ok=True)
        return grades.code

    monkeypatch.setattr(grade_command, "run", grades)
    asked = ("grade", tmp_path / "c.sqlite", reports[0].parent / "hand-ins")
    for grades.code, attempts in ((4, 0), (3, 12)):  # without a sandbox; with one unreadable
        assert run(*asked, "--output", tmp_path / "out") == grades.code
        assert run("history", tmp_path / "c.sqlite", "s10003") == 0
        said = capsys.readouterr().out
        assert ("12 attempts added" in said) == bool(attempts)
    assert f"course {course_fingerprint()[:12]}" in said
    assert run("grade", tmp_path / "none.sqlite", "x") == 2


def test_fifty_learners_in_nine_chapters(bench, tmp_path):
    steps = [step for step, *_ in bench.measure(tmp_path, 50, 9)]
    assert len(steps) == 8
    page = (tmp_path / "pages/class.html").read_text("utf-8")
    assert page.count("<tr data-who=") == 50 and page.count("<details>") >= 4
    assert len(list((tmp_path / "pages/feedback").iterdir())) == 50
