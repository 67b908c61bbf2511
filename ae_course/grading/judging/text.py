"""Text that came from a submission, made harmless to show: in a terminal, a page, a table, XML."""

import re
import unicodedata

_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_].*?(?:\x1b\\|\x07|$)|[ -/]*[0-~])|\x9b[0-?]*[ -/]*[@-~]",
    re.DOTALL,
)
_NEVER_SHOWN = ("Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp")
_BLANK = set("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u2800\u3164\uffa0\ufffc")
"""Letters and marks by their category, and yet nothing is seen of them."""


def harmless(text: object, length: int = 2000, lines: bool = True) -> str:
    """Return text without terminal escapes, control characters, what XML forbids and the invisible.

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
    breaks = re.sub("\r\n|[\r\u0085\u2028\u2029]", "\n", text)
    text = breaks if lines else re.sub(r"\s+", " ", text)
    kept = "".join(c for c in text if c in "\n\t" or _is_shown(c))
    return kept if len(kept) <= length else kept[: length - 1] + "…"


def _is_shown(character: str) -> bool:
    if unicodedata.category(character) in _NEVER_SHOWN or character in _BLANK:
        return False
    return not ("\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef")
