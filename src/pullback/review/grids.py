"""Grids of cases for the operators with windows: one thing after another is made harder, then several together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from pullback.ops.registry import Draw, Sample
from pullback.review.cases import Plan

Options = Mapping[str, Any]

SIZES = (7, 6, 5)
SMALL = (4, 3, 3)
"""The sizes of inputs that a transposed convolution makes larger."""
TAPS = (3, 2, 2)


CONVOLUTIONS = (
    ("one number", 1, 1, 1, 1, 1),
    ("a 1×1 filter", 1, 1, 1, 3, 1),
    ("one channel", 1, 1, 1, 4, 2),
    ("one channel, an odd filter", 1, 1, 1, 5, 3),
    ("two samples", 2, 1, 1, 4, 2),
    ("two input channels", 1, 2, 1, 4, 2),
    ("two filters", 1, 1, 2, 4, 2),
    ("three input channels, two filters", 1, 3, 2, 4, 2),
    ("two input channels, three filters", 1, 2, 3, 4, 3),
)
"""The first cases of a convolution: title, samples, input channels, filters, the image's size, the filter's."""
POOLS = (
    ("one number", 1, 1, 1, 1, 1),
    ("one window", 1, 1, 2, 2, 2),
    ("several windows", 1, 1, 4, 2, 2),
    ("windows of 3", 1, 1, 6, 3, 3),
    ("two samples", 2, 1, 4, 2, 2),
    ("three channels", 1, 3, 4, 2, 2),
    ("two samples, three channels", 2, 3, 6, 3, 3),
)
"""The first cases of a pooling: title, samples, channels, the image's size, the window's, the stride."""
POOLS_BOTH_WAYS: tuple[tuple[str, int | None, int, int, dict[str, Any]], ...] = (
    ("overlapping windows", 4, 2, 1, {}),
    ("overlapping windows of 3", 5, 3, 1, {}),
    ("overlapping windows, stride 2", 7, 3, 2, {}),
    ("overlapping windows, odd sizes", None, 3, 2, {}),
    ("gaps between windows", 5, 2, 3, {}),
    ("padding 1", 4, 2, 2, {"padding": 1}),
    ("overlapping windows, padding 1", 5, 3, 2, {"padding": 1}),
    ("dilation 2", 5, 2, 1, {"dilation": 2}),
    ("ceil mode", 6, 3, 2, {"ceil_mode": True}),
)
"""Cases of one channel, and again of several: title, the image's size, the window's, the stride, options."""


def windows_of(op: str) -> str:
    """Which grid an operator has: "conv", "conv_transpose", "pool", or none."""
    rank = op[-2:] if op[-2:] in ("1d", "2d", "3d") else ""
    name = op.removesuffix(rank)
    kinds = {"conv": "conv", "conv_transpose": "conv_transpose"}
    pools = {"max_pool": "pool", "avg_pool": "pool", "lp_pool": "pool"}
    return (kinds | pools).get(name, "") if rank else ""


def grid(op: str, fixed: Options) -> Iterator[Plan]:
    """The cases of a convolution, a transposed convolution or a pooling, from easy to hard."""
    rank = int(op[-2])
    if windows_of(op) == "pool":
        yield from _pool(rank, {"norm_type": 2.0} if op.startswith("lp") else {}, _kind(op), fixed)
        return
    yield from _convolution(rank, fixed, transposed=windows_of(op) == "conv_transpose")


def _kind(op: str) -> str:
    return "real" if op.startswith("avg") else "distinct"


def _convolution(rank: int, fixed: Options, *, transposed: bool) -> Iterator[Plan]:
    def plan(
        title: str, n: int, i: int, o: int, size: int | None, taps: int | None, *, wide: bool = False, **options: Any
    ) -> Plan:
        options = {**options, **fixed}
        groups = int(options.get("groups", 1))
        h = (size,) * rank if size else (SMALL if transposed else SIZES)[:rank]
        r = (taps,) * rank if taps else TAPS[:rank]
        if wide:
            h, r = h[::-1], r[::-1]
        channels = (i, o // groups) if transposed else (o, i // groups)
        arrays = {"x": Draw((n, i, *h)), "w": Draw((*channels, *r)), "bias": Draw((o,))}
        return Plan(title, Sample(arrays, options))

    yield from (plan(*row) for row in CONVOLUTIONS)
    if rank > 1:
        for wide, form in ((False, "high"), (True, "wide")):
            yield plan(f"a {form} image", 1, 1, 1, None, 2, wide=wide)
            yield plan(f"a {form} filter", 1, 1, 1, 5, None, wide=wide)
    yield plan("two samples, many channels, odd sizes", 2, 3, 4, None, None)
    yield from (plan(t, 1, 1, 1, s, k, **o) for t, s, k, o in _alone(transposed=transposed))
    yield from (plan(f"{t}, several channels", 2, 2, 3, None, k, **o) for t, _, k, o in _alone(transposed=transposed))
    for k, (title, options) in enumerate(_together(transposed=transposed)):
        yield plan(title, 1, 1, 1, 7, 3, **options)
        yield plan(f"{title}, several channels", 2, 3, 2, None, None, wide=k % 2 == 1, **options)
    for title, i, o, options in _groups():
        yield plan(title, 1, i, o, 4, 2, **options)
    yield plan("2 groups, stride 2, padding 1", 2, 4, 6, None, None, groups=2, stride=2, padding=1)
    yield plan("2 groups, dilation 2, padding 2", 2, 4, 2, None, None, groups=2, dilation=2, padding=2)
    if not transposed:
        yield plan("padding mode reflect", 1, 1, 1, 5, 3, padding=1, padding_mode="reflect")
        yield plan("padding mode replicate", 2, 2, 2, 5, 3, padding=1, padding_mode="replicate")
        yield plan("padding mode circular", 1, 2, 1, 5, 3, padding=2, padding_mode="circular")


def _alone(*, transposed: bool) -> Iterator[tuple[str, int, int, dict[str, Any]]]:
    """A title, a size, a filter's length and one option: one that fits, then one that leaves rows over."""
    yield "stride 2", 4, 2, {"stride": 2}
    yield "stride 2, overlapping windows", 5, 3, {"stride": 2}
    yield "stride 2, leftover rows", 6, 3, {"stride": 2}
    yield "stride 3", 5, 2, {"stride": 3}
    yield "stride 3, leftover rows", 7, 2, {"stride": 3}
    yield "padding 1", 4, 3, {"padding": 1}
    yield "padding 2", 4, 3, {"padding": 2}
    yield "dilation 2", 5, 2, {"dilation": 2}
    yield "dilation 3", 7, 2, {"dilation": 3}
    if transposed:
        yield "output padding 1", 3, 3, {"stride": 2, "output_padding": 1}


def _together(*, transposed: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    for stride, padding, dilation in product((1, 2, 3), (0, 1, 2), (1, 2)):
        options = {"stride": stride, "padding": padding, "dilation": dilation}
        changed = {k: v for k, v in options.items() if v != (0 if k == "padding" else 1)}
        if len(changed) > 1 and not (stride == 3 and dilation == 2):
            yield ", ".join(f"{k} {v}" for k, v in changed.items()), changed
    if transposed:
        both = {"stride": 3, "padding": 1, "output_padding": 1}
        yield "stride 3, padding 1, output padding 1", both


def _groups() -> Iterator[tuple[str, int, int, dict[str, Any]]]:
    yield "2 groups of one channel", 2, 2, {"groups": 2}
    yield "2 groups of two channels", 4, 4, {"groups": 2}
    yield "2 groups, more filters than channels", 2, 4, {"groups": 2}
    yield "as many groups as channels", 3, 3, {"groups": 3}


def _pool(rank: int, always: Options, kind: str, fixed: Options) -> Iterator[Plan]:
    def plan(
        title: str,
        n: int,
        c: int,
        size: int | None,
        k: int,
        s: int,
        *,
        wide: bool = False,
        tied: bool = False,
        **more: Any,
    ) -> Plan:
        options = {"kernel_size": k, "stride": s, **always, **more, **fixed}
        h = (size,) * rank if size else SIZES[:rank][:: -1 if wide else 1]
        return Plan(title, Sample({"x": Draw((n, c, *h), kind)}, options), tied)

    yield from (plan(*row) for row in POOLS)
    if rank > 1:
        yield plan("a high image", 1, 1, None, 2, 2)
        yield plan("a wide image", 1, 1, None, 2, 2, wide=True)
    yield plan("leftover rows", 1, 1, 5, 2, 2)
    for n, c, more in ((1, 1, ""), (2, 3, ", several channels")):
        yield from (plan(f"{t}{more}", n, c, size, k, s, **o) for t, size, k, s, o in POOLS_BOTH_WAYS)
    if kind == "real":
        yield plan("padding not counted", 1, 1, 5, 3, 2, padding=1, count_include_pad=False)
        yield plan("padding not counted, several channels", 2, 3, None, 3, 2, padding=1, count_include_pad=False)
    elif not always:
        yield plan("ties", 1, 1, 2, 2, 2, tied=True)
        yield plan("ties in larger windows", 1, 1, 3, 3, 3, tied=True)
