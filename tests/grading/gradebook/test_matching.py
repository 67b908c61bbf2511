"""Whose a hand-in is: found from what platforms write, and nobody's rather than the wrong one's."""

from ae_course.grading.gradebook.intake import take_in
from ae_course.grading.gradebook.matching import Directory, give, match, unowned, without_accents

import pytest


def person(id, name, email="", login="", canvas="", participant=""):
    first, _, last = name.rpartition(" ")
    return {
        "id": id, "name": name, "first": first, "last": last, "email": email, "login": login,
        "canvas": canvas, "participant": participant,
    }  # fmt: skip


CLASS = Directory(
    [
        person("s1815", "Ada Lovelace", "ada@x.org", "adal", "501", "7001"),
        person("s1816", "Björn Åkesson", "bjorn.akesson@x.org", "bako", "502", "7002"),
        person("501", "Hồng Nguyễn", "hong@x.org"),
        person("s1", "Wei Li", "wei1@x.org"),
        person("s2", "Wei Li", "wei2@x.org"),
    ]
)


@pytest.mark.parametrize(
    ("path", "learner"),
    [
        ("Ada Lovelace_7001_assignsubmission_file/01.ipynb", "s1815"),
        ("Ada Lovelace_9999_assignsubmission_file/01.ipynb", "s1815"),
        ("Björn Åkesson_501_assignsubmission_file_/01.ipynb", "s1816"),
        ("lovelaceada_501_90001_01_basic_structure.ipynb", "s1815"),
        ("lovelaceada_LATE_501_90001_01_basic_structure-2.ipynb", "s1815"),
        ("akessonbjorn_999_501_01_basic_structure.ipynb", "s1816"),
        ("s1815/01_basic_structure.ipynb", "s1815"),
        ("submitted/S1815/01/01_basic_structure.ipynb", "s1815"),
        ("01_basic_structure_s1815.ipynb", "s1815"),
        ("ada@x.org.zip/01.ipynb", "s1815"),
        ("bjorn.akesson/01.ipynb", "s1816"),
        ("Lovelace, Ada/01.ipynb", "s1815"),
        ("01-basic-structure Bjorn Akesson (2).ipynb", "s1816"),
        ("Nguyễn_Hồng_01.ipynb", "501"),
        ("Wei Li/wei2@x.org.ipynb", "s2"),
    ],
)
def test_the_names_that_platforms_and_people_give(path, learner):
    assert CLASS.find(path)[0] == learner, CLASS.find(path)


@pytest.mark.parametrize(
    ("path", "how"),
    [
        ("Wei Li/01.ipynb", "may be s1, s2"),
        ("s1815/s1816.ipynb", "may be s1815, s1816"),
        ("Bjorn/01.ipynb", "no name"),
        ("Untitled.ipynb", "no name"),
        ("Grace Hopper_501_assignsubmission_file_/01.ipynb", "no name"),
        ("01_basic_structure.ipynb", "no name"),
    ],
)
def test_in_doubt_it_is_nobodys_with_the_reason(path, how):
    learner, why = CLASS.find(path)
    assert learner is None and how in why


def test_a_login_that_is_a_word_of_the_course_is_not_found_in_every_file():
    directory = Directory([person("basic", "Eve Ning")])
    assert directory.find("01_basic_structure.ipynb")[0] is None
    assert directory.find("basic/01_basic_structure.ipynb")[0] == "basic"


def test_names_are_compared_without_accents_and_signs():
    assert without_accents("Müller-Straße, Zoë") == without_accents("MULLER STRASSE ZOE")


def test_what_is_nobodys_is_listed_given_and_taken_away(empty, make):
    taken = take_in(empty, make.report(make.entry("ada/1.ipynb"), make.entry("x/1.ipynb")))
    assert [path for path, _ in taken.unowned] == ["x/1.ipynb"]
    (one,) = unowned(empty)
    give(empty, one["id"], "cy")
    assert match(empty) == {} and unowned(empty) == []
    give(empty, one["id"], None)
    assert len(unowned(empty)) == 1
    owners = empty.rows("SELECT learner FROM owner WHERE handin = ? ORDER BY id", one["id"])
    assert [row["learner"] for row in owners] == [None, "cy", None]


def test_looking_again_adds_nothing_where_nothing_is_new(empty, make):
    take_in(empty, make.report(make.entry("x/1.ipynb")))
    before = empty.rows("SELECT count(*) AS n FROM owner")[0]["n"]
    match(empty)
    assert empty.rows("SELECT count(*) AS n FROM owner")[0]["n"] == before
