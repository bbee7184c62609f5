"""What code is made for: an architecture, its features, and the size of its vector registers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from pullback.compile.native.llvm import LOCK, binding, version
from pullback.errors import ArgumentError, message

WHOLE_VECTORS = "-prefer-256-bit"
"""Without it, LLVM splits 64-byte vectors of its own making in two on most AVX-512 processors."""


@dataclass(frozen=True)
class Level:
    """A generation of x86-64: the processor that LLVM knows it by, its vectors, its registers."""

    cpu: str
    needs: frozenset[str]
    vector_bytes: int
    registers: int


LEVELS = {
    "avx512": Level("x86-64-v4", frozenset({"avx512f", "avx512vl", "avx512bw", "avx512dq", "fma"}), 64, 32),
    "avx2": Level("x86-64-v3", frozenset({"avx2", "fma"}), 32, 16),
    "sse2": Level("x86-64", frozenset({"sse2"}), 16, 16),
}
"""From the widest to the one that every x86-64 has."""


@dataclass(frozen=True)
class Target:
    """A machine to make code for.

    `vector_bytes` is the size of one vector register and `registers` their number; `fma` tells whether a product and
    a sum are one instruction (else llvm.fma becomes a call of a library).
    """

    triple: str
    cpu: str
    features: str
    vector_bytes: int
    registers: int
    fma: bool = True

    @staticmethod
    @cache
    def host() -> Target:
        """Give the machine that this program runs on.

        Raises: NativeError, where LLVM cannot be loaded
        """
        llvm = binding()
        with LOCK:
            triple, cpu = llvm.get_process_triple(), llvm.get_host_cpu_name()
            features = {name: bool(has) for name, has in sorted(llvm.get_host_cpu_features().items())}
        text = ",".join(("+" if has else "-") + name for name, has in features.items())
        if not _is_x86(triple):
            return Target(triple, cpu, text, vector_bytes=16, registers=32)
        present = {name for name, has in features.items() if has}
        level = next((level for level in LEVELS.values() if level.needs <= present), LEVELS["sse2"])
        return Target(
            triple, cpu, f"{text},{WHOLE_VECTORS}", level.vector_bytes, level.registers, fma="fma" in level.needs
        )

    @staticmethod
    def limited(level: str) -> Target:
        """Give a plain x86-64 of one generation, "avx512", "avx2" or "sse2", under this machine's system.

        Code for it runs here if `runs_here`; it can always be made and read.

        >>> Target.limited("avx2").float_lanes(32)
        8

        Raises: ArgumentError, NativeError
        """
        if level not in LEVELS:
            raise ArgumentError(
                message(
                    "target: unknown generation of x86-64",
                    got=f"{level!r}",
                    need="one of " + ", ".join(repr(name) for name in LEVELS),
                )
            )
        own = Target.host().triple
        chosen = LEVELS[level]
        return Target(
            own if _is_x86(own) else "x86_64-unknown-linux-gnu",
            chosen.cpu,
            WHOLE_VECTORS,
            chosen.vector_bytes,
            chosen.registers,
            fma="fma" in chosen.needs,
        )

    @staticmethod
    def aarch64() -> Target:
        """Give a plain 64-bit ARM with NEON under Linux: 32 registers of 16 bytes.

        >>> Target.aarch64().float_lanes(64)
        2
        """
        return Target("aarch64-unknown-linux-gnu", "generic", "+neon", vector_bytes=16, registers=32)

    @property
    def is_x86(self) -> bool:
        """Whether this is a 64-bit x86."""
        return _is_x86(self.triple)

    @property
    def is_arm(self) -> bool:
        """Whether this is a 64-bit ARM."""
        return self.triple.startswith(("aarch64", "arm64"))

    @property
    def vector_constraint(self) -> str:
        """The letter that inline assembly has for any register of floating-point vectors."""
        return "v" if self.is_x86 else "w"

    @property
    def has_mask_registers(self) -> bool:
        """Whether a choice between lanes lies in a register of its own kind (AVX-512)."""
        return self.vector_bytes == 64

    @property
    def runs_here(self) -> bool:
        """Whether this machine runs code made for the target."""
        host = Target.host()
        if self == host:
            return True
        if not (self.is_x86 and host.is_x86):
            return self.triple == host.triple and self.cpu == "generic"
        return any(self.cpu == level.cpu for level in LEVELS.values()) and self.vector_bytes <= host.vector_bytes

    @property
    def key(self) -> str:
        """All that code for one text depends on besides the text: the target, and LLVM's version."""
        return f"llvm {version()};{self.triple};{self.cpu};{self.features}"

    def float_lanes(self, bits: int) -> int:
        """Give how many floating-point numbers of so many bits one vector register holds.

        >>> Target.aarch64().float_lanes(32)
        4
        """
        return self.vector_bytes * 8 // bits


def _is_x86(triple: str) -> bool:
    return triple.startswith(("x86_64", "amd64"))
