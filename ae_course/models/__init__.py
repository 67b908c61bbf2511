"""What the chapters teach, one file an idea.

Importing one imports all, so that Keras knows every class of the course.
"""

from importlib import import_module
from pathlib import Path

for _file in sorted(Path(__file__).parent.glob("[!_]*.py")):
    import_module(f"{__name__}.{_file.stem}")
