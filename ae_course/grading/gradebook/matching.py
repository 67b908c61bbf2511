"""Whose a hand-in is: its folders' and its file's names held against the roster.

Moodle's download has a folder `Full Name_1234567_assignsubmission_file` for each learner (seen in
many public archives of such downloads), Canvas' a file
`familygiven_[LATE_]USER_SUBMISSION_name.ipynb` (documented by mikewesthad/canvas-unzipper),
nbgrader `ID/ASSIGNMENT/name.ipynb`.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ae_course.grading.gradebook.store import Book, now
from ae_course.grading.judging.task import stems

_MOODLE = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_(?:file|onlinetext)", re.I)
_CANVAS = re.compile(r"(?P<name>[^\W_]+)_(?:late_)?(?P<number>\d+)_\d+_", re.I)
_ENDING = re.compile(r"(\.(ipynb|json|txt|zip|tar|gz|tgz))+$", re.I)
_SHORTEST = 3  # characters of an id that counts wherever in a name it stands


class Directory:
    """The roster, to be asked whose a path is.

    Args:
        learners: rows with id, name, first, last, email, login, canvas and participant.
    """

    def __init__(self, learners: Iterable[Mapping[str, Any]]):
        self._by: dict[str, dict[str, set[str]]] = {
            kind: {} for kind in ("key", "canvas", "participant", "name")
        }
        for one in learners:
            keys = (one["id"], one["login"], one["email"], one["email"].partition("@")[0])
            self._note("key", one["id"], *map(str.casefold, keys))
            self._note("canvas", one["id"], one["canvas"])
            self._note("participant", one["id"], one["participant"])
            first, last = one["first"], one["last"]
            self._note(
                "name", one["id"], *map(without_accents, (one["name"], first + last, last + first))
            )

    def find(self, path: str, told: str = "") -> tuple[str | None, str]:
        """Return the id of the learner whose hand-in this is, and how that is known.

        The surest sign decides. If it points to several learners, the hand-in is nobody's and the
        second part says whose it may be.

        Args:
            path: folders and file, with slashes.
            told: what the batch took for the learner's name.

        Example:
            >>> Directory(roster).find("Ada Lovelace_77_assignsubmission_file/1.ipynb")
            ('a1815', "a folder of Moodle's with the name")
        """
        parts = [_ENDING.sub("", part) for part in path.split("/")]
        rest = [found["name"] if (found := _platform(part)) else part for part in parts]
        for how, kind, guesses in (
            ("the number that the platform gives", "", _platform_numbers(parts)),
            ("a download's folder or file with the name", "name", _platform_names(parts)),
            ("an id, login or address as a name", "key", map(str.casefold, rest)),
            ("an id, login or address in a name", "key", _words(rest)),
            ("the learner's name", "name", map(without_accents, [*rest, told])),
            ("the learner's name in a name", "name", _word_groups(rest)),
        ):
            found: set[str] = set()
            for guess in guesses:
                where, text = (kind, guess) if kind else guess
                found |= self._by[where].get(text, set())
            if len(found) == 1:
                return next(iter(found)), how
            if found:
                return None, f"{how}: may be {', '.join(sorted(found))}"
        return None, "no name in it is in the roster"

    def _note(self, kind: str, id: str, *texts: str) -> None:
        for text in filter(None, texts):
            self._by[kind].setdefault(text, set()).add(id)


def match(book: Book) -> dict[int, str]:
    """Give hand-ins that are nobody's to learners, and return those left, with the reason.

    A hand-in that was given to somebody by hand keeps its owner.
    """
    directory = Directory(book.rows("SELECT * FROM learner"))
    with book.change("match"):
        for one in unowned(book):
            learner, how = directory.find(one["path"], one["told"])
            if learner is not None or how != one["how"]:
                book.add(
                    "INSERT INTO owner (handin, learner, how, at) VALUES (?, ?, ?, ?)",
                    *(one["id"], learner, how, now()),
                )
    return {one["id"]: one["how"] for one in unowned(book)}


def give(book: Book, handin: int, learner: str | None, how: str = "by hand") -> None:
    """Give a hand-in to a learner, or with None to nobody; who had it before stays recorded."""
    with book.change("give", handin=handin, learner=learner):
        book.add(
            "INSERT INTO owner (handin, learner, how, at) VALUES (?, ?, ?, ?)",
            *(handin, learner, how, now()),
        )


def unowned(book: Book) -> list[Any]:
    """Return the hand-ins that are nobody's: id, stem, path, told, how."""
    return book.rows(
        """SELECT handin.id, stem, path, told, coalesce(owner.how, '') AS how FROM handin
        LEFT JOIN owner ON owner.id = (SELECT max(id) FROM owner WHERE handin = handin.id)
        WHERE owner.learner IS NULL ORDER BY path"""
    )


def without_accents(text: str) -> str:
    """Return the letters and digits of a name, small and without accents.

    Example:
        >>> without_accents("Müller, Zoë")
        'mullerzoe'
    """
    split = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in split if c.isalnum())


def _platform(part: str) -> re.Match | None:
    return _MOODLE.match(part) or _CANVAS.match(part)


def _platform_numbers(parts: list[str]) -> Iterator[tuple[str, str]]:
    for part in parts:
        if found := _MOODLE.match(part):
            yield "participant", found["number"]
        elif found := _CANVAS.match(part):
            yield "canvas", found["number"]


def _platform_names(parts: list[str]) -> Iterator[str]:
    for part in parts:
        if found := _platform(part):
            yield without_accents(found["name"])


def _words(parts: list[str]) -> Iterator[str]:
    of_the_course = {word for stem in stems() for word in stem.split("_")}
    for part in parts:
        for pattern in (r"[^\w.@+-]+", r"[^\w@.]+|_", r"[\W_]+"):
            for word in re.split(pattern, part.casefold()):
                if len(word) >= _SHORTEST and word not in of_the_course:
                    yield word


def _word_groups(parts: list[str]) -> Iterator[str]:
    for part in parts:
        words = [word for word in re.split(r"[\W\d_]+", part) if word]
        for size in range(min(len(words), 5), 1, -1):
            for i in range(len(words) - size + 1):
                yield without_accents("".join(words[i : i + size]))
