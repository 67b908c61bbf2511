"""What is handed in becomes one submission each, or is named; names decide nothing."""

import functools
import io
import json
import tarfile
import zipfile
from pathlib import Path

from ae_course.grading.batch.submission import Unread, collect_submissions
from ae_course.grading.judging.task import stems

import pytest
from hostile_cases import notebook

ROOT = Path(__file__).parents[2]
STEM = "03_loss_and_training"
GIVEN = (ROOT / "exercises" / f"{STEM}.ipynb").read_bytes()

take = functools.partial(collect_submissions, stems=stems())


def put(folder, name, data=GIVEN):
    path = Path(folder, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    "name",
    [
        "x.ipynb",
        "x.IPYNB",
        "x.ipynb.txt",
        "x.ipynb.json",
        "x.ipynb.crdownload",
        "x",
        "x.py",
        ".hidden/x.ipynb",
        "Untitled 1.ipynb",
        "01_basic_structure.ipynb",
    ],
)
def test_a_notebook_is_graded_by_its_cells_whatever_it_is_called(tmp_path, name):
    put(tmp_path, f"ada/{name}")
    (one,), unread = take([tmp_path])
    assert (one.exercise, one.learner, one.problem, unread) == (STEM, "ada", "", [])
    said = ["Its name says 01_basic_structure; its cells are those of 03_loss_and_training, "]
    assert list(one.notes) == ([said[0] + "which is graded."] if name.startswith("01") else [])
    assert len(one.cells) > 5


def test_what_is_no_notebook_is_named_with_the_reason(tmp_path):
    for name in ("ada/a.py", "ada/b.csv", "ada/.DS_Store", "ada/c.json"):
        put(tmp_path, name, b"{}")
    put(tmp_path, "ada/d.pdf", bytes(17 << 20))
    submissions, unread = take([tmp_path])
    assert submissions == []
    assert sorted(unread, key=lambda one: one.path) == [
        Unread("ada/.DS_Store", "A system or program left it there.", system_file=True),
        Unread("ada/a.py", "This is no notebook."),
        Unread("ada/b.csv", "This is no notebook."),
        Unread("ada/c.json", "This is no notebook."),
        Unread("ada/d.pdf", "The file is larger than 16 MB. Clear the outputs and save it."),
    ]


def test_copies_without_their_notebook_are_somebody_who_handed_in_nothing(tmp_path):
    put(tmp_path, "ada/x.ipynb")
    for learner in ("ada", "bob"):
        put(tmp_path, f"{learner}/.ipynb_checkpoints/x-checkpoint.ipynb")
    (one,), unread = take([tmp_path])
    assert one.learner == "ada"
    of_ada, of_bob = sorted(unread, key=lambda one: one.path)
    assert of_ada.system_file
    assert not of_bob.system_file and "no notebook: it was not handed in" in of_bob.reason


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("x.ipynb.crdownload", GIVEN[:500], "cut short"),
        ("x.IPYNB", b"", "empty"),
        ("x.ipynb", bytes(17 << 20), "larger than"),
        ("x.zip", b"no zip", "damaged"),
        ("x.7z", b"7z\xbc\xaf\x27\x1c", "is not unpacked"),
    ],
)
def test_what_may_have_been_a_notebook_cannot_be_graded(tmp_path, name, data, says):
    put(tmp_path, f"ada/{name}", data)
    (one,), unread = take([tmp_path])
    assert says in one.problem and one.learner == "ada" and not unread


def test_archives_of_learners_and_of_a_class(tmp_path):
    own = io.BytesIO()
    with tarfile.open(fileobj=own, mode="w:gz") as archive:
        member = tarfile.TarInfo("work/x.ipynb")
        member.size = len(GIVEN)
        archive.addfile(member, io.BytesIO(GIVEN))
    put(tmp_path, "in/bob_3 Loss and training.tar.gz", own.getvalue())
    (bob,), _ = take([tmp_path / "in"])
    assert (bob.learner, bob.exercise) == ("bob", STEM)
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        archive.writestr("ada/x.ipynb", GIVEN)
        archive.writestr("bob.tgz", own.getvalue())
    found, _ = take([tmp_path / "class.zip"])
    assert [one.learner for one in found] == ["ada", "bob"]


def test_two_files_of_one_name_in_an_archive_are_two_hand_ins(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive, pytest.warns(UserWarning):
        archive.writestr("ada/x.ipynb", GIVEN)
        archive.writestr("ada/x.ipynb", GIVEN.replace(b"encode", b"other"))
    found, _ = take([tmp_path])
    assert len({one.id for one in found}) == len({one.sha256 for one in found}) == 2


def test_the_exercise_asked_for_is_graded_and_the_doubt_said(tmp_path):
    put(tmp_path, "x.ipynb")
    (one,), _ = take([tmp_path], exercise="01_basic_structure")
    assert one.exercise == "01_basic_structure"
    assert "only 01_basic_structure is graded here" in one.notes[0]


def test_a_notebook_that_nothing_says_the_exercise_of_is_named(tmp_path):
    put(tmp_path, "x.ipynb", notebook(("x = 1",)))
    (one,), _ = take([tmp_path])
    assert one.exercise is None and "--exercise" in one.problem


def test_a_notebook_of_two_exercises_says_what_is_left_out(tmp_path):
    both = json.loads(GIVEN)
    other = json.loads((ROOT / "exercises/01_basic_structure.ipynb").read_bytes())
    both["cells"] += other["cells"][:6]
    put(tmp_path, "x.ipynb", json.dumps(both).encode())
    (one,), _ = take([tmp_path])
    assert one.exercise == STEM and "also holds tasks of 01_basic_structure" in one.notes[0]


def test_code_is_kept_small_however_much_a_bomb_holds(tmp_path):
    put(tmp_path, "x.ipynb", notebook(("x = 1\n" * 80_000,)))
    (one,), _ = take([tmp_path])
    assert len(one.code) < 5_000 and len(one.cells[0]) == 480_000
