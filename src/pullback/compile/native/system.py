"""What a waiting thread asks of the system: to let others run, and to sleep until a word of memory changes."""

from __future__ import annotations

import ctypes
import platform
import sys
from dataclasses import dataclass, field

FUTEX_NUMBER = {"x86_64": 202, "aarch64": 98, "riscv64": 98, "loongarch64": 98, "ppc64le": 221, "s390x": 238}
"""The system call's number under Linux, per machine (the kernel's tables syscall_64.tbl and unistd.h)."""

FUTEX = """
declare i64 @syscall(i64, ...)
declare i32 @sched_yield()
define internal void @offer() {{
  call i32 @sched_yield()
  ret void
}}
define internal void @sleep_while(ptr %word, i32 %old) {{
  call i64 (i64, ...) @syscall(i64 {number}, ptr %word, i64 128, i32 %old, ptr null)
  ret void
}}
define internal void @wake(ptr %word) {{
  call i64 (i64, ...) @syscall(i64 {number}, ptr %word, i64 129, i32 2147483647)
  ret void
}}
"""
"""128 is FUTEX_WAIT and 129 FUTEX_WAKE, of this process alone (linux/futex.h)."""

ULOCK = """
declare i32 @__ulock_wait(i32, ptr, i64, i32)
declare i32 @__ulock_wake(i32, ptr, i64)
declare i32 @sched_yield()
define internal void @offer() {
  call i32 @sched_yield()
  ret void
}
define internal void @sleep_while(ptr %word, i32 %old) {
  %value = zext i32 %old to i64
  call i32 @__ulock_wait(i32 1, ptr %word, i64 %value, i32 0)
  ret void
}
define internal void @wake(ptr %word) {
  call i32 @__ulock_wake(i32 257, ptr %word, i64 0)
  ret void
}
"""
"""1 is UL_COMPARE_AND_WAIT, 256 ULF_WAKE_ALL (Darwin's sys/ulock.h)."""

WAIT_ON_ADDRESS = """
declare i32 @WaitOnAddress(ptr, ptr, i64, i32)
declare void @WakeByAddressAll(ptr)
declare i32 @SwitchToThread()
define internal void @offer() {
  call i32 @SwitchToThread()
  ret void
}
define internal void @sleep_while(ptr %word, i32 %old) {
  %expected = alloca i32
  store i32 %old, ptr %expected
  call i32 @WaitOnAddress(ptr %word, ptr %expected, i64 4, i32 -1)
  ret void
}
define internal void @wake(ptr %word) {
  call void @WakeByAddressAll(ptr %word)
  ret void
}
"""

POLL = """
declare i32 @usleep(i32)
declare i32 @sched_yield()
define internal void @offer() {
  call i32 @sched_yield()
  ret void
}
define internal void @sleep_while(ptr %word, i32 %old) {
  call i32 @usleep(i32 500)
  ret void
}
define internal void @wake(ptr %word) {
  ret void
}
"""
"""Elsewhere nothing wakes a thread: it looks again every half millisecond."""


@dataclass(frozen=True)
class Calls:
    """The text of `offer`, `sleep_while` and `wake`, and the addresses of what they call beyond the C library."""

    text: str
    symbols: dict[str, int] = field(default_factory=dict)


def calls(system: str = sys.platform, machine: str = platform.machine()) -> Calls:
    """Give the calls for a system, by default this one."""
    if system == "linux" and machine in FUTEX_NUMBER:
        return Calls(FUTEX.format(number=FUTEX_NUMBER[machine]))
    if system == "darwin":
        return Calls(ULOCK)
    if system == "win32":
        return Calls(WAIT_ON_ADDRESS, _windows_addresses())
    return Calls(POLL)


def _windows_addresses() -> dict[str, int]:
    found = {}
    for library, names in (
        ("api-ms-win-core-synch-l1-2-0", ("WaitOnAddress", "WakeByAddressAll")),
        ("kernel32", ("SwitchToThread",)),
    ):
        functions = ctypes.CDLL(library)
        for name in names:
            found[name] = ctypes.cast(functions[name], ctypes.c_void_p).value or 0
    return found
