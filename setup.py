"""Puts the exercises into the wheel; all else is said in pyproject.toml."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class WithExercises(build_py):
    """Copies `exercises/` into the package, where `ae-course start` and `reset` find it."""

    def run(self):
        """Build the package; an editable one has the folder beside it."""
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib, "ae_course", "exercises")
            target.mkdir(parents=True, exist_ok=True)
            for path in sorted(Path("exercises").glob("*.ipynb")):
                shutil.copy(path, target)


setup(cmdclass={"build_py": WithExercises})
