"""What a sandbox may see of the system: folders, environment, and bubblewrap's part in it."""

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ae_course.grading.sandbox.child.limits import Limits
from ae_course.grading.sandbox.child.mounts import enterable
from ae_course.grading.sandbox.host.uids import may_change_user

_PACKAGE = Path(__file__).resolve().parents[3]
_FOLDERS = [path for path in dict.fromkeys(sys.path) if Path(path).is_dir()]
SITE = [path for path in _FOLDERS if Path(path).name in ("site-packages", "dist-packages")]
"""The folders of installed packages: the environment's, the user's and the system's."""

SCRATCH, COURSE, _KERAS_INSIDE = Path("/scratch"), Path("/course"), Path("/keras")
"""Where bubblewrap mounts the scratch folder, the package view and downloaded data sets."""

_KEPT_ENVIRONMENT = ("KERAS_BACKEND", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
SHARED_MB = 64
"""The size of `/dev/shm` there."""

_RIGHTS = ("KILL", "SETUID", "SETGID", "CHOWN", "DAC_OVERRIDE", "FOWNER", "SYS_PTRACE")
_ETC = ("alternatives", "fonts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime")


def python() -> str:
    """The Python executable itself, links of a virtual environment resolved."""
    return os.path.realpath(sys.executable)


def _keras_home() -> Path:
    """Where downloaded data sets are kept."""
    return Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()


def library_folders() -> list[str]:
    """The folders that Python and its packages live in."""
    itself = str(Path(python()).parent.parent)
    prefixes = {"/usr", itself, sys.base_prefix, sys.base_exec_prefix}
    return sorted({*prefixes, *_shared_python(), *SITE})


@functools.cache
def _shared_python() -> list[str]:
    """Where `libpython` lies, if this Python is built as a shared library."""
    mapped = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    paths = (line.split(maxsplit=5)[-1] for line in mapped)
    return sorted({str(Path(path).parent) for path in paths if "/libpython3" in path})


def needed(folder: Path) -> list[str]:
    """What a submission's user must be able to enter outside bubblewrap.

    Args:
        folder: the sandbox's own.
    """
    return [*library_folders(), str(_keras_home() / "datasets"), str(folder)]


def _hidden_folders() -> list[Path]:
    """What must not be read, should it lie inside one of those."""
    beside = [_PACKAGE.parent / name for name in ("solutions", "exercises", "tests", ".git")]
    return [_PACKAGE, *(path for path in beside if path.exists())]


def is_hidden(path: str) -> bool:
    """Whether a path is kept from submissions on purpose."""
    return any(Path(path).resolve().is_relative_to(hidden) for hidden in _hidden_folders())


def readable() -> list[str]:
    """For Landlock, which only knows what is allowed: the library folders less the hidden ones."""
    system = ["/lib", "/lib64", "/bin", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat"]
    system += ["/sys/devices/system/cpu", "/dev/zero", "/dev/urandom", "/dev/null"]
    paths = [*system, *(f"/etc/{name}" for name in _ETC), str(_keras_home() / "datasets")]
    ahead = [Path(folder) for folder in library_folders()]
    while ahead:
        path = ahead.pop()
        if not any(hidden.is_relative_to(path) for hidden in _hidden_folders()):
            paths.append(str(path))
        elif path not in _hidden_folders():
            ahead += path.iterdir()
    return paths


def bubblewrap(view: Path, limits: Limits) -> list[str]:
    """The command that prepares the file system, the namespaces and the rights."""
    command = [
        shutil.which("bwrap") or "bwrap",
        "--unshare-ipc",
        "--unshare-pid",
        "--unshare-net",
        "--unshare-uts",
    ]
    command += ["--unshare-cgroup-try", "--as-pid-1", "--cap-drop", "ALL"]
    if not may_change_user():
        command += ["--unshare-user"]
    else:  # to become another user, to tidy up behind it and to count its memory
        for right in _RIGHTS:
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
    terminals = "/dev/pts"  # none: they would keep when they were used
    command += ["--tmpfs", terminals, "--remount-ro", terminals]
    command += ["--size", str(SHARED_MB << 20), "--tmpfs", "/dev/shm", "--remount-ro", "/dev"]
    command += ["--size", str(limits.scratch_mb << 20), "--tmpfs", str(SCRATCH)]
    folders = [part for folder in library_folders() for part in enterable(folder)]
    if not any(Path(folder).is_relative_to("/tmp") for folder in folders):
        command += ["--symlink", str(SCRATCH), "/tmp"]
    above = {parent for folder in folders for parent in Path(folder).parents}
    for parent in sorted(above):
        if not any(parent.is_relative_to(folder) for folder in folders):
            command += ["--perms", "0755", "--dir", str(parent)]
    for folder in folders:
        command += ["--ro-bind", folder, folder]
    for hidden in _hidden_folders():
        if _is_in_a_library(hidden):
            command += ["--tmpfs", str(hidden), "--remount-ro", str(hidden)]
    data = (str(home / "datasets") for home in (_keras_home(), _KERAS_INSIDE))
    command += ["--ro-bind-try", *data]
    return [*command, "--ro-bind", str(view), str(COURSE), "--remount-ro", "/", "--chdir", "/"]


def variables(scratch: Path, level: str) -> dict[str, str]:
    """The environment variables of a submission, all of them."""
    libraries = filter(_is_in_a_library, os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep))
    return {
        **{name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ},
        "AE_COURSE_PROGRESS": "off",
        "CUDA_VISIBLE_DEVICES": "-1",
        "HOME": str(scratch),
        "KERAS_HOME": str(_KERAS_INSIDE if level == "full" else _keras_home()),
        "LANG": "C.UTF-8",
        "LD_LIBRARY_PATH": os.pathsep.join(libraries),
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


def _is_in_a_library(path: str | Path) -> bool:
    return any(Path(path).is_relative_to(folder) for folder in library_folders())


def try_bubblewrap() -> str:
    """Return an empty text if bubblewrap works here, else why not."""
    if not shutil.which("bwrap"):
        return "bubblewrap is not installed"
    with tempfile.TemporaryDirectory() as folder:
        command = [*bubblewrap(Path(folder), Limits()), python(), "-S", "-c", "print(1)"]
        done = subprocess.run(
            command, env={}, capture_output=True, stdin=subprocess.DEVNULL, timeout=600, check=False
        )
    if done.returncode == 0:
        return ""
    words = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return f"bubblewrap does not work here ({words[-1] if words else done.returncode})"
