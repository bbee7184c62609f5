"""Which kernel computes a stage: the first, best first, that does not decline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pullback.compile.kernels.contract import contraction
from pullback.compile.kernels.kernel import Declined, Kernel, Site
from pullback.compile.kernels.loops import plain_loops
from pullback.compile.kernels.reduce import reduction
from pullback.compile.kernels.transpose import transposition
from pullback.compile.kernels.windows import pooling, unpooling
from pullback.compile.kernels.winograd import winograd
from pullback.compile.winograd import algorithm_of


def fast_convolution(site: Site) -> Kernel | Declined:
    """Winograd's algorithm where the plan has it; else why it has not."""
    if site.stage.algorithm is not None:
        return winograd(site)
    pool = site.stage.pool
    answer = algorithm_of(site if pool is None else replace(site, stage=pool.source))
    return answer if isinstance(answer, Declined) else Declined("the precision is strict")


CANDIDATES: tuple[tuple[str, Callable[[Site], Kernel | Declined]], ...] = (
    ("winograd", fast_convolution),
    ("contraction", contraction),
    ("transpose", transposition),
    ("pool", pooling),
    ("unpool", unpooling),
    ("reduce", reduction),
    ("loops", plain_loops),
)
"""Best first; the last one computes everything."""


@dataclass(frozen=True)
class Choice:
    """The kernel of a stage, and the better ones with what they said."""

    kernel: Kernel
    declined: tuple[tuple[str, str], ...]


def choose(site: Site) -> Choice:
    """The first kernel that does not decline."""
    declined: list[tuple[str, str]] = []
    for name, candidate in CANDIDATES:
        answer = candidate(site)
        if isinstance(answer, Kernel):
            return Choice(answer, tuple(declined))
        declined.append((name, answer.reason))
    raise AssertionError("the plain loop nest declines nothing")  # pragma: no cover
