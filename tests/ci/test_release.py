"""What `make release` refuses, and that what it builds does not depend on when and by whom."""

import gzip
import io
import os
import shutil
import tarfile
import zipfile
from pathlib import Path

import ae_course

import pytest
from release import complaints, normalized

ROOT = Path(__file__).parents[2]
VERSION = ae_course.__version__
FOLDER = f"ae_course-{VERSION}"
FILES = ("CHANGELOG.md", "CITATION.cff", "pyproject.toml", "README.md", "LICENSE", "LICENSE-TEXT")
METADATA = f"""\
Metadata-Version: 2.4
Name: ae-course
Version: {VERSION}
License-Expression: MIT AND CC-BY-4.0
License-File: LICENSE
License-File: LICENSE-TEXT
Project-URL: Source, https://example.org

"""


@pytest.fixture
def root(tmp_path):
    """A repository that is ready to be released."""
    for name in FILES:
        shutil.copy(ROOT / name, tmp_path)
    shutil.copy(ROOT / "CONTRIBUTING.md", tmp_path)
    (tmp_path / "book").mkdir()
    shutil.copy(ROOT / "book/teachers_guide.md", tmp_path / "book")
    shutil.copytree(ROOT / "exercises", tmp_path / "exercises")
    (tmp_path / "ae_course").mkdir()
    shutil.copy(ROOT / "ae_course/__init__.py", tmp_path / "ae_course")
    edit(tmp_path / "CHANGELOG.md", "## [Unreleased]", f"## [{VERSION}] - 2026-12-01")
    return tmp_path


def edit(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def made(root, metadata=None, without="", more=""):
    """A folder with a wheel and a source distribution of a repository."""
    dist = root / "dist"
    dist.mkdir()
    readme = (root / "README.md").read_text("utf-8")
    exercises = [path.name for path in (root / "exercises").glob("*.ipynb")]
    licences = [f"{FOLDER}.dist-info/licenses/{name}" for name in ("LICENSE", "LICENSE-TEXT")]
    names = [*licences, "ae_course/cli.py", *(f"ae_course/exercises/{n}" for n in exercises), more]
    with zipfile.ZipFile(dist / f"{FOLDER}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{FOLDER}.dist-info/METADATA", (metadata or METADATA) + readme)
        for name in filter(None, names):
            if name != without:
                wheel.writestr(name, "")
    with tarfile.open(dist / f"{FOLDER}.tar.gz", "w:gz") as source:
        for name in ("LICENSE", "LICENSE-TEXT", *(f"exercises/{n}" for n in exercises)):
            source.add(root / name, f"{FOLDER}/{name}")
    return dist


def test_what_is_in_order_is_released(root):
    assert complaints(made(root), root, f"v{VERSION}") == []


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("CHANGELOG.md", f"## [{VERSION}] - 2026", "## [Unreleased] 2026", "has no section"),
        ("CITATION.cff", f"version: {VERSION}", "version: 9.9", "CITATION.cff does not say"),
        ("ae_course/__init__.py", VERSION, "9.9", "ae_course.__version__ is not"),
        ("README.md", "/blob/main/LICENSE)", "/blob/main/LICENCE)", "there is no file for"),
        ("README.md", "https://github.com/ae-course/ae-course/blob/main/LICENSE)", "LICENSE)",
         "LICENSE leads nowhere"),
    ],
)  # fmt: skip
def test_versions_changelog_and_links_are_looked_at(root, name, old, new, words):
    edit(root / name, old, new)
    [complaint] = complaints(made(root), root)
    assert words in complaint


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"without": "ae_course/exercises/01_basic_structure.ipynb"}, "is not in the wheel"),
        ({"without": f"{FOLDER}.dist-info/licenses/LICENSE"}, "LICENSE is declared and not in"),
        ({"more": "ae_course/solutions/01_basic_structure.ipynb"}, "has no place in the wheel"),
        ({"more": "tests/test_a.py"}, "has no place in the wheel"),
        ({"metadata": METADATA.replace("License-Expression", "X")}, "name no licence"),
        ({"metadata": METADATA.replace("License-File: LICENSE-TEXT\n", "")}, "LICENSE-TEXT is not"),
        ({"metadata": METADATA.replace("Project-URL", "X")}, "no Project-URL"),
    ],
)
def test_what_was_built_is_looked_at(root, change, words):
    found = complaints(made(root, **change), root)
    assert any(words in complaint for complaint in found), found


def test_another_tag_is_refused(root):
    assert complaints(made(root), root, "v9.9.9") == [f"the tag is v9.9.9, the version {VERSION}"]


def test_a_source_distribution_is_the_same_bytes_whenever_and_by_whom(tmp_path):
    (tmp_path / "a").write_text("text")
    (tmp_path / "b").write_text("more")

    def archive(name, order, owner, time):
        with tarfile.open(tmp_path / name, "w:gz") as target:
            for file in order:
                os.utime(tmp_path / file, (time, time))
                member = target.gettarinfo(tmp_path / file, file)
                member.uname, member.mode = owner, 0o600 if owner == "ada" else 0o644
                target.addfile(member, io.BytesIO((tmp_path / file).read_bytes()))
        return normalized(tmp_path / name, 1_000_000_000)

    first = archive("one.tar.gz", "ab", "ada", 1e9)
    assert first == archive("other.tar.gz", "ba", "bob", 1.1e9)
    with tarfile.open(fileobj=io.BytesIO(first)) as found:
        assert found.getnames() == ["a", "b"] and found.extractfile("b").read() == b"more"
    assert gzip.decompress(first)
