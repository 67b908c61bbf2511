"""Whatever is imported is declared: no package is there only because another one needs it."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = [f for at in ("tests/**", ".ci", "book/_ext") for f in ROOT.glob(f"{at}/*.py")]
OURS = {"ae_course", "conftest"} | {path.stem for path in SCRIPTS}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
REQUIREMENTS = [*PROJECT["dependencies"], *chain(*PROJECT["optional-dependencies"].values())]


def declared(requirements):
    """The names of the distributions in a list of requirements, as metadata has them."""
    names = [re.match(r"[\w-]+", one.replace("_", "-")).group() for one in requirements]
    return {name.lower() for name in names}


def imported(folder):
    """Module → the file that imports it, without those of Python and of this repository."""
    found = {}
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            full = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                full = [node.module]
            for name in full:
                found[name.partition(".")[0]] = path.relative_to(ROOT)
    return {m: path for m, path in found.items() if m not in {*OURS, *sys.stdlib_module_names}}


@pytest.mark.parametrize("folder", ["ae_course", "tests", "book/_ext", ".ci"])
def test_every_import_is_of_a_declared_distribution(folder):
    everything = declared(REQUIREMENTS)
    named = {
        m: {d.lower().replace("_", "-") for d in ds} for m, ds in packages_distributions().items()
    }
    for module, path in imported(folder).items():
        candidates = named.get(module, {module.lower()})  # jax and torch need not be here
        assert candidates & everything, f"{path} imports {module}: declare {candidates}"


@pytest.mark.parametrize(
    ("lock", "groups"),
    [("requirements.txt", ("dev", "cluster", "export")), ("requirements-gpu.txt", ("gpu",))],
)
def test_whatever_is_declared_is_locked(lock, groups):
    locked = declared(re.findall(r"^([\w.-]+)==", (ROOT / lock).read_text("utf-8"), re.M))
    extras = chain(*(PROJECT["optional-dependencies"][group] for group in groups))
    assert declared([*PROJECT["dependencies"], *extras]) - locked <= {"ae-course"}


def test_the_check_sees_an_undeclared_import():
    assert "numpy" in imported("ae_course") and "pytest" in imported("tests")
    assert not {"joblib", "babel"} & declared(REQUIREMENTS)
