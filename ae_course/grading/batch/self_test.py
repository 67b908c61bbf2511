"""Before a batch: in its sandbox a known solution must get full marks, an empty notebook none.

A sandbox that hides a part of Python from a submission would cost right answers their points.
"""

import contextlib
import functools
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from ae_course.grading.judging.kinds import Calls, Property
from ae_course.grading.judging.task import Finding, Task, grade_task
from ae_course.grading.sandbox.child.limits import Limits
from ae_course.grading.sandbox.child.mounts import closed_folders
from ae_course.grading.sandbox.host import environment
from ae_course.grading.sandbox.host.isolation import LEVELS, SandboxError, available
from ae_course.grading.sandbox.host.remote import RemoteLearner
from ae_course.grading.sandbox.host.sandbox import Sandbox

import numpy as np

_SOLUTION = (
    "import importlib.util, os, tempfile",
    """
def unreadable(folders):
    found = []
    for folder in folders:
        for here, inner, files in os.walk(folder, onerror=lambda e: found.append(e.filename)):
            inner[:] = [name for name in inner if name != "__pycache__"]
            paths = [os.path.join(here, name) for name in files]
            found += [path for path in paths if not os.access(path, os.R_OK)]
    return "\\n".join(found[:1000])
""",
    """
def not_found(names):
    return " ".join(name for name in names if importlib.util.find_spec(name) is None)
""",
    """
def not_imported(names):
    lost = []
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError:
            lost.append(name)
    return " ".join(lost)
""",
    """
def kept(text):
    with tempfile.TemporaryFile("w+") as file:
        file.write(text)
        file.seek(0)
        return file.read()
""",
    "def product(x, w):\n    return x @ w",
)


def self_test(sandbox: Sandbox) -> None:
    """Grade the known solution and an empty notebook.

    Raises:
        SandboxError: if one gets other marks than it must; the message says what to do.
    """
    for cells, expected in ((_SOLUTION, sum(task.points for task in _TASKS)), ((), 0)):
        learner = RemoteLearner(sandbox, cells, Limits())
        results = [grade_task(task, learner, np.random.default_rng(0)) for task in _TASKS]
        learner.close()
        if learner.failure is not None:
            raise learner.failure
        points = sum(result.points for result in results)
        if points != expected:
            name = "a known solution" if expected else "an empty notebook"
            wrong = [result for result in results if (result.points == 0) == bool(expected)]
            raise SandboxError(
                f"At level {sandbox.level} {name} gets "
                f"{points:g} points here instead of {expected}, so nothing is graded. "
                + wrong[0].messages[0].partition("\n")[2]
            )


def report() -> Iterator[str]:
    """Yield a line for each level of isolation: whether this system grades right at it."""
    for level in reversed(LEVELS):
        problem = available()[level]
        with contextlib.ExitStack() as stack:
            try:
                if not problem:
                    self_test(stack.enter_context(Sandbox((), Limits(), level, ("numpy",))))
            except SandboxError as error:
                problem = str(error)
        says = problem or "a known solution gets full marks, an empty notebook none"
        yield f"grading at level {level}: {says}"


def _every_file_can_be_read(learner, rng) -> Finding:
    came = learner.call("unreadable", [str(Path(os.__file__).parent), *environment.SITE])
    here = (path for path in came.splitlines() if os.access(path, os.R_OK))
    lost = [path for path in here if not environment.is_hidden(path)]
    return Finding(0, _what_to_do(lost[0])) if lost else Finding(1)


def _every_module_is_found(learner, rng) -> Finding:
    compiled = [name for name in _standard_modules() if _is_compiled(name)]
    lost = learner.call("not_found", _standard_modules()).split()
    lost += filter(_can_be_imported, learner.call("not_imported", compiled).split())
    return Finding(0, f"It cannot import {', '.join(lost[:5])}.") if lost else Finding(1)


def _what_to_do(path: str) -> str:
    """Say why a submission cannot read a path, and what can be done."""
    closed = closed_folders(path)
    why = f"other users may not enter {closed[0]}" if closed else "other users may not"
    return (
        f"It cannot read {path}, because {why}, and this system lets the grader mount nothing: "
        f"allow it (chmod -R go+rX), install Python and the environment where everybody may read, "
        "or grade as an ordinary user."
    )


@functools.cache
def _standard_modules() -> list[str]:
    """The modules of the standard library that this Python has, its own tests left out."""
    names = (name for name in sys.stdlib_module_names if not name.startswith(("_test", "_xx")))
    return sorted(name for name in names if importlib.util.find_spec(name) is not None)


def _is_compiled(name: str) -> bool:
    loader = importlib.util.find_spec(name).loader
    return isinstance(loader, importlib.machinery.ExtensionFileLoader)


def _can_be_imported(name: str) -> bool:
    with contextlib.suppress(ImportError):
        return bool(importlib.import_module(name))
    return False


def _task(number: int, title: str, target: str, check) -> Task:
    return Task(f"0.{number}", title, 10, "easy", target, (check,), ("",))


_TASKS = (
    _task(
        1,
        "Files",
        "unreadable",
        Property(
            points=10,
            asks="every file of Python and of the installed packages can be read",
            test=_every_file_can_be_read,
        ),
    ),
    _task(
        2,
        "Modules",
        "not_found",
        Property(
            points=10,
            asks="every module of the standard library can be imported",
            test=_every_module_is_found,
        ),
    ),
    _task(
        3,
        "Scratch",
        "kept",
        Calls(
            points=10,
            asks="a temporary file keeps what is written",
            inputs=lambda rng: {"text": str(rng.integers(10**9))},
            expect=str,
        ),
    ),
    _task(
        4,
        "Numbers",
        "product",
        Calls(
            points=10,
            asks="a product of matrices is right",
            inputs=lambda rng: {"x": rng.normal(size=(20, 30)), "w": rng.normal(size=(30, 10))},
            expect=lambda x, w: x @ w,
        ),
    ),
)
