"""A file is a notebook, or says in words why it is none."""

import json

from ae_course.grading.reading.notebooks import Unreadable, code_cells, looks_like_one, parse

import pytest

EMPTY = {"nbformat": 4, "cells": []}


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("x.ipynb", b"", True),
        ("x.IPYNB", b"", True),
        ("x.ipynb.txt", b"", True),
        ("x.ipynb.crdownload", b"", True),
        ("x", json.dumps(EMPTY).encode(), True),
        ("x.txt", b'\xef\xbb\xbf\n {"cells": [', True),
        ("x.json", b'{"a": 1}', False),
        ("x.py", b"cells = {}", False),
        ("x", b"", False),
    ],
)
def test_a_file_that_claims_to_be_a_notebook(name, data, expected):
    assert looks_like_one(name, data) is expected


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"\xff\xfe{", "UTF-8"),
        (b'{"cells": [', "cut short"),
        (b"[" * 400_000, "deeply|JSON"),
        (b"[]", "no notebook"),
        (b'{"nbformat": 4, "cells": [' + b"[]," * 5_000_000 + b"[]]}", "too many parts.*outputs"),
        (b'{"nbformat": 4, "cells": [' + b'{"a":1},' * 2_000_000 + b"0]}", "too many parts"),
        (b'{"nbformat": 4, "cells": [' + b'"",' * 5_000_000 + b"0]}", "too many parts"),
        (b'{"nbformat": 3, "cells": []}', "format is 3"),
        (b'{"nbformat": 4, "cells": {}}', "format is 4"),
        (b'{"nbformat": "\\u001b[31m", "cells": []}', "format is unknown"),
        (b'{"nbformat": 4, "cells": [' + b"9" * 5000 + b"]}", "JSON"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_none_is_told_in_words(data, says):
    with pytest.raises(Unreadable, match=says):
        parse(data)


def test_odd_cells_are_left_out_with_a_note():
    cells = [3, {"cell_type": "code", "source": [1]}, {"cell_type": "code", "source": ["a", "b"]}]
    sources, notes = code_cells({"cells": cells})
    assert sources == ["ab"] and len(notes) == 2


def test_too_much_code_is_refused():
    cells = [{"cell_type": "code", "source": "x" * 600_000}]
    with pytest.raises(Unreadable, match="too much code"):
        code_cells({"cells": cells})
