"""`autograder.zip` for Gradescope: two scripts, this package as a wheel, all versions pinned."""

import base64
import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from string import Template

from ae_course._files import replacing
from ae_course.grading.judging.task import load_exercise

_PACKAGE = Path(__file__).resolve().parents[2]
_DISTRIBUTION = "ae-course"
_MADE_HERE = {"__pycache__", ".ipynb_checkpoints"}
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the same package gives the same bytes

_SETUP = r"""#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image of the assignment.
set -euo pipefail
root="${AUTOGRADER_ROOT:-/autograder}"
source="$root/source"
fits='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'

if [ ! -x "$root/venv/bin/python" ]; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends bubblewrap python3 python3-venv ||
    { echo "Expected apt-get to install bubblewrap and python3; see above." >&2; exit 1; }
  found=""
  for name in python3 python3.13 python3.12 python3.11; do
    command -v "$name" > /dev/null || apt-get install -y -qq "$name" "$name-venv" || continue
    if "$name" -c "$fits"; then found="$name"; break; fi
  done
  if [ -z "$found" ]; then
    echo "Expected Python 3.11, 3.12 or 3.13; this image offers $(python3 --version) only." \
      "Choose a newer Ubuntu as base image in the assignment's autograder settings." >&2
    exit 1
  fi
  "$found" -m venv "$root/venv"
fi
"$root/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  -r "$source/requirements.txt"
# The package holds what the answers are compared with: no one but root may read it.
install -d -m 700 "$root/course"
"$root/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-index \
  --upgrade --target "$root/course" "$source"/*.whl
chmod 700 "$source"
"""

_RUN = Template(r"""#!/usr/bin/env bash
# Gradescope runs this for each submission.
root="${AUTOGRADER_ROOT:-/autograder}"
export PYTHONPATH="$root/course"
exec "$root/venv/bin/python" -P -m ae_course.grading.batch.gradescope_run "$root" $exercise
""")


def write_autograder(path: Path, exercise: str | None = None) -> None:
    """Write the zip file that is uploaded to Gradescope.

    Args:
        path: the file.
        exercise: the one that the assignment is for; by default any that is handed in.

    Raises:
        KeyError: if there is no such exercise.
        FileNotFoundError: if the package is not installed, so that its versions are not known.
        OSError: if the file can't be written.
    """
    if exercise is not None:
        load_exercise(exercise)
    try:
        name, wheel = _wheel()
        pins = "".join(f"{line}\n" for line in sorted(_pins()))
    except metadata.PackageNotFoundError as error:
        raise FileNotFoundError(
            f"Expected the installed package {_DISTRIBUTION}, with whose versions Gradescope is to "
            f"grade; {error.name} is not installed. Install the course and run this again."
        ) from None
    run = _RUN.safe_substitute(exercise=exercise or "")
    files = {
        "setup.sh": (_SETUP.encode(), 0o755),
        "run_autograder": (run.encode(), 0o755),
        "requirements.txt": (pins.encode(), 0o644),
        name: (wheel, 0o644),
    }
    with replacing(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for inner, (data, mode) in files.items():
            archive.writestr(_info(inner, mode), data)


def _wheel() -> tuple[str, bytes]:
    """This package as it is installed or checked out, as a wheel: its name and its bytes."""
    distribution = metadata.distribution(_DISTRIBUTION)
    stem = f"{_DISTRIBUTION.replace('-', '_')}-{distribution.version}"
    files = {
        str(path.relative_to(_PACKAGE.parent)): path.read_bytes()
        for path in sorted(_PACKAGE.rglob("*"))
        if path.is_file() and not _MADE_HERE & {*path.parts}
    }
    about = {
        "METADATA": distribution.read_text("METADATA") or "",
        "entry_points.txt": distribution.read_text("entry_points.txt") or "",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: ae-course\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
    }
    files |= {f"{stem}.dist-info/{name}": text.encode() for name, text in about.items()}
    record = f"{stem}.dist-info/RECORD"
    lines = [f"{name},sha256={_digest(data)},{len(data)}\n" for name, data in files.items()]
    files[record] = "".join([*lines, f"{record},,\n"]).encode()
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(_info(name, 0o644), data)
    return f"{stem}-py3-none-any.whl", wheel.getvalue()


def _pins() -> Iterator[str]:
    """The package's dependencies and theirs, in the versions that are installed here."""
    ahead, seen = [_DISTRIBUTION], {_DISTRIBUTION}
    while ahead:
        name = ahead.pop()
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            if name == _DISTRIBUTION:
                raise
            continue  # for another system or version of Python
        if name != _DISTRIBUTION:
            yield f"{name}=={distribution.version}"
        for requirement in distribution.requires or ():
            needed, _, marker = requirement.partition(";")
            other = re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", needed.strip())[0]).lower()
            if "extra" not in marker and other not in seen:
                seen.add(other)
                ahead.append(other)


def _digest(data: bytes) -> str:
    digest = hashlib.sha256(data).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _info(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _FIRST_DAY)
    info.external_attr = (0o100000 | mode) << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info
