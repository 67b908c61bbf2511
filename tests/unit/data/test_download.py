"""Downloads: looked for, checked, and never left half written. Nothing here reaches a network."""

from pathlib import Path

from ae_course.data.download import TIMEOUT, find

import pooch
import pytest

URL = "https://example.org/numbers.bin"
CONTENT = b"0123456789" * 1000
OFFLINE = ("digits", "moons")


def read(folder):
    content = (folder / "numbers.bin").read_bytes()
    if content != CONTENT:
        raise ValueError("not the numbers")
    return content


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv("AE_COURSE_DATA", raising=False)
    return tmp_path / "datasets"


@pytest.fixture
def server(monkeypatch):
    """A network of one file: set `server.send` to what a download does."""

    class Server:
        calls = 0

        def send(self, path):
            path.write_bytes(CONTENT)

        def __call__(self, downloader, url, output_file, *_):
            assert url == URL
            assert downloader.kwargs["timeout"] == TIMEOUT
            self.calls += 1
            self.send(Path(output_file))

    one = Server()
    monkeypatch.setattr(
        pooch.HTTPDownloader, "__call__", lambda downloader, *args, **_: one(downloader, *args)
    )
    return one


def files(folder):
    return sorted(folder.rglob("*")) if folder.exists() else []


def test_a_file_is_downloaded_once_and_then_read_from_the_cache(cache, server):
    assert find(read, [URL], OFFLINE) == CONTENT
    assert find(read, [URL], OFFLINE) == CONTENT
    assert server.calls == 1
    assert files(cache) == [cache / "numbers.bin"]


def test_a_download_is_written_elsewhere_and_moved_when_it_is_whole(cache, server):
    def send(path):
        assert path.parent.parent == cache  # same disk: the move is one step
        assert not (cache / "numbers.bin").exists()
        path.write_bytes(CONTENT)

    server.send = send
    assert find(read, [URL], OFFLINE) == CONTENT


@pytest.mark.parametrize("content", [CONTENT[:500], b"", CONTENT + b"!"])
def test_a_broken_file_in_the_cache_is_replaced(content, cache, server):
    cache.mkdir()
    (cache / "numbers.bin").write_bytes(content)
    assert find(read, [URL], OFFLINE) == CONTENT
    assert (cache / "numbers.bin").read_bytes() == CONTENT


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_an_interrupted_download_leaves_nothing_behind_and_the_next_one_succeeds(
    interrupt, cache, server
):
    whole = server.send

    def stop(path):
        path.write_bytes(CONTENT[:500])
        raise interrupt

    server.send = stop
    with pytest.raises(interrupt):
        find(read, [URL], OFFLINE)
    assert files(cache) == []
    server.send = whole
    assert find(read, [URL], OFFLINE) == CONTENT


def test_a_page_sent_in_the_files_place_is_not_kept(cache, server):
    server.send = lambda path: path.write_bytes(b"<html>Please log in to this network</html>")
    with pytest.raises(ConnectionError, match="not the numbers"):
        find(read, [URL], OFFLINE)
    assert files(cache) == []


def test_without_a_network_the_error_says_what_to_do(cache, server, monkeypatch, tmp_path):
    def refuse(path):
        raise OSError("Name or service not known")

    server.send = refuse
    own = tmp_path / "own"
    own.mkdir()
    (own / "numbers.bin").write_bytes(b"others")
    monkeypatch.setenv("AE_COURSE_DATA", str(own))
    with pytest.raises(ConnectionError) as error:
        find(read, [URL], OFFLINE, folder="sub")
    message = str(error.value)
    assert message.startswith(f"Could not download {URL}")
    assert "Name or service not known" in message
    assert "digits, moons" in message
    assert str(cache / "sub") in message
    assert f"{own}: not the numbers" in message


@pytest.mark.parametrize("folder", ["", "sub"])
def test_a_cache_that_cannot_be_written_is_said_to_be_that_and_no_network_is_asked(
    folder, monkeypatch, tmp_path, server
):
    (tmp_path / "home").write_text("a file where a folder should be")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    with pytest.raises(PermissionError) as error:
        find(read, [URL], OFFLINE, folder=folder)
    message = str(error.value)
    assert message.startswith(f"Downloaded files cannot be kept in {tmp_path / 'home'}")
    assert "Let KERAS_HOME name a folder that you can write to" in message
    assert "digits, moons" in message and "network once" not in message
    assert server.calls == 0


@pytest.mark.parametrize("folder", ["", "sub"])
def test_the_learners_own_folder_comes_first(folder, cache, server, monkeypatch, tmp_path):
    own = tmp_path / "own"
    (own / folder).mkdir(parents=True)
    (own / folder / "numbers.bin").write_bytes(CONTENT)
    monkeypatch.setenv("AE_COURSE_DATA", str(own))
    assert find(read, [URL], OFFLINE, folder="sub") == CONTENT
    assert server.calls == 0
    assert not cache.exists()


def test_a_download_goes_to_the_cache_of_keras_not_to_the_learners_folder(
    monkeypatch, tmp_path, server
):
    monkeypatch.delenv("KERAS_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("AE_COURSE_DATA", str(tmp_path / "none"))
    assert find(read, [URL], OFFLINE) == CONTENT
    assert files(tmp_path)[-1] == tmp_path / ".keras" / "datasets" / "numbers.bin"
    assert not (tmp_path / "none").exists()
