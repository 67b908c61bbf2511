"""How well a submission can be kept apart on this system: three levels, probed when needed.

`full`: bubblewrap, with its own file system, network and processes. `fs`: Landlock, which closes
the disk but for the libraries and the scratch folder. `limits`: another user where possible, the
kernel's limits and a system-call filter. All have the limits of `Limits` and a scrubbed
environment.
"""

import functools
import platform

from ae_course.grading.sandbox.child.confine import landlock_abi
from ae_course.grading.sandbox.child.system_calls import is_known
from ae_course.grading.sandbox.host.environment import try_bubblewrap
from ae_course.grading.sandbox.host.uids import may_change_user

LEVELS = ("limits", "fs", "full")
"""From the weakest to the strongest."""

_STOPS_TRUNCATION = 3


class SandboxError(RuntimeError):
    """The sandbox itself failed, through no fault of a submission; or the system offers none."""


@functools.cache
def available() -> dict[str, str]:
    """Return for every level an empty text, or why this system does not offer it."""
    if not is_known():
        says = f"the system calls of {platform.system()} on {platform.machine()} are not known"
        return dict.fromkeys(LEVELS, says)
    return {"limits": "", "fs": _no_landlock(), "full": try_bubblewrap()}


def _no_landlock() -> str:
    version = landlock_abi()
    if not version:
        return "the kernel offers no Landlock"
    if version < _STOPS_TRUNCATION and not may_change_user():
        return "the kernel's Landlock is too old: it lets a submission empty your files"
    return ""


def strongest(required: str | None = None, wanted: str | None = None) -> str:
    """Return the level to use: the strongest that there is, or `wanted`.

    Level `limits` is not chosen for an ordinary user, whose files it would lay open.

    Raises:
        SandboxError: if it is weaker than `required`, or `wanted` is not to be had.
    """
    offered = available()
    best = [level for level in LEVELS if not offered[level]]
    if not best or (wanted and offered[wanted]):
        reason = offered[wanted or "limits"]
        raise SandboxError(f"Isolation level {wanted or 'limits'} is not to be had: {reason}.")
    level = wanted or best[-1]
    if not wanted and level == "limits" and not may_change_user():
        raise SandboxError(
            f"Only level limits is to be had ({offered['fs']}; {offered['full']}), and here it "
            "would let a submission read and change your own files. Install bubblewrap, or grade "
            "as root; --isolation limits takes the risk."
        )
    if required and LEVELS.index(level) < LEVELS.index(required):
        reason = offered[required] or f"level {level} was asked for"
        raise SandboxError(f"Isolation level {required} is required, but {reason}.")
    return level


def caution(level: str) -> str:
    """Return what a teacher should know of a level on this system; empty if nothing."""
    if level == "limits":
        return (
            "Level limits closes no files: a submission can read what its user may read and "
            "change what its user may write (your own files, unless root grades; /tmp, where "
            "another submission finds it). Keep solutions away."
        )
    if level == "fs" and not may_change_user():
        return (
            "At level fs, and not graded by root, a submission runs as your own user. The kernel "
            "keeps it from your files and processes, and there is no second wall behind that; "
            "level full has one."
        )
    return ""
