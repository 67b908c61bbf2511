"""The `ae_course` that a submission sees: the whole course, and a stand-in for the grader.

A folder is assembled from copies. Of the grader it holds `sandbox/child` alone; what else is
imported from the grader can be imported and not used, by the rule in `sandbox/child/withheld.py`.
"""

import shutil
from collections.abc import Iterable
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[3]
_NAME = _PACKAGE.name
_CHILD = Path("grading", "sandbox", "child")
_STAND_IN = '''"""In a sandbox the checks of a notebook do nothing; the grader asks its own."""

import sys

from ae_course.grading.sandbox.child.withheld import OPEN, StandIn, Withheld


def check(*_, **__):
    pass


hint = progress = next_task = reset = grade = check


def done(*_, **__):
    return False


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return Withheld(name)


__all__ = list(OPEN)
sys.meta_path.append(StandIn())
'''


class PackageView:
    """The folder, and how to use it.

    Args:
        folder: where to build it; it must not exist.
        provides: short names of the modules that are loaded before a submission is there, such as
            `"autoencoder"`. It saves time and opens nothing: the others can be imported as well.

    Attributes:
        folder: to be put on the path.
        preload: the modules to import before a submission is there.

    Raises:
        ValueError: if there is no such module.
    """

    WORKER = Path(_NAME, _CHILD, "worker.py")

    def __init__(self, folder: Path, provides: Iterable[str]):
        self.folder = folder
        short = {name.rpartition(".")[2]: name for name in _modules()}
        if unknown := sorted(set(provides) - set(short)):
            raise ValueError(f"provides names {unknown}, which are not modules of {_NAME}")
        self.preload = sorted(f"{_NAME}.{short[name]}" for name in set(provides))
        self._build()

    def _build(self) -> None:
        package = self.folder / _NAME
        caches = shutil.ignore_patterns("__pycache__")

        def left_out(folder: str, names: list[str]) -> set[str]:
            grader = {"grading"} if Path(folder) == _PACKAGE else set()
            return caches(folder, names) | grader

        shutil.copytree(_PACKAGE, package, ignore=left_out)
        shutil.copytree(_PACKAGE / _CHILD, package / _CHILD, ignore=caches)
        (package / _CHILD.parent / "__init__.py").touch()
        (package / "grading" / "__init__.py").write_text(_STAND_IN, encoding="utf-8")
        for path in [self.folder, *self.folder.rglob("*")]:  # whatever the umask
            path.chmod(0o755 if path.is_dir() else 0o644)


def _modules() -> list[str]:
    """Return the package's modules but the grader, by dotted name; `data` counts as one module."""
    files = [*_PACKAGE.glob("[!_]*.py"), _PACKAGE / "data"]
    files += [path for path in _PACKAGE.glob("*/[!_]*.py") if path.parent.name not in _WHOLE]
    return [".".join(path.relative_to(_PACKAGE).with_suffix("").parts) for path in sorted(files)]


_WHOLE = ("data", "grading")
