"""The filter answers each call as its table says, and honest calls as before."""

import json
import subprocess
import sys

import pytest

PROBE = r"""
import ctypes, fcntl, json, mmap, os, socket, sys, tempfile, threading
from ae_course.grading.sandbox.child import confine, system_calls

folder = tempfile.mkdtemp()
path = folder + "/file"
open(path, "w").write("text")
before = os.stat(path)
if sys.argv[1] != "none":
    alone, as_grader = json.loads(sys.argv[1])
    assert system_calls.filter_calls(alone, as_grader)
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long

def said(*call):
    # the number of the error, or 0
    ctypes.set_errno(0)
    return 0 if libc.syscall(*call) >= 0 else ctypes.get_errno()

def error(act):
    try:
        act()
        return 0
    except OSError as error:
        return error.errno

page = mmap.mmap(-1, 4096)
file = open(path, "r+")
others = open(path, "r")
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
    "owner by ioctl": error(lambda: fcntl.ioctl(0, 0x8901, bytes(4))),
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
thread = threading.Thread(target=result.update, args=({"thread": 0},))
thread.start()
thread.join()
after = os.stat(path)
result["changed"] = int((after.st_mode, after.st_mtime) != (before.st_mode, before.st_mtime))
print(json.dumps(result))
"""

EPERM, ENOSYS = 1, 38
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
    "owner by ioctl": EPERM,
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
    done = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps(rights) if rights else "none"],
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
    expected |= AS_GRADER if as_grader and not alone else {"mode": 0, "time": 0, "changed": 1}
    came = probe(alone, as_grader)
    assert {name: came[name] for name in expected} == expected


def test_without_the_filter_the_same_calls_do_what_they_say():
    came = probe()
    assert came["changed"] and came["the same lock again"]
    for name in ("socket", "inotify", "mincore", "aio", "owner", "signal", "priority"):
        assert came[name] == 0
