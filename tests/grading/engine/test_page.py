"""The page holds whatever a submission says as text, never as a part of the page."""

from html.parser import HTMLParser

from ae_course.grading.batch.formats import OUTCOMES
from ae_course.grading.batch.page import page

import pytest

EVIL = "</pre><script>alert('x')</script><b onclick=\"x\">{{ 7 * 7 }}"


def task(id, status):
    return {
        "id": id, "title": EVIL, "status": status, "points": 2.5, "max_points": 10,
        "messages": [EVIL],
    }  # fmt: skip


GRADED = {
    "path": EVIL, "problem": "", "score": 2.5, "max_score": 20, "notes": [EVIL], "output": EVIL,
    "tasks": [task("1.1", "partly"), task("1.2", "not attempted")],
}  # fmt: skip
LOST = {**GRADED, "problem": EVIL, "tasks": [], "output": ""}
OF_TASK = {"title": EVIL, "mean": 1.25, "max_points": 10, **dict.fromkeys(OUTCOMES, 1)}
CLASS = {
    "submissions": 2, "mean": 2.5, "median": 2.5, "lowest": 0, "highest": 5, "max_score": 20,
    "tasks": {"1.1": OF_TASK},
}  # fmt: skip
REPORT = {
    "seed": 3, "isolation": EVIL, "versions": {"python": EVIL}, "caution": EVIL, "remarks": [EVIL],
    "unread": [{"path": EVIL, "reason": EVIL}], "submissions": [GRADED, LOST],
    "statistics": {"01": CLASS},
}  # fmt: skip


class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.text = [], ""

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, *(name for name, _ in attributes)))

    def handle_data(self, data):
        self.text += data


def read(report):
    reader = Reader()
    reader.feed(page(report))
    return reader


def test_what_a_submission_says_is_text_wherever_it_stands():
    reader = read(REPORT)
    assert not {"script", "b"} & {tag for tag, *_ in reader.tags}
    assert not any("onclick" in names for _, *names in reader.tags)
    # title and heading have "Grades"; elsewhere: four facts, a statistic, and what is in both
    # submissions and in the file that was not read
    assert reader.text.count(EVIL) == 4 + 1 + (1 + 2 * 2 + 1 + 1) + (1 + 1 + 1) + 2


def test_one_submission_is_open_and_named_and_has_no_statistics():
    reader = read({**REPORT, "submissions": [GRADED], "unread": []})
    assert ("details", "open") in reader.tags and "median" not in reader.text
    assert "2.5 / 20" in reader.text and "2.5 of 10 points" in reader.text
    assert "Grades" not in reader.text and "not read" not in reader.text


def test_the_page_reaches_nothing_outside_itself():
    assert "default-src 'none'" in page(REPORT)
    assert not {"src", "href"} & {name for _, *names in read(REPORT).tags for name in names}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_on_a_report(tmp_path, browser, violations, width, scheme):
    with browser.new_context(bypass_csp=True, color_scheme=scheme) as context:
        tab = context.new_page()
        tab.set_default_timeout(120_000)
        tab.set_viewport_size({"width": width, "height": 844})
        for name, report in {"all": REPORT, "one": {**REPORT, "submissions": [GRADED]}}.items():
            (tmp_path / f"{name}.html").write_text(page(report), "utf-8")
            tab.goto((tmp_path / f"{name}.html").as_uri())
            assert violations(tab) == []
