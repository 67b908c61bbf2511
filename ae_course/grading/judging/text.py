"""Text that came from a submission, made harmless to show: in a terminal, a page, a table, XML."""

import re
import unicodedata

_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_].*?(?:\x1b\\|\x07|$)|[ -/]*[0-~])|\x9b[0-?]*[ -/]*[@-~]",
    re.DOTALL,
)
_DIRECTIONS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


def harmless(text: object, length: int = 2000, lines: bool = True) -> str:
    """Return text without terminal escapes, control characters and what XML forbids.

    Args:
        text: a string; anything else becomes empty.
        length: the most characters to keep.
        lines: keep line breaks and tabs; else they become blanks.

    Example:
        >>> harmless("\\x1b[31mred\\x1b[0m\\x07 alert")
        'red alert'
    """
    if not isinstance(text, str):
        return ""
    text = _ESCAPES.sub("", text[: 4 * length])
    text = text.replace("\r\n", "\n") if lines else re.sub(r"\s+", " ", text)
    kept = "".join(c for c in text if c in "\n\t" or _is_shown(c))
    return kept if len(kept) <= length else kept[: length - 1] + "…"


def _is_shown(character: str) -> bool:
    if unicodedata.category(character) in ("Cc", "Cs", "Cn", "Co") or character in _DIRECTIONS:
        return False
    return character not in "\ufffe\uffff"
