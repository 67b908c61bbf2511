"""The gradebook's file: opened, changed in transactions, copied while in use."""

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ae_course.grading.gradebook import schema

DEFAULTS = {
    "title": "Gradebook",
    "attempts": "best",
    "late_percent": "10",
    "late_floor": "0",
    "grace_minutes": "60",
    "zone": "UTC",
    "pages": "",
}
"""Settings of a new book, by name."""

_BUSY_SECONDS = 20
_PRIVATE = 0o600  # names and marks are nobody else's business


class BookError(ValueError):
    """What was expected, what came, and what to do, in a sentence for a teacher."""


def now() -> str:
    """Return this moment as the book writes moments: ISO 8601, in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Book:
    """A gradebook in one SQLite file.

    Args:
        path: the file.
        create: make a new one; otherwise it has to be there.

    Raises:
        BookError: if it is not there, or is there already, or is no gradebook, or is of a newer
            version of the course, or can't be written.

    Example:
        >>> with Book("class.sqlite", create=True) as book:
        ...     book.setting("attempts")
        'best'
    """

    def __init__(self, path: str | Path, create: bool = False):
        self.path = Path(path)
        if create and self.path.exists():
            raise BookError(f"{self.path} is there already. Name another file, or use this one.")
        if not create and not self.path.is_file():
            raise BookError(
                f"There is no gradebook {self.path}. `ae-course gradebook init {self.path}` makes "
                "one."
            )
        self._connection = None
        with self._in_words():
            if create:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self.path.touch(mode=_PRIVATE)
            self._connection = sqlite3.connect(
                self.path, timeout=_BUSY_SECONDS, isolation_level=None
            )
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("PRAGMA foreign_keys = ON")
            self._check(create)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._update(create)

    def __enter__(self) -> "Book":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """Return what a query finds."""
        with self._in_words():
            return self._connection.execute(sql, values).fetchall()

    def add(self, sql: str, *values: Any) -> int:
        """Run a statement that adds or changes a row; return the new row's number.

        Call it within `change`.
        """
        return self._connection.execute(sql, values).lastrowid

    def add_many(self, sql: str, rows: list[tuple]) -> None:
        """Run a statement once for each row. Call it within `change`."""
        self._connection.executemany(sql, rows)

    @contextlib.contextmanager
    def change(self, what: str, **details: Any) -> Iterator[None]:
        """Hold a transaction: everything in the block is written, or nothing.

        Args:
            what: what is done, for the book's own log.
            details: to be logged with it.

        Raises:
            BookError: if the file can't be written or is in use for too long.
        """
        with self._in_words():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.add(
                    "INSERT INTO change (at, what, details) VALUES (?, ?, ?)",
                    *(now(), what, json.dumps(details, default=str)),
                )
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def setting(self, name: str) -> str:
        """Return a setting; `DEFAULTS` names them all."""
        found = self.rows("SELECT value FROM setting WHERE name = ?", name)
        return found[0]["value"] if found else DEFAULTS[name]

    def set(self, **settings: Any) -> None:
        """Change settings.

        Raises:
            KeyError: for a name that is none of `DEFAULTS`.
        """
        unknown = set(settings) - set(DEFAULTS)
        if unknown:
            raise KeyError(f"There is no setting {', '.join(sorted(unknown))}")
        with self.change("settings", **settings):
            for name, value in settings.items():
                self.add("INSERT OR REPLACE INTO setting VALUES (?, ?)", name, str(value))

    def backup(self, to: str | Path) -> None:
        """Copy the book as it is now to another file, while others may use it.

        Raises:
            BookError: if the file is there already, or can't be written.
        """
        to = Path(to)
        if to.exists():
            raise BookError(f"{to} is there already, and a backup replaces nothing. Name another.")
        part = to.with_name(to.name + ".part")
        with self._in_words(to):
            to.parent.mkdir(parents=True, exist_ok=True)
            part.unlink(missing_ok=True)
            part.touch(mode=_PRIVATE)
            with contextlib.closing(sqlite3.connect(part)) as copy:
                self._connection.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")
            part.rename(to)

    def _check(self, create: bool) -> None:
        application = self._connection.execute("PRAGMA application_id").fetchone()[0]
        if not create and application != schema.APPLICATION:
            raise BookError(
                f"{self.path} is no gradebook of this course. Name the file that "
                "`ae-course gradebook init` made."
            )
        known, found = len(schema.MIGRATIONS), schema.version(self._connection)
        if found > known:
            raise BookError(
                f"{self.path} has version {found}; this ae-course knows up to {known}. Update it."
            )

    def _update(self, create: bool) -> None:
        before = schema.version(self._connection)
        if before == len(schema.MIGRATIONS):
            return
        if not create:
            self.backup(self.path.with_name(f"{self.path.name}.version-{before}"))
        schema.migrate(self._connection)

    @contextlib.contextmanager
    def _in_words(self, path: Path | None = None) -> Iterator[None]:
        """Turn what SQLite says into a sentence with the file's name."""
        path = path or self.path
        try:
            yield
        except sqlite3.IntegrityError as error:
            raise BookError(f"{path}: {error}. Nothing was changed.") from error
        except (sqlite3.Error, OSError) as error:
            says = getattr(error, "strerror", None) or str(error)
            if "not a database" in says:
                says = "this is no SQLite file; name the one that `gradebook init` made"
            raise BookError(f"{path}: {says}. Nothing was changed.") from error
