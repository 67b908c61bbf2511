"""The one rule about what an answer may use, and what stands in for the rest.

Everything that is installed may be used, the whole course included: a task asks for understanding,
and scikit-learn holds half of the answers anyway. Only the inside of the grader may not. A name of
it can still be imported, so that an unused import costs nothing; using it raises. The notebook and
the grader apply the same rule by the same stand-in.
"""

import contextlib
import sys
from collections.abc import Iterator
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

GRADER = "ae_course.grading"
OPEN = ("check", "done", "grade", "hint", "next_task", "overview", "progress", "reset")
"""What a notebook may import from the grader."""


class WithheldError(RuntimeError):
    """An answer used the inside of the grader."""


def words(name: str) -> str:
    """Return what a learner is told about a withheld name."""
    return (
        f"`{name}` is part of the grader, which no answer may use. It may stay imported; a task "
        "that uses it gets no points for that."
    )


class Withheld:
    """Stands in for a withheld name: it can be imported and passed on, but not used.

    Args:
        name: what the learner calls it.
    """

    def __init__(self, name: str):
        self._name = name

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise WithheldError(words(self._name))

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        return self._refuse()

    __call__ = __iter__ = __len__ = __getitem__ = __bool__ = __float__ = __array__ = _refuse
    __add__ = __radd__ = __mul__ = __rmul__ = __sub__ = __rsub__ = __matmul__ = _refuse


class StandIn(MetaPathFinder, Loader):
    """Lets every module of the grader be imported where there is none; its names are `Withheld`."""

    def find_spec(self, fullname, path=None, target=None) -> ModuleSpec | None:
        """Return a spec for a module inside the grader."""
        inside = fullname.startswith(f"{GRADER}.")
        return ModuleSpec(fullname, self, is_package=True) if inside else None

    def exec_module(self, module: ModuleType) -> None:
        """Give the module whatever name is asked of it."""

        def stand_in(name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            return Withheld(name)

        module.__getattr__ = stand_in


@contextlib.contextmanager
def kept_out(variables: dict[str, Any]) -> Iterator[list[str]]:
    """Put stand-ins in place of what a notebook has imported from inside the grader.

    Args:
        variables: the notebook's; they are as they were when the block ends.

    Yields:
        The names that were found, in the order of the alphabet.
    """
    found = {name: value for name, value in list(variables.items()) if _is_inside(value)}
    variables |= {name: Withheld(name) for name in found}
    try:
        yield sorted(found)
    finally:
        for name, value in found.items():
            if isinstance(variables.get(name), Withheld):
                variables[name] = value


def _is_inside(value: Any) -> bool:
    if isinstance(value, ModuleType):
        return value.__name__.startswith(f"{GRADER}.")
    if isinstance(value, Withheld):
        return False
    try:
        home, name = vars(type(value)).get("__module__", ""), None
        if isinstance(value, type) or callable(value):
            home, name = value.__module__, getattr(value, "__name__", None)
    except Exception:  # an object with ideas of its own
        return False
    return isinstance(home, str) and home.startswith(f"{GRADER}.") and not _is_open(value, name)


def _is_open(value: Any, name: str | None) -> bool:
    grader = sys.modules.get(GRADER)
    return name in OPEN and value is getattr(grader, str(name), None)
