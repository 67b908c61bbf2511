"""Downloaded files: kept in a cache, checked, and never left half written."""

import hashlib
import os
import socket
from pathlib import Path

from ae_course._files import replacing

TIMEOUT = 30  # seconds without an answer


def fetch(url: str, sha256: str, offline: tuple[str, ...], folder: str = "") -> Path:
    """The file behind `url`, from the cache or, the first time, from the network.

    The cache is Keras' own: `datasets` in `$KERAS_HOME`, or else in `~/.keras`. What is there is
    used only if its checksum is right. A download goes to a folder of its own and takes the
    file's place in one step, once it is complete and checked: an interrupted download, or two at
    once, never leave a broken file. (`keras.datasets` writes in place, and checks no checksum of
    Fashion-MNIST.)

    Args:
        url: Where the file is.
        sha256: Its checksum, 64 hexadecimal digits.
        offline: Names of the data sets that need no download, for the error's message.
        folder: Folder inside the cache.

    Returns:
        The path of the file in the cache.

    Raises:
        ConnectionError: if the file could not be fetched, with what to do.
    """
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    target = home.expanduser() / "datasets" / folder / url.rpartition("/")[2]
    if target.is_file() and hashlib.sha256(target.read_bytes()).hexdigest() == sha256:
        return target
    try:
        with replacing(target) as part:
            _download(url, sha256, part)
    except Exception as error:  # Keras raises plain Exception when there is no network
        raise ConnectionError(
            f"Could not download {url}: {error}\n"
            f"Connect to the network once (the file is kept and not fetched again), copy the file "
            f"to {target} from a machine that has it, or use a data set that needs no network: "
            f'{", ".join(offline)}; for example ae_course.data.load("{offline[0]}").'
        ) from error
    return target


def _download(url: str, sha256: str, part: Path) -> None:
    from keras.utils import get_file

    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT)
    try:
        get_file(part.name, url, file_hash=sha256, cache_dir=part.parent, cache_subdir="")
    finally:
        socket.setdefaulttimeout(before)
