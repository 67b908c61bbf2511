"""Finished results on disk while a batch runs, so that an interrupted one goes on."""

import fcntl
import json
import os
import secrets
from pathlib import Path
from typing import Any

from ae_course.grading.batch.submission import Submission

PARTIAL = "grades.partial.jsonl"
"""The file of finished results in the output folder, while a batch runs."""


def key(one: Submission | dict[str, Any]) -> tuple:
    """Return the key of a submission, or of its entry in the report."""
    facts = one if isinstance(one, dict) else vars(one)
    return facts["id"], facts["sha256"], facts["exercise"]


class Journal:
    """Finished results on disk, one JSON a line after a line with the seed.

    Args:
        folder: where; None keeps nothing.
        seed: the seed asked for; None takes that of an unfinished journal, or a fresh one.

    Attributes:
        finished: whether the batch is complete, so that the file may be deleted.

    Raises:
        BlockingIOError: if another batch writes to it.
    """

    def __init__(self, folder: Path | None, seed: int | None):
        self.finished, self._file, self._lines = False, None, []
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = (folder / PARTIAL).open("a+", encoding="utf-8")
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._file.seek(0)
            self._lines = [line for line in map(_json, self._file) if line is not None]
        kept = self._lines[0].get("seed") if self._lines else None
        self.seed = kept if seed is None and kept is not None else seed
        if self.seed is None:
            self.seed = secrets.randbits(63)

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_) -> None:
        if self._file is not None:
            if self.finished:
                Path(self._file.name).unlink(missing_ok=True)
            self._file.close()

    def known(self, fingerprint: str) -> dict[tuple, dict[str, Any]]:
        """Return what an earlier batch of the same settings finished; forget any other."""
        head, *rest = self._lines or [{}]
        if head.get("fingerprint") == fingerprint:
            self._write("\n")  # ends a line that was cut off
            return {tuple(line["key"]): line["entry"] for line in rest if "key" in line}
        if self._file is not None:
            self._file.truncate(0)
            self._write(json.dumps({"seed": self.seed, "fingerprint": fingerprint}) + "\n")
        return {}

    def add(self, entry: dict[str, Any]) -> None:
        """Keep a result."""
        self._write(json.dumps({"key": key(entry), "entry": entry}) + "\n")

    def _write(self, text: str) -> None:
        if self._file is not None:
            self._file.write(text)
            self._file.flush()
            os.fsync(self._file.fileno())


def _json(line: str) -> dict | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
