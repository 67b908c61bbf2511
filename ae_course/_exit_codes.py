"""What `ae-course` ends with: one table for all commands, each code with one meaning."""

from collections.abc import Iterable
from enum import IntEnum


class Exit(IntEnum):
    """An exit code of `ae-course`, and what it means.

    Where several are true at once, the command ends with the first of `MOST_URGENT_FIRST`.
    """

    meaning: str

    def __new__(cls, code: int, meaning: str):
        """Keep the meaning beside the number."""
        member = int.__new__(cls, code)
        member._value_, member.meaning = code, meaning
        return member

    DONE = 0, "all that was asked for is done, and the answer is yes"
    NO = (
        1,
        "the answer is no: below --min-score, not correct, not confirmed, or two things "
        "do not agree",
    )
    NOTHING = 2, "wrong arguments, or nothing there to work on"
    UNREADABLE = 3, "a notebook, archive, link or folder could not be read; the report names it"
    NO_SANDBOX = 4, "the isolation or the cluster is not to be had; nothing more was graded"
    NOT_WRITTEN = (
        5,
        "the results can't be written; what was graded is kept, the same command goes on",
    )
    SANDBOX_LOST = 6, "a sandbox died twice over a submission, which has no verdict"
    UNREAD = 7, "every notebook was graded; other files were found, which the report names"
    INTERRUPTED = 130, "interrupted; the same command goes on where it stood"


MOST_URGENT_FIRST = (Exit.SANDBOX_LOST, Exit.UNREADABLE, Exit.NO, Exit.UNREAD)
"""Of the codes that a batch which was graded can end with."""


def table(codes: Iterable[Exit] = Exit) -> str:
    """Return the codes and their meanings, a line each, as `--help` shows them.

    Example:
        >>> print(table([Exit.DONE]))
        exit codes:
          0    all that was asked for is done, and the answer is yes
    """
    return "\n".join(["exit codes:", *(f"  {code.value:<4} {code.meaning}" for code in codes)])
