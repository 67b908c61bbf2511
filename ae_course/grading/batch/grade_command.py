"""`ae-course grade`: the batch with a progress bar, a table, files and an exit code."""

import argparse
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ae_course._exit_codes import MOST_URGENT_FIRST, Exit, table
from ae_course._output import say
from ae_course.grading.sandbox.child.limits import Limits

_EPILOG = f"""\
{table()}

Where several are true: {", ".join(str(int(code)) for code in MOST_URGENT_FIRST)}, in this order.

Times are of a processor, or asleep; while the machine is busy with other work they stand still.

In the output folder: grades.json (all the rest is derived from it), grades.csv, junit.xml,
grades.html, grades.md, and in feedback/ for every submission a page for its learner
(feedback.html) and Gradescope's results.json.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments. Loads nothing."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    add = parser.add_argument
    add("paths", nargs="*", metavar="PATH", help="notebooks, archives, or folders of them")
    add(
        "--exercise",
        metavar="STEM",
        help="the exercise that all are for (default: as their cells or names say)",
    )
    add("--output", metavar="DIR", default="grades", help="folder for the results (%(default)s)")
    add(
        "--min-score",
        type=float,
        metavar="POINTS",
        help="what every submission must reach (default: nothing)",
    )
    add("--seed", type=int, help="seed of the inputs, to grade the same way again (default: fresh)")
    add("--jobs", type=int, metavar="N", help="submissions at once (default: one a processor)")
    levels = ("limits", "fs", "full")
    add("--isolation", choices=levels, help="level to use (default: the strongest there is)")
    add(
        "--require-isolation",
        choices=levels,
        metavar="LEVEL",
        help="fail if there is less (default: no)",
    )
    seconds = {"type": float, "metavar": "S"}
    says = f"time of one cell (default: {Limits.cell_seconds})"
    add("--cell-seconds", **seconds, help=says)
    says = f"time of one question of a check (default: {Limits.call_seconds})"
    add("--call-seconds", **seconds, help=says)
    says = f"time of a whole notebook (default: {Limits.seconds})"
    add("--seconds", **seconds, help=says)
    says = f"memory of a notebook, libraries excepted (default: {Limits.memory_mb})"
    add("--memory-mb", type=int, metavar="MB", help=says)
    says = "grade on a Dask cluster; extra: cluster (default: on this machine)"
    add("--scheduler", metavar="ADDRESS", help=says)
    add(
        "--nbgrader",
        metavar="FOLDER",
        type=Path,
        help="in place of PATH: what an nbgrader course collected; the points enter its gradebook"
        "; extra: nbgrader (default: none)",
    )
    add("--quiet", action="store_true", help="print the last line only")


def run(arguments: argparse.Namespace) -> int:
    """Grade, write the results, print the table and return the exit code."""
    if not sys.platform.startswith("linux"):
        return _fail(
            "Grading needs Linux (on Windows: WSL; on a Mac: a container).", Exit.NO_SANDBOX
        )
    from ae_course.grading.batch.files import write_all
    from ae_course.grading.batch.grade import grade
    from ae_course.grading.batch.journal import PARTIAL, NotWritten
    from ae_course.grading.sandbox.child.confine import hide_memory
    from ae_course.grading.sandbox.host.isolation import SandboxError

    if bool(arguments.paths) == bool(arguments.nbgrader):
        came = "both" if arguments.paths else "neither"
        return _fail(
            f"Expected PATHs, or --nbgrader FOLDER alone; came {came}. Name what is to be graded.",
            Exit.NOTHING,
        )
    hide_memory()  # at the weakest level a submission may run as the user who grades
    names = ("cell_seconds", "call_seconds", "seconds", "memory_mb")
    limits = {n: v for n in names if (v := getattr(arguments, n)) is not None}
    folder = Path(arguments.output)

    def keep(report: dict[str, Any]) -> None:
        if arguments.nbgrader:
            nbgrader.enter(report, arguments.nbgrader)
        write_all(report, folder)

    try:
        if arguments.nbgrader:
            from ae_course.grading.batch import nbgrader

            arguments.paths = [nbgrader.submitted(arguments.nbgrader)]
        with _stopped_like_ctrl_c(), _Progress(arguments.quiet) as progress:
            report = grade(
                arguments.paths,
                exercise=arguments.exercise,
                seed=arguments.seed,
                jobs=arguments.jobs,
                limits=Limits(**limits),
                isolation=arguments.isolation,
                require_isolation=arguments.require_isolation,
                output=folder,
                scheduler=arguments.scheduler,
                on_result=progress,
                on_report=keep,
            )
    except NotWritten as error:
        kept = f"What was graded is kept in {folder / PARTIAL}; " if folder.is_dir() else ""
        says = f"The results can't be written: {error}. {kept}mend that, and run it again."
        return _fail(says, Exit.NOT_WRITTEN)
    except BlockingIOError:
        return _fail(f"Another batch writes to {folder}", Exit.NOTHING)
    except SandboxError as error:
        return _fail(error, Exit.NO_SANDBOX)
    except ModuleNotFoundError as error:
        return _fail(error, Exit.NOTHING if arguments.nbgrader else Exit.NO_SANDBOX)
    except (FileNotFoundError, KeyError, ValueError) as error:
        return _fail(error.args[0] if isinstance(error, KeyError) else error, Exit.NOTHING)
    except KeyboardInterrupt:
        return _fail("Interrupted. The same command goes on where it stood.", Exit.INTERRUPTED)
    if not arguments.quiet:
        _print_table(report)
    return _verdict(report, arguments.min_score, folder)


@contextlib.contextmanager
def _stopped_like_ctrl_c() -> Iterator[None]:
    """Let a system that shuts down, or a terminal that closes, end a batch as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    kinds = (signal.SIGTERM, signal.SIGHUP)
    before = {kind: signal.getsignal(kind) for kind in kinds}
    heeded = [kind for kind in kinds if before[kind] is not signal.SIG_IGN]  # as nohup ignores one
    for kind in heeded:
        signal.signal(kind, signal.default_int_handler)
    try:
        yield
    finally:
        for kind in heeded:
            signal.signal(kind, before[kind])


def _verdict(report: Mapping[str, Any], min_score: float | None, folder: Path) -> int:
    """Print the last line and return the exit code."""
    submissions = report["submissions"]
    unread = [one for one in report["unread"] if not one["system_file"]]
    if not submissions:
        among = f" among {len(unread)} files" if unread else ""
        return _fail(f"There is nothing to grade: no notebook was found{among}.", Exit.NOTHING)
    found = {
        Exit.SANDBOX_LOST: [one for one in submissions if one["sandbox_lost"]],
        Exit.UNREADABLE: [one for one in submissions if not one["graded"]],
        Exit.NO: [one for one in submissions if one["graded"] and one["score"] < (min_score or 0)],
        Exit.UNREAD: unread,
    }
    says = {
        Exit.SANDBOX_LOST: "{} lost their sandbox twice",
        Exit.UNREADABLE: "{} could not be read",
        Exit.NO: f"{{}} below {min_score or 0:g} points",
        Exit.UNREAD: "{} other files were found and not read",
    }
    words = [says[code].format(len(found[code])) for code in MOST_URGENT_FIRST if found[code]]
    say(
        "; ".join([f"{len(submissions)} submissions, results in {folder}", *words]), file=sys.stderr
    )
    return next((code for code in MOST_URGENT_FIRST if found[code]), Exit.DONE)


def _print_table(report: Mapping[str, Any]) -> None:
    from ae_course.grading.judging.task import MARKS

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    for stem in sorted({one["exercise"] or "" for one in report["submissions"]}):
        group = [one for one in report["submissions"] if (one["exercise"] or "") == stem]
        table = Table(title=Text(stem or "no exercise"))
        table.add_column("submission", overflow="fold")
        for task in group[0]["tasks"]:
            table.add_column(Text(task["id"]), justify="center")
        table.add_column("points", justify="right")
        for one in group:
            marks = [Text(MARKS[task["status"]]) for task in one["tasks"]]
            points = f"{one['score']:g} / {one['max_score']:g}" if one["tasks"] else "—"
            table.add_row(Text(one["path"]), *marks, Text(points))
        with console.capture() as drawn:
            console.print(table)
        say(drawn.get(), end="")
    for remark in filter(None, [report["caution"], *report["remarks"]]):
        say(remark)
    for one in report["submissions"]:
        for note in filter(None, [one["problem"], *one["notes"]]):
            say(f"{one['path']}: {note}")
    for one in report["unread"]:
        say(f"{one['path']}: not read. {one['reason']}")
    say("  ".join(f"{mark} {status}" for status, mark in MARKS.items()))


class _Progress:
    """A bar on stderr, where that is a terminal."""

    def __init__(self, quiet: bool):
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

        columns = ["grading", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()]
        hidden = quiet or not sys.stderr.isatty() or "CI" in os.environ
        self._bar = Progress(*columns, console=Console(stderr=True), disable=hidden)
        self._task = self._bar.add_task("", total=None)

    def __enter__(self) -> "_Progress":
        self._bar.start()
        return self

    def __exit__(self, *_) -> None:
        self._bar.stop()

    def __call__(self, entry: Mapping[str, Any], total: int) -> None:
        self._bar.update(self._task, total=total, advance=1)


def _fail(reason: object, code: int) -> int:
    print(f"ae-course grade: {reason}".rstrip(), file=sys.stderr)
    return code
