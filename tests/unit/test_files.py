"""A file is there whole or not at all."""

from ae_course._files import replacing, write_text

import pytest


def test_the_old_file_is_there_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "folder" / "results.json"
    write_text(path, "old")
    with replacing(path) as part:
        part.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(path.parent.iterdir()) == [path]


def test_of_a_write_that_fails_nothing_is_left(tmp_path):
    path = tmp_path / "results.json"
    write_text(path, "old")
    with pytest.raises(KeyboardInterrupt), replacing(path) as part:
        part.write_text("half")
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_line_ends_are_kept(tmp_path):
    write_text(tmp_path / "grades.csv", "a\r\nb\n")
    assert (tmp_path / "grades.csv").read_bytes() == b"a\r\nb\n"
