"""Mistakes in how windows are read: index maps p·σ + r·δ − π that are changed, filters that are turned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pullback.diagnose.letters import TAPS, group_of
from pullback.diagnose.steps import Site, Step, with_formula
from pullback.diagnose.written import Chained
from pullback.formula import Affine, Ref, Sum
from pullback.formula.affine import Index, Lookup, Table

Found = Iterator[tuple[str, Step, int]]


@dataclass(frozen=True)
class WindowAxis:
    """One axis that is read or written at p·σ + r·δ − π.

    ref    which array: −1 is the result, k the factor k
    axis   which of its axes
    """

    ref: int
    axis: int
    position: str
    tap: str
    stride: int
    dilation: int
    low: int
    size: int
    count: int
    taps: int

    @property
    def high(self) -> int:
        """How far the last window reads beyond the end."""
        return max((self.count - 1) * self.stride + (self.taps - 1) * self.dilation - self.low - (self.size - 1), 0)

    @property
    def leftover(self) -> int:
        """How many entries at the end no window reaches."""
        return max(self.size - 1 - ((self.count - 1) * self.stride + (self.taps - 1) * self.dilation - self.low), 0)

    @property
    def rest(self) -> int:
        """(H + 2π − k) mod σ, with the padding in front taken for that behind, too."""
        return (self.size + 2 * self.low - (self.taps - 1) * self.dilation - 1) % self.stride


def ref_of(f: Sum, k: int) -> Ref:
    """The result, or a factor."""
    return f.out if k < 0 else f.factors[k]


def with_ref(f: Sum, k: int, ref: Ref) -> Sum:
    """The sum with its result's or a factor's address changed."""
    if k < 0:
        return replace(f, out=ref)
    return replace(f, factors=tuple(ref if j == k else r for j, r in enumerate(f.factors)))


def window_axes(f: Sum) -> tuple[WindowAxis, ...]:
    """The axes addressed by a position and a tap."""
    found = []
    for k in range(-1, len(f.factors)):
        ref = ref_of(f, k)
        for axis, index in enumerate(ref.at):
            if not isinstance(index, Affine) or len(index.coefs) != 2:
                continue
            taps = [c for c in index.coefs if c[0] in TAPS]
            others = [c for c in index.coefs if group_of(c[0]) == "position"]
            if len(taps) == 1 and len(others) == 1:
                (tap, dilation), (position, stride) = taps[0], others[0]
                size, ranges = ref.shape[axis], f.ranges
                found.append(
                    WindowAxis(
                        k, axis, position, tap, stride, dilation, -index.const, size, ranges[position], ranges[tap]
                    )
                )
    return tuple(found)


def _set(
    f: Sum, w: WindowAxis, *, stride: int | None = None, dilation: int | None = None, low: int | None = None
) -> Sum:
    stride, dilation, low = (
        own if new is None else new
        for own, new in zip((w.stride, w.dilation, w.low), (stride, dilation, low), strict=True)
    )
    coefs = tuple((k, c) for k, c in ((w.position, stride), (w.tap, dilation)) if c)
    return at_axis(f, w, Affine(coefs, -low))


def at_axis(f: Sum, w: WindowAxis, index: Affine, size: int | None = None) -> Sum:
    """The sum with another index on a window axis, and another size of it."""
    ref = ref_of(f, w.ref)
    at = tuple(index if j == w.axis else a for j, a in enumerate(ref.at))
    shape = tuple(n if j != w.axis or size is None else size for j, n in enumerate(ref.shape))
    return with_ref(f, w.ref, Ref(ref.array, at, shape))


def _every(f: Sum, axes: Sequence[WindowAxis], **settings: Sequence[int]) -> Sum:
    for j, w in enumerate(axes):
        f = _set(f, w, **{k: v[j] for k, v in settings.items()})
    return f


def _choices(axes: Sequence[WindowAxis]) -> Iterator[tuple[tuple[WindowAxis, ...], int]]:
    """All axes together, and each by itself."""
    yield tuple(axes), 0
    if len(axes) > 1:
        yield from (((w,), 1) for w in axes)


def slides(site: Site, step: Step) -> Found:
    """Stride, dilation or padding ignored, exchanged or shifted."""
    f = step.sum
    axes = window_axes(f) if f is not None else ()
    if f is None or not axes:
        return
    for some, far in _choices(axes):
        ones = [1] * len(some)
        if any(w.stride > 1 for w in some):
            yield "stride-not-dilated", with_formula(step, _every(f, some, stride=ones)), far
        if any(w.dilation > 1 for w in some):
            yield "dilation-ignored", with_formula(step, _every(f, some, dilation=ones)), far
        if any(w.stride != w.dilation for w in some):
            swapped = _every(f, some, stride=[w.dilation for w in some], dilation=[w.stride for w in some])
            yield "stride-and-dilation-not-exchanged", with_formula(step, swapped), far
        yield from _paddings(step, f, some, far)
    yield from _undilated_shape(site, step, f, axes)


def _paddings(step: Step, f: Sum, some: Sequence[WindowAxis], far: int) -> Found:
    if any(w.low for w in some):
        yield "padding-ignored", with_formula(step, _every(f, some, low=[0] * len(some))), far
    ends = [w.low + w.high for w in some]
    if any(w.high or w.low for w in some):
        for other in ([w.high for w in some], ends):
            if other != [w.low for w in some]:
                yield "padding-wrong-side", with_formula(step, _every(f, some, low=other)), far
    for by in (1, -1):
        yield "shifted-by-one", with_formula(step, _every(f, some, low=[w.low + by for w in some])), far
    rest = [w.leftover for w in some]
    if any(rest):
        for sign in (1, -1):
            moved = [w.low + sign * k for w, k in zip(some, rest, strict=True)]
            yield "leftover-rows", with_formula(step, _every(f, some, low=moved)), far + (0 if sign < 0 else 1)


def _undilated_shape(site: Site, step: Step, f: Sum, axes: Sequence[WindowAxis]) -> Found:
    """Without the dilation by the stride the result also has another size."""
    if not site.is_last or all(w.stride == 1 for w in axes):
        return
    changed = f
    for w in axes:
        if w.ref < 0:
            for crop in (w.low + w.high,):
                size = w.count + (w.taps - 1) * w.dilation - crop
                changed = at_axis(changed, w, Affine(((w.position, 1), (w.tap, w.dilation)), -w.low), max(size, 1))
        else:
            taps = w.size + w.low + w.high - w.count + 1
            changed = _resized(_set(changed, w, stride=1), w.tap, taps)
    yield "stride-not-dilated", with_formula(step, changed), 1


def _resized(f: Sum, tap: str, size: int) -> Sum:
    """The sum with another range of a letter that addresses an axis of the result."""
    sizes = tuple((k, size if k == tap else n) for k, n in f.sizes)
    shape = tuple(
        size if isinstance(a, Affine) and a.letter == tap else n for a, n in zip(f.out.at, f.out.shape, strict=True)
    )
    return replace(f, out=replace(f.out, shape=shape), sizes=sizes)


def borders(site: Site, step: Step) -> Found:
    """Results of another size: padding not cropped, full for valid, valid for full, "same", leftover rows."""
    f = step.sum
    axes = window_axes(f) if f is not None else ()
    if f is None or not axes or not site.is_last:
        return
    if all(w.ref < 0 for w in axes):
        yield from _of_result(step, f, axes)
    elif all(w.ref >= 0 and w.tap in f.out.letters for w in axes):
        yield from _of_taps(step, f, axes)


def _of_result(step: Step, f: Sum, axes: Sequence[WindowAxis]) -> Found:
    """Pieces of the full correlation that were cut out otherwise, in the gradient of an input."""
    full = [(w.count - 1) * w.stride + (w.taps - 1) * w.dilation + 1 for w in axes]
    whole = [n + w.leftover for n, w in zip(full, axes, strict=True)]
    spans = [(w.count - 1) * w.stride + 1 for w in axes]
    reach = [(w.taps - 1) * w.dilation for w in axes]
    pieces = [
        ("padding-not-cropped", [0] * len(axes), whole),
        ("padding-not-cropped", [0] * len(axes), full),
        ("padding-not-cropped", [0] * len(axes), [w.size + 2 * w.low for w in axes]),
        ("valid-instead-of-full", reach, [n - k for n, k in zip(spans, reach, strict=True)]),
        ("same-padding-used", [k // 2 for k in reach], spans),
    ]
    reached = [w.size - w.leftover for w in axes]
    if any(w.leftover for w in axes):
        pieces.insert(0, ("leftover-rows", [w.low for w in axes], reached))
        yield "leftover-rows", _repeated(step, f, axes), 1
    for key, low, size in pieces:
        if min(size) > 0:
            changed = f
            for w, lo, n in zip(axes, low, size, strict=True):
                changed = at_axis(changed, w, Affine(((w.position, w.stride), (w.tap, w.dilation)), -lo), n)
            yield key, with_formula(step, changed), 0


def _repeated(step: Step, f: Sum, axes: Sequence[WindowAxis]) -> Step:
    """The last rows that a window reaches repeated in place of those that none does."""
    names = tuple(f"h{j}" for j in range(len(f.out.shape)))
    plain = [Affine(((k, 1),)) for k in names]
    at: list[Index] = list(plain)
    for w in axes:
        rows = tuple(min(h, w.size - w.leftover - 1) for h in range(w.size))
        at[w.axis] = Lookup(Table("repeated", rows), (plain[w.axis],))
    gather = Sum(
        Ref("y", tuple(plain), f.out.shape),
        (Ref(f.out.array, tuple(at), f.out.shape),),
        tuple(zip(names, f.out.shape, strict=True)),
    )
    return with_formula(step, Chained(f, (gather,)))


def _of_taps(step: Step, f: Sum, axes: Sequence[WindowAxis]) -> Found:
    """Taps that the filter does not have, in the gradient of a filter."""
    for rows in ([w.leftover for w in axes], [w.rest for w in axes]):
        more = f
        for w, k in zip(axes, rows, strict=True):
            more = _resized(more, w.tap, w.taps + k // w.dilation)
        if more != f:
            yield "leftover-rows", with_formula(step, more), 0
    pieces = [
        (
            "full-instead-of-valid",
            [w.low + (w.count - 1) * w.stride for w in axes],
            [w.size + w.low + w.high + (w.count - 1) * w.stride for w in axes],
        ),
        (
            "same-padding-used",
            [w.low + (w.count - 1) * w.stride // 2 for w in axes],
            [w.size + w.low + w.high for w in axes],
        ),
    ]
    for key, low, taps in pieces:
        changed = f
        for w, lo, n in zip(axes, low, taps, strict=True):
            changed = _resized(_set(changed, w, low=lo, dilation=1), w.tap, n)
        yield key, with_formula(step, changed), 0


EDITS = (slides, borders)
