"""What a notebook of this repository must be to be committed. Each rule yields its complaints.

Strict nbval compares only what a notebook holds, so a stripped or half-run notebook would pass it
without a word; these rules make sure that there is something to compare.
"""

import json
import re
import statistics
from collections.abc import Callable, Iterator
from itertools import pairwise

MAX_COLUMNS = 76  # of a line of code: what a page shows
MAX_LINES = 20  # of a code cell, not counting imports
MAX_MEDIAN = 7  # the same, over the code cells of a notebook
MAX_OUTPUTS = 1_000_000  # characters in all outputs of a notebook
MAX_FILE = 2_500_000  # bytes
MACHINE_PATH = re.compile(
    r"(?<![\w.:/~])/(?:home|Users|root|tmp|usr|opt|var|mnt|work)/\w|\b[A-Z]:\\\\?\w"
)
IMPORT = re.compile(r"^(?:from \S+ )?import (?:\([^)]*\)|.*)", re.MULTILINE)
ADDRESS = re.compile(r"\bat 0x[0-9a-f]{6,}")
EXEMPTION = re.compile(
    r"nbval-(?:ignore-output|skip|raises-exception)|raises-exception"
    r"|NBVAL_(?:IGNORE_OUTPUT|SKIP|RAISES_EXCEPTION)|PYTEST_VALIDATE_IGNORE_OUTPUT",
    re.IGNORECASE,
)
REMOTE = re.compile(r"<script|(?:src|href)=[\"']?(?:https?:)?//|url\([\"']?(?:https?:)?//", re.I)
VERDICT = re.compile(r"^.*\b(?:True|False)[ \t]*$", re.MULTILINE)
FLOWS = re.compile(r"\bshow_source\(|^except ", re.MULTILINE)  # goes on in the next line
FILE_NAME = re.compile(r"^\S+\.\w{2,4}$")

Notebook = dict
Rule = Callable[[Notebook], Iterator[str]]


def source(cell: dict) -> str:
    return "".join(cell["source"])


def code_cells(notebook: Notebook) -> list[dict]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def texts(output: dict) -> Iterator[str]:
    """Everything in an output that is text."""
    yield "".join(output.get("text", ""))
    for kind, content in output.get("data", {}).items():
        if not kind.startswith("image/"):
            yield "".join(content) if isinstance(content, str | list) else json.dumps(content)


def format_is_current(notebook: Notebook) -> Iterator[str]:
    version = notebook["nbformat"], notebook["nbformat_minor"]
    if version < (4, 5):
        yield f"the format is {version}; cells have ids from (4, 5) on"
    kernel = notebook["metadata"].get("kernelspec", {}).get("name")
    if kernel != "python3":
        yield f"the kernel is {kernel!r}, not 'python3'"


def ids_are_unique(notebook: Notebook) -> Iterator[str]:
    ids = [cell.get("id") for cell in notebook["cells"]]
    for name in sorted({str(i) for i in ids if not i or ids.count(i) > 1}):
        yield f"the cell id {name} is missing or used twice"


def is_executed_in_order(notebook: Notebook) -> Iterator[str]:
    for expected, cell in enumerate(code_cells(notebook), 1):
        if not source(cell).strip():
            yield f"cell {cell.get('id')} is an empty code cell"
        elif cell["execution_count"] != expected:
            yield (
                f"cell {cell.get('id')} has execution count {cell['execution_count']}, not "
                f"{expected}: run the whole notebook, `make execute NB=...`"
            )


def has_no_errors(notebook: Notebook) -> Iterator[str]:
    for cell in code_cells(notebook):
        for output in cell["outputs"]:
            if output["output_type"] == "error":
                yield f"cell {cell.get('id')} ended in {output['ename']}"
            if output.get("name") == "stderr":
                yield f"cell {cell.get('id')} wrote to stderr: {''.join(output['text'])[:80]!r}"


def names_no_machine(notebook: Notebook) -> Iterator[str]:
    for cell in notebook["cells"]:
        parts = [source(cell), *(t for o in cell.get("outputs", ()) for t in texts(o))]
        for found in filter(None, map(MACHINE_PATH.search, parts)):
            yield f"cell {cell.get('id')} holds a machine's path: {found.group()}…"
        for found in filter(None, map(ADDRESS.search, parts)):
            yield f"cell {cell.get('id')} holds an address in memory: {found.group()}"


def is_small(notebook: Notebook) -> Iterator[str]:
    outputs = sum(len(json.dumps(cell["outputs"])) for cell in code_cells(notebook))
    if outputs > MAX_OUTPUTS:
        yield f"its outputs have {outputs:,} characters, more than {MAX_OUTPUTS:,}"
    size = len(json.dumps(notebook, ensure_ascii=False).encode())
    if size > MAX_FILE:
        yield f"it has {size:,} bytes, more than {MAX_FILE:,}"


def lines_fit_the_page(notebook: Notebook) -> Iterator[str]:
    for cell in code_cells(notebook):
        for line in source(cell).splitlines():
            if len(line) > MAX_COLUMNS:
                yield f"cell {cell.get('id')} has a line of {len(line)} columns: {line[:40]}…"


def printed_tables_fit_the_page(notebook: Notebook) -> Iterator[str]:
    """A longer line would go on in the next, and its columns with it. Sources and messages may."""
    for cell in code_cells(notebook):
        if not FLOWS.search(source(cell)):
            printed = "".join("".join(output.get("text", "")) for output in cell["outputs"])
            for line in map(str.rstrip, printed.splitlines()):
                if len(line) > MAX_COLUMNS:
                    yield f"cell {cell.get('id')} prints {len(line)} columns: {line[:40]}…"


def cells_are_short(notebook: Notebook) -> Iterator[str]:
    lengths = []
    for cell in code_cells(notebook):
        lines = IMPORT.sub("", source(cell)).splitlines()
        lengths.append(len([line for line in lines if line.strip()]))
        if lengths[-1] > MAX_LINES:
            yield f"cell {cell.get('id')} has {lengths[-1]} lines, more than {MAX_LINES}"
    if lengths and statistics.median(lengths) > MAX_MEDIAN:
        yield f"half of its code cells have more than {MAX_MEDIAN} lines"


def images_have_alt_text(notebook: Notebook) -> Iterator[str]:
    for cell in code_cells(notebook):
        kinds = {kind for output in cell["outputs"] for kind in output.get("data", {})}
        alt = cell["metadata"].get("mystnb", {}).get("image", {}).get("alt", "").strip()
        if any(kind.startswith("image/") for kind in kinds):
            if len(alt) < 10 or FILE_NAME.match(alt):
                yield f"cell {cell.get('id')} shows an image; metadata.mystnb.image.alt is {alt!r}"
            if "image/svg+xml" in kinds:
                yield f"cell {cell.get('id')} shows an SVG, which nbval compares as text: use PNG"


def exemptions_have_reasons(notebook: Notebook) -> Iterator[str]:
    for cell in code_cells(notebook):
        marks = " ".join([*cell["metadata"].get("tags", ()), source(cell)])
        exempt = EXEMPTION.search(marks)
        if exempt and not cell["metadata"].get("ae_course", {}).get("reason", "").strip():
            yield f"cell {cell.get('id')} is {exempt.group()} without metadata.ae_course.reason"


def has_no_traces_of_the_run(notebook: Notebook) -> Iterator[str]:
    if "widgets" in notebook["metadata"]:
        yield "it holds widget state"
    for cell in code_cells(notebook):
        if "execution" in cell["metadata"]:
            yield f"cell {cell.get('id')} holds the times of a run"


def outputs_are_local(notebook: Notebook) -> Iterator[str]:
    for cell in code_cells(notebook):
        for output in cell["outputs"]:
            html = "".join(output.get("data", {}).get("text/html", ""))
            if found := REMOTE.search(html):
                yield f"cell {cell.get('id')} has a script or remote part: {found.group()}"


def outputs_are_whole(notebook: Notebook) -> Iterator[str]:
    """One stream a cell: where the kernel cuts it, differs from run to run."""
    for cell in code_cells(notebook):
        streams = [output.get("name") for output in cell["outputs"]]
        if any(one and one == other for one, other in pairwise(streams)):
            yield f"cell {cell.get('id')} has its text in pieces: run it by `make execute`"


def prints_what_was_found(notebook: Notebook) -> Iterator[str]:
    """An assert holds a claim; a print shows the number behind it."""
    for cell in code_cells(notebook):
        for output in cell["outputs"]:
            said = "".join(output.get("text", "")) or "".join(
                output.get("data", {}).get("text/plain", "")
            )
            for line in VERDICT.findall(said):
                yield f"cell {cell.get('id')} prints a verdict in place of a number: {line!r}"


RULES: list[Rule] = [
    format_is_current,
    ids_are_unique,
    is_executed_in_order,
    has_no_errors,
    names_no_machine,
    is_small,
    lines_fit_the_page,
    printed_tables_fit_the_page,
    cells_are_short,
    images_have_alt_text,
    exemptions_have_reasons,
    has_no_traces_of_the_run,
    outputs_are_local,
    outputs_are_whole,
    prints_what_was_found,
]


def complaints(notebook: Notebook) -> list[str]:
    """Everything that keeps a notebook from being committed."""
    return [complaint for rule in RULES for complaint in rule(notebook)]
