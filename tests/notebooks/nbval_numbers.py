"""A pytest plugin: nbval's strict comparison, with numbers compared as `numbers_in_text` says."""

import copy

from nbval.plugin import IPyNbCell
from numbers_in_text import reconcile, tolerance_of

KINDS = ("text/plain", "text/markdown", "text/html", "text/latex")


def pytest_itemcollected(item):
    """Give every cell the comparison below."""
    if type(item) is IPyNbCell:
        item.__class__ = CellWithNumbers


class CellWithNumbers(IPyNbCell):
    """A notebook's cell whose printed numbers may differ in the last digit."""

    def compare_outputs(self, test, ref, skip_compare=None):
        """Compare as nbval does, once the numbers that are near enough are as committed."""
        complaints = []
        try:
            tolerance = tolerance_of(self.cell.metadata)
        except ValueError as error:
            self.comparison_traceback = [str(error)]
            self.complaints = [str(error)]
            return False
        test = copy.deepcopy(test)
        for kind in ("stdout", "stderr", *KINDS):
            for old, new in zip(_texts(ref, kind), _texts(test, kind), strict=False):
                text, found = reconcile("".join(old[0]), "".join(new[0]), tolerance)
                new[1](text)
                complaints += [f"{kind}, {complaint}" for complaint in found]
        same = super().compare_outputs(test, ref, skip_compare)
        if not same:
            self.comparison_traceback[:0] = [f"{complaint}\n" for complaint in complaints]
            self.complaints = complaints
        return same

    def repr_failure(self, excinfo):
        """Say first which numbers are wrong."""
        said = "\n".join(getattr(self, "complaints", ()))
        return f"{said}\n{super().repr_failure(excinfo)}" if said else super().repr_failure(excinfo)


def _texts(outputs, kind):
    """The texts of a kind with, for each, the function that puts another in its place."""
    for output in outputs:
        if output.get("name") == kind:
            yield output["text"], lambda text, output=output: output.__setitem__("text", text)
        elif kind in output.get("data", {}):
            data = output["data"]
            yield data[kind], lambda text, data=data: data.__setitem__(kind, text)
