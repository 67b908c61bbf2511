"""The house keeps its shape: arrows, stems, short modules, short cells, a page for every name."""

import ast
import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "ae_course"
FILES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
"""Every module's name within the package, and its file."""

MAY_USE = {  # folder or file → what it may import of the package, beside itself and the helpers
    "models": set(),
    "training": {"models"},
    "evaluation": {"models.losses"},
    "experiments": {"models", "training", "evaluation", "data"},
    "sklearn_api": {"models", "training"},
    "export": set(),
    "data": set(),
    "devices": set(),
    "plotting": set(),
    "source": set(),
    "cli": {"devices", "experiments", "grading"},
    "grading.tasks": {"grading.judging", "data"},
    "grading.judging": {"grading.sandbox.child.learner", "data"},
    "grading.reading": {"grading.judging"},
    "grading.notebook": {
        "grading.judging",
        "grading.sandbox.child",
        "grading.authoring",
        "grading.reading",
    },
    "grading.authoring": {"grading.judging", "grading.reading", "grading.sandbox.child"},
    "grading.batch": {
        "grading.judging",
        "grading.sandbox",
        "grading.reading",
        "grading.authoring",  # which exercises there are, for other platforms
    },
    "grading.gradebook": {
        "grading.batch",
        "grading.judging",
        "grading.reading",
        "grading.sandbox",
        "grading.authoring",
    },
    "grading.sandbox.host": {"grading.sandbox.child", "grading.judging.text"},
    "grading.sandbox.child": set(),
}
HELPERS = {name for name in FILES if name[0] == "_"} | {"validation"}  # import none of the others
# what a model may import of the models
BASE = {"names", "tensors", "precision", "losses", "layers", "random"}
SHARED = BASE | {"dense", "convolutional", "own_loss", "sample_model", "autoencoder"}
EXTENDS = {  # a model that is a kind of another
    "importance_weighted": {"variational"},
    "binary_pixels": {"importance_weighted"},
    "inpainting": {"attention"},
    "masked": {"attention", "inpainting"},
}
CHAPTER_FOLDERS = ("models", "training", "evaluation")  # printed in chapters, so kept short
each_file = pytest.mark.parametrize("name", FILES)


def tree(name):
    return ast.parse(FILES[name].read_text("utf-8"))


def imported(name):
    """The full names that a module imports, wherever in it."""
    yield from imports_of(tree(name))


def imports_of(code):
    """The full names that code imports."""
    for node in ast.walk(code):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def used(name):
    """The modules of the package that a module imports; a folder only for its own names."""
    own = {full.partition(".")[2] for full in imported(name) if full.startswith("ae_course.")}
    tops = {module.partition(".")[0] for module in FILES}
    assert {n.partition(".")[0] for n in own} <= tops, "inside the package, use full names"
    found = own & set(FILES)
    return {n for n in found if not any(other.startswith(f"{n}.") for other in found)}


def within(name, places):
    return any(name == place or name.startswith(f"{place}.") for place in places)


def place_of(name):
    """The entry of `MAY_USE` that a module falls under."""
    return next((place for place in MAY_USE if within(name, [place])), None)


def code_lines(name):
    """Lines that are code: not blank, not comment, not docstring."""
    lines = {n.lineno for n in ast.walk(tree(name)) if hasattr(n, "lineno")}
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            lines -= set(range(node.lineno, node.end_lineno + 1))
    return len(lines)


def public_names(name):
    """What `__all__` lists, or else every public function and class but protocols."""
    for node in tree(name).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return ast.literal_eval(node.value)
    definitions = [n for n in tree(name).body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    protocols = [n for n in definitions if "Protocol" in map(ast.unparse, getattr(n, "bases", ()))]
    return [n.name for n in definitions if n.name[0] != "_" and n not in protocols]


@each_file
def test_arrows_point_one_way(name):
    folders = {n for n, path in FILES.items() if path.name == "__init__.py"}
    if name in folders - {"data"}:
        assert used(name) <= {"_keras_import"}
        return
    beyond = {n for n in used(name) if not within(n, HELPERS)}
    if name in HELPERS:
        assert not beyond
        return
    place = place_of(name)
    assert place, f"say in MAY_USE what {name} may import"
    assert not {n for n in beyond if not within(n, {place, *MAY_USE[place]})}


@pytest.mark.parametrize("name", [name for name in FILES if within(name, ["models"])])
def test_one_model_knows_nothing_of_another(name):
    others = {n.removeprefix("models.") for n in used(name) if within(n, ["models"])}
    assert others <= SHARED | EXTENDS.get(name.removeprefix("models."), set())
    if name.removeprefix("models.") in BASE:
        assert others <= {"precision", "tensors"}


def test_there_is_no_circle():
    graph = {name: used(name) for name in FILES}
    while free := [name for name, uses in graph.items() if not uses & set(graph)]:
        for name in free:
            del graph[name]
    assert not graph, "these import one another"


def test_the_sandbox_needs_nothing_but_numpy_and_psutil():
    for name in FILES:
        if within(name, ["grading.sandbox.child"]):
            tops = {full.partition(".")[0] for full in imported(name)}
            allowed = {"psutil"} if name.endswith(".processes") else {"numpy"}
            assert tops <= {*sys.stdlib_module_names, "ae_course", *allowed}, name


@each_file
def test_tensorflow_itself_is_used_only_where_it_may_be(name):
    tops = {full.partition(".")[0] for full in imported(name)}
    assert "tensorflow" not in tops or within(name, ["training", "devices"])


@pytest.mark.parametrize("folder", ["ae_course", "tests/unit"])
def test_no_backend_is_imported_before_it_is_known_to_be_the_one(folder):
    for path in (ROOT / folder).rglob("*.py"):
        at_the_top = ast.Module(
            [n for n in ast.parse(path.read_text("utf-8")).body if "Import" in type(n).__name__], []
        )
        tops = {full.partition(".")[0] for full in imports_of(at_the_top)}
        assert not tops & {"tensorflow", "jax", "torch"}, path


@cache
def own_names():
    """Every name that the package itself defines or uses as a variable."""
    nodes = [node for name in FILES for node in ast.walk(tree(name))]
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    definitions = {n.name for n in nodes if isinstance(n, kinds)}
    variables = {n.id for n in nodes if isinstance(n, ast.Name)}
    stored = [n for n in nodes if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)]
    return definitions | variables | {n.attr for n in stored if ast.unparse(n.value) == "self"}


RIDDLES = {  # names that said less than the field's own, and what they were to say
    "obstacle": "reason_not_compilable",
    "held_out": "validation",
    "watchers": "callback_list",
    "stock": "prefetched",
    "supplied_by": "prefetched_from",
    "drawn_ahead": "prefetchable",
    "room": "limit",
    "ask": "call, downloader",
    "replay": "resume",
    "surroundings": "environment",
    "litter": "system_file",
    "nudge": "hint",
    "piece": "found_file",
    "courier": "client",
}


@each_file
def test_names_are_the_fields(name):
    nodes = [*ast.walk(tree(name))]
    names = {n.id for n in nodes if isinstance(n, ast.Name)} | {*name.split(".")}
    names |= {n.attr for n in nodes if isinstance(n, ast.Attribute)}
    names |= {n.arg for n in nodes if isinstance(n, ast.arg | ast.keyword)}
    names |= {n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    assert not {n: RIDDLES[n] for n in names & RIDDLES.keys()}


@each_file
def test_nothing_private_of_a_library_is_used(name):
    """It may change with any version. What is used all the same has tests that would tell."""
    private = {
        node.attr
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Attribute) and re.match(r"_(?!_).*(?<!_)$", node.attr)
        if ast.unparse(node.value)
        not in ("os", "sys")  # which document theirs, as enum does `_value_`
    }
    allowed = {"training.seeds": {"_seed", "_rng"}}.get(name, set())
    assert private - own_names() == allowed
    assert not [n for n in imported(name) if n.startswith("keras.src")]
    assert allowed or not [n for n in imported(name) if n.startswith("tensorflow.python")]


@each_file
def test_nothing_private_of_another_module_is_used(name):
    """Modules that are private as a whole serve all of the package; their names are public."""
    nodes = [*ast.walk(tree(name))]
    froms = [n for n in nodes if isinstance(n, ast.ImportFrom) and "ae_course" in (n.module or "")]
    names = [(n.module, a.name, a.asname or a.name) for n in froms for a in n.names]
    modules = {known for module, own, known in names if is_module(f"{module}.{own}")}
    private = [
        own for module, own, _ in names if own[0] == "_" and not is_module(f"{module}.{own}")
    ]
    used = [n for n in nodes if isinstance(n, ast.Attribute) and n.attr[0] == "_"]
    private += [ast.unparse(n) for n in used if ast.unparse(n.value) in modules]
    assert not [one for one in private if not one.endswith("__")]


def is_module(full):
    return full.removeprefix("ae_course.") in FILES


@pytest.mark.parametrize(
    "path", sorted(Path(__file__).parents[1].rglob("*.py")), ids=lambda p: p.name
)
def test_a_test_uses_public_names_alone(path):
    """What is private may change without a promise being broken."""
    code = ast.parse(path.read_text("utf-8"))
    nodes = [*ast.walk(code)]
    own = {n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    own |= {n.attr for n in nodes if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)}
    used = {n.attr: ast.unparse(n) for n in nodes if isinstance(n, ast.Attribute)}
    used |= {
        a.name: f"from {n.module} import {a.name}"
        for n in nodes
        if isinstance(n, ast.ImportFrom)
        for a in n.names
        if n.module != "ae_course"  # whose modules for its own use have tests, too
    }
    patched = [n.args for n in nodes if isinstance(n, ast.Call) and len(n.args) == 3]
    used |= {
        a[1].value: ast.unparse(a[1])
        for a in patched
        if isinstance(a[1], ast.Constant) and isinstance(a[1].value, str)
    }
    private = {name for name in used if re.match(r"_(?!_).*(?<!_)$", name)} - own - {"_exit"}
    assert not private, [used[name] for name in private]
    libraries = [n for n in imports_of(code) if not n.startswith("ae_course")]
    internal = re.compile(r"\.src(\.|$)|tensorflow\.python|\._")
    assert not [n for n in libraries if internal.search(n)]


@each_file
def test_a_module_is_short(name):
    if not within(name, ["grading.tasks"]):  # as long as an exercise is
        assert code_lines(name) <= (120 if within(name, CHAPTER_FOLDERS) else 300)
    if within(name, ["models"]) and name != "models.random":
        assert len(public_names(name)) <= 4


@pytest.mark.parametrize("name", [n for n in FILES if n and not within(n, ["grading"])])
def test_every_module_has_its_test(name):
    if FILES[name].name == "__init__.py" or name == "data._arguments":
        return
    *folder, stem = name.split(".")
    assert Path(ROOT, "tests/unit", *folder, f"test_{stem.strip('_')}.py").exists()


@each_file
def test_every_public_name_has_a_docstring(name):
    assert ast.get_docstring(tree(name))
    for node in tree(name).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name[0] != "_":
            assert ast.get_docstring(node), f"{node.name} has no docstring"


def test_every_public_module_is_on_a_page():
    import ae_course

    pages = "".join(path.read_text("utf-8") for path in (ROOT / "book/api").glob("*.md"))
    found = set(re.findall(r"automodule:: ae_course\.([\w.]+)$", pages, re.M))
    modules = (getattr(ae_course, name) for name in ae_course.__all__)
    public = {m.__name__.partition(".")[2] for m in modules if isinstance(m, ModuleType)}
    assert public - found == set()
    assert found <= set(FILES)


def test_chapters_exercises_and_solutions_share_their_stems():
    chapters = {p.stem for p in (ROOT / "book").glob("[0-9][0-9]_*.ipynb")}
    assert chapters == {p.stem for p in (ROOT / "exercises").glob("*.ipynb")}
    assert chapters == {p.stem for p in (ROOT / "solutions").glob("*.ipynb")}
    tasks = (PACKAGE / "grading/tasks").glob("[0-9][0-9]_*.py")
    assert chapters == {p.stem for p in tasks}


@pytest.mark.parametrize("path", sorted((ROOT / "book").glob("[0-9]*.ipynb")), ids=lambda p: p.stem)
def test_a_chapter_opens_with_the_box_that_leads_to_its_code(path):
    opening = "".join(
        "".join(c["source"]) for c in json.loads(path.read_text("utf-8"))["cells"][:2]
    )
    assert "chapter-box" in opening
    modules = re.findall(r"`ae_course\.([\w.]+)`", opening)
    tests = re.findall(r"`(tests/unit/[\w/]+\.py)`", opening)
    assert modules and all(name in FILES for name in modules)
    assert tests and all((ROOT / test).exists() for test in tests)
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
