"""Archives unpacked within limits, to bytes and never to files.

So a path in an archive is only a name, a link or device only a line in the report, and a bomb ends
when its allowance is used up.
"""

import bz2
import gzip
import io
import lzma
import re
import stat
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import BinaryIO

from ae_course.grading.reading.notebooks import BYTES

_NESTED_BYTES, _INDEX_BYTES, _STEP, _DEPTH = 64 << 20, 16 << 20, 65 << 20, 3
_TOO_LARGE = "It is too large when unpacked; what follows was not unpacked."
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_COMPRESSED = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\0": lzma.open,
    b"]\0\0": lzma.open,
}
_COMPRESSED_ENDING = re.compile(r"\.(gz|bz2|xz|lzma)$", re.I)
_UNKNOWN = (  # 7z, rar, zstd, compress, lz4, lzip, cab
    *(b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"\x28\xb5\x2f\xfd", b"\x1f\x9d"),
    *(b"\x04\x22\x4d\x18", b"LZIP", b"MSCF"),
)
_UNKNOWN_ENDING = re.compile(r"\.(7z|rar|zst|z|lz4?|cab|iso|dmg|ar[cj]|l[zh][hax])$", re.I)
_UNPACKED_ENDING = re.compile(r"(\.(zip|tar|tgz|tbz2?|txz|tlz|gz|bz2|xz|lzma))+$", re.I)
# archives by their bytes, documents and models to everybody else
_DOCUMENTS = re.compile(
    r"\.(keras|npz|pth?|ckpt|whl|jar|docx|xlsx|pptx|od[tsp]|epub|pages|numbers)$", re.I
)


@dataclass(frozen=True)
class FoundFile:
    """A file that was found, in a folder or an archive.

    Attributes:
        parts: its names from the top down, as they were found.
        data: its bytes; None if they could not be had.
        problem: why not; empty if all is well.
        lost: whether a notebook may have been in what could not be had.
        system_file: whether a system or program left it there, not a learner.
    """

    parts: tuple[str, ...]
    data: bytes | None = None
    problem: str = ""
    lost: bool = False
    system_file: bool = False


@dataclass
class Allowance:
    """What may still be unpacked; what is taken is taken from `above`, too.

    Attributes:
        files: how many.
        size: of all of them, in bytes.
        above: the allowance of the archive around this one.
    """

    files: int = 200
    size: int = 256 << 20
    above: "Allowance | None" = field(default=None, repr=False)

    def take(self, files: int = 0, size: int = 0) -> None:
        """Use up a part.

        Raises:
            LimitExceeded: if so much is not left.
        """
        self.files, self.size = self.files - files, self.size - size
        if self.files < 0:
            raise LimitExceeded("It holds too many files; what follows was not unpacked.")
        if self.size < 0:
            raise LimitExceeded(_TOO_LARGE)
        if self.above is not None:
            self.above.take(files, size)


class LimitExceeded(Exception):
    """An archive that is over its allowance, in words for its owner."""


def is_archive(name: str, head: bytes) -> bool:
    """Whether a file is an archive, by its first 512 bytes, or else by its name.

    Example:
        >>> is_archive("x.zip", b""), is_archive("model.keras", b"PK\\x03\\x04")
        (True, False)
    """
    if _DOCUMENTS.search(name):
        return False
    return (
        _is_unpacked(head)
        or head.startswith(_UNKNOWN)
        or any(ending.search(name) for ending in (_UNPACKED_ENDING, _UNKNOWN_ENDING))
    )


def _is_unpacked(head: bytes) -> bool:
    return head.startswith((*_ZIP, *_COMPRESSED)) or head[257:262] == b"ustar"


def without_ending(name: str) -> str:
    """Return a name without an archive's ending."""
    return _UNPACKED_ENDING.sub("", _UNKNOWN_ENDING.sub("", name))


def unpack(
    parts: tuple[str, ...], file: BinaryIO, allowance: Allowance, depth: int = _DEPTH
) -> Iterator[FoundFile]:
    """Yield everything that an archive holds, archives inside it unpacked, too.

    What cannot be had is yielded with the reason; so is the archive itself, if it can't be read to
    its end or holds nothing.

    Args:
        parts: its names.
        file: its bytes, seekable.
        allowance: what may be unpacked.
        depth: how many archives may lie in each other from here.
    """
    count = 0
    try:
        for name, problem, read in _members(parts[-1], file, allowance):
            count += 1
            allowance.take(files=1)
            inner = (*parts, *_names(name))
            if problem:
                yield FoundFile(inner, problem=problem, lost=True)
            else:
                yield from _member(inner, read, allowance, depth)
        if not count:
            yield FoundFile(parts, problem="The archive is empty.", lost=True)
    except LimitExceeded as reason:
        yield FoundFile(parts, problem=f"This is an archive. {reason}", lost=True)
    except Exception as error:  # hostile bytes may raise anything in a parser
        yield FoundFile(parts, problem=_damaged(error, count), lost=True)


def _member(parts, read: Callable[[], BinaryIO], allowance: Allowance, depth: int):
    try:
        with read() as file:
            data = file.read(512)
            nested = is_archive(parts[-1], data)
            limit = _NESTED_BYTES if nested else BYTES
            data += file.read(min(limit, allowance.size) + 1 - len(data))
    except LimitExceeded:
        raise
    except Exception as error:
        yield FoundFile(parts, problem=_damaged(error, 0), lost=True)
        return
    allowance.take(size=len(data))
    if len(data) > limit:
        yield FoundFile(
            parts, data[: 1 << 20], f"The file is larger than {limit >> 20} MB.", nested
        )
    elif not nested:
        yield FoundFile(parts, data)
    elif depth <= 1:
        yield FoundFile(parts, problem="This is an archive too deep inside others.", lost=True)
    else:
        yield from unpack(parts, io.BytesIO(data), Allowance(above=allowance), depth - 1)


def _members(name: str, file: BinaryIO, allowance: Allowance):
    """Yield each member's name, why it can't be had, and what opens it."""
    head = file.read(512)
    file.seek(0)
    by_name = _UNKNOWN_ENDING.search(name) and not _is_unpacked(head)
    if head.startswith(_UNKNOWN) or by_name:
        raise LimitExceeded("It is of a kind that is not unpacked here. Hand in a .zip.")
    if head.startswith(b"PK"):
        yield from _zip_members(file)
        return
    opener = next((o for start, o in _COMPRESSED.items() if head.startswith(start)), None)
    if opener is not None:
        with opener(file) as inside:
            head = inside.read(512)
            inside.seek(0)
            if not _is_tar(head, name):
                yield _COMPRESSED_ENDING.sub("", name), "", lambda: inside
                return
            file = _unpacked(inside, allowance)
    yield from _tar_members(file)


def _is_tar(head: bytes, name: str) -> bool:
    return head[257:262] == b"ustar" or bool(re.search(r"\.t(ar|[gbxl]z)", name, re.I))


def _unpacked(inside: BinaryIO, allowance: Allowance) -> BinaryIO:
    """Copy to a file of no name, in which going back costs nothing."""
    copy = tempfile.SpooledTemporaryFile(max_size=_STEP)  # noqa: SIM115 - goes with its last user
    while data := inside.read(1 << 20):
        copy.write(data)
        if copy.tell() > allowance.size:
            raise LimitExceeded(_TOO_LARGE)
    copy.seek(0)
    return copy


def _zip_members(file: BinaryIO):
    bounded = _BoundedReads(file, _INDEX_BYTES)
    with zipfile.ZipFile(bounded) as archive:
        bounded.step = _STEP
        for member in archive.infolist():
            problem = ""
            if member.create_system == 3 and stat.S_ISLNK(member.external_attr >> 16):
                problem = "This is a link, which is not followed. Hand in the file itself."
            elif member.flag_bits & 1:
                problem = "It is locked with a password. Hand it in without one."
            if not member.is_dir():
                yield member.filename, problem, lambda member=member: archive.open(member)


def _tar_members(file: BinaryIO):
    with tarfile.open(fileobj=_BoundedReads(file, _STEP), mode="r:") as archive:
        while (member := archive.next()) is not None:
            archive.members.clear()  # it would keep them all
            problem = ""
            if member.issym() or member.islnk():
                problem = "This is a link, which is not followed. Hand in the file itself."
            elif not member.isfile():
                problem = "This is no regular file."
            if not member.isdir():
                yield member.name, problem, lambda member=member: archive.extractfile(member)
        file.seek(archive.offset)
        if file.read(512).strip(b"\0"):  # tarfile takes what is no header for the end
            raise tarfile.ReadError


class _BoundedReads(io.BufferedIOBase):
    """A file that is read in steps of at most `step` bytes.

    The libraries read an archive's index at one go, whatever length it claims to have.
    """

    def __init__(self, file: BinaryIO, step: int):
        self.step, self._file = step, file

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, position: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(position, whence)

    def read(self, count: int | None = -1) -> bytes:
        whole = count is None or count < 0
        data = self._file.read(self.step + 1 if whole else min(count, self.step + 1))
        if len(data) > self.step:
            raise LimitExceeded("Its index is too large.")
        return data


def _names(name: str) -> list[str]:
    """A member's path as names: no root, no `..`, and the last of them where they are many."""
    path = PurePosixPath(name[-4096:].replace("\\", "/"))
    names = [part for part in path.parts if part not in ("/", "..", ".", "//")]
    return names[-32:] or ["unnamed"]


def _damaged(error: Exception, count: int) -> str:
    if isinstance(error, NotImplementedError):
        return "It is compressed in a way that is not unpacked here. Hand in an ordinary .zip."
    after = f" after {count} files" if count else ""
    return f"The archive is damaged{after}. Pack it again."
