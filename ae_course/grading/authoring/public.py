"""The course without its solutions, for learners: a repository, and the book that is built from it.

What git knows is copied, without the solutions, the tests that hold them and what only authors
need; links to a page of solutions go. Before a file is written, every answer of every solution is
searched for in all of them.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import ae_course
from ae_course._files import replacing, write_text
from ae_course.grading.authoring.release import BEGIN, END, ReleaseError

RECORD = ".ae-course-public.json"
"""The file in a public folder that says what was written there."""

_LEFT_OUT = re.compile(
    r"(?:solutions|tests|bench|\.ci|book/examples/own_tasks/solutions)/"
    r"|\.github/workflows/(?!(?:check|runs)\.yml$)"
    r"|\.pre-commit-config\.yaml$|CONTRIBUTING\.md$|README\.md$"
)
_LINK = re.compile(r" · \[Solutions\]\(\.\./solutions/\w+\.ipynb\)")
_PAGE = re.compile(r"^ *- file: solutions/.*\n", re.M)
_REGION = re.compile(rf"{BEGIN}[^\n]*\n(.*?)\n[^\n]*{END}", re.S)
# the book teaches some of what is asked, and whoever checks an answer has to know the right one
_MAY_HOLD_ONE = ("book/", "ae_course/grading/tasks/")
_README = """\
# Autoencoders: a course

A book and graded exercises on autoencoders.

```bash
python -m pip install .  # Python 3.11 to 3.13
ae-course next           # names the next open task
```

Read a chapter in `book/`, then open its notebook in `exercises/`. After each task, `check("2.1")`
says at once what is right and what is not yet, and `hint("2.1")` helps in steps; in a terminal,
`ae-course check 2.1` and `ae-course hint 2.1` do the same. `make book` builds the book.

Text and figures may be used and changed under [CC BY 4.0](LICENSE-TEXT), code under [MIT](LICENSE).
"""


def write_public(root: Path, folder: Path) -> tuple[list[str], list[str]]:
    """Write the course without its solutions into a folder, and bring it into step later.

    Args:
        root: the course's repository.
        folder: empty, new, or written by this before. What is in it beside what was written, such
            as `.git`, stays; what is no longer in the course is removed.

    Returns:
        The files that were written because they were missing or different, and those removed.

    Raises:
        ReleaseError: if a file holds a solution's answer, or the folder is somebody's own.
    """
    folder = folder.resolve()
    written = _written_before(folder, root.resolve())
    files = public_files(root)
    if found := [where for name, where in leaks(files, root) if not _teaches(name, where)]:
        raise ReleaseError("\n".join(["Nothing was written, for these hold solutions:", *found]))
    changed = []
    write_text(folder / RECORD, _record({*files} | written))
    for name, data in files.items():
        target, source = folder / name, root / name
        if not target.is_file() or target.read_bytes() != data:
            with replacing(target) as part:
                part.write_bytes(data)
            changed.append(name)
        shutil.copymode(source, target)
    removed = sorted(name for name in written - {*files} if (folder / name).is_file())
    for name in removed:
        (folder / name).unlink()
    write_text(folder / RECORD, _record({*files}))
    return changed, removed


def public_files(root: Path) -> dict[str, bytes]:
    """Return the course without its solutions: what stands in each file, by its path.

    Raises:
        ReleaseError: if the folder is no repository of the course.
    """
    names = _tracked(root)
    if "book/_toc.yml" not in names or not (root / "solutions").is_dir():
        raise ReleaseError(f"{root.resolve()} is not the course's repository; `--root` names it.")
    files = {"README.md": _README.encode()}
    for name in names:
        if not _LEFT_OUT.match(name) and (root / name).is_file():
            data = (root / name).read_bytes()
            if name == "book/_toc.yml":
                data = _PAGE.sub("", data.decode("utf-8")).encode()
            elif name.startswith("book/") and name.endswith((".ipynb", ".md")):
                data = _LINK.sub("", data.decode("utf-8")).encode()
            files[name] = data
    return files


def answers(root: Path) -> dict[str, str]:
    """Return every solution region's text, white space made one, by its cell and place in it."""
    found = {}
    for path in sorted((root / "solutions").glob("*.ipynb")):
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            for number, region in enumerate(_REGION.findall("".join(cell["source"])), 1):
                found[f"{path.stem} {cell['id']}, region {number}"] = one_line(region)
    return found


def leaks(files: dict[str, bytes], root: Path) -> list[tuple[str, str]]:
    """Return each file that holds a solution's answer, and which one, in words.

    Args:
        files: what stands in each file, by its path; of a notebook its cells' sources count.
        root: the course's repository.
    """
    found, known = [], answers(root)
    for name, data in files.items():
        text = one_line(" ".join(_texts(name, data)))
        found += [(name, f"{name}: {where}") for where, one in known.items() if one in text]
        if name.endswith(".ipynb") and BEGIN in text:
            found.append((name, f"{name}: {BEGIN}"))
    return found


def one_line(text: str) -> str:
    """Return a text with every white space made one blank."""
    return " ".join(text.split())


def _teaches(name: str, where: str) -> bool:
    return name.startswith(_MAY_HOLD_ONE) and not where.endswith(BEGIN)


def _texts(name: str, data: bytes) -> Iterator[str]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return
    if not name.endswith(".ipynb") or not text:
        yield text
        return
    for cell in json.loads(text)["cells"]:
        yield "".join(cell["source"])


def _tracked(root: Path) -> list[str]:
    command = ["git", "-C", root, "ls-files", "-z"]
    try:
        run = subprocess.run(command, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        raise ReleaseError(f"git knows no repository at {root.resolve()}.") from None
    return [name for name in run.stdout.decode("utf-8").split("\0") if name]


def _written_before(folder: Path, root: Path) -> set[str]:
    if folder.exists() and not folder.is_dir():
        raise ReleaseError(f"{folder} is a file; name a folder.")
    if folder == root or folder in root.parents:
        raise ReleaseError(f"{folder} holds the course itself; name another folder.")
    if (folder / RECORD).is_file():
        return {*json.loads((folder / RECORD).read_text("utf-8"))["files"]}
    if folder.is_dir() and {path.name for path in folder.iterdir()} - {".git"}:
        raise ReleaseError(
            f"{folder} is not empty and was not written by this command; name an empty folder."
        )
    return set()


def _record(names: set[str]) -> str:
    content = {"version": ae_course.__version__, "files": sorted(names)}
    return json.dumps(content, indent=1) + "\n"
