"""A course on autoencoders, as a package: each chapter's idea is one short module.

A module is known by its short name, `ae_course.losses` for `ae_course.models.losses`, and what it
lists in its `__all__` by `ae_course.Autoencoder`. Importing the package loads neither Keras nor a
backend: a name brings its module with it the first time it is used.
"""

import re
import sys
from functools import cache
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

from ae_course import _keras_import

__version__ = "0.1.0"

_WITH_OWN_NAMES = ("data", "grading")  # these folders are used as a module is
_ALL = re.compile(r"^__all__ = \[(.*?)\]", re.M | re.S)


@cache
def _homes() -> tuple[dict[str, str], dict[str, str]]:
    """Short name → full name of every module, and exported name → its module's full name."""
    package = Path(__file__).parent
    modules = {name: f"{__name__}.{name}" for name in _WITH_OWN_NAMES if (package / name).is_dir()}
    exported = {}
    for path in (*package.glob("[!_]*.py"), *package.glob("*/[!_]*.py")):
        *folder, name = path.relative_to(package).with_suffix("").parts
        if not {*folder} & {*_WITH_OWN_NAMES}:
            modules[name] = ".".join([__name__, *folder, name])
            if found := _ALL.search(path.read_text("utf-8")):
                exported |= dict.fromkeys(re.findall(r"\w+", found[1]), modules[name])
    return {name: home for name, home in modules.items() if name not in exported}, exported


def __getattr__(name: str) -> Any:
    modules, exported = _homes()
    if name == "__all__":
        return sorted({*modules, *exported} - {"cli", "grading"})
    if name in exported:
        return getattr(import_module(exported[name]), name)
    if name in modules:
        return import_module(modules[name])
    known = __getattr__("__all__")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {known}")


def __dir__() -> list[str]:
    return __getattr__("__all__")


class _ShortNames(MetaPathFinder, Loader):
    """Lets `import ae_course.losses` import `ae_course.models.losses`."""

    def find_spec(self, fullname, path=None, target=None) -> ModuleSpec | None:
        package, _, name = fullname.rpartition(".")
        known = package == __name__ and name in _homes()[0]
        return ModuleSpec(fullname, self) if known else None

    def exec_module(self, module) -> None:
        home = _homes()[0][module.__name__.rpartition(".")[2]]
        sys.modules[module.__name__] = import_module(home)


sys.meta_path.append(_ShortNames())
_keras_import.prepare()
