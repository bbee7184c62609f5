"""The object cache: what was put comes back whole or not at all, whatever happens to the files."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pullback.compile.native.cache import MAGIC, ObjectCache, objects_folder

CODE, FACTS = bytes(range(128)), {"arena_bytes": 4096, "kernels": ["direct", "loops"]}


@pytest.fixture
def cache(tmp_path):
    return ObjectCache(tmp_path / "objects")


def entry(cache):
    (path,) = cache.folder.iterdir()
    return path


def test_code_and_facts_come_back_as_they_were_put(cache):
    cache.put("key", CODE, FACTS)
    assert cache.get("key") == (CODE, FACTS)


def test_another_key_finds_nothing(cache):
    cache.put("key", CODE, FACTS)
    assert cache.get("other") is None


def test_a_later_entry_takes_the_place_of_an_earlier_one(cache):
    cache.put("key", CODE, FACTS)
    cache.put("key", b"new", {})
    assert cache.get("key") == (b"new", {})
    assert len(list(cache.folder.iterdir())) == 1


def test_no_changed_byte_goes_unnoticed(cache):
    cache.put("key", CODE, FACTS)
    path = entry(cache)
    content = path.read_bytes()
    for position in range(len(content)):
        path.write_bytes(content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :])
        assert cache.get("key") is None, position
    path.write_bytes(content)
    assert cache.get("key") == (CODE, FACTS)  # the file itself was not at fault


@pytest.mark.parametrize("content", [b"", MAGIC, MAGIC + bytes(20), MAGIC + bytes(200), b"\x7fELF" + bytes(500)])
def test_what_is_no_entry_is_ignored_and_then_replaced(cache, content):
    cache.put("key", CODE, FACTS)
    entry(cache).write_bytes(content)
    assert cache.get("key") is None
    cache.put("key", CODE, FACTS)
    assert cache.get("key") == (CODE, FACTS)


@pytest.mark.parametrize("lost", [1, 32, 200])
def test_an_entry_that_was_cut_short_is_ignored(cache, lost):
    cache.put("key", CODE, FACTS)
    path = entry(cache)
    path.write_bytes(path.read_bytes()[:-lost])
    assert cache.get("key") is None


def test_an_entry_under_the_name_of_another_is_ignored(cache):
    cache.put("other", CODE, FACTS)
    path = entry(cache)
    cache.put("key", b"own", {})
    (own,) = (p for p in cache.folder.iterdir() if p != path)
    own.write_bytes(path.read_bytes())
    assert cache.get("key") is None
    assert cache.get("other") == (CODE, FACTS)


WRITER = """
import sys
from pathlib import Path
from pullback.compile.native.cache import ObjectCache
cache, letter = ObjectCache(Path(sys.argv[1])), sys.argv[2]
for number in range(30):
    cache.put("key", letter.encode() * 100_000, {"letter": letter, "number": number})
"""


def test_two_processes_that_write_one_key_never_show_a_mixture(cache):
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(cache.folder), letter]) for letter in "ab"]
    seen = set()
    while any(writer.poll() is None for writer in writers):
        found = cache.get("key")
        if found is not None:
            code, facts = found
            assert code == facts["letter"].encode() * 100_000
            seen.add((facts["letter"], facts["number"]))
    assert [writer.wait() for writer in writers] == [0, 0]
    assert len(seen) > 1
    assert cache.get("key") is not None
    assert entry(cache).suffix == ".object"  # no temporary file stays


def test_a_writer_that_overwrites_in_place_does_show_a_mixture(cache):
    cache.put("key", CODE, FACTS)
    with entry(cache).open("r+b") as file:
        file.seek(300)
        file.write(b"half of another entry")
    assert cache.get("key") is None


def test_the_entries_unused_for_longest_go_first(tmp_path):
    cache = ObjectCache(tmp_path, limit_bytes=3500)
    for age, key in enumerate("cba"):
        cache.put(key, bytes(1000), {})
        newest = max(tmp_path.iterdir(), key=lambda p: p.stat().st_mtime_ns)
        os.utime(newest, (1000 + age, 1000 + age))
    assert cache.get("c") is not None  # now the one used last
    cache.put("d", bytes(1000), {})
    assert [key for key in "abcd" if cache.get(key)] == ["a", "c", "d"]


def test_an_entry_beyond_the_limit_is_not_kept_and_pushes_nothing_out(tmp_path):
    cache = ObjectCache(tmp_path, limit_bytes=3000)
    cache.put("small", bytes(1000), {})
    cache.put("big", bytes(5000), {})
    assert cache.get("big") is None
    assert cache.get("small") is not None


def test_a_folder_that_cannot_be_made_is_an_empty_cache(tmp_path):
    (tmp_path / "file").write_text("in the way")
    cache = ObjectCache(tmp_path / "file" / "objects")
    cache.put("key", CODE, FACTS)
    assert cache.get("key") is None


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="a superuser writes everywhere")
def test_a_folder_that_only_can_be_read_is_read(tmp_path):
    cache = ObjectCache(tmp_path)
    cache.put("key", CODE, FACTS)
    tmp_path.chmod(0o500)
    cache.put("other", CODE, FACTS)
    assert cache.get("key") == (CODE, FACTS)
    assert cache.get("other") is None
    tmp_path.chmod(0o700)


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_new_folder_is_the_users_own(cache):
    cache.put("key", CODE, FACTS)
    assert cache.folder.stat().st_mode & 0o077 == 0


def test_the_folder_is_the_one_that_the_variable_names(monkeypatch):
    monkeypatch.setenv("PULLBACK_CACHE", "/somewhere")
    assert objects_folder() == Path("/somewhere/objects")


@pytest.mark.parametrize(
    ("system", "variable", "folder"),
    [
        ("linux", "XDG_CACHE_HOME", "/base/pullback/objects"),
        ("win32", "LOCALAPPDATA", "/base/pullback/objects"),
        ("darwin", "HOME", "/base/Library/Caches/pullback/objects"),
        ("linux", "HOME", "/base/.cache/pullback/objects"),
    ],
)
def test_without_the_variable_it_is_the_users_cache_folder(monkeypatch, system, variable, folder):
    for name in ("PULLBACK_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setenv(variable, "/base")
    assert objects_folder() == Path(folder)
