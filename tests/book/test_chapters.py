"""Every chapter is built alike: questions first, answers to check oneself, what to remember."""

import json
import re

import pytest
from book_pages import ROOT

CHAPTERS = sorted((ROOT / "book").glob("[0-9][0-9]_*.ipynb"))
CLOSING = ["Check yourself", "Exercises", "Further reading"]
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
QUESTION = re.compile(r"^\*\*\d+\.\*\* .*\?", re.DOTALL)
ANSWER = ":::{dropdown} Answer\n"

each_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=[path.stem for path in CHAPTERS])


def prose(path) -> str:
    """All markdown of a notebook."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")


def sections(text: str) -> dict[str, str]:
    """Headings of the second level, and what stands below each."""
    _, *parts = HEADING.split(text)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def opens_with_a_question(heading: str, body: str) -> bool:
    """Whether the heading, or the first paragraph below it, asks something."""
    first = next(p for p in body.strip().split("\n\n") if not p.startswith("### "))
    return "?" in heading + first


def questions(body: str) -> list[tuple[str, str]]:
    """The questions of a section with the answer below each."""
    parts = re.split(r"^(?=\*\*\d+\.\*\*)", body, flags=re.MULTILINE)[1:]
    return [tuple(part.split(ANSWER, 1)) if ANSWER in part else (part, "") for part in parts]


@each_chapter
def test_every_section_opens_with_the_question_that_it_answers(path):
    found = sections(prose(path))
    silent = [h for h, body in found.items() if h not in CLOSING]
    assert [h for h in silent if not opens_with_a_question(h, found[h])] == []


@each_chapter
def test_closes_with_what_to_remember_and_three_questions_whose_answers_are_folded(path):
    text = prose(path)
    assert text.count(":::{admonition} What to remember\n") == 1
    assert [h for h in sections(text) if h in CLOSING] == CLOSING
    assert list(sections(text))[-3:] == CLOSING
    asked = questions(sections(text)["Check yourself"])
    assert len(asked) == 3
    for question, answer in asked:
        assert QUESTION.match(question) or "Name " in question, question
        assert len(answer.split()) > 15, question


@each_chapter
def test_says_first_what_one_will_learn(path):
    assert prose(path).count(":::{admonition} What you will learn\n") == 1


def test_a_section_without_a_question_is_found():
    text = "## One\n\nWhy so?\n\n## What is two?\n\nA thing.\n\n## Three\n\nA thing.\n\nWhy?"
    found = sections(text)
    assert [h for h in found if not opens_with_a_question(h, found[h])] == ["Three"]


def test_a_question_without_an_answer_is_found():
    body = "**1.** Is it?\n\n:::{dropdown} Answer\nYes.\n:::\n\n**2.** And this?\n"
    assert [(q[:5], a[:4]) for q, a in questions(body)] == [("**1.*", "Yes."), ("**2.*", "")]
