"""Text from a submission shows what it says and does nothing else."""

import unicodedata

from ae_course.grading.judging.text import harmless

import pytest


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, 自编码器 é ∑ 🙂\n\tx", "plain, 自编码器 é ∑ 🙂\n\tx"),
        ("\x1b[31mred\x1b[0m\x07 alert", "red alert"),
        ("\x1b]0;title\x07x", "x"),
        ("a\u200bd\u2060a\ufeff", "ada"),
        ("a\u00ad\u034f\u3164\u115f\u2800\ufe0f\U000e0041\U000e0100d", "ad"),
        ("evil\u202egnp", "evilgnp"),
        ("one\u2028two\u2029three\x85four\rfive\r\nsix", "one\ntwo\nthree\nfour\nfive\nsix"),
        ("\ud800\ufffe\x00", ""),
        (7, ""),
    ],
)
def test_what_is_shown(text, shown):
    assert harmless(text) == shown
    assert harmless(harmless(text)) == shown


def test_in_a_line_every_break_is_a_blank():
    breaks = [chr(n) for n in range(0x3000) if chr(n).isspace()]
    assert len(breaks) > 20
    assert harmless("a" + "".join(breaks) + "b", lines=False) == "a b"


def test_no_character_is_invisible():
    every = (chr(n) for n in range(0x110000))
    kept = [c for c in every if harmless(c) == c and c not in "\n\t"]
    categories = {unicodedata.category(c) for c in kept}
    assert not categories & {"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"}
    assert not any(
        "FILLER" in unicodedata.name(c, "") for c in kept if unicodedata.category(c) == "Lo"
    )


def test_long_text_is_cut_and_says_so():
    assert harmless("x" * 5000, 10) == "x" * 9 + "…"
