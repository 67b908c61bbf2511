"""The filter answers each call as its table says, and honest calls as before."""

import json
import subprocess
import sys

import pytest

PROBE = r"""
import ctypes, fcntl, json, mmap, os, socket, struct, sys, tempfile, termios, threading
from ae_course.grading.sandbox.child import confine, system_calls

folder = tempfile.mkdtemp()
path = folder + "/file"
open(path, "w").write("text")
before = os.stat(path)

def error(act):
    try:
        act()
        return 0
    except OSError as error:
        return error.errno

FLAGS = 0x80086601, 0x40086602  # to read and to set those of a file: FS_IOC_GETFLAGS, _SETFLAGS
others, flags = open(path, "r"), bytearray(8)
has_flags = error(lambda: fcntl.ioctl(others, FLAGS[0], flags)) == 0
(pipe, pipe_end), (_, terminal) = os.pipe(), os.openpty()
os.write(pipe_end, b"text")
if sys.argv[1] != "none":
    alone, as_grader = json.loads(sys.argv[1])
    assert system_calls.filter_calls(alone, as_grader)
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long

def said(*call):
    # the number of the error, or 0
    ctypes.set_errno(0)
    return 0 if libc.syscall(*call) >= 0 else ctypes.get_errno()

page = mmap.mmap(-1, 4096)
file = open(path, "r+")
vector = ctypes.create_string_buffer(16)
address = ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(page)))
result = {
    "socket": error(lambda: socket.socket()),
    "socketpair": error(lambda: socket.socketpair()),
    "inotify": said(294, 0),
    "mincore": said(27, address, ctypes.c_size_t(4096), vector),
    "preadv2": said(327, file.fileno(), 0, 0, 0, 0, 8),
    "aio": said(206, 1, ctypes.byref(ctypes.c_ulong())),
    "cachestat": said(451, 0, 0, 0, 0),
    "newer": said(600),
    "x32": said(0x40000000 + 39),
    "fadvise": error(lambda: os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)),
    "paged out": error(lambda: page.madvise(21)),
    "not needed": error(lambda: page.madvise(mmap.MADV_DONTNEED)),
    "lock of a file": error(lambda: fcntl.flock(file, fcntl.LOCK_EX)),
    "the same lock again": error(lambda: fcntl.flock(others, fcntl.LOCK_EX | fcntl.LOCK_NB)),
    "lock of a range": error(lambda: fcntl.lockf(file, fcntl.LOCK_EX)),
    "who holds it": error(lambda: fcntl.fcntl(file, fcntl.F_GETLK, bytes(32))),
    "owner": error(lambda: fcntl.fcntl(file, fcntl.F_SETOWN, os.getpid())),
    "signal": error(lambda: fcntl.fcntl(file, fcntl.F_SETSIG, 9)),
    "hint on a file": error(lambda: fcntl.fcntl(others, 1036, struct.pack("Q", 0))),
    "hint of a file": error(lambda: fcntl.fcntl(others, 1035, bytes(8))),
    "owner by ioctl": error(lambda: fcntl.ioctl(0, 0x8901, bytes(4))),
    "flags of a file": error(lambda: fcntl.ioctl(others, FLAGS[1], flags)),
    "a terminal?": error(lambda: termios.tcgetattr(terminal)),
    "its size": error(lambda: os.get_terminal_size(terminal)),
    "to type": error(lambda: fcntl.ioctl(terminal, termios.TIOCSTI, b"x")),
    "bytes to read": error(lambda: fcntl.ioctl(pipe, termios.FIONREAD, bytes(4))),
    "not waiting": error(lambda: fcntl.ioctl(pipe, termios.FIONBIO, struct.pack("i", 1))),
    "inherited": error(lambda: os.set_inheritable(pipe, True)),
    "not inherited": error(lambda: os.set_inheritable(pipe, False)),
    "duplicate": error(lambda: fcntl.fcntl(file, fcntl.F_DUPFD, 0)),
    "flags": error(lambda: fcntl.fcntl(file, fcntl.F_GETFL)),
    "signal itself": error(lambda: os.kill(os.getpid(), 0)),
    "signal another": error(lambda: os.kill(os.getppid(), 0)),
    "priority": error(lambda: os.setpriority(os.PRIO_PROCESS, 0, 0)),
    "its processors": error(lambda: os.sched_setaffinity(0, os.sched_getaffinity(0))),
    "another's processors": error(lambda: os.sched_setaffinity(os.getppid(), {0})),
    "owner of a file": error(lambda: os.chown(path, -1, os.getgid())),
    "attribute": error(lambda: os.setxattr(path, "user.a", b"1")),
    "mode": error(lambda: os.chmod(path, 0o751)),
    "time": error(lambda: os.utime(path, (1, 1))),
    "fork": error(lambda: os.waitpid(os.fork() or os._exit(0), 0)),
}
for number in json.loads(sys.argv[2]):  # of no file: only a filter says anything else
    result[f"ioctl {number:#x}"] = said(16, 999, ctypes.c_ulong(number), 0)
    result[f"ioctl {number:#x} and more"] = said(16, 999, ctypes.c_ulong(number | 1 << 32), 0)
thread = threading.Thread(target=result.update, args=({"thread": 0},))
thread.start()
thread.join()
after = os.stat(path)
result["flags changed"] = result["flags of a file"] if has_flags else 25
result["changed"] = int((after.st_mode, after.st_mtime) != (before.st_mode, before.st_mtime))
print(json.dumps(result))
"""

EPERM, EBADF, ENOTTY, ENOSYS = 1, 9, 25, 38
CHANGES_BY_IOCTL = {
    "flags": 0x40086602,
    "flags, as 32 bits": 0x40046602,
    "version": 0x40087602,
    "version on ext4": 0x40086604,
    "extended flags": 0x401C5820,
    "seal by hashes": 0x40806685,
    "encrypt": 0x800C6613,
    "key to encrypt": 0xC0506617,
    "place on disk": 0xC020660B,
    "share blocks": 0x40049409,
    "type": 0x5412,
    "signal on input": 0x5452,
    "become owner": 0x8902,
}
ALWAYS = {
    "socket": EPERM,
    "socketpair": 0,
    "inotify": EPERM,
    "mincore": EPERM,
    "preadv2": ENOSYS,
    "aio": EPERM,
    "cachestat": ENOSYS,
    "newer": ENOSYS,
    "x32": ENOSYS,
    "fadvise": 0,
    "paged out": 0,
    "not needed": 0,
    "lock of a file": 0,
    "the same lock again": 0,
    "lock of a range": 0,
    "who holds it": EPERM,
    "owner": EPERM,
    "signal": EPERM,
    "hint on a file": EPERM,
    "hint of a file": EPERM,
    "owner by ioctl": ENOTTY,
    "flags of a file": ENOTTY,
    "a terminal?": 0,
    "its size": 0,
    "to type": ENOTTY,
    "bytes to read": 0,
    "not waiting": 0,
    "inherited": 0,
    "not inherited": 0,
    **{
        f"ioctl {n:#x}{end}": ENOTTY for n in CHANGES_BY_IOCTL.values() for end in ("", " and more")
    },
    "duplicate": 0,
    "flags": 0,
    "signal itself": 0,
    "its processors": 0,
    "fork": 0,
    "thread": 0,
}
BESIDE_OTHERS = {"signal another": EPERM, "priority": EPERM, "another's processors": EPERM}
AS_GRADER = {"owner of a file": EPERM, "attribute": EPERM, "mode": 0, "time": 0, "changed": 0}


def probe(*rights):
    numbers = json.dumps(list(CHANGES_BY_IOCTL.values()))
    done = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps(rights) if rights else "none", numbers],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("as_grader", [False, True], ids=["another user", "the grader's user"])
@pytest.mark.parametrize("alone", [False, True], ids=["beside others", "alone"])
def test_each_call_is_answered_as_the_table_says(alone, as_grader):
    expected = ALWAYS | ({} if alone else BESIDE_OTHERS)
    expected |= AS_GRADER if as_grader else {"mode": 0, "time": 0, "changed": 1}
    came = probe(alone, as_grader)
    assert {name: came[name] for name in expected} == expected


def test_without_the_filter_the_same_calls_do_what_they_say():
    came = probe()
    assert came["changed"] and came["the same lock again"]
    for name in ("socket", "inotify", "mincore", "aio", "owner", "signal", "priority"):
        assert came[name] == 0
    assert came["flags changed"] in (0, ENOTTY)  # where the file system has any
    assert {came[f"ioctl {number:#x}"] for number in CHANGES_BY_IOCTL.values()} == {EBADF}
