"""Kill a small batch at random points, go on with the same command, and look at what comes out.

    python tests/campaigns/kill_at_random.py [--trials 200] [--seed 0]

Every other trial sends SIGKILL after a random time; the others do so just before a random one of
the batch's operations on its output folder (open, make, rename, remove, sync), so that the short
moments in which reports are written are met, too. Each batch runs the command in a process of its
own, in the strongest sandbox there is. The table goes to `kill_at_random.md` beside this file.
"""

import argparse
import datetime
import functools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
sys.path += [str(HERE.parent / "grading"), str(HERE.parent / "grading/hostile")]

from ae_course import cli  # noqa: E402
from ae_course._exit_codes import Exit  # noqa: E402
from ae_course.grading.batch import grade as batch  # noqa: E402
from ae_course.grading.batch.journal import PARTIAL  # noqa: E402

from hostile_cases import HONEST, notebook  # noqa: E402
from hostile_exercise import STEM, load  # noqa: E402
from running import sandboxes  # noqa: E402

TABLE = HERE / "kill_at_random.md"
SCORES = {"ada.ipynb": 100, "bob.ipynb": 30, "cut off.ipynb": 0, "eve.zip/x.ipynb": 80}
_REPORTS = ("grades.json", "grades.csv", "grades.html", "grades.md", "junit.xml")
_PHASES = {
    "nothing kept yet": lambda results, written: results is None,
    "grading": lambda results, written: results is not None and results < len(SCORES),
    "writing the reports": lambda results, written: results == len(SCORES),
    "all written": lambda results, written: written,
}


def hand_in(folder: Path) -> None:
    """Write what `SCORES` lists, and a file that is no notebook."""
    folder.mkdir()
    (folder / "ada.ipynb").write_bytes(notebook(HONEST))
    (folder / "bob.ipynb").write_bytes(notebook(HONEST[:1]))
    (folder / "cut off.ipynb").write_bytes(notebook(HONEST)[:100])
    (folder / "readme.txt").write_text("Hello")
    with zipfile.ZipFile(folder / "eve.zip", "w") as archive:
        archive.writestr("x.ipynb", notebook(HONEST[:3]))


def start(place: Path, at_operation: Callable[[], None] = lambda: None) -> int:
    """Fork a process that runs the command; return its id.

    Args:
        place: holds `in`, `out` and `tmp`.
        at_operation: called before each operation on the output folder.
    """
    pid = os.fork()
    if pid:
        return pid
    code = 99
    try:
        log = os.open(place / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        tempfile.tempdir = str(place / "tmp")
        _watch(str(place / "out"), at_operation)
        batch.grade = functools.partial(batch.grade, load=load, libraries=("numpy",))
        batch.stems = lambda: [STEM]
        out = ["--output", str(place / "out"), "--quiet", "--exercise", STEM]
        code = cli.main(["grade", str(place / "in"), *out])
    finally:
        os._exit(code)


def _watch(folder: str, at_operation: Callable[[], None]) -> None:
    events = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate"}
    sync = os.fsync

    def hook(event, arguments):
        if event in events and str(arguments[0]).startswith(folder):
            at_operation()

    def counted_sync(handle):
        at_operation()
        sync(handle)

    sys.addaudithook(hook)
    os.fsync = counted_sync


def ended(pid: int) -> int:
    """Wait for a process; return its exit code, or minus the signal."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def whole_run(place: Path) -> tuple[float, int]:
    """Return the seconds and the operations of a batch that nobody kills."""
    _prepare(place)
    counter, began = place / "count", time.monotonic()
    pid = start(place, lambda: counter.open("ab", buffering=0).write(b"."))
    assert ended(pid) == Exit.UNREADABLE, (place / "log").read_text()
    return time.monotonic() - began, counter.stat().st_size


def trial(place: Path, rng: random.Random, seconds: float, operations: int | None) -> dict:
    """Kill one batch, go on, and return what was found.

    Args:
        place: a folder of its own, which is removed if all is well.
        rng: where the point comes from.
        seconds: how long a whole batch takes.
        operations: how many operations it makes; None to kill after a time.
    """
    _prepare(place)
    if operations is None:
        pid = start(place)
        time.sleep(rng.uniform(0, seconds))
        os.kill(pid, signal.SIGKILL)
    else:
        left = iter(range(rng.randrange(operations)))
        pid = start(
            place, lambda: next(left, None) is None and os.kill(os.getpid(), signal.SIGKILL)
        )
    killed = ended(pid) == -signal.SIGKILL
    kept, written = _kept(place), (place / "out/grades.json").exists()
    results = None if kept is None else len(kept["entries"])
    phase = next(name for name, holds in reversed(_PHASES.items()) if holds(results, written))
    code = ended(start(place))
    faults = _faults(place, kept, code)
    if not faults:
        shutil.rmtree(place)
    return {"phase": phase if killed else "not killed", "faults": faults}


def _prepare(place: Path) -> None:
    place.mkdir()
    hand_in(place / "in")
    (place / "tmp").mkdir()


def _kept(place: Path) -> dict | None:
    """What the journal holds: None if there is none yet."""
    try:
        lines = (place / "out" / PARTIAL).read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return None
    head, *rest = [json.loads(line) for line in lines] or [None]
    return head and {"seed": head["seed"], "entries": [line["entry"] for line in rest]}


def _faults(place: Path, kept: dict | None, code: int) -> list[str]:
    """Everything that is not as a batch leaves it that nobody killed."""
    out = place / "out"
    found = {} if code == Exit.UNREADABLE else {f"exit code {code}": True}
    missing = [name for name in _REPORTS if not (out / name).exists()]
    if missing:
        return [*found, f"no {missing}"]
    report = json.loads((out / "grades.json").read_bytes())
    entries = report["submissions"]
    paths = Counter(one["path"] for one in entries)
    found |= {
        "lost": set(SCORES) - set(paths),
        "doubled": [path for path, count in paths.items() if count > 1],
        "wrong score": [one for one in entries if one["score"] != SCORES.get(one["path"])],
        "another seed": kept and kept["seed"] != report["seed"],
        "graded twice": kept and [one for one in kept["entries"] if one not in entries],
        "remarks": report["remarks"],
        "feedback": len(list(out.glob("feedback/*/feedback.html"))) != len(SCORES),
        "left over": [path for path in out.rglob("*") if path.name.startswith((".part", PARTIAL))],
        "processes": _processes_of(place),
    }
    return [name for name, fault in found.items() if fault]


def _processes_of(place: Path) -> list[int]:
    """Sandboxes that are still there a minute after the batch."""
    deadline = time.monotonic() + 60
    while True:
        alive = sorted(sandboxes(place / "tmp"))
        if not alive or time.monotonic() > deadline:
            return alive
        time.sleep(0.1)


def campaign(trials: int, seed: int, folder: Path) -> list[dict]:
    """Run the trials in a folder; return what each found."""
    seconds, operations = whole_run(folder / "whole")
    found = []
    for number in range(trials):
        how = None if number % 2 else operations
        rng = random.Random(f"{seed}.{number}")
        found.append(trial(folder / f"{number}", rng, seconds, how))
    return found


def table(found: list[dict], seed: int) -> str:
    """Return the campaign as a Markdown page."""
    git = ["git", "-C", str(HERE), "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
    date = datetime.date.today().isoformat()
    lines = [
        "# A batch killed at random points",
        "",
        f"{len(found)} trials, seed {seed}, commit {commit}, {date}; made by",
        f"`python tests/campaigns/kill_at_random.py --trials {len(found)} --seed {seed}`.",
        "Each batch has four hand-ins; after the kill the same command runs again.",
        "",
        "| killed while | trials | right reports | faults |",
        "|---|---:|---:|---|",
    ]
    for phase in [*_PHASES, "not killed"]:
        group = [one for one in found if one["phase"] == phase]
        faults = Counter(fault for one in group for fault in one["faults"])
        right = sum(not one["faults"] for one in group)
        told = ", ".join(f"{name}: {count}" for name, count in faults.items()) or "none"
        lines.append(f"| {phase} | {len(group)} | {right} | {told} |")
    right = sum(not one["faults"] for one in found)
    lines.append(f"| **all** | {len(found)} | {right} | |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run a campaign and write its table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="kill-at-random-"))
    folder.chmod(0o755)  # a submission's user must get through to the sandbox
    found = campaign(arguments.trials, arguments.seed, folder)
    text = table(found, arguments.seed)
    TABLE.write_text(text, encoding="utf-8")
    print(text)
    if not any(one["faults"] for one in found):
        shutil.rmtree(folder)
    else:
        sys.exit(f"What failed is in {folder}.")


if __name__ == "__main__":
    main()
