"""Two submissions, one after the other and side by side, share nothing that either can write.

What no test can ask for is in `system_calls`: two that agreed beforehand can still pass bits on.
"""

import ast
import os
import secrets
from pathlib import Path

from ae_course.grading.batch.grade import grade
from ae_course.grading.sandbox.child.limits import Limits
from ae_course.grading.sandbox.child.scratch import OPEN_TO_ALL
from ae_course.grading.sandbox.host.uids import may_change_user

import pytest
from hostile_cases import OFFERED, notebook
from hostile_exercise import STEM, load

LEAVE_AND_LOOK = r"""
import ctypes, fcntl, glob, json, mmap, os, struct, tempfile, time, zlib
me, other = "@ME@@TOKEN@", "@OTHER@@TOKEN@"
libc = ctypes.CDLL(None, use_errno=True)
above = os.path.dirname(os.path.expanduser("~"))
mode = os.stat(above).st_mode & 0o7777
when = os.stat("/dev/shm").st_mtime if "@LEVEL@" == "full" else 0
keys = {name: zlib.crc32(name.encode()) >> 1 for name in (me, other)}
folders = {
    ".", "/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run/lock", "/run/shm",
    tempfile.gettempdir(), tempfile.gettempdir() + "/..", tempfile.gettempdir() + "/../..",
}
if "@LEVEL@" != "limits":  # there a submission may write where its user may
    folders |= {"~", "/scratch", "/course", "/keras", os.environ.get("KERAS_HOME", ".")}
    folders |= {os.path.dirname(os.__file__)}
folders = {os.path.realpath(os.path.expanduser(folder)) for folder in folders}

def quietly(act):
    try:
        return act()
    except Exception:
        return None

shared = {me: os.__file__, other: json.__file__}
if "@ME@" == "bob":
    shared = {me: json.__file__, other: os.__file__}
held = [open(shared[me]) for _ in range(2)]
seen = open(shared[other])
pages = mmap.mmap(seen.fileno(), 0, access=mmap.ACCESS_COPY)

def pages_in_memory():
    first = ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(pages)))
    return libc.mincore(first, ctypes.c_size_t(4096), ctypes.create_string_buffer(1)) == 0

def is_held(kind):
    try:
        fcntl.flock(seen, kind | fcntl.LOCK_NB)
    except OSError:
        return True

def leave():
    quietly(lambda: fcntl.flock(held[0], fcntl.LOCK_EX))
    quietly(lambda: fcntl.lockf(held[1], fcntl.LOCK_SH))
    for folder in folders:
        quietly(lambda: open(f"{folder}/left-by-{me}", "w").close())
        quietly(lambda: os.mkdir(f"{folder}/folder-of-{me}"))
    libc.msgget(keys[me], 0o1666)
    libc.semget(keys[me], 1, 0o1666)
    libc.shmget(keys[me], 4096, 0o1666)
    quietly(lambda: libc.mq_open(f"/left-by-{me}".encode(), os.O_CREAT | os.O_RDWR, 0o666, None))
    quietly(lambda: libc.shm_open(f"/left-by-{me}".encode(), os.O_CREAT | os.O_RDWR, 0o666))
    quietly(lambda: libc.sem_open(f"/left-by-{me}".encode(), os.O_CREAT, 0o666, 1))
    quietly(lambda: os.chmod(above, 0o755))
    quietly(lambda: os.setxattr(above, f"user.left-by-{me}", b"1"))
    quietly(lambda: fcntl.fcntl(held[0], 1036, struct.pack("Q", 3)))
    import numpy
    numpy.left_by = me
    os.environ["LEFT_BY"] = me
    if quietly(os.fork) == 0:
        libc.prctl(15, f"left-by-{me}".encode(), 0, 0, 0)
        quietly(os.setsid)
        time.sleep(30)
        os._exit(0)

def look():
    found = set()
    for folder in folders:
        for name in (f"left-by-{other}", f"folder-of-{other}"):
            if os.path.lexists(f"{folder}/{name}"):
                found.add(f"{folder}/{name}")
    if libc.msgget(keys[other], 0) >= 0:
        found.add("message queue")
    if libc.semget(keys[other], 1, 0) >= 0:
        found.add("semaphore")
    if libc.shmget(keys[other], 4096, 0) >= 0:
        found.add("shared memory")
    if quietly(lambda: libc.mq_open(f"/left-by-{other}".encode(), os.O_RDWR)) not in (None, -1):
        found.add("POSIX queue")
    if quietly(lambda: libc.shm_open(f"/left-by-{other}".encode(), os.O_RDWR, 0)) not in (None, -1):
        found.add("POSIX shared memory")
    if is_held(fcntl.LOCK_EX):
        found.add("a lock on a library's file")
    wanted = bytes([1, 0]) + bytes(30)  # to write
    if quietly(lambda: fcntl.fcntl(seen, fcntl.F_GETLK, wanted)) not in (None, wanted):
        found.add("a lock on a part of it")
    if quietly(lambda: os.getxattr(above, f"user.left-by-{other}")):
        found.add("an attribute")
    if mode == 0o755:
        found.add("a mode")
    if quietly(lambda: fcntl.fcntl(seen, 1035, bytes(8))):
        found.add("a hint on a library's file")
    if when or ("@LEVEL@" == "full" and os.path.exists("/dev/pts/ptmx")):
        found.add("when another did something")
    if libc.inotify_init() >= 0:
        found.add("a watch on a library's files")
    if pages_in_memory() or quietly(lambda: os.preadv(seen.fileno(), [bytearray(8)], 0, 8)):
        found.add("which pages of a library are in memory, by asking")
    import numpy
    if getattr(numpy, "left_by", me) != me or os.environ.get("LEFT_BY", me) != me:
        found.add("the process")
    for path in glob.glob("/proc/[0-9]*/comm"):
        if quietly(lambda: open(path).read().strip()) == f"left-by-{other}":
            try:
                os.kill(int(path.split("/")[2]), 0)
                found.add("a process that can be signalled")
            except OSError:
                pass
    return found

leave()
found, until = look(), time.monotonic() + @SECONDS@
while time.monotonic() < until:
    found |= look()
    time.sleep(0.05)
print("found:", sorted(found))
"""


def _may_write(path):
    """Whether a level that confines no files lets a submission write there."""
    return str(path.parent) in OPEN_TO_ALL or (path.is_absolute() and not may_change_user())


@pytest.fixture
def token():
    """Names what a test leaves in folders that are open to all, where a level cannot close them."""
    token = secrets.token_hex(4)
    yield token
    for path in [path for folder in OPEN_TO_ALL for path in Path(folder).glob(f"*{token}*")]:
        path.rmdir() if path.is_dir() else path.unlink()


@pytest.mark.parametrize("jobs", [1, 2], ids=["one after the other", "side by side"])
@pytest.mark.parametrize("level", OFFERED)
def test_two_submissions_find_nothing_of_each_other(level, jobs, tmp_path, token):
    for me, other in (("ada", "bob"), ("bob", "ada")):
        cell = LEAVE_AND_LOOK.replace("@ME@", me).replace("@OTHER@", other)
        cell = (
            cell.replace("@LEVEL@", level)
            .replace("@TOKEN@", token)
            .replace("@SECONDS@", "3" if jobs == 2 else "0")
        )
        (tmp_path / f"{me}.ipynb").write_bytes(notebook((cell,)))
    report = grade(
        [tmp_path],
        exercise=STEM,
        load=load,
        libraries=("numpy",),
        isolation=level,
        limits=Limits(cell_seconds=30, seconds=60),
        jobs=jobs,
    )
    for one in report["submissions"]:
        word, _, found = one["output"].partition(": ")
        assert word == "found", (one["output"], one["notes"])
        found = set(ast.literal_eval(found))
        if level == "limits" and (jobs == 2 or not may_change_user()):  # confines no files, says so
            assert "change" in report["caution"]
            found -= {"POSIX shared memory"}  # a file in /dev/shm
            found = {thing for thing in found if not _may_write(Path(thing))}
        assert not found


@pytest.mark.parametrize("level", OFFERED)
def test_no_file_keeps_when_a_submission_read_it(level, tmp_path):
    if level != "full" and not may_change_user():
        pytest.skip("outside bubblewrap an ordinary user may mount nothing")
    path = Path(os.__file__).with_name("this.py")
    cell = f"import os\nwith open({str(path)!r}) as file:\n    print(len(file.read()))"
    (tmp_path / "ada.ipynb").write_bytes(notebook((cell,)))
    size, before = len(path.read_text()), path.stat()
    if may_change_user():  # a read in vain would be noted only after a change
        os.utime(path, ns=(0, before.st_mtime_ns))
    at_first = path.stat().st_atime_ns
    try:
        report = grade(
            [tmp_path], exercise=STEM, load=load, libraries=("numpy",), isolation=level, jobs=1
        )
        assert report["submissions"][0]["output"].strip() == str(size)
    finally:
        read = path.stat().st_atime_ns
        if may_change_user():
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert read == at_first
