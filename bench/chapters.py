"""How long the cells of each chapter take, for the page "A guide for teachers".

    python bench/chapters.py [--out book/results/chapters.json] [--chapters 3 4]

Each notebook is run from the top as `make execute` runs it, on one thread. What counts is the time
that a processor was busy with it. Beside other work it is up to half as much again, so measure on
an idle machine; a reader whose machine has more cores waits less. Chapters that are not named keep
what the file says of them.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from ae_course._files import write_text
from ae_course._versions import versions

ROOT = Path(__file__).resolve().parents[1]
ONE_THREAD = {
    "AE_COURSE_PROGRESS": "off",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
}


def main() -> None:
    """Measure and write, after each chapter."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "book/results/chapters.json")
    parser.add_argument("--chapters", type=int, nargs="*", help="their numbers; all, if none")
    arguments = parser.parse_args()
    found = json.loads(arguments.out.read_text("utf-8")) if arguments.out.exists() else {}
    seconds = found.get("processor_seconds", {})
    for path in sorted((ROOT / "book").glob("[0-9][0-9]_*.ipynb")):
        if not arguments.chapters or int(path.stem[:2]) in arguments.chapters:
            seconds[path.stem] = processor_seconds(path)
            machine = {"processor": platform.machine(), "versions": versions("keras", "tensorflow")}
            found = {"machine": machine, "processor_seconds": dict(sorted(seconds.items()))}
            write_text(arguments.out, json.dumps(found, indent=1) + "\n")
            print(f"{path.stem}: {seconds[path.stem]} s", flush=True)


def processor_seconds(path: Path) -> int:
    """Run a notebook into a folder that is thrown away; return what it cost."""
    command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute"]
    before = os.times()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [*command, "--output-dir", folder, str(path)],
            env={**os.environ, **ONE_THREAD},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
    after = os.times()
    kinds = ("children_user", "children_system")
    return round(sum(getattr(after, kind) - getattr(before, kind) for kind in kinds))


if __name__ == "__main__":
    main()
