"""What a submission's process does to itself before the first line of the submission runs.

Every step can only take rights away. It needs Linux and nothing beyond the standard library:
limits and another user from the kernel's oldest calls, Landlock through `ctypes`. The filter of
system calls is in `system_calls`.
"""

import contextlib
import ctypes
import os
import resource
import struct
from collections.abc import Iterable, Mapping

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_DUMPABLE, _PR_CAPBSET_DROP = 4, 24
_PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 36, 38
_CAPABILITIES_VERSION = 0x20080522


def prctl(option: int, argument: int = 0, pointer: int = 0) -> bool:
    """Call prctl(2); True if the kernel did it."""
    return _LIBC.prctl(option, *map(ctypes.c_ulong, (argument, pointer, 0, 0))) == 0


def adopt_orphans() -> None:
    """Become the parent of every process that a descendant leaves behind."""
    prctl(_PR_SET_CHILD_SUBREAPER, 1)


def hide_memory() -> None:
    """Keep other processes of the same user from reading or tracing this one."""
    prctl(_PR_SET_DUMPABLE, 0)


def show_memory() -> None:
    """Let the processes of the same user count what this one holds."""
    prctl(_PR_SET_DUMPABLE, 1)


def end_first() -> None:
    """Have the kernel end this process and its own before their parent when memory runs out."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:  # noqa: PTH123
        score.write("1000")


def set_limits(limits: Mapping[str, float], others: int) -> None:
    """Set the kernel's limits on this process and all that it starts.

    Args:
        limits: the fields of `Limits`.
        others: processes that this user has already and that count as well.
    """
    megabyte = 1 << 20
    with open("/proc/self/statm") as statm:  # noqa: PTH123 - before Landlock closes /proc
        mapped = int(statm.read().split()[0]) * resource.getpagesize()
    for name, value in {
        "AS": mapped + limits["memory_mb"] * megabyte,
        "CPU": limits["seconds"] + 5,
        "NPROC": limits["processes"] + others,
        "FSIZE": limits["file_mb"] * megabyte,
        "NOFILE": limits["open_files"],
        "CORE": 0,
        "MEMLOCK": 0,
        "MSGQUEUE": 0,
    }.items():
        which = getattr(resource, f"RLIMIT_{name}")
        _, hard = resource.getrlimit(which)
        value = int(value) if hard == resource.RLIM_INFINITY else min(int(value), hard)
        resource.setrlimit(which, (value, value))


def become(uid: int) -> None:
    """Become another user, for good."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def give_up_capabilities() -> None:
    """Keep none of a superuser's rights, also where the superuser cannot become another user.

    Raises:
        OSError: if the kernel refuses.
    """
    for right in range(64):
        prctl(_PR_CAPBSET_DROP, right)
    _checked(_LIBC.capset(struct.pack("<II", _CAPABILITIES_VERSION, 0), bytes(24)))


# --- Landlock: which files may be opened -----------------------------------------------------

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_FILE_RIGHTS = _EXECUTE | _WRITE_FILE | _READ_FILE | 1 << 14 | 1 << 15


def landlock_abi() -> int:
    """Return the version of Landlock that this kernel offers; 0 for none."""
    return max(0, _LIBC.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(1)))


def landlock(readable: Iterable[str], writable: Iterable[str]) -> None:
    """Allow reading below `readable`, everything below `writable`, and nothing else of the disk.

    Newer kernels also refuse TCP, and signals and abstract sockets to processes outside.

    Raises:
        OSError: if the kernel refuses.
    """
    abi = landlock_abi()
    rights = (1 << (13 if abi < 2 else 14 if abi < 3 else 15 if abi < 5 else 16)) - 1
    attributes = struct.pack("<QQQ", rights, 3, 3)[: 8 if abi < 4 else 16 if abi < 6 else 24]
    ruleset = _checked(_LIBC.syscall(_CREATE_RULESET, attributes, len(attributes), 0))
    for paths, allowed in (
        (readable, _EXECUTE | _READ_FILE | _READ_DIR),
        (writable, rights),
    ):
        for path in paths:
            try:
                handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
            except OSError:
                continue
            here = allowed if os.path.isdir(path) else allowed & _FILE_RIGHTS & rights  # noqa: PTH112
            rule = struct.pack("<Qi", here, handle)
            _checked(_LIBC.syscall(_ADD_RULE, ruleset, 1, rule, 0))
            os.close(handle)
    prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _checked(_LIBC.syscall(_RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)


def _checked(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
