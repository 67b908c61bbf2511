"""A book is whole or unchanged, whatever happens; what a mark rests on can't be changed."""

import contextlib
import sqlite3

from ae_course.grading.gradebook import schema
from ae_course.grading.gradebook.intake import take_in
from ae_course.grading.gradebook.store import Book, BookError

import pytest


def count(book, table):
    return book.rows(f"SELECT count(*) AS n FROM {table}")[0]["n"]


def test_the_book_is_as_a_database_should_be(empty):
    assert empty.rows("PRAGMA journal_mode")[0][0] == "wal"
    assert empty.rows("PRAGMA foreign_keys")[0][0] == 1
    assert empty.rows("PRAGMA user_version")[0][0] == len(schema.MIGRATIONS)


@pytest.mark.parametrize("table", schema.KEPT)
@pytest.mark.parametrize("verb", ["DELETE FROM {0}", "UPDATE {0} SET rowid = rowid + 1"])
def test_no_result_is_ever_overwritten(book, table, verb):
    if table == "result":  # which has no rowid
        verb = verb.replace("rowid = rowid", "points = points")
    if table == "mark":
        with book.change("test"):
            book.add(
                "INSERT INTO mark (learner, stem, task, points, comment, marker, at) SELECT"
                " learner.id, stem, '1.5', 1, '', '', '' FROM learner, chapter LIMIT 1"
            )
    if table == "arrival":
        with book.change("test"):
            book.add("INSERT INTO arrival (handin, moment, source) VALUES (1, '', '')")
    before = count(book, table)
    assert before
    with pytest.raises(BookError, match="keeps every"), book.change("test"):
        book.add(verb.format(table))
    assert count(book, table) == before


def test_a_change_that_fails_leaves_nothing(empty, make, monkeypatch):
    before = {table: count(empty, table) for table in schema.KEPT}
    good, bad = make.entry("ada/1.ipynb"), make.entry("bo/1.ipynb")
    bad["tasks"] *= 2  # a task twice, which the tables refuse
    with pytest.raises(BookError, match="Nothing was changed"):
        take_in(empty, make.report(good, bad))
    assert {table: count(empty, table) for table in schema.KEPT} == before
    assert take_in(empty, make.report(good)).attempts == 1


def test_points_beyond_the_maximum_are_refused_by_the_tables_themselves(empty, make):
    with pytest.raises(BookError, match="CHECK"):
        take_in(empty, make.report(make.entry("ada/1.ipynb", points=21)))


def test_a_full_disk_is_told_and_costs_nothing(empty, make):
    pages = empty.rows("PRAGMA page_count")[0][0]
    empty.rows(f"PRAGMA max_page_count = {pages}")
    entries = [make.entry(f"ada/{i}.ipynb", notes=["x" * 5000]) for i in range(50)]
    with pytest.raises(BookError, match=r"full.*Nothing was changed"):
        take_in(empty, make.report(*entries))
    assert count(empty, "attempt") == 0 and count(empty, "run") == 0


def test_a_backup_has_all_and_replaces_nothing(book, tmp_path):
    with book.change("open"):  # while a change is under way elsewhere, it is what was before
        pass
    book.backup(tmp_path / "copy.sqlite")
    with Book(tmp_path / "copy.sqlite") as copy:
        assert count(copy, "attempt") == count(book, "attempt") > 0
    with pytest.raises(BookError, match="is there already"):
        book.backup(tmp_path / "copy.sqlite")
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"no database at all, just words " * 40, "no SQLite file"), (b"", "no gradebook")],
)
def test_another_file_is_refused_and_stays(tmp_path, content, says):
    path = tmp_path / "thesis.doc"
    path.write_bytes(content)
    with pytest.raises(BookError, match=says):
        Book(path)
    assert path.read_bytes() == content


def test_a_database_of_something_else_is_refused(tmp_path):
    with contextlib.closing(sqlite3.connect(tmp_path / "other.sqlite")) as other:
        other.execute("CREATE TABLE mine (x)")
        other.commit()
    with pytest.raises(BookError, match="no gradebook"):
        Book(tmp_path / "other.sqlite")


def test_a_book_that_is_not_there_or_is_is_told(tmp_path):
    with pytest.raises(BookError, match="gradebook init"):
        Book(tmp_path / "none.sqlite")
    Book(tmp_path / "one.sqlite", create=True).close()
    with pytest.raises(BookError, match="is there already"):
        Book(tmp_path / "one.sqlite", create=True)


def test_a_migration_is_whole_or_not_at_all_and_leaves_a_backup(tmp_path, monkeypatch):
    path = tmp_path / "class.sqlite"
    Book(path, create=True).close()
    broken = (*schema.MIGRATIONS, ("CREATE TABLE later (x)", "INSERT INTO nowhere VALUES (1)"))
    monkeypatch.setattr(schema, "MIGRATIONS", broken)
    with pytest.raises(BookError, match="nowhere"):
        Book(path)
    monkeypatch.setattr(schema, "MIGRATIONS", (*broken[:-1], broken[-1][:1]))
    (tmp_path / f"class.sqlite.version-{len(broken) - 1}").unlink()
    with Book(path) as book:
        assert count(book, "later") == 0
    assert (tmp_path / f"class.sqlite.version-{len(broken) - 1}").exists()
    monkeypatch.setattr(schema, "MIGRATIONS", broken[:-1])
    with pytest.raises(BookError, match="Update it"):
        Book(path)


def test_nobody_else_can_read_a_book_or_its_backup(empty, tmp_path):
    empty.backup(tmp_path / "copy.sqlite")
    for path in (empty.path, tmp_path / "copy.sqlite"):
        assert path.stat().st_mode & 0o077 == 0


def test_a_setting_that_there_is_not_is_refused(empty):
    with pytest.raises(KeyError, match="colour"):
        empty.set(colour="red")


def test_the_log_says_what_was_changed(empty):
    empty.set(attempts="last")
    row = empty.rows("SELECT * FROM change ORDER BY id DESC LIMIT 1")[0]
    assert row["what"] == "settings" and "last" in row["details"]
