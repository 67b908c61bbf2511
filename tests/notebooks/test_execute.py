"""`make execute` runs a notebook in place, and leaves each stream in one piece."""

import shlex
import subprocess
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[2]
IN_PIECES = "for word in ('one', 'two'):\n    print(word, flush=True)"


def test_a_stream_stays_in_one_piece(tmp_path):
    path = tmp_path / "pieces.ipynb"
    cell = nbformat.v4.new_code_cell(IN_PIECES)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    said = subprocess.run(
        ["make", "-n", "--no-print-directory", "execute", f"NB={path}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    command = shlex.split(said.stdout.splitlines()[-1])
    arguments = command[command.index("nbconvert") :]
    subprocess.run([sys.executable, "-m", *arguments], check=True, capture_output=True)
    outputs = nbformat.read(path, 4).cells[0].outputs
    assert [output.text for output in outputs] == ["one\ntwo\n"]
