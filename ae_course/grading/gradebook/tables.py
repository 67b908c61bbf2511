"""CSV as platforms and spreadsheets write and read it."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ae_course.grading.batch.formats import no_formula, number
from ae_course.grading.gradebook.store import BookError

BOM = "\ufeff"
_SEPARATORS = ",;\t|"


def read_table(path: str | Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """Return a CSV file's column names, and its rows with their line numbers.

    A byte order mark, UTF-16, Windows' encoding, semicolons, tabs and Excel's `sep=` are known.
    Rows of blanks are left out; blanks around a cell are, too.

    Raises:
        BookError: if it can't be read, is empty, or a column's name occurs twice.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise BookError(f"{path} can't be read: {error.strerror}. Name a CSV file.") from error
    text = _decode(data)
    first, _, rest = text.partition("\n")
    skipped = 0
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        separator, text, skipped = first.strip()[4], rest, 1
    else:
        separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        table = [(reader.line_num + skipped, [c.strip() for c in row]) for row in reader]
    except csv.Error as error:
        raise BookError(f"{path}, line {reader.line_num + skipped}: {error}. Is it CSV?") from error
    table = [(line, row) for line, row in table if any(row)]
    if not table:
        raise BookError(f"{path} is empty. A first line with column names was expected.")
    names = table[0][1]
    twice = {name for name in names if name and names.count(name) > 1}
    if twice:
        raise BookError(f"{path}: the columns {', '.join(sorted(twice))} occur twice. Keep one.")
    return names, [
        (line, {n: row[i] if i < len(row) else "" for i, n in enumerate(names) if n})
        for line, row in table[1:]
    ]


def write_table(
    names: Sequence[str], rows: Iterable[Mapping[str, Any]], *, bom: bool = True
) -> str:
    """Return CSV in which no cell is a formula to a spreadsheet.

    Args:
        names: the columns, in order.
        rows: cells by column; a number is written as short as it is.
        bom: begin with the mark by which Excel knows UTF-8.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([_cell(name) for name in names])
    writer.writerows([_cell(row.get(name, "")) for name in names] for row in rows)
    return (BOM if bom else "") + text.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, int | float):
        return number(value)
    return no_formula(str(value))


def _decode(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
