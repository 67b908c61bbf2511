"""The course without its solutions: none is in it, and it follows what changes."""

import json
import re
import shutil
import subprocess
from pathlib import Path

from ae_course.cli import main
from ae_course.grading.authoring.public import (
    RECORD,
    answers,
    leaks,
    one_line,
    public_files,
    write_public,
)
from ae_course.grading.authoring.release import ReleaseError

import pytest

ROOT = Path(__file__).parents[2]
STEM = "01_basic_structure"
TAUGHT = {  # what chapters derive themselves, or a check has to know
    "tasks/01_basic_structure.py: 01_basic_structure solution-1-2, region 1",
    "tasks/02_encoder_and_decoder.py: 02_encoder_and_decoder solution-2-2, region 2",
    "tasks/02_encoder_and_decoder.py: 02_encoder_and_decoder solution-2-6, region 1",
    "tasks/04_undercomplete.py: 04_undercomplete solution-4-4, region 1",
    "tasks/06_regularised.py: 06_regularised solution-6-2, region 1",
    "tasks/09_generative.py: 09_generative solution-9-2, region 1",
    "tasks/09_generative.py: 09_generative solution-9-2-2, region 1",
    "tasks/09_generative.py: 09_generative solution-9-3, region 1",
    "tasks/09_generative.py: 09_generative solution-9-4, region 1",
    "tasks/10_discrete_codes.py: 10_discrete_codes solution-10-4-2, region 1",
    "tasks/12_superposition.py: 12_superposition solution-12-2, region 1",
    "tasks/12_superposition.py: 12_superposition solution-12-5, region 1",
    "book/02_encoder_and_decoder.ipynb: 01_basic_structure solution-1-2, region 1",
    "book/04_undercomplete.ipynb: 01_basic_structure solution-1-4, region 1",
    "book/06_regularised.ipynb: 01_basic_structure solution-1-1, region 1",
    "book/06_regularised.ipynb: 06_regularised solution-6-1, region 1",
    "book/10_discrete_codes.ipynb: 10_discrete_codes solution-10-1, region 1",
}


def git(folder, *arguments):
    subprocess.run(["git", "-C", folder, *arguments], check=True, capture_output=True)


@pytest.fixture
def course(tmp_path):
    """A small course's repository with one chapter."""
    root = tmp_path / "course"
    names = [f"{folder}/{STEM}.ipynb" for folder in ("book", "exercises", "solutions")]
    for name in [*names, "book/_toc.yml", "README.md", "pyproject.toml", ".binder/postBuild"]:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    git(tmp_path, "init", "--quiet", "course")
    git(root, "add", "--all")
    return root


def test_no_file_holds_an_answer_but_those_that_teach_or_check_it():
    places = [where for _, where in leaks(public_files(ROOT), ROOT)]
    found = {where.removeprefix("ae_course/grading/") for where in places}
    assert found - TAUGHT == set()
    assert len(answers(ROOT)) > 90


def test_no_file_leads_to_a_solution():
    files = public_files(ROOT)
    assert {"Makefile", "pyproject.toml", "ae_course/cli.py", f"exercises/{STEM}.ipynb"} <= {*files}
    assert not [name for name in files if name.startswith(("solutions/", "tests/"))]
    leads = re.compile(rb"(?:\.\./|file: )solutions/")
    pages = {n: data for n, data in files.items() if n.startswith(("book/", "exercises/"))}
    assert [name for name, data in pages.items() if leads.search(data)] == []
    assert b"exercises/09_generative" in files["book/_toc.yml"]


@pytest.mark.parametrize("place", ["exercises", "book"])
def test_an_answer_anywhere_else_is_found(course, tmp_path, place):
    shutil.copy(course / f"solutions/{STEM}.ipynb", course / place / "copy.ipynb")
    git(course, "add", "--all")
    with pytest.raises(ReleaseError, match=f"{place}/copy.ipynb"):
        write_public(course, tmp_path / "public")
    assert not (tmp_path / "public").exists()


def test_an_answer_is_found_however_it_is_laid_out(course):
    answer = next(iter(answers(course).values()))
    spread = {"notes.txt": answer.replace(" ", "\n    ").encode(), "picture.png": b"\xff\x00"}
    assert [name for name, _ in leaks(spread, course)] == ["notes.txt"]
    assert one_line(" a\n\n  b ") == "a b"


def test_it_follows_what_changes_and_leaves_the_rest_alone(course, tmp_path, capsys):
    public = tmp_path / "public"
    public.mkdir()
    git(public, "init", "--quiet")
    command = ["release", "--root", str(course), "--public", str(public)]
    assert main(command) == 0
    assert "README.md written" in capsys.readouterr().out
    assert (public / ".binder/postBuild").stat().st_mode & 0o100
    (public / "notes.md").write_text("mine")
    (public / "pyproject.toml").write_text("changed here")
    (course / ".binder/postBuild").unlink()
    (course / "CITATION.cff").write_text("new")
    git(course, "add", "--all")
    capsys.readouterr()
    assert main(command) == 0
    lines = capsys.readouterr().out.splitlines()
    assert set(lines[:-1]) == {
        "CITATION.cff written",
        "pyproject.toml written",
        ".binder/postBuild removed",
    }
    assert (public / "notes.md").read_text() == "mine" and (public / ".git").is_dir()
    assert main(command) == 0
    assert "0 files written, 0 removed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("course", "holds the course itself"),
        (".", "holds the course itself"),
        ("course/README.md", "is a file; name a folder"),
        ("course/book", "is not empty and was not written by this command"),
    ],
)
def test_a_folder_that_is_somebodys_is_left_alone(course, tmp_path, capsys, target, words):
    assert main(["release", "--root", str(course), "--public", str(tmp_path / target)]) == 2
    assert words in capsys.readouterr().err
    assert not list(tmp_path.rglob(RECORD))


def test_it_needs_the_repository_of_a_course(tmp_path, capsys):
    command = ["release", "--public", str(tmp_path / "public"), "--root"]
    assert main([*command, str(tmp_path)]) == 2
    assert "git knows no repository" in capsys.readouterr().err
    git(tmp_path, "init", "--quiet", "other")
    assert main([*command, str(tmp_path / "other")]) == 2
    assert "is not the course's repository" in capsys.readouterr().err


def test_an_interrupted_run_is_made_again(course, tmp_path, monkeypatch):
    public, chmod, count = tmp_path / "public", shutil.copymode, iter(range(9))

    def stop(*paths):
        if next(count) == 3:
            raise KeyboardInterrupt
        chmod(*paths)

    monkeypatch.setattr(shutil, "copymode", stop)
    command = ["release", "--root", str(course), "--public", str(public)]
    assert main(command) == 130
    monkeypatch.setattr(shutil, "copymode", chmod)
    assert main(command) == 0
    written = json.loads((public / RECORD).read_text("utf-8"))["files"]
    assert written == sorted(public_files(course))
