"""Rosters as platforms write them; nobody is lost and no row counts twice."""

from ae_course.grading.gradebook.roster import enroll, learner_named, read_roster
from ae_course.grading.gradebook.store import BookError

import pytest


def roster(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "r.csv"
    path.write_bytes(text.encode(encoding))
    return read_roster(path)


@pytest.mark.parametrize("separator", ",;\t|")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_separators_and_encodings(tmp_path, separator, encoding):
    text = "Surname,ID number,First name,Email address\r\nMüller,007,Zoë,z@x.org\r\n"
    (one,) = roster(tmp_path, text.replace(",", separator), encoding).learners
    assert (one.id, one.name, one.email) == ("007", "Zoë Müller", "z@x.org")


def test_canvas_export_with_its_own_numbers_and_points_possible(tmp_path):
    text = (
        "Student,ID,SIS User ID,SIS Login ID,Section,Exercise 1 (4711)\n"
        "    Points Possible,,,,,100\n"
        '"Lovelace, Ada",501,s1,ada,A,\n'
    )
    (one,) = roster(tmp_path, text).learners
    assert (one.id, one.canvas, one.login, one.first, one.last) == (
        "s1", "501", "ada", "Ada", "Lovelace",
    )  # fmt: skip


def test_gradescope_leaves_staff_out_and_says_so(tmp_path):
    text = "First Name,Last Name,SID,Email,Role\nA,B,1,a@x,Student\nC,D,2,c@x,Instructor\n"
    read = roster(tmp_path, text)
    assert [one.id for one in read.learners] == ["1"] and "line 3" in read.remarks[0]


def test_moodle_worksheet_gives_the_participant(tmp_path):
    text = "Identifier,Full name,Email address\nParticipant 7766,Ada Lovelace,a@x.org\n"
    (one,) = roster(tmp_path, text).learners
    assert (one.id, one.participant) == ("a@x.org", "7766")


def test_a_row_twice_is_left_out_and_named_with_both_lines(tmp_path):
    read = roster(tmp_path, "sep=;\nid;name\n1;A\n\n1;A\n;;\n;B\n")
    assert len(read.learners) == 1
    assert read.remarks == ("line 5 repeats line 3 (1); left out.", "line 7: no id, login or "
                            "address; left out.")  # fmt: skip


def test_one_id_with_two_names_is_refused_with_the_lines(tmp_path):
    with pytest.raises(BookError, match=r"lines 2 and 3 \(1\)"):
        roster(tmp_path, "id,name\n1,A\n1,B\n")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("name,age\nA,3\n", "expected a column with ids.*found name, age"),
        ("id,name\n", "names no learner"),
        ("id,id\n1,2\n", "occur twice"),
    ],
)
def test_what_is_no_roster_is_told(tmp_path, text, says):
    with pytest.raises(BookError, match=says):
        roster(tmp_path, text)


def test_a_new_roster_changes_adds_and_keeps(empty, tmp_path):
    before = {r["id"]: r["pseudonym"] for r in empty.rows("SELECT id, pseudonym FROM learner")}
    read = roster(tmp_path, "id,name,email\nADA,Ada King,\ndi,Di,di@x.org\n")
    found = enroll(empty, read)
    assert found == {"new": ["di"], "changed": ["ada"], "missing": ["bo", "cy"]}
    row = empty.rows("SELECT * FROM learner WHERE id = 'ada'")[0]
    assert (row["name"], row["email"], row["pseudonym"]) == ("Ada King", "ada@x.org", before["ada"])
    enroll(empty, read, withdraw=True)
    gone = empty.rows("SELECT id FROM learner WHERE NOT active ORDER BY id")
    assert [r["id"] for r in gone] == ["bo", "cy"]


def test_pseudonyms_are_distinct_and_tell_nothing(empty):
    names = [r["pseudonym"] for r in empty.rows("SELECT pseudonym FROM learner")]
    assert len(set(names)) == 3 and all(len(n) == 8 and n.startswith("P-") for n in names)


def test_a_learner_is_found_by_any_name_of_theirs_and_by_no_other(empty):
    pseudonym = empty.rows("SELECT pseudonym FROM learner WHERE id = 'ada'")[0][0]
    for text in ("ada", "ADA", "ada@x.org", "Ada Lovelace", pseudonym.lower()):
        assert learner_named(empty, text) == "ada"
    with pytest.raises(BookError, match="nobody in the roster"):
        learner_named(empty, "ad")
