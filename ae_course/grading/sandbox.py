"""Where submissions run: a warm, confined process a slot, seen from the grader's side.

Three levels, probed when needed. `full`: bubblewrap, with its own file system, network and
processes. `fs`: Landlock, which closes the disk but for the libraries and the scratch folder.
`limits`: another user where possible, the kernel's limits and a system-call filter. All have the
limits of `Limits` and a scrubbed environment.
"""

import contextlib
import functools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ae_course.grading.limits import Limits
from ae_course.grading.view import View
from ae_course.grading.worker import READY, remove

LEVELS = ("limits", "fs", "full")
"""From the weakest to the strongest."""

LIBRARIES = ("numpy", "matplotlib.pyplot", "sklearn.datasets", "keras")
"""What is loaded once for all submissions, beside the exercise's own modules."""

_PACKAGE = Path(__file__).resolve().parent.parent
_SITE = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
_START_SECONDS, _REPLY_SECONDS = 300, 30
_KEPT_ENVIRONMENT = ("KERAS_BACKEND", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


class SandboxError(RuntimeError):
    """The sandbox itself failed, through no fault of a submission; or the system offers none."""


@functools.cache
def available() -> dict[str, str]:
    """Return for every level an empty text, or why this system does not offer it."""
    if not sys.platform.startswith("linux"):
        return dict.fromkeys(LEVELS, "grading needs Linux (on Windows: WSL)")
    from ae_course.grading.confine import landlock_abi

    landlock = landlock_abi()
    return {
        "limits": "",
        "fs": "" if landlock else "the kernel offers no Landlock",
        "full": _try_bubblewrap(),
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
    if level != "full" and _spare_user(0) is not None:
        for folder in _library_folders():
            for parent in (Path(folder), *Path(folder).parents):
                if not parent.stat().st_mode & 0o001:
                    return (
                        f"Other users may not enter {parent}, where Python is installed. At level "
                        f"{level} a submission can import only what was loaded before it."
                    )
    return {
        "limits": "Level limits does not hide files that everybody may read: keep solutions away.",
    }.get(level, "")


class Sandbox:
    """A warm process that runs one submission after another, each in a fresh child.

    Args:
        provides: modules of the package that a submission may import.
        limits: what a submission may use.
        level: one of `LEVELS`.
        libraries: what to load beforehand.
        slot: a small number that no sandbox at work beside this one has.

    Raises:
        SandboxError: if it does not start.

    Example:
        >>> with Sandbox(["data"], Limits(), "limits", ["numpy"]) as sandbox:
        ...     channel, out, err = sandbox.launch()
        ...     facts = sandbox.end()
    """

    def __init__(
        self,
        provides: Iterable[str],
        limits: Limits,
        level: str,
        libraries: Sequence[str] = LIBRARIES,
        slot: int = 0,
    ):
        self.limits, self.level = limits, level
        self._provides, self._libraries, self._slot = tuple(provides), libraries, slot
        self._process: subprocess.Popen | None = None
        self._start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def launch(self) -> tuple[socket.socket, int, int]:
        """Start a fresh child. Return the channel to it and the ends of its stdout and stderr."""
        if self._process is None or self._process.poll() is not None:
            self._start()
        ours, theirs = socket.socketpair()
        (out, out_end), (err, err_end) = os.pipe(), os.pipe()
        try:
            self._tell("start", [theirs.fileno(), out_end, err_end], limits=asdict(self.limits))
        except BaseException:
            ours.close()
            os.close(out)
            os.close(err)
            raise
        finally:
            theirs.close()
            os.close(out_end)
            os.close(err_end)
        ours.settimeout(_REPLY_SECONDS)
        with contextlib.suppress(OSError):
            if ours.recv(len(READY)) == READY:
                return ours, out, err
        ours.close()
        os.close(out)
        with os.fdopen(err, "rb") as words:
            self.close()
            said = words.read(1 << 16)
        raise SandboxError(f"A child did not start: {said[-2000:].decode('utf-8', 'replace')}")

    def interrupt(self) -> None:
        """Press Ctrl-C on the child, once."""
        self._tell("interrupt")

    def end(self) -> dict[str, Any]:
        """End the child and all that it started, and empty the scratch folder.

        Returns:
            `cause`: None if it was still running, else how it ended; `peak_mb`.

        Raises:
            SandboxError: if a process is left. The whole sandbox has been ended then.
        """
        facts = self._tell("end")
        if facts["left"]:
            self.close()
            raise SandboxError("A submission's processes could not be ended.")
        if not facts["clean"]:
            self.close()
        return facts

    def close(self) -> None:
        """End everything. The sandbox starts anew if it is used again."""
        if self._process is None:
            return
        self._control.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            for pid in [*_descendants(self._process.pid), self._process.pid]:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            self._process.wait()
        self._process = None
        self._log.close()
        remove(self._folder)

    def _start(self) -> None:
        self.close()
        self._folder = Path(tempfile.mkdtemp(prefix="ae-course-"))
        self._folder.chmod(0o711)
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close
        view = View(self._folder / "view", self._provides)
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        scratch, course = self._folder / "scratch", view.folder
        scratch.mkdir()
        command: list[str] = []
        if self.level == "full":
            command, scratch, course = _bubblewrap(view.folder, self.limits), _SCRATCH, _COURSE
        config = {
            "control": theirs.fileno(),
            "level": self.level,
            "uid": _spare_user(self._slot),
            "path": [str(course), *_SITE],
            "preload": [*self._libraries, *view.preload],
            "hidden": view.hidden,
            "scratch": [str(scratch), "/dev/shm"] if self.level == "full" else [str(scratch)],
            "readable": [*_readable(), str(course)] if self.level == "fs" else [],
        }
        worker = str(course / _PACKAGE.name / "grading" / "worker.py")
        with theirs:
            self._process = subprocess.Popen(
                [*command, _python(), "-S", "-s", "-B", worker, json.dumps(config)],
                env=_environment(scratch, self.level),
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                cwd="/",
            )
        answer = self._hear(_START_SECONDS)
        if "ready" not in answer:
            said = answer.get("failed") or self._last_words()
            self.close()
            raise SandboxError(f"The sandbox did not start: {said}")
        view.close()

    def _tell(self, op: str, handles: Sequence[int] = (), **details: Any) -> dict[str, Any]:
        if self._process is None:
            return {"cause": None, "left": 0, "clean": True, "peak_mb": 0}
        try:
            text = json.dumps({"op": op, **details}).encode()
            socket.send_fds(self._control, [text], handles)
            answer = self._hear(_REPLY_SECONDS)
        except OSError:
            answer = {}
        if not answer:
            words = self._last_words()
            self.close()
            raise SandboxError(f"The sandbox was lost. {words}".strip())
        return answer

    def _hear(self, seconds: float) -> dict[str, Any]:
        self._control.settimeout(seconds)
        try:
            return json.loads(self._control.recv(1 << 16) or b"{}")
        except (OSError, ValueError):
            return {}

    def _last_words(self) -> str:
        self._log.seek(0)
        return self._log.read()[-2000:].decode("utf-8", "replace").strip()


# --- What the sandbox may see -------------------------------------------------------------------

_SCRATCH, _COURSE, _KERAS_INSIDE = Path("/scratch"), Path("/course"), Path("/keras")
_ETC = ("alternatives", "fonts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime")


def _python() -> str:
    return os.path.realpath(sys.executable)


def _keras_home() -> Path:
    """Where downloaded data sets are kept."""
    return Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()


def _library_folders() -> list[str]:
    """The folders that Python and its packages live in."""
    folders = {"/usr", sys.base_prefix, sys.base_exec_prefix, *_SITE}
    return sorted(folders)


def _hidden_folders() -> list[Path]:
    """What must not be read, should it lie inside one of those."""
    beside = [_PACKAGE.parent / name for name in ("solutions", "exercises", "tests", ".git")]
    return [_PACKAGE, *(path for path in beside if path.exists())]


def _readable() -> list[str]:
    """For Landlock, which only knows what is allowed: the library folders less the hidden ones."""
    system = ["/lib", "/lib64", "/bin", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat"]
    system += ["/sys/devices/system/cpu", "/dev/zero", "/dev/urandom", "/dev/null"]
    paths = [*system, *(f"/etc/{name}" for name in _ETC), str(_keras_home() / "datasets")]
    ahead = [Path(folder) for folder in _library_folders()]
    while ahead:
        path = ahead.pop()
        if not any(hidden.is_relative_to(path) for hidden in _hidden_folders()):
            paths.append(str(path))
        elif path not in _hidden_folders():
            ahead += path.iterdir()
    return paths


def _bubblewrap(view: Path, limits: Limits) -> list[str]:
    """The command that prepares the file system, the namespaces and the rights."""
    command = [
        shutil.which("bwrap") or "bwrap",
        "--unshare-ipc",
        "--unshare-pid",
        "--unshare-net",
        "--unshare-uts",
    ]
    command += ["--unshare-cgroup-try", "--as-pid-1", "--cap-drop", "ALL"]
    if _spare_user(0) is None:
        command += ["--unshare-user"]
    else:  # what the warm process needs to become another user and to tidy up behind it
        for right in ("KILL", "SETUID", "SETGID", "CHOWN", "DAC_OVERRIDE", "FOWNER"):
            command += ["--cap-add", f"CAP_{right}"]
    for name in ("bin", "lib", "lib32", "lib64"):
        path = Path("/", name)
        if path.is_symlink():
            command += ["--symlink", str(path.readlink()), str(path)]
        elif path.exists():
            command += ["--ro-bind", str(path), str(path)]
    for name in _ETC:
        command += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    command += ["--proc", "/proc", "--dev", "/dev"]
    command += ["--size", str(64 << 20), "--tmpfs", "/dev/shm", "--remount-ro", "/dev"]
    command += ["--size", str(limits.scratch_mb << 20), "--tmpfs", str(_SCRATCH)]
    folders = _library_folders()
    if not any(Path(folder).is_relative_to("/tmp") for folder in folders):
        command += ["--symlink", str(_SCRATCH), "/tmp"]
    above = {parent for folder in folders for parent in Path(folder).parents}
    for parent in sorted(above):
        if not any(parent.is_relative_to(folder) for folder in ("/usr", "/tmp")):
            command += ["--perms", "0755", "--dir", str(parent)]
    for folder in folders:
        command += ["--ro-bind", folder, folder]
    for hidden in _hidden_folders():
        if any(hidden.is_relative_to(folder) for folder in folders):
            command += ["--tmpfs", str(hidden), "--remount-ro", str(hidden)]
    data = (str(home / "datasets") for home in (_keras_home(), _KERAS_INSIDE))
    command += ["--ro-bind-try", *data]
    return [*command, "--ro-bind", str(view), str(_COURSE), "--remount-ro", "/", "--chdir", "/"]


def _environment(scratch: Path, level: str) -> dict[str, str]:
    return {
        **{name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ},
        "AE_COURSE_PROGRESS": "off",
        "CUDA_VISIBLE_DEVICES": "-1",
        "HOME": str(scratch),
        "KERAS_HOME": str(_KERAS_INSIDE if level == "full" else _keras_home()),
        "LANG": "C.UTF-8",
        "MPLBACKEND": "Agg",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PATH": "/usr/bin:/bin",
        "PYTHONHASHSEED": "0",
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "TF_NUM_INTEROP_THREADS": "1",
        "TF_NUM_INTRAOP_THREADS": "1",
        "TMPDIR": str(scratch),
    }


def _spare_user(slot: int) -> int | None:
    """A user id that nobody has, for a grader that runs as root; else None."""
    if os.geteuid() != 0:
        return None
    wanted = 50_000 + (os.getpid() * 64 + slot) % 10_000
    for line in Path("/proc/self/uid_map").read_text().splitlines():
        first, _, count = map(int, line.split())
        if first <= wanted < first + count:
            return wanted
    return None


def _try_bubblewrap() -> str:
    if not shutil.which("bwrap"):
        return "bubblewrap is not installed"
    with tempfile.TemporaryDirectory() as folder:
        command = [*_bubblewrap(Path(folder), Limits()), _python(), "-S", "-c", "print(1)"]
        done = subprocess.run(
            command, env={}, capture_output=True, stdin=subprocess.DEVNULL, timeout=60, check=False
        )
    if done.returncode == 0:
        return ""
    words = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return f"bubblewrap does not work here ({words[-1] if words else done.returncode})"


def _descendants(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            fields = entry.read_bytes().rpartition(b")")[2].split()
            found.append((int(entry.parent.name), int(fields[1])))
    family, grown = {pid}, True
    while grown:
        more = {child for child, parent in found if parent in family} - family
        family |= more
        grown = bool(more)
    return sorted(family - {pid})
