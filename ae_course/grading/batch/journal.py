"""Finished results on disk until every report is written, so that an interrupted batch goes on."""

import fcntl
import json
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ae_course._files import sync_folder, write_text
from ae_course.grading.batch.submission import Submission

PARTIAL = "grades.partial.jsonl"
"""The file of finished results in the output folder, until the reports are written."""


class NotWritten(OSError):
    """Results that can't be written, in words for a teacher."""


def key(one: Submission | dict[str, Any]) -> tuple:
    """Return the key of a submission, or of its entry in the report."""
    facts = one if isinstance(one, dict) else vars(one)
    return facts["id"], facts["sha256"], facts["exercise"]


class Journal:
    """Finished results on disk, one JSON a line after a line with the batch's settings.

    Args:
        folder: where; None keeps nothing.
        seed: the seed asked for; None takes that of an unfinished journal, or a fresh one.

    Attributes:
        seed: the batch's.
        remarks: what a teacher should know of an earlier journal, in sentences.
        finished: whether every report is on disk, so that the file may go.

    Raises:
        BlockingIOError: if another batch writes to it.
        NotWritten: if the folder or the file can't be made.
    """

    def __init__(self, folder: Path | None, seed: int | None):
        self.finished, self.remarks = False, []
        self._path, self._file, self._lines = None, None, []
        if folder is not None:
            self._path = folder / PARTIAL
            self._open()
        head = _json(self._lines[0]) if self._lines else {}
        kept = head.get("seed")
        self.seed = kept if seed is None and type(kept) is int else seed
        if self.seed is None:
            self.seed = secrets.randbits(63)

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_) -> None:
        if self._file is not None:
            if self.finished:
                self._path.unlink(missing_ok=True)
            self._file.close()

    def resume(
        self,
        settings: Mapping[str, Any],
        wanted: Mapping[tuple, Submission],
        is_whole: Callable[[Mapping[str, Any], Submission], bool],
    ) -> dict[tuple, dict[str, Any]]:
        """Return what an earlier batch of the same settings finished; set any other aside.

        Args:
            settings: what a result depends on beside the submission, as JSON gives it back.
            wanted: the batch's submissions by `key`. What is of none of them, as after a file was
                replaced, renamed or deleted, is left out.
            is_whole: whether an entry is as `report.entry` makes them.
        """
        if self._file is None:
            return {}
        head, *rest = map(_json, self._lines or [b"{}"])
        if self._lines and head.get("settings") != settings:
            self._set_aside(head.get("settings"), settings)
            self._lines, rest = [], []
        if not self._lines:
            self._write(json.dumps({"seed": self.seed, "settings": settings}).encode() + b"\n")
        known, lost = {}, 0
        for line in rest:
            entry = line.get("entry")
            try:
                one = wanted.get(key(entry))
            except (KeyError, TypeError):
                lost += 1
                continue
            if one is not None and is_whole(entry, one):
                known[key(one)] = entry
            elif one is not None:
                lost += 1
        if lost:
            self.remarks.append(
                f"{PARTIAL}: lines that could not be read: {lost}. What they held is graded again."
            )
        return known

    def add(self, entry: dict[str, Any]) -> None:
        """Keep a result.

        Raises:
            NotWritten: if the disk does not take it. The results before it are kept.
        """
        self._write(json.dumps({"entry": entry}).encode() + b"\n")

    def _open(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("ab+", buffering=0)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._file.seek(0)
            self._lines = self._file.read().split(b"\n")
            sync_folder(self._path.parent)
        except BlockingIOError:
            self._file.close()
            raise
        except OSError as error:
            raise NotWritten(f"{error.strerror}: {self._path}") from None
        torn = self._lines.pop()  # what follows the last line's end: nothing, or a line cut off
        self._file.truncate(self._file.tell() - len(torn))
        self._lines = [line for line in self._lines if line.strip()]

    def _set_aside(self, before: Any, now: Mapping[str, Any]) -> None:
        """Copy the old journal to a name of its own, and begin anew."""
        number = 1
        while (aside := self._path.with_suffix(f".{number}.jsonl")).exists():
            number += 1
        try:
            write_text(aside, b"\n".join([*self._lines, b""]).decode("utf-8", "replace"))
        except OSError as error:
            raise NotWritten(f"{error.strerror}: {aside}") from None
        self._file.truncate(0)
        before = before if isinstance(before, dict) else {}
        changed = ", ".join(name for name in now if before.get(name) != now[name])
        self.remarks.append(
            f"What an unfinished batch with another {changed} had graded is in {aside.name}; this "
            "batch began anew."
        )

    def _write(self, data: bytes) -> None:
        if self._file is None:
            return
        end = self._file.seek(0, os.SEEK_END)
        try:
            while data:
                data = data[self._file.write(data) :]
            os.fsync(self._file.fileno())
        except OSError as error:
            self._file.truncate(end)
            raise NotWritten(f"{error.strerror}: {self._path}") from None


def _json(line: bytes) -> dict[str, Any]:
    """A line's object; an empty one for what is none."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
