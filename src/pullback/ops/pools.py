"""The named pooling operators of 1, 2 and 3 axes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pullback.ops import pool as body
from pullback.ops import reduce
from pullback.ops.apply import Value, shape_of
from pullback.ops.indexing import by_switches
from pullback.ops.registry import Bad, Draw, Sample, bad, operator, sample
from pullback.ops.windows import Padding, Sizes

MAX_SOURCE = "PyTorch max_pool2d; Zeiler & Fergus 2014, arXiv:1311.2901 (switches)"
AVG_SOURCE = "PyTorch avg_pool2d; ONNX AveragePool"


def _pool_samples(rank: int, kind: str, **more: Any) -> Iterator[Sample]:
    size = (7, 6, 5)[:rank]
    grid: tuple[dict[str, Any], ...] = (
        {"kernel_size": 2},
        {"kernel_size": 3, "stride": 2},
        {"kernel_size": 3, "stride": 1, "padding": 1},
        {"kernel_size": 2, "stride": 3},
        {"kernel_size": 3, "stride": 2, "ceil_mode": True},
        {"kernel_size": 2, "padding": 1, "ceil_mode": True},
    )
    for options in grid:
        yield sample({"x": Draw((2, 3, *size), kind)}, **options, **more)
    yield sample({"x": Draw((0, 3, *size), kind)}, kernel_size=2, **more)
    yield sample({"x": Draw((1, 1) + (1,) * rank, kind)}, kernel_size=1, **more)


def _pool_bad(rank: int) -> Iterator[Bad]:
    x = (2, 3) + (4,) * rank
    yield bad("output would be empty", {"x": x}, kernel_size=5)
    yield bad("kernel_size does not fit", {"x": x}, kernel_size=0)
    yield bad("stride does not fit", {"x": x}, kernel_size=2, stride=-1)
    yield bad("needs .* axes", {"x": x[2:]}, kernel_size=2)


def _max_samples(rank: int) -> Iterator[Sample]:
    yield from _pool_samples(rank, "distinct")
    x = Draw((2, 3, *(7, 6, 5)[:rank]), "distinct")
    yield sample({"x": x}, kernel_size=2, dilation=2, stride=1)
    yield sample({"x": x}, kernel_size=3, dilation=2, padding=2, stride=2)
    yield sample({"x": x}, kernel_size=2, stride=2, padding="same")


def _max_pool(name: str, rank: int) -> Callable[..., Any]:
    def max_pool(
        x: Value,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Padding = 0,
        dilation: Sizes = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Any:
        windows = body.pool_windows(name, rank, x, kernel_size, stride, padding, dilation, ceil_mode)
        y, switches = body.max_pool(name, x, windows)
        return (y, switches) if return_indices else y

    max_pool.__name__ = max_pool.__qualname__ = name
    max_pool.__doc__ = MAX_DOC
    empty = bad("a window holds no entry", {"x": (1, 1) + (1,) * rank}, kernel_size=2, padding=1, dilation=2)
    return operator(samples=_max_samples(rank), bad=[*_pool_bad(rank), empty], source=MAX_SOURCE, onnx="MaxPool")(
        max_pool
    )


MAX_DOC = """Take the largest entry of every window: y[n,o,p,q] = max_{r,s} x[n, o, p·σ + r·δ − π, q·σ + s·δ − π].

    stride          defaults to kernel_size
    return_indices  also return the switches: the winner's row-major position h·W + w in its plane

    Shapes:  x (N,C,H,W) -> y (N,C,P,Q); out = (H + 2π − δ·(k−1) − 1) // σ + 1, with ceil_mode rounded up, but no window
             starts beyond the input and its low padding
    Ties:    the first in row-major order of (r, s) wins, and the whole cotangent goes there
    Edges:   padding never wins; a window that holds padding alone is an error; NaN wins over every number;
             complex numbers are compared by their real part
    Raises:  ShapeError, ArgumentError
    """


max_pool1d = _max_pool("max_pool1d", 1)
max_pool2d = _max_pool("max_pool2d", 2)
max_pool3d = _max_pool("max_pool3d", 3)


def _unpool_samples(rank: int) -> Iterator[Sample]:
    small, large = (3, 2, 2)[:rank], (6, 4, 4)[:rank]
    entries = 1
    for n in large:
        entries *= n
    yield sample({"y": (2, 3, *small), "switches": Draw((2, 3, *small), "labels", entries)}, kernel_size=2)
    yield sample(
        {"y": (2, 3, *small), "switches": Draw((2, 3, *small), "labels", entries)}, kernel_size=3, output_size=large
    )
    yield sample({"y": (0, 3, *small), "switches": Draw((0, 3, *small), "labels", entries)}, kernel_size=2)


def _max_unpool(name: str, rank: int) -> Callable[..., Any]:
    def max_unpool(
        y: Value,
        switches: Value,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        output_size: Sequence[int] | None = None,
    ) -> Value:
        size = body.unpool_size(name, shape_of(y), kernel_size, stride, padding, output_size)
        return body.max_unpool(name, rank, y, switches, size)

    max_unpool.__name__ = max_unpool.__qualname__ = name
    max_unpool.__doc__ = UNPOOL_DOC
    y = (1, 1) + (2,) * rank
    wrong = [
        bad("one switch per value", {"y": y, "switches": Draw((1, 1) + (1,) * rank, "labels", 1)}, kernel_size=2),
        bad("indices must be integers", {"y": y, "switches": y}, kernel_size=2),
        bad(
            "outside the plane(.|\n)*output_size=",
            {"y": (9, 9) + (2,) * rank, "switches": Draw((9, 9) + (2,) * rank, "labels", 1000)},
            kernel_size=2,
        ),
    ]
    return operator(samples=_unpool_samples(rank), bad=wrong, linear=("y",), source=MAX_SOURCE, onnx="MaxUnpool")(
        max_unpool
    )


UNPOOL_DOC = """Put every value where its switch points and 0 elsewhere.

    x[n,o,h,w] = Σ_{p,q : switches[n,o,p,q] = h·W + w} y[n,o,p,q]

    output_size  the spatial size of the result; by default (P−1)·stride − 2·padding + kernel_size

    Edges:   where windows overlap, values that meet are added; the adjoint then gives each of them the whole cotangent
             (PyTorch keeps the last value but not its gradient; this is the one choice under which max_unpool is the
             transpose of max_pool)
    Raises:  ShapeError (a switch outside the plane), ArgumentError
    Source:  Zeiler & Fergus 2014, arXiv:1311.2901
    """


max_unpool1d = _max_unpool("max_unpool1d", 1)
max_unpool2d = _max_unpool("max_unpool2d", 2)
max_unpool3d = _max_unpool("max_unpool3d", 3)


def _avg_samples(rank: int) -> Iterator[Sample]:
    yield from _pool_samples(rank, "real")
    x = (2, 3, *(7, 6, 5)[:rank])
    yield sample({"x": x}, kernel_size=3, stride=2, padding=1, count_include_pad=False)
    yield sample({"x": x}, kernel_size=3, stride=2, padding=1, ceil_mode=True, count_include_pad=False)
    yield sample({"x": x}, kernel_size=3, stride=2, divisor_override=5)
    yield sample({"x": x}, kernel_size=2, stride=1, dilation=2)


def _avg_pool(name: str, rank: int) -> Callable[..., Any]:
    def avg_pool(
        x: Value,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Padding = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
        dilation: Sizes = 1,
    ) -> Value:
        windows = body.pool_windows(name, rank, x, kernel_size, stride, padding, dilation, ceil_mode)
        return body.avg_pool(name, x, windows, count_include_pad, divisor_override)

    avg_pool.__name__ = avg_pool.__qualname__ = name
    avg_pool.__doc__ = AVG_DOC
    more = [bad("divisor_override", {"x": (1, 1) + (4,) * rank}, kernel_size=2, divisor_override=0)]
    return operator(
        samples=_avg_samples(rank), bad=[*_pool_bad(rank), *more], linear=("x",), source=AVG_SOURCE, onnx="AveragePool"
    )(avg_pool)


AVG_DOC = """Average every window: y[n,o,p,q] = 1/c[p,q] · Σ_{r,s} x[n, o, p·σ + r·δ − π, q·σ + s·δ − π].

    c  the number of entries of the window: with count_include_pad those in the padded input, without it those in the
       input; a ceil_mode window never counts what lies beyond the padding; divisor_override sets c for all windows

    Shapes:  as max_pool2d
    Raises:  ShapeError, ArgumentError
    """


avg_pool1d = _avg_pool("avg_pool1d", 1)
avg_pool2d = _avg_pool("avg_pool2d", 2)
avg_pool3d = _avg_pool("avg_pool3d", 3)


def _lp_samples(rank: int) -> Iterator[Sample]:
    x = Draw((2, 3, *(7, 6, 5)[:rank]), "distinct")
    for norm_type in (2.0, 1.0, 3.0, 2.5):
        yield sample({"x": x}, norm_type=norm_type, kernel_size=2)
    yield sample({"x": x}, norm_type=2.0, kernel_size=3, stride=2, ceil_mode=True)
    yield sample({"x": x}, norm_type=2.0, kernel_size=2, stride=1, dilation=2, padding=1)


def _lp_pool(name: str, rank: int) -> Callable[..., Any]:
    def lp_pool(
        x: Value,
        norm_type: float,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        ceil_mode: bool = False,
        padding: Padding = 0,
        dilation: Sizes = 1,
    ) -> Value:
        windows = body.pool_windows(name, rank, x, kernel_size, stride, padding, dilation, ceil_mode)
        return body.lp_pool(name, x, norm_type, windows)

    lp_pool.__name__ = lp_pool.__qualname__ = name
    lp_pool.__doc__ = LP_DOC
    wrong = [bad("norm_type must be positive", {"x": (1, 1) + (4,) * rank}, norm_type=0, kernel_size=2)]
    return operator(
        samples=_lp_samples(rank), bad=wrong, source="ONNX LpPool; Gulcehre et al. 2014, arXiv:1311.1780", onnx="LpPool"
    )(lp_pool)


LP_DOC = """Take the p-norm of every window: y[n,o,p,q] = (Σ_{r,s} |x[n, o, p·σ + r·δ − π, …]|^norm_type)^(1/norm_type).

    Edges:   the absolute value is taken (as ONNX; PyTorch's lp_pool takes none, so an odd norm_type differs there);
             the gradient of a window of zeros is 0
    Raises:  ShapeError, ArgumentError
    """


lp_pool1d = _lp_pool("lp_pool1d", 1)
lp_pool2d = _lp_pool("lp_pool2d", 2)
lp_pool3d = _lp_pool("lp_pool3d", 3)

PLANES = ((2, 3, 5), (2, 3, 4, 3), (1, 2, 3, 2, 2))
NO_PLANE = bad("needs spatial axes", {"x": (2, 3)})


@operator(
    samples=[sample({"x": Draw(s, "distinct")}) for s in PLANES],
    bad=[NO_PLANE],
    source="ONNX GlobalMaxPool",
    onnx="GlobalMaxPool",
)
def global_max_pool(x: Value) -> Value:
    """Take the largest entry of every plane: (N,C,H,…) -> (N,C,1,…). Ties: the first in row-major order."""
    return body.global_pool("global_max_pool", x, reduce.max)


@operator(
    samples=[sample({"x": s}) for s in PLANES],
    bad=[NO_PLANE],
    linear=("x",),
    source="Lin et al. 2014, arXiv:1312.4400",
    onnx="GlobalAveragePool",
)
def global_avg_pool(x: Value) -> Value:
    """Average every plane: (N,C,H,…) -> (N,C,1,…)."""
    return body.global_pool("global_avg_pool", x, reduce.mean)


ADAPTIVE_SOURCE = "PyTorch adaptive pooling"


def _adaptive_samples(rank: int, kind: str, **more: Any) -> Iterator[Sample]:
    x = Draw((2, 3, *(7, 6, 5)[:rank]), kind)
    for size in (1, 3, (4, 6, 2)[:rank], (None, 2, 5)[:rank], 8):
        yield sample({"x": x}, output_size=size, **more)


def _adaptive_bad(rank: int) -> Iterator[Bad]:
    x = (1, 1) + (4,) * rank
    yield bad("output_size does not fit", {"x": x}, output_size=0)
    yield bad("output_size does not fit", {"x": x}, output_size=1.5)
    yield bad("output_size does not fit", {"x": x}, output_size=(1,) * (rank + 1))
    yield bad("empty plane", {"x": (1, 1) + (0,) * rank}, output_size=1)


def _adaptive_avg(name: str, rank: int) -> Callable[..., Any]:
    def pool(x: Value, output_size: int | Sequence[int | None]) -> Value:
        return body.adaptive_pool(name, rank, x, output_size, reduce.mean)

    pool.__name__ = pool.__qualname__ = name
    pool.__doc__ = ADAPTIVE_AVG
    samples = _adaptive_samples(rank, "real")
    return operator(samples=samples, bad=_adaptive_bad(rank), linear=("x",), source=ADAPTIVE_SOURCE)(pool)


def _adaptive_max(name: str, rank: int) -> Callable[..., Any]:
    def pool(x: Value, output_size: int | Sequence[int | None], return_indices: bool = False) -> Any:
        y = body.adaptive_pool(name, rank, x, output_size, reduce.max)
        if not return_indices:
            return y
        switches = body.adaptive_switches(x, body.adaptive_sizes(name, rank, output_size))
        return by_switches(x, switches, tuple(range(2, rank + 2))), switches

    pool.__name__ = pool.__qualname__ = name
    pool.__doc__ = ADAPTIVE_MAX
    samples = [*_adaptive_samples(rank, "distinct"), *_adaptive_samples(rank, "distinct", return_indices=True)]
    return operator(samples=samples, bad=_adaptive_bad(rank), source=ADAPTIVE_SOURCE)(pool)


ADAPTIVE_AVG = """Average over windows that divide the plane: window p covers rows ⌊p·H/P⌋ .. ⌈(p+1)·H/P⌉ − 1.

    output_size  the spatial size of the result, per axis; None keeps an axis

    Raises:  ShapeError, ArgumentError
    """
ADAPTIVE_MAX = """Take the largest entry of windows that divide the plane, as in adaptive_avg_pool2d.

    output_size     the spatial size of the result, per axis; None keeps an axis
    return_indices  also return the switches: the winner's row-major position h·W + w in its plane

    Ties:    the first in row-major order
    Raises:  ShapeError, ArgumentError
    """

adaptive_avg_pool1d = _adaptive_avg("adaptive_avg_pool1d", 1)
adaptive_avg_pool2d = _adaptive_avg("adaptive_avg_pool2d", 2)
adaptive_avg_pool3d = _adaptive_avg("adaptive_avg_pool3d", 3)
adaptive_max_pool1d = _adaptive_max("adaptive_max_pool1d", 1)
adaptive_max_pool2d = _adaptive_max("adaptive_max_pool2d", 2)
adaptive_max_pool3d = _adaptive_max("adaptive_max_pool3d", 3)
