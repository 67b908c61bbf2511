"""Downloads: cached, checked, and never left half written. Nothing here reaches a network."""

import hashlib
import socket
import urllib.error

from ae_course.data.download import TIMEOUT, fetch

import pytest

URL = "https://example.org/numbers.bin"
CONTENT = b"0123456789" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
OFFLINE = ("digits", "moons")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    return tmp_path / "datasets"


@pytest.fixture
def server(monkeypatch):
    """A network of one file: set `server.send` to what a download does."""

    class Server:
        calls = 0

        def send(self, path):
            path.write_bytes(CONTENT)

        def urlretrieve(self, url, filename, report=None):
            from pathlib import Path

            assert url == URL
            self.calls += 1
            self.timeout = socket.getdefaulttimeout()
            self.path = Path(filename)
            self.send(self.path)

    one = Server()
    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", one.urlretrieve)
    return one


def files(folder):
    return sorted(path for path in folder.rglob("*")) if folder.exists() else []


def test_a_file_is_downloaded_once_and_then_read_from_the_cache(cache, server):
    path = fetch(URL, SHA256, OFFLINE)
    assert path == cache / "numbers.bin"
    assert path.read_bytes() == CONTENT
    assert fetch(URL, SHA256, OFFLINE) == path
    assert server.calls == 1
    assert files(cache) == [path]


def test_a_download_is_written_elsewhere_and_moved_when_it_is_whole(cache, server):
    def send(path):
        assert path.parent.parent == cache  # same disk: the move is one step
        assert not (cache / "numbers.bin").exists()
        path.write_bytes(CONTENT)

    server.send = send
    assert fetch(URL, SHA256, OFFLINE).read_bytes() == CONTENT


@pytest.mark.parametrize("content", [CONTENT[:500], b"", CONTENT + b"!"])
def test_a_broken_file_in_the_cache_is_replaced(content, cache, server):
    cache.mkdir()
    (cache / "numbers.bin").write_bytes(content)
    assert fetch(URL, SHA256, OFFLINE).read_bytes() == CONTENT
    assert server.calls == 1


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
        fetch(URL, SHA256, OFFLINE)
    assert files(cache) == []
    server.send = whole
    assert fetch(URL, SHA256, OFFLINE).read_bytes() == CONTENT


def test_a_page_sent_in_the_files_place_is_not_kept(cache, server):
    server.send = lambda path: path.write_bytes(b"<html>Please log in to this network</html>")
    with pytest.raises(ConnectionError, match="corrupted"):
        fetch(URL, SHA256, OFFLINE)
    assert files(cache) == []


def test_without_a_network_the_error_says_what_to_do(cache, server):
    def refuse(path):
        raise urllib.error.URLError("Name or service not known")

    server.send = refuse
    with pytest.raises(ConnectionError) as error:
        fetch(URL, SHA256, OFFLINE, folder="sub")
    message = str(error.value)
    assert message.startswith(f"Could not download {URL}")
    assert "Name or service not known" in message
    assert "digits, moons" in message
    assert str(cache / "sub" / "numbers.bin") in message


def test_a_silent_network_is_given_up_and_the_timeout_is_put_back(cache, server):
    before = socket.getdefaulttimeout()
    fetch(URL, SHA256, OFFLINE)
    assert server.timeout == TIMEOUT
    assert socket.getdefaulttimeout() == before


def test_the_cache_is_that_of_keras(monkeypatch, tmp_path, server):
    monkeypatch.delenv("KERAS_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert fetch(URL, SHA256, OFFLINE) == tmp_path / ".keras" / "datasets" / "numbers.bin"
