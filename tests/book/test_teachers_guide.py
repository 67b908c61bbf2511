"""The guide for teachers: made from chapters, tasks and measurements, and its plans are whole."""

import io
import json
import re
import shutil

from ae_course.grading.judging.kinds import Choice
from ae_course.grading.judging.task import load_exercise

import pytest
from book_pages import ROOT, soup_of
from laboratories import HOME
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

CHAPTERS = {int(p.stem[:2]): p for p in sorted((ROOT / "book").glob("[0-9][0-9]_*.ipynb"))}
GUIDE = (ROOT / "book/teachers_guide.md").read_text("utf-8")
SECTION = re.compile(r"(?:^\(([\w-]+)\)=\n)?^## (.+)$", re.MULTILINE)
UNTAUGHT = ("Check yourself", "Exercises", "Further reading")
each_chapter = pytest.mark.parametrize("number", CHAPTERS)


@pytest.fixture(scope="module")
def page(book):
    return soup_of(book, "book/teachers_guide")


def prose(number: int) -> str:
    cells = json.loads(CHAPTERS[number].read_text("utf-8"))["cells"]
    return "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")


def plain(text: str) -> str:
    """Text without what typography and Markdown change."""
    for old, new in (("’", "'"), ("“", '"'), ("”", '"'), ("`", ""), ("*", "")):
        text = text.replace(old, new)
    return " ".join(text.split())


def plan(name: str) -> list[list[str]]:
    """The rows of a plan, cell by cell."""
    table = GUIDE.partition(f":name: {name}\n")[2].partition("\n:::")[0]
    return [[cell.strip() for cell in row.split("|")[1:-1]] for row in table.splitlines()[2:]]


def tasks_of(cells: list[str]) -> list[str]:
    """The tasks that cells such as `3.6, 4.1 to 4.2` name."""
    found = []
    for first, last in re.findall(r"(\d+\.\d)(?: to (\d+\.\d))?", ", ".join(cells)):
        chapter, begin = map(int, first.split("."))
        found += [f"{chapter}.{i}" for i in range(begin, int((last or first)[-1]) + 1)]
    return found


@each_chapter
def test_a_chapter_says_what_it_needs_and_what_a_learner_can_do_after_it(number):
    body = GUIDE.partition(f"\n### {number} ")[2].partition("\n### ")[0]
    assert re.search(r"^\*Needs\* \w", body, re.M)
    goals = re.search(r"^\*Afterward\* (.+?)\n\n", body, re.M | re.S).group(1)
    assert 2 <= len(re.findall(r"\.(?:\s|$)", goals)) <= 4
    tasks = {task.id for task in load_exercise(CHAPTERS[number].stem).tasks}
    named = {one for one in tasks_of([goals]) if one.startswith(f"{number}.")}
    assert len(named) >= 3 and named <= tasks
    assert f"```{{chapter-facts}} {number}\n" in body


@each_chapter
def test_tasks_and_known_mistakes_are_those_of_the_definitions(page, number):
    exercise = load_exercise(CHAPTERS[number].stem)
    text = plain(page.get_text())
    for task in exercise.tasks:
        assert plain(f"{task.id} {task.title} {task.level} {task.points}") in text
        for check in task.checks:
            for mistake in check.mistakes:
                said = plain(mistake.says) in text
                assert said != isinstance(check, Choice), mistake.says


@each_chapter
def test_its_times_are_the_rules_and_the_measured(page, number):
    stem = CHAPTERS[number].stem
    seconds = json.loads((ROOT / "book/results/chapters.json").read_text("utf-8"))
    row = page.select_one("#tbl-chapters-in-numbers tbody").find_all("tr")[number - 1]
    _, words, formulas, cells, reading, run, *_ = [td.get_text() for td in row.find_all("td")]
    assert run == f"{seconds['processor_seconds'][stem]} s"
    assert int(formulas) == prose(number).count("$$") // 2
    minutes = int(words.replace(",", "")) / 120 + int(formulas) + int(cells) / 2
    hours, rest = reading.split(" h ")
    assert abs(60 * int(hours) + int(rest) - minutes) <= 7.5
    assert 0.5 < int(words.replace(",", "")) / len(prose(number).split()) < 1


def test_a_chapter_that_is_none_is_refused(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "book/_ext"))
    shutil.copytree(
        ROOT / "book", tmp_path / "book", ignore=shutil.ignore_patterns("_build", "*.md")
    )
    (tmp_path / "index.rst").write_text("Title\n=====\n\n.. chapter-facts:: 99\n", "utf-8")
    warnings = io.StringIO()
    with docutils_namespace():
        app = Sphinx(
            tmp_path,
            None,
            tmp_path / "out",
            tmp_path / "trees",
            "text",
            {"extensions": ["teachers_guide"], "exclude_patterns": ["book"]},
            status=None,
            warning=warnings,
        )
        app.build()
    assert f"there is no chapter '99'; there are {[*CHAPTERS]}" in warnings.getvalue()


def test_the_semester_has_every_section():
    planned = " ".join(row[1] for row in plan("tbl-semester"))
    for number in CHAPTERS:
        text = prose(number)
        chapter = re.search(r"^\((ch-[\w-]+)\)=", text, re.M).group(1)
        if re.search(rf"(?:all|rest) of {{ref}}`{chapter}`", planned):
            continue
        sections = [found for found in SECTION.findall(text) if found[1] not in UNTAUGHT]
        labels = [label for label, _ in sections]
        taught = set()
        for first, last in re.findall(r"{ref}`(sec-[\w-]+)`(?: to {ref}`(sec-[\w-]+)`)?", planned):
            if first in labels:
                taught |= {*range(labels.index(first), labels.index(last or first) + 1)}
        assert taught == {*range(len(sections))}, (number, [sections[i] for i in taught])


def test_the_semester_has_every_task_and_every_figure():
    rows = plan("tbl-semester")
    assert len(rows) == 17
    tasks = [task.id for n in CHAPTERS for task in load_exercise(CHAPTERS[n].stem).tasks]
    assert tasks_of([row[3] for row in rows]) == tasks
    figures = re.findall(r"<(lab-\w+)>", " ".join(row[2] for row in rows))
    assert sorted(figures) == sorted(f"lab-{name}" for name in HOME)


def test_the_two_days_have_tasks_of_the_chapters_they_teach():
    rows = plan("tbl-two-days")
    assert len(rows) == 8
    tasks = {task.id for n in CHAPTERS for task in load_exercise(CHAPTERS[n].stem).tasks}
    for _, sections, figure, asked in rows:
        assert "{ref}`sec-" in sections and "<lab-" in figure
        assert asked and {*tasks_of([asked])} <= tasks
