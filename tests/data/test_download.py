from __future__ import annotations

import hashlib
import socket
from pathlib import Path

import pytest

from pullback.data.download import Remote, cache_folder, download
from pullback.errors import DataError

BODY = bytes(range(256)) * 1000


@pytest.fixture
def remote(server) -> Remote:
    server.bodies["/file.gz"] = BODY
    return Remote(server.url + "file.gz", hashlib.md5(BODY).hexdigest())


def test_a_download_arrives_whole_and_tells_its_progress(remote, tmp_path):
    heard = []
    path = download(remote, tmp_path / "new", lambda *report: heard.append(report))
    assert path == tmp_path / "new" / "file.gz"
    assert path.read_bytes() == BODY
    assert heard[-1] == ("file.gz", len(BODY), len(BODY))
    assert [received for _, received, _ in heard] == sorted({received for _, received, _ in heard})
    assert len(heard) > 1


def left_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def test_an_altered_download_is_refused_and_leaves_nothing(remote, server, tmp_path):
    server.bodies["/file.gz"] = b"x" + BODY[1:]
    with pytest.raises(DataError, match=r"(?s)file\.gz did not arrive.*got: .*MD5.*need: MD5.*as published"):
        download(remote, tmp_path / "new")
    assert left_in(tmp_path / "new") == []


@pytest.mark.parametrize("cut", [0, 1, 100_000, len(BODY) - 1])
def test_a_download_cut_short_is_refused_and_leaves_nothing(remote, server, tmp_path, cut):
    server.cut = cut
    with pytest.raises(DataError, match=f"{len(BODY)} bytes, as the server announced|IncompleteRead"):
        download(remote, tmp_path / "new")
    assert left_in(tmp_path / "new") == []
    server.cut = None
    assert download(remote, tmp_path / "new").read_bytes() == BODY, "the next try succeeds"


def test_a_missing_file_is_told_with_its_address_and_two_ways_out(server, tmp_path):
    with pytest.raises(DataError, match=r"(?s)404.*nothing\.gz.*by hand.*PULLBACK_DATA"):
        download(Remote(server.url + "nothing.gz", "0" * 32), tmp_path / "new")
    assert left_in(tmp_path / "new") == []


def test_a_server_out_of_reach_is_told(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: every connection is refused
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/file.gz"
        with pytest.raises(DataError, match=r"did not arrive"):
            download(Remote(address, "0" * 32), tmp_path)
    assert left_in(tmp_path) == []


def test_an_interruption_leaves_nothing(remote, tmp_path):
    def interrupt(*report: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(remote, tmp_path / "new", interrupt)
    assert left_in(tmp_path / "new") == []


def test_no_reader_sees_a_part_under_the_final_name(remote, tmp_path):
    seen = []
    download(remote, tmp_path, lambda *report: seen.append((tmp_path / "file.gz").exists()))
    assert seen
    assert not any(seen)


def test_a_download_replaces_an_older_file_at_once(remote, tmp_path):
    (tmp_path / "file.gz").write_bytes(b"older")
    seen = set()
    download(remote, tmp_path, lambda *report: seen.add((tmp_path / "file.gz").read_bytes()))
    assert seen == {b"older"}
    assert (tmp_path / "file.gz").read_bytes() == BODY


def test_a_cache_folder_that_cannot_be_written_to_is_told(remote, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match=r"(?s)cannot write to the cache folder.*PULLBACK_CACHE"):
        download(remote, tmp_path / "file" / "folder")


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {"PULLBACK_CACHE": "/own"}, "/own/data"),
        ("linux", {"XDG_CACHE_HOME": "/xdg"}, "/xdg/pullback/data"),
        ("linux", {"HOME": "/home/x"}, "/home/x/.cache/pullback/data"),
        ("darwin", {"HOME": "/Users/x", "XDG_CACHE_HOME": "/xdg"}, "/Users/x/Library/Caches/pullback/data"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/pullback/data"),
    ],
)
def test_the_cache_folder_is_the_platforms_own_unless_the_variable_names_another(
    monkeypatch, platform, variables, expected
):
    for name in ("PULLBACK_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("pullback.folders.sys.platform", platform)
    assert cache_folder() == Path(expected)
