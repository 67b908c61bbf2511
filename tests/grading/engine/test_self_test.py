"""No batch begins in a sandbox that would cost a right answer its points."""

import os
from pathlib import Path

from ae_course import cli
from ae_course.grading.batch import self_test
from ae_course.grading.batch.grade import grade
from ae_course.grading.sandbox.child import mounts
from ae_course.grading.sandbox.child.limits import Limits
from ae_course.grading.sandbox.host import environment, isolation
from ae_course.grading.sandbox.host.isolation import SandboxError
from ae_course.grading.sandbox.host.sandbox import LIBRARIES, Sandbox
from ae_course.grading.sandbox.host.uids import may_change_user

import pytest
from hostile_cases import HONEST, OFFERED, notebook
from hostile_exercise import STEM, load

needs_root = pytest.mark.skipif(not may_change_user(), reason="only root becomes another user")


def marks(level, tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_bytes(notebook(HONEST))
    report = grade([path], exercise=STEM, load=load, libraries=("numpy",), jobs=1, isolation=level)
    return report["submissions"][0]["score"]


@pytest.mark.parametrize("libraries", [("numpy",), LIBRARIES], ids=["numpy", "all libraries"])
@pytest.mark.parametrize("level", OFFERED)
def test_the_known_solution_and_an_empty_notebook_get_their_marks(level, libraries):
    with Sandbox((), Limits(), level, libraries) as sandbox:
        self_test.self_test(sandbox)


@pytest.fixture
def closed_package(tmp_path, monkeypatch):
    """A folder of packages that only its owner may read, in the environment."""
    package = tmp_path / "site-packages" / "closed"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    package.chmod(0o700)
    for parent in tmp_path.parents[:2]:
        parent.chmod(parent.stat().st_mode | 0o011)
    tmp_path.chmod(0o755)
    monkeypatch.setattr(environment, "SITE", [*environment.SITE, str(package.parent)])
    return package


@needs_root
@pytest.mark.parametrize("level", OFFERED)
def test_what_a_submission_cannot_read_is_no_batch(level, closed_package, tmp_path):
    with pytest.raises(SandboxError, match=r"nothing is graded.*closed.*chmod"):
        marks(level, tmp_path)


@needs_root
def test_the_command_says_so_and_grades_nothing(closed_package, tmp_path, capsys):
    path = tmp_path / "01_basic_structure.ipynb"
    path.write_bytes(notebook(()))
    assert cli.main(["grade", str(path), "--output", str(tmp_path / "out")]) == 4
    assert "nothing is graded" in capsys.readouterr().err
    assert not (tmp_path / "out" / "grades.json").exists()


@needs_root
def test_the_doctor_says_so(closed_package):
    lines = list(self_test.report())
    assert len(lines) == len(isolation.LEVELS)
    assert all("It cannot read" in line for line in lines if line.split()[3][:-1] in OFFERED)


def test_the_doctor_finds_each_level_in_order():
    lines = list(self_test.report())
    for level, line in zip(reversed(isolation.LEVELS), lines, strict=True):
        expected = isolation.available()[level] or "a known solution gets full marks"
        assert line.startswith(f"grading at level {level}: {expected}")


@needs_root
@pytest.mark.parametrize("level", OFFERED)
@pytest.mark.parametrize("name", ["private", "mit Leerzeichen und Ümlauten 自编码器"])
def test_packages_below_a_closed_folder_are_found(level, name, tmp_path, monkeypatch):
    """Through a link, too, as an environment that was moved has it."""
    for parent in (tmp_path, *tmp_path.parents[:2]):
        parent.chmod(parent.stat().st_mode | 0o011)
    home = tmp_path / name
    packages = home / "environment" / "site-packages"
    packages.mkdir(parents=True)
    (packages / "found_here.py").write_text("answer = 42")
    (home / "link").symlink_to("environment")
    home.chmod(0o700)
    site = [*environment.SITE, str(home / "link" / "site-packages")]
    monkeypatch.setattr(environment, "SITE", site)
    path = tmp_path / "a.ipynb"
    path.write_bytes(notebook(("from found_here import answer",)))
    report = grade([path], exercise=STEM, load=load, libraries=("numpy",), jobs=1, isolation=level)
    assert report["submissions"][0]["score"] == 20


@needs_root
@pytest.mark.parametrize("level", OFFERED)
def test_a_temporary_folder_below_a_closed_one_will_do(level, tmp_path, monkeypatch):
    home = tmp_path / "home"
    (home / "tmp").mkdir(parents=True)
    home.chmod(0o700)
    monkeypatch.setattr("tempfile.tempdir", str(home / "tmp"))
    assert marks(level, tmp_path) == 100


@needs_root
@pytest.mark.parametrize("level", sorted({*OFFERED} - {"full"}))
def test_what_else_a_closed_folder_holds_stays_closed(level, tmp_path, monkeypatch):
    home = tmp_path / "home"
    (home / "site-packages").mkdir(parents=True)
    secret = home / "secret.txt"
    secret.write_text("42")
    home.chmod(0o700)
    monkeypatch.setattr(environment, "SITE", [*environment.SITE, str(home / "site-packages")])
    path = tmp_path / "a.ipynb"
    path.write_bytes(notebook((f"answer = int(open({str(secret)!r}).read())",)))
    report = grade([path], exercise=STEM, load=load, libraries=("numpy",), jobs=1, isolation=level)
    assert report["submissions"][0]["score"] == 0


def test_the_way_to_a_path_is_followed_through_links(tmp_path):
    (tmp_path / "closed" / "inner").mkdir(parents=True)
    (tmp_path / "closed").chmod(0o700)
    (tmp_path / "link").symlink_to(tmp_path / "closed")
    found = mounts.closed_folders(str(tmp_path / "link" / "inner"))
    assert found[-1] == tmp_path / "closed"
    assert all(not path.stat().st_mode & 0o001 for path in found)
    assert tmp_path / "link" not in found


def test_a_closed_folder_is_replaced_by_what_it_holds(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a").mkdir()
    (folder / "b").touch()
    assert mounts.enterable(str(folder)) == [str(folder)]
    folder.chmod(0o700)
    assert mounts.enterable(str(folder)) == [str(folder / "a"), str(folder / "b")]
    assert mounts.enterable(str(tmp_path / "nowhere")) == []


def test_this_process_keeps_its_own_mounts(tmp_path):
    before = Path("/proc/self/mountinfo").read_bytes()
    marks(OFFERED[0], tmp_path)
    assert Path("/proc/self/mountinfo").read_bytes() == before
    assert os.getuid() == os.geteuid()
