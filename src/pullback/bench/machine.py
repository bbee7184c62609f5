"""The machine and the software that a benchmark ran on."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pullback import __version__

# What decides the speed of arithmetic, in the words of Linux; the rest of a long list does not.
FEATURES = ("avx", "avx2", "fma", "avx512f", "avx512_bf16", "amx_tile", "asimd", "sve", "sve2")


@dataclass(frozen=True)
class Machine:
    """A machine.

    processors  those that this process may use
    load        other work at the start, as the mean number of running processes; None where the system does not say
    """

    processor: str
    processors: int
    features: tuple[str, ...]
    system: str
    python: str
    packages: dict[str, str | None]
    load: float | None

    def to_dict(self) -> dict[str, Any]:
        """The same as a dictionary."""
        return asdict(self)

    def __str__(self) -> str:
        packages = ", ".join(f"{name} {number}" for name, number in self.packages.items() if number)
        features = f" ({' '.join(self.features)})" if self.features else ""
        return (
            f"{self.processor}, {self.processors} processors{features}\n{self.system}, Python {self.python}, {packages}"
        )


def this_machine() -> Machine:
    """The machine that this runs on."""
    fields = _cpuinfo()
    flags = set((fields.get("flags") or fields.get("Features") or "").split())
    return Machine(
        processor=_processor(fields),
        processors=available(),
        features=tuple(name for name in FEATURES if name in flags),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        python=platform.python_version(),
        packages={"pullback": __version__, **{name: _version(name) for name in ("numpy", "llvmlite", "torch")}},
        load=os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
    )


def available() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processor(fields: dict[str, str]) -> str:
    if platform.system() == "Darwin":
        command = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(command, capture_output=True, text=True).stdout.strip() or platform.machine()  # noqa: S603  # a fixed command
    name = fields.get("model name") or platform.processor() or platform.machine()
    numbers = [f"{key} {fields[key]}" for key in ("cpu family", "model") if key in fields]
    # A virtual machine's name may be just the maker's; family and model tell the generation.
    return f"{name} ({', '.join(numbers)})" if numbers else name


def _cpuinfo() -> dict[str, str]:
    """What Linux says about the first processor; nothing elsewhere."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().split("\n\n")[0].splitlines() if path.exists() else []
    pairs = (line.partition(":") for line in lines)
    return {key.strip(): value.strip() for key, _, value in pairs}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
