"""What a mount namespace of our own changes for a submission outside bubblewrap.

Folders that lie below a closed one are shown to other users, and no file keeps when it was read.

Python is often installed below a home directory that nobody but its owner may enter. A grader that
runs as root makes a submission another user, who could then import only what was loaded before.
"""

import ctypes
import os
import stat
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_NEW_MOUNT_NAMESPACE = 0x20000
_BIND, _RECURSIVE, _PRIVATE = 1 << 12, 1 << 14, 1 << 18
_MOUNT_SETATTR, _HERE, _AND_BELOW = 442, -100, 0x8000
_NOATIME, _ANY_ATIME = 0x10, 0x70


def closed_folders(path: str) -> list[Path]:
    """Return the folders on the way to a path, itself included, that other users may not enter."""
    way = [step for step in _steps_to(path) if not step.is_symlink()]
    return [step for step in (*way, Path(path).resolve()) if _is_closed(step)]


def show(paths: Iterable[str], stage: Path) -> None:
    """Make every path reachable for all users under its own name, for this process and its own.

    A closed folder is covered by one that holds nothing but the way to the paths below it. Without
    a closed folder nothing is done.

    Args:
        paths: files and folders; those that do not exist are passed over.
        stage: an empty folder to prepare the covers in.

    Raises:
        OSError: if the system allows no mounts; nothing is changed then.
    """
    wanted = list(dict.fromkeys(part for path in paths for part in enterable(path)))
    covers: dict[Path, Path] = {}
    for folder in (closed for path in wanted for closed in closed_folders(path)):
        if not any(folder.is_relative_to(top) for top in covers):
            covers[folder] = stage / str(len(covers))
    if not covers:
        return
    _separate()
    _mount("tmpfs", stage, "tmpfs", 0, "size=1m,mode=755")
    for cover in covers.values():
        cover.mkdir(mode=0o755)
    for path in wanted:
        for top, cover in covers.items():
            _fill_cover(path, top, cover)
    for top, cover in covers.items():
        _mount(str(cover), top, "", _BIND | _RECURSIVE)


def forget_reading() -> None:
    """Have no file keep when this process and its own read it, or the next submission could ask.

    Raises:
        OSError: if the system allows no mounts, or is older than Linux 5.12.
    """
    _separate()
    to_set = struct.pack("<4Q", _NOATIME, _ANY_ATIME, 0, 0)
    _call(_LIBC.syscall, _MOUNT_SETATTR, _HERE, b"/", _AND_BELOW, to_set, len(to_set))


def enterable(path: str) -> list[str]:
    """Return a path if it exists, or what it holds if it is a closed folder itself."""
    end = Path(path).resolve()
    if _is_closed(end):
        return [found for entry in sorted(end.iterdir()) for found in enterable(str(entry))]
    return [path] if end.exists() else []


def _is_closed(path: Path) -> bool:
    return path.is_dir() and not path.stat().st_mode & stat.S_IXOTH


def _steps_to(path: str) -> Iterator[Path]:
    """Yield every folder, and every symbolic link, that is passed on the way to a path."""
    here, ahead = Path("/"), list(reversed(Path(path).parts[1:]))
    while ahead:
        yield here
        part = ahead.pop()
        step = here.parent if part == ".." else here / part
        if part == ".." or not step.is_symlink():
            here = step
            continue
        yield step
        target = step.readlink()
        here = Path("/") if target.is_absolute() else here
        ahead += reversed(target.parts[1:] if target.is_absolute() else target.parts)


def _fill_cover(path: str, top: Path, cover: Path) -> None:
    """Make the part of a path that lies below `top` in its cover."""
    for step in _steps_to(path):
        place = cover / step.relative_to(top) if step.is_relative_to(top) else cover
        if os.path.lexists(place):
            continue
        if step.is_symlink():
            place.symlink_to(step.readlink())
        else:
            place.mkdir(mode=0o755)
    end = Path(path).resolve()
    if end.is_relative_to(top):
        place = cover / end.relative_to(top)
        place.mkdir(0o755, exist_ok=True) if end.is_dir() else place.touch(0o644)
        _mount(str(end), place, "", _BIND | _RECURSIVE)


def _separate() -> None:
    """Enter a mount namespace whose changes nobody else sees."""
    _call(_LIBC.unshare, _NEW_MOUNT_NAMESPACE)
    _mount("none", Path("/"), "", _RECURSIVE | _PRIVATE)


def _mount(source: str, target: Path, kind: str, flags: int, options: str = "") -> None:
    names = [os.fsencode(text) for text in (source, target, kind)]
    _call(_LIBC.mount, *names, ctypes.c_ulong(flags), options.encode() or None)


def _call(function, *arguments) -> None:
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
