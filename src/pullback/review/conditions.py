"""Under which conditions a function fails: properties of the cases that tell the failing ones from the right ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from pullback.review.cases import Case, operator_of, options_of
from pullback.review.grids import windows_of

Facts = dict[str, bool]


@dataclass(frozen=True)
class Condition:
    """Where a function fails.

    text    "where stride > 1"; "in every case"
    exact   whether it fails in all those cases and in no others
    inside  the number of cases that fulfil it
    """

    text: str
    exact: bool
    inside: int


def condition_of(failing: Sequence[Case], right: Sequence[Case]) -> Condition:
    """Find the plainest condition that holds in the failing cases and not in the right ones.

    A condition that also holds in some right cases is the second choice: it is necessary, but not sufficient.
    """
    if not right:
        return Condition("in every case", True, len(failing))
    bad, good = [facts(c) for c in failing], [facts(c) for c in right]
    names = [n for n in bad[0] if n in good[0]] if bad else []
    literals = [(n, v) for v in (True, False) for n in names]
    common = [(n, v) for n, v in literals if all(f[n] is v for f in bad)]
    telling = [(n, v) for n, v in common if any(f[n] is not v for f in good)]
    for count in (1, 2, 3):
        for some in combinations(telling, count):
            if not any(all(f[n] is v for n, v in some) for f in good):
                return Condition(f"where {_joined(some, ' and ')}", True, len(failing))
    exact = _either(literals, bad, good)
    if exact:
        return Condition(f"where {exact}", True, len(failing))
    counted = [(sum(f[n] is v for f in good), n, v) for n, v in telling]
    if counted:
        inside, name, value = min(counted, key=lambda c: c[0])
        if inside <= len(right) / 2:
            return Condition(f"only where {_said(name, value)}", False, len(failing) + inside)
    return Condition("", False, len(failing) + len(right))


def _either(literals: Sequence[tuple[str, bool]], bad: Sequence[Facts], good: Sequence[Facts]) -> str:
    """One of two properties, each of which alone is enough."""
    enough = [(n, v) for n, v in literals if v and not any(f[n] is v for f in good)]
    for some in combinations(enough, 2):
        if all(any(f[n] is v for n, v in some) for f in bad):
            return _joined(some, " or ")
    return ""


def _joined(some: Sequence[tuple[str, bool]], word: str) -> str:
    return word.join(_said(n, v) for n, v in some)


OPPOSITE = {
    " > 1 ": " = 1 ",
    " > 1": " = 1",
    " > 0": " = 0",
    " ≠ ": " = ",
    "H > W": "H ≤ W",
    "H < W": "H ≥ W",
    "R > S": "R ≤ S",
    "R < S": "R ≥ S",
    "windows overlap": "windows do not overlap",
    "there are leftover rows": "there are no leftover rows",
}


def _said(name: str, value: bool) -> str:
    if value:
        return name
    for text, other in OPPOSITE.items():
        if text in name:
            return name.replace(text, other)
    return f"it is not so that {name}"


def facts(case: Case) -> Facts:
    """The properties of a case, the more telling ones first."""
    found = dict(_window_facts(case)) if windows_of(case.op) else dict(_plain_facts(case))
    if case.tied:
        found["there is a tie"] = True
    found.setdefault("there is a tie", False)
    if not case.y_bar.shape:
        found["ȳ ≠ 1"] = bool(case.y_bar != 1)
    return found


def _window_facts(case: Case) -> Iterator[tuple[str, bool]]:
    options, x = case.options, case.arrays["x"].shape
    w = case.arrays.get("w")
    kernel = w.shape[2:] if w is not None else _per_axis(options["kernel_size"], len(x) - 2)
    stride = _per_axis(options.get("stride", 1), len(kernel))
    dilation = _per_axis(options.get("dilation", 1), len(kernel))
    padding = options.get("padding", 0)
    groups = int(options.get("groups", 1))
    transposed = windows_of(case.op) == "conv_transpose"
    yield "stride > 1", max(stride) > 1
    yield "padding > 0", bool(padding)
    yield "dilation > 1", max(dilation) > 1
    yield "groups > 1", groups > 1
    yield "output padding > 0", bool(options.get("output_padding", 0))
    yield "ceil mode", bool(options.get("ceil_mode", False))
    yield "the padding is not counted", not options.get("count_include_pad", True)
    yield "the padding mode is not zeros", options.get("padding_mode", "zeros") != "zeros"
    yield "the batch has N > 1 samples", x[0] > 1
    if w is not None:
        inside, outside = w.shape[1], w.shape[0]
        outputs = inside * groups if transposed else outside
        yield "x has I > 1 channels", x[1] > 1
        yield "there are O > 1 filters", outputs > 1
        yield "I ≠ O", x[1] != outputs
    else:
        yield "x has C > 1 channels", x[1] > 1
    yield "the filter has R·S > 1 taps", any(k > 1 for k in kernel)
    yield "H ≠ W", len(set(x[2:])) > 1
    yield "R ≠ S", len(set(kernel)) > 1
    yield "H > W", len(x) > 3 and x[2] > x[-1]
    yield "H < W", len(x) > 3 and x[2] < x[-1]
    yield "R > S", kernel[0] > kernel[-1]
    yield "R < S", kernel[0] < kernel[-1]
    if not transposed and isinstance(padding, int):
        spans = [n + 2 * padding - d * (k - 1) - 1 for n, k, d in zip(x[2:], kernel, dilation, strict=True)]
        yield "there are leftover rows", any(n % s for n, s in zip(spans, stride, strict=True))
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    several = max(case.y_bar.shape[2:], default=1) > 1 if not transposed else max(x[2:], default=1) > 1
    yield "windows overlap", several and any(r > s for r, s in zip(reach, stride, strict=True))
    yield "there are P·Q > 1 positions", several


def _per_axis(value: Any, rank: int) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, (tuple, list)) else (int(value),) * rank


def _plain_facts(case: Case) -> Iterator[tuple[str, bool]]:
    first = next(iter(case.arrays.values())).shape
    operator = operator_of(case.op)
    for name, default in options_of(operator).items():
        yield f"{name} ≠ {default!r}", case.options.get(name, default) != default
    batch = len(first) > 1
    yield "the batch has N > 1 samples", batch and first[0] > 1
    yield "there is more than one class or channel", len(first) > 1 and first[1] > 1
    for rank in range(5):
        yield f"{next(iter(case.arrays))} has {rank} {'axis' if rank == 1 else 'axes'}", len(first) == rank
    yield "there is more than one number", case.size > len(case.arrays)
    for name in sorted({n for s in operator.samples for n in s.arrays}):
        yield f"{name} is given", name in case.arrays
