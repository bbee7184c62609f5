"""Pooling: maxima with switches, averages, Lp norms; over sliding windows, adaptive windows, or everything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback.errors import ArgumentError, ShapeError, message
from pullback.formula import Affine, Argmax, Ref, Sum, letters
from pullback.formula.strided import widened
from pullback.ops.apply import Value, apply, check_rank, elementwise, is_integer, is_whole, recorder, shape_of
from pullback.ops.elementwise import lp_power, lp_root
from pullback.ops.indexing import by_switches, check_switches, slice_, switch_sum, take_along_axis
from pullback.ops.numbers import check_number
from pullback.ops.reduce import argmax_over
from pullback.ops.shape import concatenate, expand_dims
from pullback.ops.windows import (
    OUT,
    POSITION,
    TAP,
    Padding,
    Sizes,
    Window,
    axis_letters,
    per_axis,
    plain,
    size_names,
    sliding_windows,
)

Letters = tuple[Affine, ...]


def pool_windows(
    op: str,
    rank: int,
    x: Value,
    kernel_size: Sizes,
    stride: Sizes | None,
    padding: Padding,
    dilation: Sizes,
    ceil_mode: bool,
) -> tuple[Window, ...]:
    """The windows of a pooling layer: the stride defaults to the kernel size.

    Raises: ShapeError, ArgumentError
    """
    axes = size_names(POSITION, rank)
    shape = check_rank(op, "x", x, rank + 2, f"N,C,{axes}")
    kernel = per_axis(op, "kernel_size", kernel_size, rank, 1)
    return sliding_windows(
        op, shape[2:], kernel, kernel if stride is None else stride, padding, dilation, ceil_mode=ceil_mode
    )


def _letters(windows: Sequence[Window]) -> tuple[Letters, Letters, Letters]:
    rank = len(windows)
    return letters("n o"), letters(" ".join(axis_letters(OUT, rank))), letters(" ".join(axis_letters(TAP, rank)))


def _sizes(shape: tuple[int, ...], windows: Sequence[Window]) -> tuple[tuple[str, int], ...]:
    rank = len(windows)
    out = zip(axis_letters(OUT, rank), (w.out for w in windows), strict=True)
    taps = zip(axis_letters(TAP, rank), (w.kernel for w in windows), strict=True)
    return (("n", shape[0]), ("o", shape[1]), *out, *taps)


def _reads(windows: Sequence[Window]) -> tuple[Affine, ...]:
    _, ps, rs = _letters(windows)
    return tuple(w.reads(p, r) for w, p, r in zip(windows, ps, rs, strict=True))


def max_pool(op: str, x: Value, windows: Sequence[Window]) -> tuple[Value, Value]:
    """The maxima of the windows and their switches."""
    shape = shape_of(x)
    for axis, w in enumerate(windows):
        _check_windows_hold_something(op, axis, w)
    base, ps, _ = _letters(windows)
    out = Ref("switches", (*base, *ps), (*shape[:2], *(w.out for w in windows)))
    over = axis_letters(TAP, len(windows))
    switches = apply(Argmax(out, Ref("x", (*base, *_reads(windows)), shape), _sizes(shape, windows), over), x)
    return by_switches(x, switches, tuple(range(2, len(shape)))), switches


def _check_windows_hold_something(op: str, axis: int, w: Window) -> None:
    for p in range(w.out):
        if not any(0 <= p * w.stride + r * w.dilation - w.low < w.size for r in range(w.kernel)):
            raise ShapeError(
                message(
                    f"{op}: a window holds no entry",
                    got=f"window {p} of axis {axis}: size {w.size}, kernel {w.kernel}, dilation {w.dilation}, "
                    f"padding ({w.low}, {w.high})",
                    need="every window touches the input",
                    fix="less padding or dilation",
                )
            )


def max_unpool(op: str, rank: int, y: Value, switches: Value, size: tuple[int, ...]) -> Value:
    """Put every value where its switch points, in planes of the spatial `size`; values that meet are added."""
    axes = size_names(POSITION, rank)
    shape = check_rank(op, "y", y, rank + 2, f"N,C,{axes}")
    if shape_of(switches) != shape:
        raise ShapeError(
            message(f"{op}: one switch per value", got=f"y {shape}, switches {shape_of(switches)}", need="equal shapes")
        )
    _check_planes_hold(op, switches, size)
    check_switches(op, switches, prod(size))
    f = switch_sum((*shape[:2], *size), shape, tuple(range(2, rank + 2)))
    return apply(f.gradient("x")[0], y, switches)


def _check_planes_hold(op: str, switches: Value, size: tuple[int, ...]) -> None:
    """Known switches lie inside the plane.

    Raises: ShapeError
    """
    if recorder([switches]) is None and is_integer(switches) and np.size(switches):
        largest, entries = int(np.max(switches)), prod(size)
        if largest >= entries:
            got = f"switch {largest}, planes of {'×'.join(map(str, size))} = {entries} entries"
            fix = f"output_size=({', '.join(axis_letters(POSITION, len(size))).upper()}), the size before pooling"
            raise ShapeError(
                message(f"{op}: a switch outside the plane", got=got, need=f"switches < {entries}", fix=fix)
            )


def unpool_size(
    op: str,
    shape: tuple[int, ...],
    kernel_size: Sizes,
    stride: Sizes | None,
    padding: Sizes,
    output_size: Sequence[int] | None,
) -> tuple[int, ...]:
    """The spatial size before pooling: (out−1)·stride − 2·padding + kernel, unless it is given.

    Raises: ArgumentError
    """
    rank = len(shape) - 2
    if output_size is not None:
        size = plain(output_size)
        # As in PyTorch, the whole shape of the input of the pooling may be given.
        return per_axis(op, "output_size", size[-rank:] if len(np.shape(size)) == 1 else size, rank, 1)
    kernel = per_axis(op, "kernel_size", kernel_size, rank, 1)
    strides = per_axis(op, "stride", kernel if stride is None else stride, rank, 1)
    pads = per_axis(op, "padding", padding, rank, 0)
    return tuple((n - 1) * s - 2 * p + k for n, k, s, p in zip(shape[2:], kernel, strides, pads, strict=True))


def window_sum(x: Value, windows: Sequence[Window]) -> Value:
    """Add up every window: y[n,o,p,q] = Σ_{r,s} x[n,o,p·σ+r·δ−π,…]."""
    shape = shape_of(x)
    base, ps, _ = _letters(windows)
    out = Ref("y", (*base, *ps), (*shape[:2], *(w.out for w in windows)))
    return apply(Sum(out, (Ref("x", (*base, *_reads(windows)), shape),), _sizes(shape, windows)), x)


def avg_pool(op: str, x: Value, windows: Sequence[Window], count_include_pad: bool, divisor: int | None) -> Value:
    """Average every window: y[n,o,p,q] = Σ_{r,s} c[p,q] · x[n,o,…] with c one over the number of entries counted."""
    check_divisor(op, divisor)
    shape = shape_of(x)
    base, ps, _ = _letters(windows)
    out = Ref("y", (*base, *ps), (*shape[:2], *(w.out for w in windows)))
    source = Ref("x", (*base, *_reads(windows)), shape)
    counts = [np.full(w.out, 1) for w in windows] if divisor else [_counts(w, count_include_pad) for w in windows]
    if all((c == c[0]).all() for c in counts):
        total = divisor or prod(int(c[0]) for c in counts)
        return apply(Sum(out, (source,), _sizes(shape, windows), 1 / total), x)
    weights: NDArray[Any] = np.ones(())
    for c in counts:
        if not c.all():
            raise ShapeError(
                message(
                    f"{op}: a window holds no entry",
                    got=f"counts {c.tolist()}",
                    fix="count_include_pad=True or less padding",
                )
            )
        weights = np.multiply.outer(weights, 1 / c)
    own = Ref("c", ps, weights.shape)
    dtype = np.dtype(getattr(x, "dtype", np.float64))
    weights = weights.astype(widened(dtype)) if dtype.kind == "f" else weights
    return apply(Sum(out, (own, source), _sizes(shape, windows)), weights, x)


def check_divisor(op: str, divisor: int | None) -> None:
    """A divisor is a whole number other than 0.

    Raises: ArgumentError
    """
    if divisor is not None and (divisor == 0 or not is_whole(divisor, -inf)):
        raise ArgumentError(message(f"{op}: divisor_override must be a whole number other than 0", got=f"{divisor!r}"))


def _counts(w: Window, count_include_pad: bool) -> NDArray[Any]:
    """How many entries of each window are counted: those inside, or those inside the padded input."""
    at = np.arange(w.out)[:, None] * w.stride + np.arange(w.kernel) * w.dilation - w.low
    low, high = (-w.low, w.size + w.high) if count_include_pad else (0, w.size)
    return np.asarray(((at >= low) & (at < high)).sum(axis=1))


def lp_pool(op: str, x: Value, norm_type: float, windows: Sequence[Window]) -> Value:
    """The p-norm of every window: (Σ |x|^p)^(1/p); where a window is all 0, the gradient is 0."""
    p = check_norm(op, norm_type)
    return lp_root(window_sum(lp_power(x, p), windows), p)


def check_norm(op: str, norm_type: float) -> float:
    """The p of a p-norm is positive and finite.

    Raises: ArgumentError
    """
    p = check_number(op, "norm_type", norm_type)
    if not 0 < p < inf:
        raise ArgumentError(message(f"{op}: norm_type must be positive", got=f"norm_type={norm_type!r}"))
    return p


def global_pool(op: str, x: Value, reduce: Callable[..., Value]) -> Value:
    """Pool every plane to one entry: (N,C,…) -> (N,C,1,…)."""
    shape = shape_of(x)
    if len(shape) < 3:
        raise ShapeError(message(f"{op}: x needs spatial axes", got=f"x {shape}", need="(N,C,H,…)"))
    return reduce(x, tuple(range(2, len(shape))), keepdims=True)


def adaptive_bounds(size: int, out: int) -> list[tuple[int, int]]:
    """Window p covers ⌊p·H/P⌋ .. ⌈(p+1)·H/P⌉ − 1, as in PyTorch.

    >>> adaptive_bounds(5, 3)
    [(0, 2), (1, 4), (3, 5)]
    """
    return [(p * size // out, -(-(p + 1) * size // out)) for p in range(out)]


def adaptive_pool(
    op: str, rank: int, x: Value, output_size: int | Sequence[int | None], reduce: Callable[..., Value]
) -> Value:
    """Pool to a given output size, one axis after another: exact for means of boxes and for maxima."""
    axes = size_names(POSITION, rank)
    shape = check_rank(op, "x", x, rank + 2, f"N,C,{axes}")
    wanted = adaptive_sizes(op, rank, output_size)
    if 0 in shape[2:]:
        raise ShapeError(message(f"{op}: an empty plane", got=f"x {shape}", need="spatial sizes >= 1"))
    # The last axis first: among equal maxima the first in row-major order then wins.
    for axis, out in reversed(list(enumerate(wanted, start=2))):
        if out is not None and out != shape[axis]:
            parts = [reduce(part, axis, keepdims=True) for part in _adaptive_parts(x, axis, out)]
            x = concatenate(parts, axis)
    return elementwise(lambda x: x, x=x)


def adaptive_sizes(op: str, rank: int, output_size: int | Sequence[int | None] | None) -> tuple[int | None, ...]:
    """The wanted size of every axis; None keeps it.

    Raises: ArgumentError
    """
    given = plain(output_size)
    wanted = given if isinstance(given, tuple) else (given,) * rank
    if len(wanted) != rank or any(n is not None and not is_whole(n, least=1) for n in wanted):
        need = f"a size >= 1, or None{f'; or {rank} of them' if rank > 1 else ''}"
        raise ArgumentError(message(f"{op}: output_size does not fit", got=f"output_size={output_size!r}", need=need))
    return wanted


def _adaptive_parts(x: Value, axis: int, out: int) -> list[Value]:
    """The parts of x along an axis that the windows cover."""
    before = (slice(None),) * axis
    return [slice_(x, (*before, slice(lo, hi))) for lo, hi in adaptive_bounds(shape_of(x)[axis], out)]


def adaptive_switches(x: Value, wanted: Sequence[int | None]) -> Value:
    """The switches of adaptive max pooling: each winner's row-major position in its plane.

    One axis after another, the last one first: the winners' positions travel with their values.
    """
    shape = shape_of(x)
    flat: Value = np.broadcast_to(np.arange(prod(shape[2:])).reshape(shape[2:]), shape)
    for axis, out in reversed(list(enumerate(wanted, start=2))):
        if out is None or out == shape[axis]:
            continue
        best, places = [], []
        for values, its in zip(_adaptive_parts(x, axis, out), _adaptive_parts(flat, axis, out), strict=True):
            winner = expand_dims(argmax_over(values, (axis,)), axis)
            best.append(take_along_axis(values, winner, axis))
            places.append(take_along_axis(its, winner, axis))
        x, flat = concatenate(best, axis), concatenate(places, axis)
    return flat
