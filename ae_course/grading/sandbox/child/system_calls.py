"""Which system calls the kernel answers to a submission: a seccomp filter.

Beside what would lead out of the sandbox, calls are closed by which two submissions could tell each
other something through files that both may only read (locks, watches, hints, questions about the
page cache), and by which a submission that runs as the grader's own user could change that user's
files and processes.

Two submissions that agreed beforehand can still pass something on, for no filter closes what honest
programs need: counters of the machine and of the sandbox (load, free memory, the numbers of
processes and of new files), the time that things take and the page faults of the process itself,
which tell what was read from disk lately, and threads that wait for each other on the memory of a
library that both have loaded. Only the last of these needs both to be graded at the same moment.
"""

import ctypes
import os
import platform
import struct
from typing import NamedTuple

from ae_course.grading.sandbox.child.confine import prctl

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_SET_SECCOMP, _SET_NO_NEW_PRIVS = 22, 38

# Every line: a name, its number on x86_64 and on aarch64 (- where there is none).
_REFUSED = """
socket 41 198  shmget 29 194  shmat 30 196  semget 64 190  semop 65 193  semctl 66 191
semtimedop 220 192  msgget 68 186  msgsnd 69 189  msgrcv 70 188  msgctl 71 187  mq_open 240 180
mount 165 40  umount2 166 39  pivot_root 155 41  chroot 161 51  ptrace 101 117
process_vm_readv 310 270  process_vm_writev 311 271  unshare 272 97  setns 308 268  keyctl 250 219
add_key 248 217  request_key 249 218  bpf 321 280  perf_event_open 298 241  userfaultfd 323 282
open_by_handle_at 304 265  kcmp 312 272  memfd_create 319 279  memfd_secret 447 447
pidfd_send_signal 424 424  io_uring_setup 425 425  open_tree 428 428  move_mount 429 429
fsopen 430 430  fsmount 432 432  pidfd_open 434 434  pidfd_getfd 438 438  process_madvise 440 440
mount_setattr 442 442  process_mrelease 448 448  syslog 103 116  move_pages 279 239
migrate_pages 256 238  io_setup 206 0  inotify_init 253 -  inotify_init1 294 26
fanotify_init 300 262  mincore 27 232
"""
_WITHOUT_EFFECT = "flock 73 32  fadvise64 221 223"
_NOT_THERE = "clone3 435 435  preadv2 327 286  pwritev2 328 287"
_PRIORITIES = """
setpriority 141 140  ioprio_set 251 30  sched_setscheduler 144 119  sched_setparam 142 118
sched_setattr 314 274
"""
_TO_OTHERS = """
kill 62 129  tkill 200 130  tgkill 234 131  rt_sigqueueinfo 129 138  rt_tgsigqueueinfo 297 240
prlimit64 302 261  sched_setaffinity 203 122
"""
_MODES_AND_TIMES = """
chmod 90 -  fchmod 91 52  fchmodat 268 53  utime 132 -  utimes 235 -  futimesat 261 -
utimensat 280 88
"""
_OWNERS_AND_ATTRIBUTES = """
chown 92 -  fchown 93 55  lchown 94 -  fchownat 260 54  setxattr 188 5  lsetxattr 189 6
fsetxattr 190 7  removexattr 197 14  lremovexattr 198 15  fremovexattr 199 16
"""
_CLONE, _NEW_NAMESPACES = "clone 56 220", 0x7E020000
_FCNTL, _LOCKS, _LOCK_OWNERS = "fcntl 72 25", (6, 7, 37, 38), (5, 36)
_SIGNAL_OWNERS, _LEASES_AND_WATCHES = (8, 10, 15), (1024, 1026, 1039, 1040)
_HINTS_ON_A_FILE = (1035, 1036, 1037, 1038)
_REFUSED_TO_FCNTL = _LOCK_OWNERS + _SIGNAL_OWNERS + _LEASES_AND_WATCHES + _HINTS_ON_A_FILE
_IOCTL = "ioctl 16 29"
_OF_HANDLES_AND_TERMINALS = (0x5401, 0x802C542A, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
"""TCGETS, TCGETS2, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX: all that is answered. Others
change a file that is open only for reading (its flags, version, encryption), type into a terminal
or tell where a file lies on disk."""
_MADVISE, _COLD_OR_PAGED_OUT = "madvise 28 233", (20, 21)
_FIRST_UNKNOWN = 449
"""Newer calls than this table knows are answered as an older kernel would."""

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _DONE, _EPERM, _ENOSYS = 0x7FFF0000, 0x00050000, 0x00050001, 0x00050026
_ENOTTY = 0x00050019
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16


class _Line(NamedTuple):
    """One instruction of the filter: what to do, and how many lines to skip if true or false."""

    code: int
    if_true: int
    if_false: int
    value: int


def is_known() -> bool:
    """Whether this processor's system calls are in the table."""
    return platform.machine() in _ARCHITECTURES


def filter_calls(alone: bool, as_grader: bool) -> bool:
    """Put the filter in force for this process and all that it starts.

    Args:
        alone: whether the process lives in a process namespace of its own. If not, it may send
            signals and set limits only to itself and its group, and sets no priorities.
        as_grader: whether it runs as the user that grades, whose files it could change, or the
            scratch folder that the next submission finds.

    Returns:
        Whether the filter is in force.
    """
    if not is_known():
        return False
    program = [*_beginning(), *_rules(alone, as_grader), _Line(_RETURN, 0, 0, _ALLOW)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *line) for line in program))
    header = ctypes.create_string_buffer(
        struct.pack("<HxxxxxxQ", len(program), ctypes.addressof(code))
    )
    prctl(_SET_NO_NEW_PRIVS, 1)
    return prctl(_SET_SECCOMP, 2, ctypes.addressof(header))


def _beginning() -> list[_Line]:
    return [
        _Line(_LOAD, 0, 0, _ARCHITECTURE),
        _Line(_EQUAL, 1, 0, _ARCHITECTURES[platform.machine()]),
        _Line(_RETURN, 0, 0, _EPERM),
        _Line(_LOAD, 0, 0, _NUMBER),
        _Line(_AT_LEAST, 0, 1, _FIRST_UNKNOWN),
        _Line(_RETURN, 0, 0, _ENOSYS),
    ]


def _rules(alone: bool, as_grader: bool) -> list[_Line]:
    lines = [
        *_always(_REFUSED, _EPERM),
        *_always(_WITHOUT_EFFECT, _DONE),
        *_always(_NOT_THERE, _ENOSYS),
        *_if_argument(_MADVISE, 2, {_DONE: _COLD_OR_PAGED_OUT}),
        *_if_argument(_FCNTL, 1, {_DONE: _LOCKS, _EPERM: _REFUSED_TO_FCNTL}),
        *_if_argument(_IOCTL, 1, {_ALLOW: _OF_HANDLES_AND_TERMINALS}, otherwise=_ENOTTY),
        *_if_any_bit(_CLONE, 0, _NEW_NAMESPACES),
    ]
    if as_grader:
        lines += [*_always(_MODES_AND_TIMES, _DONE), *_always(_OWNERS_AND_ATTRIBUTES, _EPERM)]
    if not alone:
        lines += [*_always(_PRIORITIES, _EPERM), *_unless_argument(_TO_OTHERS, 0, os.getpid())]
    return lines


def _numbers(names: str) -> list[int]:
    words = names.split()
    column = 1 + list(_ARCHITECTURES).index(platform.machine())
    return [int(number) for number in words[column::3] if number != "-"]


def _always(names: str, answer: int) -> list[_Line]:
    return [
        line
        for number in _numbers(names)
        for line in (_Line(_EQUAL, 0, 1, number), _Line(_RETURN, 0, 0, answer))
    ]


def _for_call(name: str, lines: list[_Line]) -> list[_Line]:
    """Lines for one call; the last of them must return."""
    return [_Line(_EQUAL, 0, len(lines), *_numbers(name)), *lines]


def _argument(index: int) -> _Line:
    return _Line(_LOAD, 0, 0, _ARGUMENTS + 8 * index)


def _if_argument(
    name: str, index: int, answers: dict[int, tuple[int, ...]], otherwise: int = _ALLOW
) -> list[_Line]:
    lines = [_argument(index)]
    for answer, values in answers.items():
        for value in values:
            lines += [_Line(_EQUAL, 0, 1, value), _Line(_RETURN, 0, 0, answer)]
    return _for_call(name, [*lines, _Line(_RETURN, 0, 0, otherwise)])


def _if_any_bit(name: str, index: int, bits: int) -> list[_Line]:
    refused = [_Line(_ANY_BIT, 0, 1, bits), _Line(_RETURN, 0, 0, _EPERM)]
    return _for_call(name, [_argument(index), *refused, _Line(_RETURN, 0, 0, _ALLOW)])


def _unless_argument(names: str, index: int, own: int) -> list[_Line]:
    """Refuse the calls to any process but `own`, and 0, which is the caller's."""
    lines = [
        _argument(index),
        _Line(_EQUAL, 2, 0, own),
        _Line(_EQUAL, 1, 0, 0),
        _Line(_RETURN, 0, 0, _EPERM),
        _Line(_RETURN, 0, 0, _ALLOW),
    ]
    return [
        line
        for number in _numbers(names)
        for line in (_Line(_EQUAL, 0, len(lines), number), *lines)
    ]
