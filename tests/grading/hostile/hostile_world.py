"""All hostile submissions, a server, a secret, and one batch over them at a level of isolation."""

import contextlib
import fcntl
import hashlib
import os
import secrets
import socket
import tempfile
import threading
import zipfile
from pathlib import Path

from ae_course.grading.batch import files
from ae_course.grading.batch import grade as batch
from ae_course.grading.sandbox.child.limits import Limits
from ae_course.grading.sandbox.child.scratch import OPEN_TO_ALL

from hostile_cases import HONEST, Case, cases_at, notebook
from hostile_exercise import STEM, load
from running import sandboxes

LIMITS = Limits(
    cell_seconds=2,
    call_seconds=2,
    seconds=25,
    memory_mb=192,
    processes=48,
    file_mb=8,
    scratch_mb=32,
    files=4000,
    output_kb=16,
    output_mb=4,
    value_mb=4,
    open_files=64,
)
NAMES = {
    "markup": "<img src=x onerror=alert(1)>",
    "formula": "=HYPERLINK(1)+cmd|'!A0",
    "lines": "two\nlines",
    "escapes": "\x1b[2J\x1b]0;owned\x07name",
    "option": "-rf",
    "dots": "..",
    "directions": "evil\u202egnp",
    "brackets": "[red]loud[bold]",
}


def set_by_ioctl(path):
    """A file's flags, such as nodump, and its version, if the file system keeps them."""
    found = []
    with path.open() as file:
        for request in (0x80086601, 0x80087601):  # FS_IOC_GETFLAGS, FS_IOC_GETVERSION
            with contextlib.suppress(OSError):
                found.append(fcntl.ioctl(file, request, bytes(8)))
    return found


class World:
    """The folder with the submissions, a server, a secret, and what they looked like before."""

    def __init__(self, folder: Path, level: str, cases: list[Case] | None = None):
        self.folder, self.level = folder, level
        self.handed_in, self.outside = folder / "handed_in", folder / "outside"
        self.output = folder / "output"
        self.temporary = folder / "temporary"  # where the sandboxes are
        self.temporary.mkdir()
        self.handed_in.mkdir()
        self.outside.mkdir()
        (self.outside / "solution.ipynb").write_bytes(notebook(HONEST))
        self.secret = self.outside / "secret.txt"
        self.secret.write_text("SECRET-42")
        self.secret.chmod(0o644)
        folder.chmod(0o755)
        for parent in folder.parents[:3]:
            with contextlib.suppress(OSError):
                parent.chmod(parent.stat().st_mode | 0o011)
        self.cases = cases_at(level) if cases is None else cases
        self.server = socket.create_server(("127.0.0.1", 0))
        self.abstract = socket.socket(socket.AF_UNIX)
        self.abstract_name = f"ae-course-test-{os.getpid()}"
        self.abstract.bind(f"\0{self.abstract_name}")
        self.abstract.listen()
        self.contacts = []
        self.token = f"hostile-{secrets.token_hex(4)}"
        for server in (self.server, self.abstract):
            threading.Thread(target=self._serve, args=(server,), daemon=True).start()
        self._write()

    def run(self):
        self.before = self.snapshot()
        os.environ["GRADER_SECRET"] = "SECRET-42"
        tempfile.tempdir, tempdir = str(self.temporary), tempfile.tempdir
        try:
            self.report = batch.grade(
                [self.handed_in],
                exercise=STEM,
                load=load,
                libraries=("numpy",),
                limits=LIMITS,
                isolation=self.level,
                jobs=2,
                output=self.output,
            )
        finally:
            del os.environ["GRADER_SECRET"]
            tempfile.tempdir = tempdir
            for server in (self.server, self.abstract):
                server.shutdown(socket.SHUT_RDWR)
                server.close()
        self.left_in_the_open = self._remove_what_is_left_in_the_open()
        files.write_all(self.report, self.output)
        self.left_over = sandboxes(self.temporary)

    def _remove_what_is_left_in_the_open(self):
        """What bears this world's token in folders where all may write; gone afterwards."""
        left = [path for folder in OPEN_TO_ALL for path in Path(folder).glob(f"{self.token}*")]
        for path in left:
            path.unlink()
        return left

    def snapshot(self):
        """The contents of all that must not change."""
        found = {}
        for root in (self.handed_in, self.outside):
            for path in sorted(root.rglob("*")):
                if path.is_file() and not path.is_symlink() and path.suffix != ".pyc":
                    facts = path.stat()
                    about = (facts.st_mode, facts.st_uid, facts.st_gid, facts.st_mtime_ns)
                    content = hashlib.sha256(path.read_bytes()).hexdigest()
                    found[str(path)] = content, *about, *set_by_ioctl(path)
                elif path.suffix != ".pyc" and path.name != "__pycache__":
                    found[str(path)] = oct(path.lstat().st_mode)
        return found

    def entry(self, name):
        (entry,) = [e for e in self.report["submissions"] if e["path"] == f"{name}.ipynb"]
        return entry

    def _serve(self, server):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = server.accept()
                self.contacts.append(server)
                connection.sendall(b"42")
                connection.close()

    def _write(self):
        port = str(self.server.getsockname()[1]).encode()
        for case in self.cases:
            data = case.bytes().replace(b"@PORT@", port)
            data = data.replace(b"@ABSTRACT_SOCKET@", self.abstract_name.encode())
            data = data.replace(b"@SECRET_FILE@", str(self.secret).encode())
            data = data.replace(b"@TMP@", tempfile.gettempdir().encode())
            data = data.replace(b"@TOKEN@", self.token.encode())
            (self.handed_in / f"{case.name}.ipynb").write_bytes(data)
        for name in NAMES.values():
            (self.handed_in / f"{name}.ipynb").write_bytes(notebook(HONEST))
        Path(os.fsdecode(os.fsencode(self.handed_in) + b"/\xff\xfe.ipynb")).write_bytes(
            notebook(HONEST)
        )
        for twin in ("twin_one", "twin_two"):
            (self.handed_in / f"{twin}.ipynb").write_bytes(notebook(HONEST[:2]))
        (self.handed_in / "link.ipynb").symlink_to(self.outside / "solution.ipynb")
        (self.handed_in / "dangling.ipynb").symlink_to("nowhere")
        (self.handed_in / "folder_link").symlink_to(self.outside)
        (self.handed_in / "device.ipynb").symlink_to("/dev/zero")
        (self.handed_in / "folder.ipynb").mkdir()
        os.mkfifo(self.handed_in / "pipe.ipynb")
        with zipfile.ZipFile(self.handed_in / "archive.zip", "w") as archive:
            archive.writestr("../../escaped.ipynb", notebook(HONEST))
        beside = self.handed_in / "beside"
        beside.mkdir()
        (beside / "own.ipynb").write_bytes(notebook(("import ae_course\nanswer = 42",)))
        (beside / "ae_course.py").write_text(f"open({str(self.outside)!r} + '/ran', 'w')")
