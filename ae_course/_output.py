"""Words for streams that may not know every letter, such as a Windows console's cp1252."""

import codecs
import sys
from typing import Any, TextIO

_INSTEAD = {"✓": "v", "◐": "~", "✗": "x", "○": "o", "→": "->", "−": "-", "≤": "<=", "≥": ">="}


def say(text: Any, file: TextIO | None = None, end: str = "\n") -> None:
    """Print at once, with a likeness or `?` in place of what the stream cannot encode.

    Args:
        text: what to print, as `str` has it.
        file: a text stream, by default standard output as it is now.
        end: printed after it.

    Example:
        >>> say("✓ 自", file=stream)  # a stream with the encoding cp1252 gets "v ?"
    """
    file = sys.stdout if file is None else file
    encoding = getattr(file, "encoding", None) or "utf-8"
    words = f"{text}{end}".encode(encoding, "ae_course").decode(encoding)
    print(words, file=file, end="", flush=True)


def _instead(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    return "".join(_INSTEAD.get(letter, "?") for letter in letters), error.end


codecs.register_error("ae_course", _instead)
