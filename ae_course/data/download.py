"""Files from the learner's folder, from Keras' cache or, the first time, from the network."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

Arrays = TypeVar("Arrays")

TIMEOUT = 30  # seconds without an answer


def find(
    read: Callable[[Path], Arrays], urls: Sequence[str], offline: Sequence[str], folder: str = ""
) -> Arrays:
    """What `read` makes of the first folder whose files it accepts.

    Looked through are the folder that `AE_COURSE_DATA` names and Keras' own cache (`datasets` in
    `$KERAS_HOME`, or else in `~/.keras`). Then the files behind `urls` are downloaded into a
    folder of their own, read, and moved into the cache, each in one step: an interrupted
    download, or two at once, never leave a broken file, and a file that `read` refuses is not
    kept.

    Args:
        read: Takes a folder, returns the arrays, and raises if a file is missing or is not the
            one expected. This check is what decides, wherever a file came from.
        urls: Where the files are.
        offline: Names of the data sets that need no download, for the error's message.
        folder: Folder inside the cache; in `AE_COURSE_DATA` the files may lie in it or above it.

    Returns:
        What `read` returned.

    Raises:
        ConnectionError: if the files are nowhere and could not be fetched, with what to do.
        PermissionError: if there is no place to keep them, with what to do.
    """
    cache = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras").expanduser()
    places = [cache / "datasets" / folder]
    if own := os.environ.get("AE_COURSE_DATA"):
        above = Path(own).expanduser()
        places = list(dict.fromkeys([above, above / folder, *places]))
    reasons = []
    for place in places:
        try:
            return read(place)
        except Exception as error:  # reading a broken file may raise anything
            reasons.append(f"{place}: {error}")
    elsewhere = (
        f"copy the files to the folder that AE_COURSE_DATA names, or use a data set that needs no "
        f'network: {", ".join(offline)}; for example ae_course.data.load("{offline[0]}").'
    )
    part = _beside(places[-1], elsewhere)
    try:
        return _download(read, urls, part, places[-1])
    except Exception as error:
        found = "\n".join(f"  {reason}" for reason in reasons)
        raise ConnectionError(
            f"Could not download {', '.join(urls)}: {error}\n"
            f"Looked before in\n{found}\n"
            f"Connect to the network once (the files are kept in {places[-1]} and not fetched "
            f"again), {elsewhere}"
        ) from error


def _beside(target: Path, elsewhere: str) -> TemporaryDirectory:
    """Make a folder on the same disk as the files' place, so that moving one is one step."""
    try:
        target.mkdir(parents=True, exist_ok=True)
        return TemporaryDirectory(dir=target, prefix=".part-")
    except OSError as error:
        raise PermissionError(
            f"Downloaded files cannot be kept in {target}: {error}\n"
            f"Let KERAS_HOME name a folder that you can write to, {elsewhere}"
        ) from error


def _download(
    read: Callable[[Path], Arrays], urls: Sequence[str], folder: TemporaryDirectory, target: Path
) -> Arrays:
    import pooch

    with folder as part:
        for url in urls:
            name, downloader = url.rpartition("/")[2], pooch.HTTPDownloader(timeout=TIMEOUT)
            pooch.retrieve(url, None, fname=name, path=part, downloader=downloader)
        arrays = read(Path(part))
        for path in Path(part).iterdir():
            path.replace(target / path.name)
    return arrays
