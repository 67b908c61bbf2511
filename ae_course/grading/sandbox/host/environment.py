"""What a sandbox may see of the system: folders, environment, and bubblewrap's part in it."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from ae_course.grading.sandbox.child.limits import Limits
from ae_course.grading.sandbox.host.uids import may_change_user

_PACKAGE = Path(__file__).resolve().parents[3]
SITE = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
"""The folders of installed packages."""

SCRATCH, COURSE, _KERAS_INSIDE = Path("/scratch"), Path("/course"), Path("/keras")
"""Where bubblewrap mounts the scratch folder, the package view and downloaded data sets."""

_KEPT_ENVIRONMENT = ("KERAS_BACKEND", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
_ETC = ("alternatives", "fonts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime")


def python() -> str:
    """The Python executable itself, links of a virtual environment resolved."""
    return os.path.realpath(sys.executable)


def _keras_home() -> Path:
    """Where downloaded data sets are kept."""
    return Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()


def library_folders() -> list[str]:
    """The folders that Python and its packages live in."""
    folders = {"/usr", sys.base_prefix, sys.base_exec_prefix, *SITE}
    return sorted(folders)


def _hidden_folders() -> list[Path]:
    """What must not be read, should it lie inside one of those."""
    beside = [_PACKAGE.parent / name for name in ("solutions", "exercises", "tests", ".git")]
    return [_PACKAGE, *(path for path in beside if path.exists())]


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
    command += ["--size", str(limits.scratch_mb << 20), "--tmpfs", str(SCRATCH)]
    folders = library_folders()
    if not any(Path(folder).is_relative_to("/tmp") for folder in folders):
        command += ["--symlink", str(SCRATCH), "/tmp"]
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
    return [*command, "--ro-bind", str(view), str(COURSE), "--remount-ro", "/", "--chdir", "/"]


def variables(scratch: Path, level: str) -> dict[str, str]:
    """The environment variables of a submission, all of them."""
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


def try_bubblewrap() -> str:
    """Return an empty text if bubblewrap works here, else why not."""
    if not shutil.which("bwrap"):
        return "bubblewrap is not installed"
    with tempfile.TemporaryDirectory() as folder:
        command = [*bubblewrap(Path(folder), Limits()), python(), "-S", "-c", "print(1)"]
        done = subprocess.run(
            command, env={}, capture_output=True, stdin=subprocess.DEVNULL, timeout=60, check=False
        )
    if done.returncode == 0:
        return ""
    words = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return f"bubblewrap does not work here ({words[-1] if words else done.returncode})"
