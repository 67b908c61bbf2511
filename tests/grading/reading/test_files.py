"""Everything below a path is found once: read, or named with the reason."""

import io
import os
import zipfile
from pathlib import Path

from ae_course.grading.reading.files import find

import pytest


def write(folder, *names):
    for name in names:
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


def zipped(*names):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return data.getvalue()


def found(*paths):
    return {"/".join(found_file.parts): found_file for found_file in find(paths)}


def test_every_file_is_found_whatever_it_is_called(tmp_path):
    names = {"a.ipynb", "b.IPYNB", "c.py", ".hidden/d.ipynb", ".e", "f/g/h", "i.crdownload"}
    write(tmp_path, *names)
    files = found(tmp_path)
    assert set(files) == names
    assert all(found_file.data == name.encode() for name, found_file in files.items())


def test_what_a_system_left_is_named_once_and_not_read(tmp_path):
    write(tmp_path, "a/.DS_Store", "a/.ipynb_checkpoints/x.ipynb", "a/.ipynb_checkpoints/y.ipynb")
    (tmp_path / "b.zip").write_bytes(zipped("__MACOSX/._x.ipynb", "__MACOSX/._y", "x.ipynb"))
    files = found(tmp_path)
    system_file = {
        name
        for name, found_file in files.items()
        if found_file.system_file and found_file.data is None
    }
    assert system_file == {"a/.DS_Store", "a/.ipynb_checkpoints", "b.zip/__MACOSX"}
    assert set(files) - system_file == {"b.zip/x.ipynb"}


def test_a_path_named_twice_is_found_once(tmp_path):
    write(tmp_path, "a/x", "a/y")
    files = list(find([tmp_path / "a" / "x", tmp_path / "a", tmp_path / "a" / "." / "y"]))
    assert sorted(found_file.parts for found_file in files) == [("x",), ("y",)]


def test_an_archive_that_is_named_is_taken_for_a_folder(tmp_path):
    (tmp_path / "all.zip").write_bytes(zipped("ada/x.ipynb", "bob/x.ipynb"))
    assert set(found(tmp_path / "all.zip")) == {"ada/x.ipynb", "bob/x.ipynb"}
    assert set(found(tmp_path)) == {"all.zip/ada/x.ipynb", "all.zip/bob/x.ipynb"}


def test_a_class_may_hand_in_more_than_a_learner(tmp_path):
    (tmp_path / "all.zip").write_bytes(zipped(*(f"{i}.ipynb" for i in range(300))))
    assert len(found(tmp_path / "all.zip")) == 300
    files = found(tmp_path)
    assert len(files) == 201 and "too many files" in files["all.zip"].problem


def test_no_link_is_followed_and_no_pipe_opened(tmp_path):
    write(tmp_path, "out/x.ipynb")
    handed_in = tmp_path / "in"
    handed_in.mkdir()
    (handed_in / "file.ipynb").symlink_to(tmp_path / "out" / "x.ipynb")
    (handed_in / "folder").symlink_to(tmp_path / "out")
    (handed_in / "dangling").symlink_to("nowhere")
    os.mkfifo(handed_in / "pipe.ipynb")
    files = found(handed_in)
    assert set(files) == {"file.ipynb", "folder", "dangling", "pipe.ipynb"}
    assert all(found_file.data is None and found_file.lost for found_file in files.values())
    assert "regular" in files.pop("pipe.ipynb").problem
    assert all("link" in found_file.problem for found_file in files.values())


def test_what_cannot_be_opened_is_named(tmp_path, monkeypatch):
    """Root opens everything, so that here the system calls refuse."""
    write(tmp_path, "closed/x.ipynb", "y.ipynb")

    def refuse_for(name, act):
        def refuse(path, *rest, **options):
            if Path(path).name == name:
                raise PermissionError(13, "Permission denied", str(path))
            return act(path, *rest, **options)

        return refuse

    monkeypatch.setattr(os, "scandir", refuse_for("closed", os.scandir))
    monkeypatch.setattr(os, "open", refuse_for("y.ipynb", os.open))
    assert {
        name: (found_file.problem, found_file.lost) for name, found_file in found(tmp_path).items()
    } == {
        "closed": ("The folder can't be opened.", True),
        "y.ipynb": ("The file can't be opened.", True),
    }


def test_a_large_file_is_named_and_only_its_start_kept(tmp_path):
    (tmp_path / "large").write_bytes(bytes(17 << 20))
    found_file = found(tmp_path)["large"]
    assert "larger than 16 MB" in found_file.problem and len(found_file.data) == 1 << 20


def test_a_path_that_is_not_there_is_said(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        list(find([tmp_path / "nowhere"]))


def test_the_folder_of_the_results_is_left_out_unless_it_is_named(tmp_path):
    write(tmp_path, "a/x.ipynb", "a/grades/grades.json", "a/b/grades/y.ipynb")
    assert len(list(find([tmp_path / "a"]))) == 3
    left = {
        found_file.parts[-1]
        for found_file in find([tmp_path / "a"], without=tmp_path / "a" / "grades")
    }
    assert left == {"x.ipynb", "y.ipynb"}
    (named,) = find([tmp_path / "a" / "grades"], without=tmp_path / "a" / "grades")
    assert named.parts == ("grades.json",)
