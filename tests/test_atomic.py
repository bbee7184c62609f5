"""Files that appear whole: two writers, a full disk, a writer that is killed."""

import os
import signal
import threading

import pytest

from pullback.atomic import check_writable, replacing


def left_in(folder):
    return sorted(p.name for p in folder.iterdir())


def test_the_file_takes_its_place_when_the_block_ends(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with replacing(path) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert left_in(tmp_path) == ["a"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_block_that_fails_changes_nothing_and_leaves_nothing(tmp_path, error):
    (tmp_path / "a").write_bytes(b"old")

    def fail():
        with replacing(tmp_path / "a") as file:
            file.write(b"half")
            raise error

    with pytest.raises(type(error)):
        fail()
    assert (tmp_path / "a").read_bytes() == b"old"
    assert left_in(tmp_path) == ["a"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="/dev/full imitates a full disk on Linux")
def test_a_disk_that_is_full_when_the_bytes_are_flushed_leaves_nothing(tmp_path):
    def write():
        with open("/dev/full", "wb") as full, replacing(tmp_path / "a") as file:
            file.write(b"bytes")
            os.dup2(full.fileno(), file.fileno())

    with pytest.raises(OSError, match="No space left"):
        write()
    assert left_in(tmp_path) == []


def test_writers_of_one_path_do_not_meet(tmp_path):
    path, failures = tmp_path / "a", []
    contents = [bytes([k]) * 1000 for k in range(8)]

    def write(content):
        try:
            for _ in range(50):
                with replacing(path) as file:
                    file.write(content)
                assert path.read_bytes() in contents
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert left_in(tmp_path) == ["a"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_what_a_killed_writer_leaves_is_removed_by_the_next_and_a_living_ones_file_is_not(tmp_path):
    path = tmp_path / "a"
    number = os.fork()
    if number == 0:
        with replacing(path) as file:
            file.write(b"half")
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(number, 0)
    assert len(left_in(tmp_path)) == 1
    strangers = [".a.123.part", ".a.0123abcd.part.bak", ".b.0123abcd.part"]
    for name in strangers:
        (tmp_path / name).touch()
    with replacing(path) as outer:
        outer.write(b"outer")
        with replacing(path) as inner:
            inner.write(b"inner")
        assert path.read_bytes() == b"inner"
    assert path.read_bytes() == b"outer"
    assert left_in(tmp_path) == sorted(["a", *strangers])


def test_a_path_is_tried_without_a_trace(tmp_path):
    (tmp_path / "old").write_bytes(b"old")
    check_writable(tmp_path / "old")
    check_writable(tmp_path / "new")
    assert left_in(tmp_path) == ["old"]
    assert (tmp_path / "old").read_bytes() == b"old"
    with pytest.raises(IsADirectoryError):
        check_writable(tmp_path)
    with pytest.raises(OSError, match="No such file"):
        check_writable(tmp_path / "missing" / "new")
