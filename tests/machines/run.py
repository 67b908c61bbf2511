"""Run the tests that other machines have failed as other machines would: `make test-machines`.

Each row of the table is a machine: a user, a place, a processor, what is installed, what else
runs. Rows that need root or another Python are named as not run where there is none.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
ORDINARY = 60_001
PARTS = {
    "numbers": ["notebooks", "test_transformer", "test_sklearn_api", "test_compiled*"],
    "sandboxes": ["grading/engine", "grading/hostile"],
    "pages": ["book"],
}
PUBLIC = 0o755
MAKE_SCRIPTS = """
import sys
from importlib.metadata import entry_points
from pathlib import Path
from pip._vendor.distlib.scripts import ScriptMaker
maker = ScriptMaker(None, str(Path(sys.executable).parent))
maker.clobber, maker.variants = True, {""}
maker.make_multiple(f"{one.name} = {one.value}" for one in entry_points(group="console_scripts"))
"""


@dataclass(frozen=True)
class Row:
    """A machine.

    Attributes:
        name: what the table calls it.
        parts: of the suite; keys of `PARTS`.
        environment: variables that it sets.
        without: programs that it has not.
        command: what the test command is wrapped in.
        home: the folder that Python, environment and checkout lie in, below the scratch folder,
            and its mode; None for this checkout as it is.
        user: the user id that runs the tests.
        python: another Python to install everything for.
        busy: how many other processes compute beside it.
        jobs: tests at once; more beside busy processes, or they would get a tenth of the time.
    """

    name: str
    parts: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    home: tuple[str, int] | None = None
    user: int = 0
    python: str = ""
    busy: int = 0
    jobs: int = 2


def threads(count: int) -> dict[str, str]:
    """Settings for so many; beside each other tests share the cores if nothing is set."""
    names = ("OMP_NUM", "OPENBLAS_NUM", "TF_NUM_INTRAOP", "TF_NUM_INTEROP")
    return {f"{name}_THREADS": str(count) for name in names}


def numbers(name: str, command: tuple[str, ...] = (), **environment: str) -> Row:
    """A machine that computes in other ways; settings that do not touch each other in one row."""
    return Row(name, ("numbers",), environment, command=command)


ODD = "ein Ort mit Leerzeichen und 自编码器"
ROWS = (
    Row("this machine, two threads", ("numbers", "sandboxes", "pages"), threads(2)),
    Row("root, private home", ("sandboxes",), home=("home", 0o700)),
    Row("root, private home, no bubblewrap", ("sandboxes",), {}, ("bwrap",), home=("home", 0o700)),
    Row("root, odd path", ("sandboxes",), home=(ODD, PUBLIC)),
    Row("ordinary user", ("sandboxes",), home=("user", 0o700), user=ORDINARY),
    Row(
        "ordinary user, no bubblewrap",
        ("sandboxes",),
        {},
        ("bwrap",),
        (),
        ("user", 0o700),
        ORDINARY,
    ),
    Row("no Chromium", ("pages",), without=("chromium", "google-chrome", "google-chrome-stable")),
    numbers(
        "one processor, oneDNN off, LC_ALL=C",
        ("taskset", "-c", "0"),
        **threads(1),
        TF_ENABLE_ONEDNN_OPTS="0",
        LC_ALL="C",
    ),
    numbers(
        "sixteen threads, kernels for SSE4 and Nehalem",
        **threads(16),
        ONEDNN_MAX_CPU_ISA="SSE41",
        OPENBLAS_CORETYPE="Nehalem",
        XLA_FLAGS="--xla_cpu_max_isa=SSE4_2",
    ),
    numbers(
        "kernels for AVX2 and Haswell",
        ONEDNN_MAX_CPU_ISA="AVX2",
        OPENBLAS_CORETYPE="Haswell",
        XLA_FLAGS="--xla_cpu_max_isa=AVX2",
    ),
    Row("20 busy processes", ("numbers", "sandboxes", "pages"), busy=20, jobs=8),
    Row("Python 3.13", ("numbers", "sandboxes", "pages"), home=("py313", PUBLIC), python="3.13"),
)


def main() -> int:
    """Run the rows that were asked for; print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", default="", help="a regular expression; default: all")
    parser.add_argument("--parts", nargs="*", choices=PARTS, help="only these parts of each row")
    parser.add_argument("--jobs", type=int, help="tests at once (as the row says)")
    parser.add_argument("--out", type=Path, help="a folder for the logs and table.json")
    arguments = parser.parse_args()
    out = arguments.out or Path(tempfile.mkdtemp(prefix="machines-"))
    out.mkdir(parents=True, exist_ok=True)
    results = []
    for row in (row for row in ROWS if re.search(arguments.rows, row.name)):
        parts = [part for part in row.parts if part in (arguments.parts or row.parts)]
        if not parts:
            continue
        results.append(_run(row, parts, arguments.jobs, out))
        (out / "table.json").write_text(json.dumps(results, indent=1, ensure_ascii=False))
        print(_line(results[-1]), flush=True)
    print(f"Logs: {out}")
    return int(any(result["failed"] or result["reason"] for result in results))


def _line(result: dict) -> str:
    said = result["reason"] or f"{result['passed']} passed, {result['failed']} failed"
    minutes, seconds = divmod(round(result["seconds"]), 60)
    where = ", ".join(result["parts"])
    return f"| {result['name']} | {where} | {said} | {minutes}:{seconds:02} |"


def _run(row: Row, parts: list[str], jobs: int | None, out: Path) -> dict:
    result = {"name": row.name, "parts": parts, "passed": 0, "failed": 0, "seconds": 0.0}
    result["reason"] = _not_here(row)
    if result["reason"]:
        return result
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        scratch = Path(stack.enter_context(_scratch()))
        root, python = ROOT, sys.executable
        environment = {**os.environ, **row.environment}
        if row.without:
            environment["PATH"] = _path_without(row.without, scratch)
        if row.home:
            root, python = _place(row, scratch)
            environment |= {"HOME": str(root.parent), "TMPDIR": str(root.parent / "tmp")}
            environment["LD_LIBRARY_PATH"] = str(root.parent / "python" / "lib")
        stack.enter_context(_busy(row.busy))
        log = out / (re.sub(r"\W+", "_", row.name) + ".log")
        jobs = str(jobs or row.jobs)
        command = [*row.command, python, "-m", "pytest", "-q", "-n", jobs, "--dist", "loadgroup"]
        command += ["-p", "no:cacheprovider", *_tests(root, parts)]
        if row.user:
            ids = [f"--reuid={row.user}", f"--regid={row.user}", "--clear-groups"]
            command = ["setpriv", *ids, *command]
        with log.open("w") as file:
            done = subprocess.run(
                command, cwd=root, env=environment, stdout=file, stderr=file, check=False
            )
    said = log.read_text(errors="replace")
    counts = {word: int(n) for n, word in re.findall(r"(\d+) (passed|failed|errors?)\b", said)}
    result["seconds"] = time.monotonic() - began
    result["passed"] = counts.get("passed", 0)
    result["failed"] = sum(counts.get(word, 0) for word in ("failed", "error", "errors"))
    if done.returncode not in (0, 1) or not counts:
        result["reason"] = f"pytest ended with {done.returncode}"
    return result


def _not_here(row: Row) -> str:
    if (row.user or (row.home and "root" in row.name)) and os.getuid() != 0:
        return "not run: needs root"
    if row.python and not shutil.which(f"python{row.python}"):
        return f"not run: there is no python{row.python}"
    return ""


def _tests(root: Path, parts: list[str]) -> list[str]:
    """The paths of the parts; a part's file may lie in any folder of the unit tests."""
    found = []
    for name in (name for part in parts for name in PARTS[part]):
        folder = root / "tests" / name
        found += [folder] if folder.is_dir() else sorted(root.glob(f"tests/unit/**/{name}.py"))
    return [str(path.relative_to(root)) for path in found]


@contextlib.contextmanager
def _scratch() -> Iterator[str]:
    folder = tempfile.mkdtemp(prefix="machine-")
    Path(folder).chmod(PUBLIC)
    try:
        yield folder
    finally:
        subprocess.run(["rm", "-rf", folder], check=False)


def _path_without(programs: tuple[str, ...], scratch: Path) -> str:
    """A folder of links to every program there is but these."""
    folder = scratch / "programs"
    folder.mkdir()
    for place in os.environ["PATH"].split(os.pathsep):
        for program in Path(place).glob("*") if place else ():
            link = folder / program.name
            if program.name not in programs and not os.path.lexists(link):
                link.symlink_to(program)
    return str(folder)


def _place(row: Row, scratch: Path) -> tuple[Path, str]:
    """Copy Python, environment and checkout into a home of the row's own."""
    home = scratch / row.home[0]
    root = home / "course"
    (home / "tmp").mkdir(parents=True)
    subprocess.run(["git", "clone", "--quiet", ROOT, root], check=True)
    base = Path(sys.base_prefix)
    if row.python:
        subprocess.run([f"python{row.python}", "-m", "venv", root / ".venv"], check=True)
    else:  # links instead of copies: the files are only read
        subprocess.run(["cp", "-a", base, home / "python"], check=True)
        program = home / "python" / "bin" / Path(os.path.realpath(sys.executable)).name
        subprocess.run([program, "-m", "venv", root / ".venv"], check=True)
        site = next((root / ".venv" / "lib").glob("python*/site-packages"))
        shutil.rmtree(site)
        for folder in (Path(sysconfig.get_path("purelib")), Path(sys.prefix) / "share"):
            target = root / ".venv" / folder.relative_to(sys.prefix)
            subprocess.run(["cp", "-al", folder, target], check=True)
        subprocess.run([root / ".venv" / "bin" / "python", "-c", MAKE_SCRIPTS], check=True)
    python = str(root / ".venv" / "bin" / "python")
    pip = [python, "-m", "pip", "install", "--quiet", "--quiet"]
    if row.python:
        lock = root / "requirements.txt"
        subprocess.run([*pip, "--require-hashes", "-r", lock], check=True)
    editable = ["--no-deps", "--no-build-isolation", "--force-reinstall", "--editable", root]
    subprocess.run([*pip, *editable], check=True)
    if row.user:
        _give(home, row.user)
    home.chmod(row.home[1])
    return root, python


def _give(home: Path, user: int) -> None:
    """Make all of it the user's but Python and the environment, whose files others link to."""
    for path in [home, home / "tmp", *(home / "course").rglob("*"), home / "course"]:
        if ".venv" not in path.parts and not path.is_symlink():
            os.chown(path, user, user)


@contextlib.contextmanager
def _busy(count: int) -> Iterator[None]:
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
        for process in busy:
            process.wait()


if __name__ == "__main__":
    sys.exit(main())
