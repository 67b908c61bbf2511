"""`make release`: wheel and source distribution, built twice into the same bytes, and looked at.

Everything comes from the files that git knows and from the commit's date. What keeps the result
from being published is listed; nothing is uploaded from here.
"""

import argparse
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

ROOT = Path(__file__).parents[1]
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


def main() -> int:
    """Build, look at what was built, and return 1 if something keeps it from being published."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder (dist)")
    parser.add_argument("--tag", default="", help="that is to be published, such as v1.2.0")
    arguments = parser.parse_args()
    epoch = int(_run("git", "log", "-1", "--format=%ct"))
    with tempfile.TemporaryDirectory() as folder:
        first = build(Path(folder, "one"), epoch)
        os.umask(0o077)
        second = build(Path(folder, "another name"), epoch, TZ="Pacific/Auckland", HOME=folder)
        os.umask(0o022)
        different = [name for name in first if first[name] != second.get(name)]
        shutil.rmtree(arguments.out, ignore_errors=True)
        arguments.out.mkdir(parents=True)
        for name, data in first.items():
            (arguments.out / name).write_bytes(data)
            print(f"{hashlib.sha256(data).hexdigest()}  {name}")
    found = [f"{name}: two builds differ" for name in different]
    found += complaints(arguments.out, ROOT, arguments.tag)
    command = [sys.executable, "-m", "twine", "check", "--strict", *arguments.out.glob("ae_*")]
    if subprocess.run(command).returncode:
        found.append("twine check: see above")
    for complaint in found:
        print(f"Not to be published: {complaint}", file=sys.stderr)
    return 1 if found else 0


def build(folder: Path, epoch: int, **environment: str) -> dict[str, bytes]:
    """Return a wheel and a source distribution of what git knows, by name.

    Args:
        folder: a new one to build in.
        epoch: seconds since 1970, the time of all files in them.
        environment: variables, beside those that are set.
    """
    source, out = folder / "source", folder / "out"
    for name in filter(None, _run("git", "ls-files", "-z").split("\0")):
        if (ROOT / name).is_file():  # not one that was deleted and not yet committed
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
            (source / name).chmod(0o644)
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", out, source],
        env={**os.environ, "SOURCE_DATE_EPOCH": str(epoch), **environment},
        umask=0o022,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    [archive] = out.glob("*.tar.gz")
    archive.write_bytes(normalized(archive, epoch))
    return {path.name: path.read_bytes() for path in sorted(out.iterdir())}


def normalized(archive: Path, epoch: int) -> bytes:
    """Return a source distribution without what differs from build to build: times and owners."""
    with tempfile.TemporaryFile() as file:
        with (
            gzip.GzipFile("", "wb", mtime=epoch, fileobj=file) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as target,
            tarfile.open(archive) as origin,
        ):
            for member in sorted(origin.getmembers(), key=lambda one: one.name):
                data = origin.extractfile(member)
                member.mtime, member.uid, member.gid, member.uname, member.gname = (
                    epoch,
                    0,
                    0,
                    "",
                    "",
                )
                member.mode = 0o755 if member.isdir() else 0o644
                member.pax_headers = {}
                target.addfile(member, data)
        file.seek(0)
        return file.read()


def complaints(dist: Path, root: Path, tag: str = "") -> list[str]:
    """Return what keeps the files in `dist` from being published, in words for their author.

    Args:
        dist: holds one wheel and one source distribution.
        root: the repository that they were built from.
        tag: if they are to be published under one.
    """
    [wheel], [source] = dist.glob("*.whl"), dist.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        [path] = (name for name in names if name.endswith(".dist-info/METADATA"))
        metadata = Parser().parsestr(archive.read(path).decode("utf-8"))
    with tarfile.open(source) as archive:
        sources = {name.partition("/")[2] for name in archive.getnames()}
    return [
        *_of_version(metadata["Version"], root, tag),
        *_of_exercises(names, sources, root),
        *_of_licences(metadata, names, sources),
        *_of_links(metadata, root),
    ]


def _of_version(version: str, root: Path, tag: str) -> list[str]:
    code = (root / "ae_course/__init__.py").read_text("utf-8")
    changes = (root / "CHANGELOG.md").read_text("utf-8")
    citation = (root / "CITATION.cff").read_text("utf-8")
    found = []
    if f'__version__ = "{version}"' not in code:
        found.append(f"ae_course.__version__ is not {version}, as pyproject.toml says")
    if not re.search(rf"^version: {re.escape(version)}$", citation, re.M):
        found.append(f"CITATION.cff does not say version: {version}")
    if not re.search(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", changes, re.M):
        found.append(f"CHANGELOG.md has no section ## [{version}] - YYYY-MM-DD")
    if tag and tag != f"v{version}":
        found.append(f"the tag is {tag}, the version {version}")
    return found


def _of_exercises(names: list[str], sources: set[str], root: Path) -> list[str]:
    exercises = {path.name for path in (root / "exercises").glob("*.ipynb")}
    found = [
        f"{n} is not in the wheel" for n in exercises if f"ae_course/exercises/{n}" not in names
    ]
    found += [f"{n} is not in the source" for n in exercises if f"exercises/{n}" not in sources]
    strangers = {n.partition("/")[0] for n in names} - {"ae_course"}
    strangers = {n for n in strangers if not n.endswith(".dist-info")}
    strangers |= {n for n in names if "solutions" in n or "tests" in n.split("/")}
    return found + [f"{n} has no place in the wheel" for n in sorted(strangers)]


def _of_licences(metadata, names: list[str], sources: set[str]) -> list[str]:
    declared = metadata.get_all("License-File", [])
    found = [] if metadata["License-Expression"] else ["the metadata name no licence"]
    found += [f"{n} is declared and not in the wheel" for n in declared if not _ends(names, n)]
    missing = {"LICENSE", "LICENSE-TEXT"} - {*declared}
    missing |= {"LICENSE", "LICENSE-TEXT"} - sources
    return found + [f"{name} is not among the licences" for name in sorted(missing)]


def _of_links(metadata, root: Path) -> list[str]:
    """Links as the package's page shows them: none is relative, and ours lead to a file."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    ours = project["urls"]["Source"] + "/blob/main/"
    found = [] if metadata.get_all("Project-URL") else ["the metadata have no Project-URL"]
    for link in LINK.findall(metadata.get_payload()):
        if not link.startswith("https://"):
            found.append(f"README.md: {link} leads nowhere on the package's page")
        elif link.startswith(ours) and not (root / link.removeprefix(ours)).exists():
            found.append(f"README.md: there is no file for {link}")
    return found


def _ends(names: list[str], name: str) -> bool:
    return any(one.endswith(f"/{name}") for one in names)


def _run(*command: str) -> str:
    return subprocess.run(
        command, cwd=ROOT, check=True, capture_output=True, text=True, encoding="utf-8"
    ).stdout


if __name__ == "__main__":
    sys.exit(main())
