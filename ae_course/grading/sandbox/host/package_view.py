"""The `ae_course` that a submission sees: what the exercise provides, and stubs for the rest.

A folder is assembled from copies. Of the grader it holds `sandbox/child` alone; a module that holds
an answer is replaced by a stub that says so.
"""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[3]
_NAME = _PACKAGE.name
_CHILD = Path("grading", "sandbox", "child")
# Not `ast`: in Python 3.11 two threads that parse at once trip over each other.
_IMPORT = re.compile(
    rf"^\s*(?:import|from) {_NAME}\.?([\w.]*)(?: import (?:\(([^)]*)\)|([^(\n]*)))?", re.M
)
_ALL = re.compile(r"^__all__ = \[.*?\]\n", re.M | re.S)
_NO_GRADING = '''"""In a sandbox the checks of a notebook do nothing; the grader asks its own."""


def check(*_):
    pass


hint = progress = check


def done(*_):
    return False
'''


class PackageView:
    """The folder, and how to use it.

    Open to a submission are the modules that its exercise provides and those at the top of the
    package that use no model. What they import is there while they are loaded.

    Args:
        folder: where to build it; it must not exist.
        provides: short names of the modules that a submission may import, such as `"autoencoder"`.

    Attributes:
        folder: to be put on the path.
        preload: the modules to import before a submission is there.
        hidden: modules that those need and that a submission must not import: to be forgotten
            once they are loaded, when `close` has been called.

    Raises:
        ValueError: if there is no such module.
    """

    WORKER = Path(_NAME, _CHILD, "worker.py")

    def __init__(self, folder: Path, provides: Iterable[str]):
        self.folder = folder
        modules = _modules()
        short = {name.rpartition(".")[2]: name for name in modules}
        if unknown := sorted(set(provides) - set(short)):
            raise ValueError(f"provides names {unknown}, which are not modules of {_NAME}")
        provided = {short[name] for name in provides}
        helpers = {name for name in modules if not any("." in n for n in _needed([name]))}
        needed = _needed(provided | helpers)
        self.preload = sorted(f"{_NAME}.{name}" for name in provided)
        self.hidden = sorted(f"{_NAME}.{name}" for name in needed - provided - helpers)
        self._build(needed)

    def close(self) -> None:
        """Replace the hidden modules by stubs. Call it when they are loaded."""
        for name in self.hidden:
            self._write_stub(name.partition(".")[2])

    def _build(self, needed: set[str]) -> None:
        package = self.folder / _NAME
        package.mkdir(parents=True)
        for path in _PACKAGE.iterdir():
            if path.is_file() and (path.suffix != ".py" or path.name[0] == "_"):
                shutil.copy(path, package)
        for name, path in _modules().items():
            target = package / path.relative_to(_PACKAGE)
            target.parent.mkdir(exist_ok=True)
            if target.parent != package:  # empty: its own would import every model
                (target.parent / "__init__.py").touch()
            if name not in needed:
                self._write_stub(name)
            elif path.is_dir():
                shutil.copytree(path, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(path, target)
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(_PACKAGE / _CHILD, package / _CHILD, ignore=ignored)
        (package / _CHILD.parent / "__init__.py").touch()
        (package / "grading" / "__init__.py").write_text(_NO_GRADING, encoding="utf-8")
        for path in [self.folder, *self.folder.rglob("*")]:  # whatever the umask
            path.chmod(0o755 if path.is_dir() else 0o644)

    def _write_stub(self, name: str) -> None:
        source, path = _modules()[name], self.folder / _NAME / Path(*name.split("."))
        shutil.rmtree(path, ignore_errors=True)
        path = path.with_suffix(".py")
        path.unlink(missing_ok=True)
        exported = _ALL.search(source.read_text(encoding="utf-8")) if source.is_file() else None
        says = f"{_NAME}.{name} is withheld in this exercise: it holds the answer"
        stub = f"{exported[0] if exported else ''}raise ImportError({says!r})\n"
        path.write_text(stub, encoding="utf-8")
        path.chmod(0o644)


def _modules() -> dict[str, Path]:
    """Return the package's modules but the grader, by dotted name; `data` counts as one module."""
    files = [*_PACKAGE.glob("[!_]*.py"), _PACKAGE / "data"]
    files += [path for path in _PACKAGE.glob("*/[!_]*.py") if path.parent.name not in _WHOLE]
    return {
        ".".join(path.relative_to(_PACKAGE).with_suffix("").parts): path for path in sorted(files)
    }


_WHOLE = ("data", "grading")


def _needed(names: Iterable[str]) -> set[str]:
    """Return the modules and all that they import, directly or not."""
    found, ahead = set(), list(names)
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            path = _modules()[name]
            for file in path.rglob("*.py") if path.is_dir() else [path]:
                ahead += _imports(file)
    return found


def _imports(file: Path) -> set[str]:
    """Return the modules of the package that a file imports, wherever in it."""
    found: set[str] = set()
    for module, several, some in _IMPORT.findall(file.read_text(encoding="utf-8")):
        names = [module, *(f"{module}.{name}" for name in re.findall(r"\w+", several + some))]
        found |= {name.strip(".") for name in names}
    return found & set(_modules())
