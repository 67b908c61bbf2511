"""The `ae_course` that a submission sees: the exercise's own modules, and stubs for the rest.

A folder is assembled from copies. Task definitions, solutions and the grader have no file in it,
and a module that holds an answer only one that says so.
"""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent
_NAME = _PACKAGE.name
_HELPERS = ("checks", "devices", "quiet", "source")
_CHILD = ("confine", "learner", "local", "plain", "protocol", "replay", "worker")
# Not `ast`: in Python 3.11 two threads that parse at once trip over each other.
_IMPORT = re.compile(
    rf"^\s*(?:(?:from|import) {_NAME}\.(\w+)|from {_NAME} import (?:\(([^)]*)\)|([^(\n]*)))", re.M
)
_SILENT_GRADING = '''"""Grading is somebody else's work here: these do nothing."""


def check(*_):
    pass


hint = progress = check


def done(*_):
    return False
'''


class View:
    """The folder, and how to use it.

    Args:
        folder: where to build it; it must not exist.
        provides: modules of the package that a submission may import.

    Attributes:
        folder: to be put on the path.
        preload: the modules to import before a submission is there.
        hidden: modules that those need and that a submission must not import: to be forgotten
            once they are loaded, when `close` has been called.

    Raises:
        ValueError: if there is no such module.
    """

    def __init__(self, folder: Path, provides: Iterable[str]):
        self.folder = folder
        open_to_all = {*provides, *_HELPERS}
        unknown = sorted(name for name in open_to_all if _find(name) is None)
        if unknown:
            raise ValueError(f"provides names {unknown}, which are not modules of {_NAME}")
        needed = _with_what_they_import(open_to_all)
        self.preload = [f"{_NAME}.{name}" for name in sorted(set(provides))]
        self.hidden = [f"{_NAME}.{name}" for name in sorted(needed - open_to_all)]
        self._build(needed)

    def close(self) -> None:
        """Replace the hidden modules' files by stubs. Call it when they are loaded."""
        for name in self.hidden:
            self._write_stub(name.rpartition(".")[2])

    def _build(self, needed: set[str]) -> None:
        package = self.folder / _NAME
        package.mkdir(parents=True)
        for path in _PACKAGE.iterdir():
            if path.name == "__init__.py" or (path.is_file() and path.suffix != ".py"):
                shutil.copy(path, package)
            elif _is_module(path) and path.stem in needed:
                _copy(path, package / path.name)
            elif _is_module(path) and path.name != "grading":
                self._write_stub(path.stem)
        grading = package / "grading"
        grading.mkdir()
        (grading / "__init__.py").write_text(_SILENT_GRADING, encoding="utf-8")
        for name in _CHILD:
            shutil.copy(Path(__file__).with_name(f"{name}.py"), grading)
        for path in [self.folder, *self.folder.rglob("*")]:  # whatever the umask
            path.chmod(0o755 if path.is_dir() else 0o644)

    def _write_stub(self, name: str) -> None:
        package = self.folder / _NAME
        shutil.rmtree(package / name, ignore_errors=True)
        says = f"{_NAME}.{name} is withheld in this exercise: it holds the answer"
        path = package / f"{name}.py"
        path.unlink(missing_ok=True)
        path.write_text(f"raise ImportError({says!r})\n", encoding="utf-8")
        path.chmod(0o644)


def _with_what_they_import(names: Iterable[str]) -> set[str]:
    found, ahead = set(), list(names)
    while ahead:
        name = ahead.pop()
        if name in found:
            continue
        found.add(name)
        path = _find(name)
        for file in path.rglob("*.py") if path.is_dir() else [path]:
            ahead += _imports(file)
    return found


def _imports(file: Path) -> set[str]:
    """Return the modules of the package that a file imports, wherever in it."""
    names: set[str] = set()
    for module, several, some in _IMPORT.findall(file.read_text(encoding="utf-8")):
        names |= {module, *re.findall(r"\w+", several + some)}
    return {name for name in names if name and name != "grading" and _find(name) is not None}


def _find(name: str) -> Path | None:
    for path in (_PACKAGE / f"{name}.py", _PACKAGE / name):
        if _is_module(path):
            return path
    return None


def _is_module(path: Path) -> bool:
    if path.suffix == ".py":
        return path.is_file() and path.name != "__init__.py"
    return (path / "__init__.py").is_file()


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)
