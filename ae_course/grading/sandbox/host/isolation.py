"""How well a submission can be kept apart on this system: three levels, probed when needed.

`full`: bubblewrap, with its own file system, network and processes. `fs`: Landlock, which closes
the disk but for the libraries and the scratch folder. `limits`: another user where possible, the
kernel's limits and a system-call filter. All have the limits of `Limits` and a scrubbed
environment.
"""

import functools

from ae_course.grading.sandbox.child.confine import landlock_abi
from ae_course.grading.sandbox.host.environment import try_bubblewrap

LEVELS = ("limits", "fs", "full")
"""From the weakest to the strongest."""


class SandboxError(RuntimeError):
    """The sandbox itself failed, through no fault of a submission; or the system offers none."""


@functools.cache
def available() -> dict[str, str]:
    """Return for every level an empty text, or why this system does not offer it."""
    return {
        "limits": "",
        "fs": "" if landlock_abi() else "the kernel offers no Landlock",
        "full": try_bubblewrap(),
    }


def strongest(required: str | None = None, wanted: str | None = None) -> str:
    """Return the level to use: the strongest that there is, or `wanted`.

    Raises:
        SandboxError: if it is weaker than `required`, or `wanted` is not to be had.
    """
    offered = available()
    best = [level for level in LEVELS if not offered[level]]
    if not best or (wanted and offered[wanted]):
        reason = offered[wanted or "limits"]
        raise SandboxError(f"Isolation level {wanted or 'limits'} is not to be had: {reason}.")
    level = wanted or best[-1]
    if required and LEVELS.index(level) < LEVELS.index(required):
        reason = offered[required] or f"level {level} was asked for"
        raise SandboxError(f"Isolation level {required} is required, but {reason}.")
    return level


def caution(level: str) -> str:
    """Return what a teacher should know of a level on this system; empty if nothing."""
    return {
        "limits": "Level limits closes no files: a submission can read what its user may read and "
        "change what its user may write (your own files, unless root grades; /tmp, where another "
        "submission finds it). Keep solutions away.",
    }.get(level, "")
