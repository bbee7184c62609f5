"""The parent's side of the worker: start it, ask it with a time limit, end it, start it again."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from pullback.errors import ArgumentError, message
from pullback.review import messages, worker

Array = NDArray[Any]
Reply = tuple[dict[str, Any], list[Array]]

START_SECONDS = 60.0
LAST_SECONDS = 2.0


class Ended(Exception):  # noqa: N818  (what became of the user's code, not this package's error)
    """The worker did not answer: "timeout", or "died" with how."""

    def __init__(self, kind: str, how: str = "") -> None:
        super().__init__(kind)
        self.kind, self.how = kind, how


@dataclass(frozen=True)
class Source:
    """Where the user's functions are: objects of this process, or texts "file.py:name"."""

    target: Any
    forward: Any = None
    adapter: Any = None

    @property
    def words(self) -> dict[str, str] | None:
        """The texts, where all are texts."""
        given = {k: v for k, v in vars(self).items() if v is not None}
        return given if all(isinstance(v, str) for v in given.values()) else None


class Worker:
    """A worker process that is started when it is needed, and again after it has ended.

    starts  how often it was started
    """

    def __init__(self, source: Source, hello: Mapping[str, Any]) -> None:
        self.source, self.hello = source, dict(hello)
        self.starts = 0
        self._process: _Process | None = None

    def start(self) -> dict[str, Any]:
        """Start it if it does not run; what it says of the function.

        Raises: Ended
        """
        if self._process is None:
            self.starts += 1
            words = self.source.words
            self._process = _Spawned(words) if words is not None else _Forked(self.source)
            self.said, _ = self._ask(self.hello, [], START_SECONDS)
        return self.said

    def ask(self, document: Mapping[str, Any], arrays: Sequence[Array], seconds: float) -> Reply:
        """Send a case, and wait for what came of it.

        Raises: Ended, after which the worker is gone
        """
        self.start()
        return self._ask({**document, "seconds": seconds}, arrays, seconds)

    def _ask(self, document: Mapping[str, Any], arrays: Sequence[Array], seconds: float) -> Reply:
        assert self._process is not None  # noqa: S101  (start() has made it)
        try:
            return self._process.ask(dict(document), arrays, seconds)
        except Ended:
            self.stop()
            raise

    def stop(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()


class _Process:
    """A process with a stream in each direction, of which a thread reads one."""

    def __init__(self, pid: int, requests: IO[bytes], answers: IO[bytes]) -> None:
        self.pid, self.requests, self.answers = pid, requests, answers
        self.replies: queue.Queue[Reply | None] = queue.Queue()
        self.garbled = False
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        try:
            while True:
                self.replies.put(messages.read(self.answers))
        except (EOFError, OSError, ValueError, messages.Garbled) as error:
            self.garbled = isinstance(error, messages.Garbled)
            self.replies.put(None)

    def ask(self, document: dict[str, Any], arrays: Sequence[Array], seconds: float) -> Reply:
        """Send a message and wait for the answer.

        Raises: Ended
        """
        try:
            messages.write(self.requests, document, arrays)
            reply = self._reply(seconds)
        except queue.Empty:
            raise Ended("timeout") from None
        except OSError:
            reply = None
        if reply is None:
            raise Ended("died", "it wrote into the review's connection" if self.garbled else self.obituary())
        return reply

    def _reply(self, seconds: float) -> Reply | None:
        """Wait for the answer; longer where the machine, and not the function, is slow.

        Raises: queue.Empty
        """
        before = _computing_time(self.pid)
        for last in (False, False, True):
            try:
                return self.replies.get(timeout=seconds)
            except queue.Empty:
                now = _computing_time(self.pid)
                if last or before is None or now is None or now - before > seconds / 2:
                    raise
        raise queue.Empty

    def kill(self) -> None:
        """End the process and close the streams."""
        self._kill()
        self.reader.join(timeout=5)
        for stream in (self.requests, self.answers):
            with contextlib.suppress(OSError, ValueError):
                stream.close()

    def _kill(self) -> None:
        raise NotImplementedError

    def obituary(self) -> str:
        """How it ended: an exit code or a signal."""
        raise NotImplementedError


def _computing_time(pid: int) -> float | None:
    """The seconds of computing that a process has used; None where the system does not tell."""
    with contextlib.suppress(OSError, ValueError, IndexError), open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return None


def _how(code: int | None) -> str:
    if code is None:
        return "it closed its connection"
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"


class _Spawned(_Process):
    """A new interpreter, in which the user's file is run."""

    def __init__(self, words: dict[str, str]) -> None:
        command = [sys.executable, "-c", "from pullback.review.worker import main; main()"]
        self.child = subprocess.Popen(  # noqa: S603  (this interpreter)
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
            start_new_session=True,
        )
        assert self.child.stdin is not None and self.child.stdout is not None  # noqa: S101, PT018  (both are pipes)
        super().__init__(self.child.pid, self.child.stdin, self.child.stdout)
        with contextlib.suppress(OSError):
            messages.write(self.requests, dict(words))

    def _kill(self) -> None:
        _kill_group(self.child.pid)
        self.child.kill()
        self.child.wait()

    def obituary(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return _how(self.child.wait(timeout=LAST_SECONDS))
        return _how(None)


class _Forked(_Process):
    """A copy of this process, which has the user's function as it is."""

    def __init__(self, source: Source) -> None:
        if not hasattr(os, "fork"):
            fix = 'review("homework.py:conv_backward", ...)'
            title = "review: this system can only review functions in files"
            raise ArgumentError(message(title, got="a function object", fix=fix))
        to_child, from_parent = os.pipe()
        to_parent, from_child = os.pipe()
        with warnings.catch_warnings():
            # The copy runs NumPy code of one thread; locks of other threads are none of its business.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if pid == 0:
            os.close(from_parent)
            os.close(to_parent)
            _be_worker(to_child, from_child, lambda: (source.target, source.forward, source.adapter))
        os.close(to_child)
        os.close(from_child)
        self.code: int | None = None
        super().__init__(pid, os.fdopen(from_parent, "wb"), os.fdopen(to_parent, "rb"))

    def _kill(self) -> None:
        if self.code is None:
            _kill_group(self.pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self._wait()

    def _wait(self, seconds: float = 60.0) -> None:
        until = time.monotonic() + seconds
        with contextlib.suppress(ChildProcessError):
            while self.code is None and time.monotonic() < until:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                if pid:
                    self.code = os.waitstatus_to_exitcode(status)
                else:
                    time.sleep(0.002)

    def obituary(self) -> str:
        self._wait(LAST_SECONDS)
        return _how(self.code)


def _be_worker(requests: int, answers: int, load: Callable[[], tuple[Any, Any, Any]]) -> None:
    """Serve in the child, and never return into the parent's program."""
    try:
        os.setsid()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        worker.silence()
        worker.serve(os.fdopen(requests, "rb"), os.fdopen(answers, "wb"), load)
    finally:
        os._exit(0)


def _kill_group(pid: int) -> None:
    """End a process with those it has started."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


def sent(arrays: Mapping[str, Array]) -> tuple[list[str], list[Array]]:
    """Arrays and their names, as a message has them."""
    return list(arrays), [np.asarray(a) for a in arrays.values()]
