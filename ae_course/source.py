"""Print the package's own code in a chapter, so that page and package cannot drift apart."""

import ast
import inspect
import textwrap
from typing import Any

from ae_course._output import say

__all__ = ["show_source"]


def show_source(obj: Any) -> None:
    """Print the source of a function, method or class without its docstrings and decorators.

    Args:
        obj: what to print, written in Python.

    Raises:
        TypeError: if it is neither function, method nor class.

    Example:
        >>> from ae_course import losses, show_source
        >>> show_source(losses.squared_error)
        def squared_error(x, x_reconstructed):
            x, x_reconstructed = _pair(x, x_reconstructed)
            return _sum_over_features(ops.square(x - x_reconstructed))
    """
    try:
        source = textwrap.dedent(inspect.getsource(obj))
    except TypeError:
        raise TypeError(f"obj must be a function, method or class, got {obj!r}.") from None
    lines = source.splitlines()
    definition = ast.parse(source).body[0]
    hidden = set(range(definition.lineno - 1))
    for node in ast.walk(definition):
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            docstring = node.body[0]
            hidden |= set(range(docstring.lineno - 1, docstring.end_lineno))
            if docstring.end_lineno < len(lines) and not lines[docstring.end_lineno].strip():
                hidden.add(docstring.end_lineno)
    say("\n".join(line for number, line in enumerate(lines) if number not in hidden))
