"""Every archive is unpacked within limits, and what is not is named."""

import bz2
import gzip
import io
import lzma
import random
import re
import resource
import stat
import struct
import tarfile
import zipfile

from ae_course.grading.reading import archives
from ae_course.grading.reading.archives import Allowance, is_archive, unpack, without_ending

import pytest

FILES = {"ada/x.ipynb": b"one", "bob/y.ipynb": b"two" * 100, "empty": b""}


def zipped(files=FILES, method=zipfile.ZIP_DEFLATED):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def tarred(files=FILES, kind=tarfile.PAX_FORMAT):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=kind) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return data.getvalue()


def found(data, name="x", **allowance):
    return list(unpack((name,), io.BytesIO(data), Allowance(**allowance)))


def contents(files):
    return {"/".join(found_file.parts[1:]): found_file.data for found_file in files}


KINDS = {
    "zip stored": zipped(method=zipfile.ZIP_STORED),
    "zip": zipped(),
    "zip bz2": zipped(method=zipfile.ZIP_BZIP2),
    "zip lzma": zipped(method=zipfile.ZIP_LZMA),
    "tar": tarred(),
    "tar gnu": tarred(kind=tarfile.GNU_FORMAT),
    "tar.gz": gzip.compress(tarred()),
    "tar.bz2": bz2.compress(tarred()),
    "tar.xz": lzma.compress(tarred()),
    "tar.lzma": lzma.compress(tarred(), format=lzma.FORMAT_ALONE),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_known_by_its_bytes_and_unpacked(kind):
    assert is_archive("no ending", KINDS[kind])
    files = found(KINDS[kind])
    assert contents(files) == FILES and not any(found_file.problem for found_file in files)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_one_compressed_file_is_that_file(pack):
    (found_file,) = found(pack(b"one"), "ada.ipynb.GZ")
    assert (found_file.parts[0], found_file.data) == ("ada.ipynb.GZ", b"one")
    assert found_file.parts[1].lower() in ("ada.ipynb", "ada.ipynb.gz")


def test_archives_in_archives_are_unpacked_to_a_depth():
    inner = zipped({"x.ipynb": b"one"})
    for _ in range(2):
        inner = gzip.compress(tarred({"inner.zip": inner}))
    (deep,) = found(zipped({"a.tgz": inner}))
    assert deep.data is None and "too deep" in deep.problem
    twice = zipped({"in.tar.gz": gzip.compress(tarred({"in.zip": zipped()}))})
    assert contents(found(twice)) == {f"in.tar.gz/in.zip/{n}": d for n, d in FILES.items()}


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_path_is_only_a_name(pack):
    names = ["../../up", "/etc/passwd", "a/../../b", "..", "C:\\x\\y", "./z"]
    files = found(pack({name: b"1" for name in names}))
    assert [found_file.parts[1:] for found_file in files] == [
        ("up",),
        ("etc", "passwd"),
        ("a", "b"),
        ("unnamed",),
        ("C:", "x", "y"),
        ("z",),
    ]


def test_a_path_without_end_is_cut(tmp_path):
    (found_file,) = found(tarred({"a/" * 10**5 + "x.ipynb": b"1"}))
    assert len(found_file.parts) == 33 and found_file.parts[-1] == "x.ipynb"


def tar_of(kind):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        member = tarfile.TarInfo("x.ipynb")
        member.type, member.linkname = kind, "/etc/passwd"
        archive.addfile(member)
    return data.getvalue()


def zipped_link():
    link = zipfile.ZipInfo("x.ipynb")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return zipped({link: b"/etc/passwd"})


def locked():
    data = bytearray(zipped({"x.ipynb": b"one"}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def odd_method():
    data = bytearray(zipped({"x.ipynb": b"one"}))
    data[8] = data[data.index(b"PK\x01\x02") + 10] = 99
    return bytes(data)


def wrong_sum():
    data = bytearray(zipped({"x.ipynb": b"one" * 50}, zipfile.ZIP_STORED))
    data[60] ^= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        *((tar_of(kind), "link") for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE)),
        *((tar_of(kind), "regular") for kind in (tarfile.CHRTYPE, tarfile.BLKTYPE)),
        (tar_of(tarfile.FIFOTYPE), "regular"),
        (zipped_link(), "link"),
        (locked(), "password"),
        (odd_method(), "compressed in a way"),
        (wrong_sum(), "damaged"),
        (zipped({}), "empty"),
        (tarred({}), "empty|damaged"),
        (zipped()[:-10], "damaged"),
        (tarred()[:1500], "damaged"),
        (tarred()[:1024] + b"x" * 512 + tarred()[1536:], "damaged"),
        (gzip.compress(tarred())[:-20], "damaged"),
        (b"PK\x03\x04" + b"x" * 100, "damaged"),
        (b"7z\xbc\xaf\x27\x1c", "kind that is not unpacked"),
        (b"Rar!\x1a\x07\x00", "kind that is not unpacked"),
        (b"\x1f\x9d\x90", "kind that is not unpacked"),
        (b"\x04\x22\x4d\x18", "kind that is not unpacked"),
        (b"LZIP", "kind that is not unpacked"),
        (b"MSCF", "kind that is not unpacked"),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else value,
)
def test_what_is_not_unpacked_is_named_with_the_reason(data, says):
    lost = [found_file for found_file in found(data) if found_file.problem]
    assert len(lost) == 1 and lost[0].lost and lost[0].data is None
    assert re.search(says, lost[0].problem), lost[0].problem


@pytest.mark.parametrize("name", ["x.iso", "x.tar.Z", "x.lz4", "x.cab", "x.rar"])
def test_what_its_name_calls_an_archive_is_lost_and_not_passed_over(name):
    assert is_archive(name, b"\0" * 512) and without_ending(name) == "x"
    (lost,) = found(b"\0" * 33_000, name)
    assert lost.lost and "kind that is not unpacked" in lost.problem
    assert contents(found(zipped({"a": b"one"}), name)) == {"a": b"one"}  # renamed


def test_a_damaged_member_leaves_the_others():
    data = bytearray(zipped({"a": b"one" * 50, "b": b"two"}, zipfile.ZIP_STORED))
    data[60] ^= 1
    assert contents(found(bytes(data))) == {"a": None, "b": b"two"}


def index_bomb():
    """A zip whose index claims to be a gigabyte long."""
    data = bytearray(zipped())
    end = data.rindex(b"PK\x05\x06")
    data[end + 12 : end + 20] = struct.pack("<II", 1 << 30, 0)
    return bytes(data)


def header_bomb():
    """A tar whose first header announces three gigabytes of names."""
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, 3 << 30
    return gzip.compress(header.tobuf() + bytes(1 << 20))


def overlapping():
    """A zip that names one file of 4 MB a thousand times."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x", bytes(4 << 20))
        archive.filelist *= 1000
    return data.getvalue()


BOMBS = {
    "many bytes": zipped({f"{i}": bytes(10 << 20) for i in range(30)}),
    "many files": zipped({f"{i}": b"" for i in range(1000)}),
    "one large file": zipped({"x": bytes(300 << 20)}),
    "tar of zeros": gzip.compress(tarred({"x": bytes(300 << 20)}), 1),
    "gz of zeros": gzip.compress(bytes(300 << 20), 1),
    "nested": zipped({f"{i}.zip": zipped({"x": bytes(15 << 20)}) for i in range(40)}),
    "index": index_bomb(),
    "header": header_bomb(),
    "overlapping": overlapping(),
    "gz in gz in gz": gzip.compress(gzip.compress(gzip.compress(gzip.compress(b"x")))),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_ends_when_its_allowance_is_used_up(name):
    before = resource.getrusage(resource.RUSAGE_SELF)
    size = count = 0
    told = []
    for found_file in unpack(("x",), io.BytesIO(BOMBS[name]), Allowance()):
        size, count = size + len(found_file.data or b""), count + 1
        told.append(found_file.problem)
    after = resource.getrusage(resource.RUSAGE_SELF)
    assert any(told)
    assert size <= 256 << 20 and count <= 202
    assert after.ru_utime - before.ru_utime < 20
    assert after.ru_maxrss - before.ru_maxrss < 400 << 10  # kilobytes


def test_random_damage_is_told_and_never_raised():
    random.seed(0)
    for kind in KINDS.values():
        for _ in range(60):
            data = bytearray(kind)
            for _ in range(random.randint(1, 20)):
                data[random.randrange(len(data))] = random.randrange(256)
            for found_file in found(bytes(data[: random.randint(1, len(data))]), "x.tar"):
                assert found_file.data is not None or found_file.problem


def test_the_allowance_of_an_archive_counts_for_the_one_around_it():
    above = Allowance(files=3, size=100)
    below = Allowance(files=10, size=1000, above=above)
    below.take(files=2, size=60)
    with pytest.raises(archives.LimitExceeded):
        below.take(size=60)
    assert (above.files, below.size) == (1, 880)


@pytest.mark.parametrize("name", ["m.keras", "a.npz", "t.docx", "w.WHL"])
def test_documents_and_models_are_no_archives(name):
    assert not is_archive(name, zipped())


def test_an_ending_is_left_out_of_a_name():
    assert without_ending("ada.tar.gz") == without_ending("ada.ZIP") == "ada"
