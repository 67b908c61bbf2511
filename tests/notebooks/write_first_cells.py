"""Put the first cell, which brings the package where it is missing, into notebooks that lack it.

`make first-cells`, or for some of them `python tests/notebooks/write_first_cells.py FOLDER…`. All
the rest of a notebook stays as it is; the cells after it are counted on, as if all had been run.
"""

import sys
from pathlib import Path

from ae_course.grading.authoring.first_cell import with_first_cell
from ae_course.grading.authoring.release import read, write

from nbformat import from_dict

ROOT = Path(__file__).parents[2]
FOLDERS = ("book", "exercises", "solutions")
READ_FILES = ("results", "speed")  # these show files of the repository, which a host must have


def main(folders=FOLDERS):
    for path in sorted(p for folder in folders for p in (ROOT / folder).glob("*.ipynb")):
        if path.stem in READ_FILES:
            continue
        notebook, before = read(path), read(path)
        notebook.cells = with_first_cell(notebook.cells, from_dict)
        if notebook != before:
            write(notebook, path)
            print(f"{path.relative_to(ROOT)} written")


if __name__ == "__main__":
    main(sys.argv[1:] or FOLDERS)
