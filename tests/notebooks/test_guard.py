"""The guard lets a good notebook pass and refuses each kind of bad one."""

import copy

import pytest
from guard import MAX_FILE, RULES, complaints

PNG = {"output_type": "display_data", "data": {"image/png": "iVBORw0K"}, "metadata": {}}
ALT = {"mystnb": {"image": {"alt": "Two curves that fall and flatten."}}}


def code(name, count, text, outputs=(), **metadata):
    return {
        "cell_type": "code",
        "id": name,
        "execution_count": count,
        "source": text,
        "outputs": list(outputs),
        "metadata": metadata,
    }


def printed(text, stream="stdout"):
    return {"output_type": "stream", "name": stream, "text": [text]}


GOOD = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {"kernelspec": {"name": "python3"}},
    "cells": [
        {"cell_type": "markdown", "id": "title", "source": ["# A chapter"], "metadata": {}},
        code(
            "hello",
            1,
            "from ae_course import (\n" + "    x,\n" * 20 + ")\nprint('error', error)",
            [printed("error 0.75\n    def call(self, x, training=False):\n")],
        ),
        code("figure", 2, "plt.show()", [PNG], **ALT),
        code(
            "clock",
            3,
            "# NBVAL_IGNORE_OUTPUT\nclock()",
            ae_course={"reason": "a duration differs from run to run"},
        ),
    ],
}


def bad(change):
    notebook = copy.deepcopy(GOOD)
    change(notebook, notebook["cells"][1])
    return notebook


BAD = {
    "old format": (lambda nb, _: nb.update(nbformat_minor=4), "the format is"),
    "other kernel": (lambda nb, _: nb["metadata"].clear(), "the kernel is None"),
    "id used twice": (lambda nb, c: c.update(id="figure"), "id figure is missing or used twice"),
    "wide line": (lambda _, c: c.update(source="x" * 77), "a line of 77 columns"),
    "wide print": (lambda _, c: c.update(outputs=[printed("x" * 77)]), "prints 77 columns"),
    "no id": (lambda nb, c: c.pop("id"), "id None is missing or used twice"),
    "not executed": (lambda nb, c: c.update(execution_count=None), "execution count None, not 1"),
    "run out of order": (lambda nb, c: c.update(execution_count=7), "execution count 7, not 1"),
    "empty code cell": (lambda nb, c: c.update(source="\n"), "hello is an empty code cell"),
    "error": (
        lambda nb, c: c["outputs"].append({"output_type": "error", "ename": "ValueError"}),
        "ended in ValueError",
    ),
    "stderr": (lambda nb, c: c["outputs"].append(printed("W0", "stderr")), "wrote to stderr"),
    "path": (lambda nb, c: c.update(outputs=[printed("/usr/lib/x")]), "path: /usr/l"),
    "path on Windows": (lambda nb, c: c.update(source=r"open('C:\data')"), r"path: C:\d"),
    "address": (lambda nb, c: c.update(outputs=[printed("<A at 0x7f00aa11>")]), "at 0x7f00aa11"),
    "large outputs": (
        lambda nb, c: c.update(outputs=[printed("x\n" * 400_000)]),
        "its outputs have",
    ),
    "large file": (lambda nb, c: nb["cells"][0].update(source="x" * MAX_FILE), "bytes, more than"),
    "long cells": (
        lambda nb, c: [cell.update(source="a\n" * 8) for cell in nb["cells"]],
        "half of its code cells have more than 7 lines",
    ),
    "long cell": (lambda nb, c: c.update(source="a\n" * 21), "has 21 lines, more than 20"),
    "image without alt": (lambda nb, c: c["outputs"].append(PNG), "mystnb.image.alt is ''"),
    "image named by its file": (
        lambda nb, c: nb["cells"][2].update(
            metadata={"mystnb": {"image": {"alt": "losses-1.png"}}}
        ),
        "mystnb.image.alt is 'losses-1.png'",
    ),
    "svg": (
        lambda nb, c: nb["cells"][2]["outputs"].append(
            {**PNG, "data": {"image/svg+xml": "<svg/>"}}
        ),
        "shows an SVG",
    ),
    "exempt by tag": (
        lambda nb, c: c["metadata"].update(tags=["nbval-skip"]),
        "nbval-skip without metadata.ae_course.reason",
    ),
    "exempt by comment": (
        lambda nb, c: nb["cells"][3].update(metadata={}),
        "NBVAL_IGNORE_OUTPUT without metadata.ae_course.reason",
    ),
    "times": (lambda nb, c: c["metadata"].update(execution={}), "holds the times of a run"),
    "widgets": (lambda nb, c: nb["metadata"].update(widgets={}), "holds widget state"),
    "verdict": (
        lambda nb, c: c.update(outputs=[printed("p = 2\ndeep beats PCA: True\n")]),
        "verdict in place of a number: 'deep beats PCA: True'",
    ),
    "verdict as result": (
        lambda nb, c: c["outputs"].append(
            {"output_type": "execute_result", "data": {"text/plain": "False"}, "metadata": {}}
        ),
        "verdict in place of a number: 'False'",
    ),
    "split output": (
        lambda nb, c: c["outputs"].extend([printed("a"), printed("b")]),
        "in pieces",
    ),
    "remote script": (
        lambda nb, c: c["outputs"].append(
            {"output_type": "display_data", "data": {"text/html": "<script>"}, "metadata": {}}
        ),
        "has a script or remote part",
    ),
}


def test_a_good_notebook_passes():
    assert complaints(GOOD) == []


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_notebook_is_refused_for_what_is_wrong_with_it(kind):
    change, complaint = BAD[kind]
    (found,) = complaints(bad(change))
    assert complaint in found


def test_every_rule_refuses_something():
    notebooks = [bad(change) for change, _ in BAD.values()]
    idle = [rule.__name__ for rule in RULES if not any(list(rule(nb)) for nb in notebooks)]
    assert idle == []
