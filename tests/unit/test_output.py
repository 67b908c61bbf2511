"""What a stream cannot encode costs the letter, not the command."""

import ast
import io
from pathlib import Path

from ae_course import _output

import pytest

PACKAGE = Path(_output.__file__).parent
SAID = "✓ ◐ ✗ ○ → café − 自编码器"


def stream(encoding):
    return io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("utf-8", SAID),
        ("cp1252", "v ~ x o -> café - ????"),
        ("ascii", "v ~ x o -> caf? - ????"),
        ("gbk", "v ~ x ○ → café - 自编码器"),
    ],
)
def test_a_letter_is_kept_or_has_a_likeness_or_a_question_mark(encoding, expected):
    file = stream(encoding)
    _output.say(SAID, file)
    assert file.buffer.getvalue().decode(encoding) == f"{expected}\n"


def test_a_stream_that_has_no_encoding_gets_every_letter(capsys):
    file = io.StringIO()
    _output.say(SAID, file, end="")
    assert file.getvalue() == SAID
    _output.say(SAID)
    assert capsys.readouterr().out == f"{SAID}\n"


def test_the_whole_package_prints_this_way():
    """But to standard error, where Python escapes what cannot be encoded, and in the sandbox."""
    for path in {*PACKAGE.rglob("*.py")} - {*PACKAGE.glob("grading/sandbox/child/*.py")}:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or path.stem == "_output":
                continue
            called = ast.unparse(node.func)
            to_stderr = any(ast.unparse(word) == "file=sys.stderr" for word in node.keywords)
            assert called != "print" or to_stderr, f"{path}:{node.lineno}"
            assert called != "input" or not node.args, f"{path}:{node.lineno}"
