"""The house keeps its shape: arrows, stems, short modules, short cells, a page for every name."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "ae_course"
TOPICS = {"convolutional", "losses", "layers", "autoencoder", "linear", "metrics", "neighbors"}
VARIANTS = {"contractive", "denoising", "sparse", "stacked", "transformer", "variational"}
APART = {"data", "plotting", "devices"}  # import no model and are imported by no topic
MODELS = {"autoencoder", "layers"}
NOTEBOOKS = sorted(
    path for f in ("book", "exercises", "solutions") for path in (ROOT / f).glob("*.ipynb")
)


def code_lines(path):
    """Lines that are code: not blank, not comment, not docstring."""
    tree = ast.parse(path.read_text("utf-8"))
    lines = {n.lineno for n in ast.walk(tree) if hasattr(n, "lineno")}
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            lines -= set(range(node.lineno, node.end_lineno + 1))
    return len(lines)


def imports(path):
    """The parts of the package that a file imports: 'losses', 'grading', ..."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {a.name.split(".")[1] for a in node.names if a.name.startswith("ae_course.")}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "ae_course":
            rest = node.module.split(".")[1:]
            found |= {rest[0]} if rest else {alias.name for alias in node.names}
    return found


def part_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def public_names(path):
    body = ast.parse(path.read_text("utf-8")).body
    protocols = [
        n
        for n in body
        if isinstance(n, ast.ClassDef) and [ast.unparse(b) for b in n.bases] == ["Protocol"]
    ]
    definitions = [n for n in body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    return [n.name for n in definitions if n.name[0] != "_" and n not in protocols]


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_arrows_point_one_way(path):
    part, used = part_of(path), imports(path)
    if part in APART | {"grading"}:  # grading judges models, it has none
        assert not used & (MODELS | {"losses", "linear", "metrics", "training"})
    if part in TOPICS | VARIANTS:
        assert not used & (APART | {"grading"})
        beneath = {"losses", "layers"} | ({"autoencoder"} if part in VARIANTS else set())
        assert used & (TOPICS | VARIANTS) <= beneath
    if part not in ("cli", "grading"):
        assert "grading" not in used


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_tensorflow_itself_is_used_only_where_it_may_be(path):
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    assert "tensorflow" not in names or part_of(path) in (
        "training",
        "compiled",
        "devices",
        "grading",
    )


@pytest.mark.parametrize("name", sorted(TOPICS | VARIANTS))
def test_a_topic_is_short_enough_to_read_in_its_chapter(name):
    path = PACKAGE / f"{name}.py"
    assert code_lines(path) <= 120
    assert len(public_names(path)) <= 4


@pytest.mark.parametrize("name", sorted(p.stem for p in PACKAGE.glob("*.py") if p.stem[0] != "_"))
def test_every_module_has_its_test(name):
    assert (ROOT / f"tests/unit/test_{name}.py").exists()


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_every_public_name_has_a_docstring(path):
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name[0] != "_":
            assert ast.get_docstring(node), f"{node.name} has no docstring"


def test_chapters_exercises_and_solutions_share_their_stems():
    chapters = {p.stem for p in (ROOT / "book").glob("[0-9][0-9]_*.ipynb")}
    assert chapters == {p.stem for p in (ROOT / "exercises").glob("*.ipynb")}
    assert chapters == {p.stem for p in (ROOT / "solutions").glob("*.ipynb")}
    tasks = (ROOT / "ae_course/grading/tasks").glob("[0-9][0-9]_*.py")
    assert chapters == {p.stem for p in tasks}


@pytest.mark.parametrize("path", sorted((ROOT / "book").glob("[0-9]*.ipynb")), ids=lambda p: p.stem)
def test_a_chapter_opens_with_the_box_that_leads_to_its_code(path):
    opening = "".join(
        "".join(c["source"]) for c in json.loads(path.read_text("utf-8"))["cells"][:2]
    )
    assert "chapter-box" in opening
    modules = re.findall(r"`ae_course\.(\w+)`", opening)
    tests = re.findall(r"tests/unit/test_(\w+)\.py", opening)
    assert modules and all((PACKAGE / f"{name}.py").exists() for name in modules)
    assert tests and all((ROOT / f"tests/unit/test_{name}.py").exists() for name in tests)
    assert f"exercises/{path.stem}" in opening and f"solutions/{path.stem}" in opening


def run_fresh(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )


def test_importing_the_package_loads_nothing_heavy():
    heavy = ["keras", "tensorflow", "numpy", "matplotlib", "sklearn"]
    code = f"import ae_course, sys; print([m for m in {heavy} if m in sys.modules])"
    assert run_fresh(code).stdout.strip() == "[]"


def test_every_lazy_name_is_there():
    code = "import ae_course\nfor name in ae_course.__all__: getattr(ae_course, name)"
    run_fresh(code)


def test_an_unknown_name_lists_the_known_ones():
    import ae_course

    with pytest.raises(AttributeError, match="has no attribute 'nothing'; it has"):
        ae_course.nothing  # noqa: B018


def test_nothing_names_a_machine():
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    secret = re.compile(r"(?<![\w.])/(?:home|Users|root|work|tmp)/\w+")
    for name in filter(None, tracked):
        path = ROOT / name
        if path.suffix in (".ipynb", ".md", ".py", ".yml", ".toml", ".txt") and path.is_file():
            text = path.read_text("utf-8")
            assert not secret.search(text), f"{name}: {secret.search(text).group()}"
