"""What a submission's process does to itself before the first line of the submission runs.

Every step can only take rights away. It needs Linux and nothing beyond the standard library:
limits and another user from the kernel's oldest calls, Landlock and a seccomp filter through
`ctypes`. A system without one of the last two is served without it; the level says so.
"""

import ctypes
import os
import platform
import resource
import struct
from collections.abc import Iterable, Mapping

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 4, 22, 36, 38


def prctl(option: int, argument: int = 0, pointer: int = 0) -> bool:
    """Call prctl(2); True if the kernel did it."""
    return _LIBC.prctl(option, *map(ctypes.c_ulong, (argument, pointer, 0, 0))) == 0


def adopt_orphans() -> None:
    """Become the parent of every process that a descendant leaves behind."""
    prctl(_PR_SET_CHILD_SUBREAPER, 1)


def hide_memory() -> None:
    """Keep other processes of the same user from reading or tracing this one."""
    prctl(_PR_SET_DUMPABLE, 0)


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


# --- seccomp: which calls the kernel answers ---------------------------------------------------

_NUMBERS = {
    "x86_64": (
        0xC000003E,
        "socket 41 shmget 29 shmat 30 semget 64 semop 65 semctl 66 semtimedop 220 msgget 68 "
        "msgsnd 69 msgrcv 70 msgctl 71 mq_open 240 "
        "mount 165 umount2 166 pivot_root 155 chroot 161 ptrace 101 "
        "process_vm_readv 310 process_vm_writev 311 unshare 272 setns 308 keyctl 250 add_key 248 "
        "request_key 249 bpf 321 perf_event_open 298 userfaultfd 323 open_by_handle_at 304 "
        "kcmp 312 memfd_create 319",
        "kill 62 tkill 200 tgkill 234 rt_sigqueueinfo 129 rt_tgsigqueueinfo 297 prlimit64 302",
        56,
    ),
    "aarch64": (
        0xC00000B7,
        "socket 198 shmget 194 shmat 196 semget 190 semop 193 semctl 191 semtimedop 192 msgget 186 "
        "msgsnd 189 msgrcv 188 msgctl 187 mq_open 180 "
        "mount 40 umount2 39 pivot_root 41 chroot 51 ptrace 117 "
        "process_vm_readv 270 process_vm_writev 271 unshare 97 setns 268 keyctl 219 add_key 217 "
        "request_key 218 bpf 280 perf_event_open 241 userfaultfd 282 open_by_handle_at 265 "
        "kcmp 272 memfd_create 279",
        "kill 129 tkill 130 tgkill 131 rt_sigqueueinfo 138 rt_tgsigqueueinfo 240 prlimit64 261",
        220,
    ),
}
# The same number everywhere: pidfd_send_signal, io_uring_setup, open_tree, move_mount, fsopen,
# fsmount, pidfd_open, pidfd_getfd, process_madvise, mount_setattr.
_COMMON = (424, 425, 428, 429, 430, 432, 434, 438, 440, 442)
_CLONE3, _NEW_NAMESPACES = 435, 0x7E020000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _EPERM, _ENOSYS = 0x7FFF0000, 0x00050001, 0x00050026
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16


def seccomp(alone: bool) -> bool:
    """Refuse sockets, queues and semaphores, tracing, mounts, namespaces and uncounted memory.

    Args:
        alone: whether the process lives in a process namespace of its own. If not, it may send
            signals and set limits only to itself and its group.

    Returns:
        Whether the filter is in force; not on an architecture that it does not know.
    """
    if platform.machine() not in _NUMBERS:
        return False
    architecture, denied, to_others, clone = _NUMBERS[platform.machine()]
    refuse = [int(n) for n in denied.split()[1::2]] + list(_COMMON)
    program = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _EPERM),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, 0x40000000),  # x32
        (_RETURN, 0, 0, _EPERM),
    ]
    for number, answer in [*((n, _EPERM) for n in refuse), (_CLONE3, _ENOSYS)]:
        program += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, answer)]
    program += [
        (_EQUAL, 0, 4, clone),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_ANY_BIT, 0, 1, _NEW_NAMESPACES),
        (_RETURN, 0, 0, _EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]
    for number in [] if alone else map(int, to_others.split()[1::2]):
        program += [
            (_EQUAL, 0, 5, number),
            (_LOAD, 0, 0, _FIRST_ARGUMENT),
            (_EQUAL, 2, 0, os.getpid()),
            (_EQUAL, 1, 0, 0),
            (_RETURN, 0, 0, _EPERM),
            (_RETURN, 0, 0, _ALLOW),
        ]
    program.append((_RETURN, 0, 0, _ALLOW))
    code = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *line) for line in program))
    header = ctypes.create_string_buffer(
        struct.pack("<HxxxxxxQ", len(program), ctypes.addressof(code))
    )
    prctl(_PR_SET_NO_NEW_PRIVS, 1)
    return prctl(_PR_SET_SECCOMP, 2, ctypes.addressof(header))
