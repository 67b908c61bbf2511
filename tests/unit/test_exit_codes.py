"""One table of exit codes: each stands in it once, and the help and the teaching page tell it."""

import re
from pathlib import Path

from ae_course import cli
from ae_course._exit_codes import MOST_URGENT_FIRST, Exit, table

import pytest

ROOT = Path(__file__).parents[2]


def test_each_code_has_one_meaning():
    assert len({code.meaning for code in Exit}) == len(Exit)
    assert Exit(3) is Exit.UNREADABLE and Exit.DONE == 0
    assert len(set(MOST_URGENT_FIRST)) == len(MOST_URGENT_FIRST)


@pytest.mark.parametrize("command", [[], ["grade"]])
def test_the_help_tells_them(command, capsys):
    with pytest.raises(SystemExit):
        cli.main([*command, "--help"])
    assert table() in capsys.readouterr().out


@pytest.mark.parametrize("code", Exit)
def test_the_table_and_the_teaching_page_tell_it(code):
    assert re.search(rf"^  {int(code)} +{re.escape(code.meaning)}$", table(), re.M)
    page = (ROOT / "book/teaching.md").read_text("utf-8")
    assert f"| {int(code)} | {code.meaning} |" in page


def test_no_command_ends_with_a_number_of_its_own():
    commands = [*(ROOT / "ae_course/grading").rglob("*command*.py"), ROOT / "ae_course/cli.py"]
    assert len(commands) > 3
    for path in commands:
        assert not re.search(r"return \d+$|, \d+\)$", path.read_text("utf-8"), re.M), path
