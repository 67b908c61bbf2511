"""The tables of a gradebook, as numbered migrations; what a mark rests on can only be added to.

Moments are ISO 8601 in UTC. Lists and objects are JSON.
"""

import sqlite3

APPLICATION = 0x61654742
"""What SQLite's header says of a file that is a gradebook: `aeGB`."""

_TABLES = (
    "CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE change (
        id INTEGER PRIMARY KEY, at TEXT NOT NULL, what TEXT NOT NULL, details TEXT NOT NULL
    )""",
    """CREATE TABLE learner (
        id TEXT PRIMARY KEY, pseudonym TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
        first TEXT NOT NULL, last TEXT NOT NULL, email TEXT NOT NULL, login TEXT NOT NULL,
        canvas TEXT NOT NULL, participant TEXT NOT NULL, section TEXT NOT NULL,
        active INTEGER NOT NULL DEFAULT 1
    )""",
    """CREATE TABLE chapter (
        stem TEXT PRIMARY KEY, title TEXT NOT NULL, max_points REAL NOT NULL DEFAULT 100,
        weight REAL NOT NULL DEFAULT 1 CHECK (weight >= 0), due TEXT,
        assignment TEXT NOT NULL DEFAULT ''
    )""",
    """CREATE TABLE extension (
        learner TEXT NOT NULL REFERENCES learner, stem TEXT NOT NULL REFERENCES chapter,
        due TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (learner, stem)
    )""",
    """CREATE TABLE free_text (
        task TEXT PRIMARY KEY, stem TEXT NOT NULL REFERENCES chapter,
        points REAL NOT NULL CHECK (points > 0)
    )""",
    """CREATE TABLE run (
        id INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, source TEXT NOT NULL,
        report_sha256 TEXT NOT NULL UNIQUE, seed TEXT NOT NULL, isolation TEXT NOT NULL,
        caution TEXT NOT NULL, limits TEXT NOT NULL, versions TEXT NOT NULL,
        course TEXT NOT NULL, unread TEXT NOT NULL
    )""",
    "CREATE TABLE notebook (sha256 TEXT PRIMARY KEY, cells BLOB NOT NULL)",
    """CREATE TABLE handin (
        id INTEGER PRIMARY KEY, stem TEXT REFERENCES chapter, path TEXT NOT NULL,
        told TEXT NOT NULL, sha256 TEXT NOT NULL
    )""",
    "CREATE UNIQUE INDEX handin_once ON handin (coalesce(stem, ''), path, sha256)",
    """CREATE TABLE owner (
        id INTEGER PRIMARY KEY, handin INTEGER NOT NULL REFERENCES handin,
        learner TEXT REFERENCES learner, how TEXT NOT NULL, at TEXT NOT NULL
    )""",
    "CREATE INDEX owner_of ON owner (handin)",
    """CREATE TABLE arrival (
        id INTEGER PRIMARY KEY, handin INTEGER NOT NULL REFERENCES handin,
        moment TEXT NOT NULL, source TEXT NOT NULL
    )""",
    "CREATE INDEX arrival_of ON arrival (handin)",
    """CREATE TABLE attempt (
        id INTEGER PRIMARY KEY, handin INTEGER NOT NULL REFERENCES handin,
        run INTEGER NOT NULL REFERENCES run, graded INTEGER NOT NULL, problem TEXT NOT NULL,
        points REAL NOT NULL, max_points REAL NOT NULL, notes TEXT NOT NULL,
        seconds REAL NOT NULL, UNIQUE (handin, run)
    )""",
    """CREATE TABLE result (
        attempt INTEGER NOT NULL REFERENCES attempt, place INTEGER NOT NULL,
        task TEXT NOT NULL, title TEXT NOT NULL, status TEXT NOT NULL,
        points REAL NOT NULL CHECK (points BETWEEN 0 AND max_points), max_points REAL NOT NULL,
        messages TEXT NOT NULL, PRIMARY KEY (attempt, task)
    ) WITHOUT ROWID""",
    """CREATE TABLE mark (
        id INTEGER PRIMARY KEY, learner TEXT NOT NULL REFERENCES learner,
        stem TEXT NOT NULL REFERENCES chapter, task TEXT NOT NULL, points REAL,
        comment TEXT NOT NULL, marker TEXT NOT NULL, at TEXT NOT NULL
    )""",
)

KEPT = ("change", "run", "notebook", "handin", "owner", "arrival", "attempt", "result", "mark")
"""Tables whose rows are never changed or removed; SQLite itself refuses."""

_LOCKS = tuple(
    f"""CREATE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table} BEGIN
        SELECT RAISE(ABORT, 'a gradebook keeps every {table}: add a new one');
    END"""
    for table in KEPT
    for verb in ("UPDATE", "DELETE")
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_TABLES, _LOCKS)
"""Statements that lead from each version of the tables to the next; only ever appended to."""


def version(connection: sqlite3.Connection) -> int:
    """Return how many migrations a file has had; 0 for an empty one."""
    return connection.execute("PRAGMA user_version").fetchone()[0]


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the tables up to date, each migration whole or not at all.

    Args:
        connection: with no transaction open.
    """
    for number, statements in enumerate(MIGRATIONS[version(connection) :], version(connection) + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in statements:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
