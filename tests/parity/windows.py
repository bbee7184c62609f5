"""PyTorch's counterparts of the operators with sliding windows, under our argument names."""

import warnings
from collections.abc import Sequence
from math import prod
from typing import Any

import torch

F = torch.nn.functional

TORCH_MODE = {"zeros": "constant", "constant": "constant"}


def per_axis(value: Any, rank: int) -> tuple[int, ...]:
    """One integer per axis."""
    return (value,) * rank if isinstance(value, int) else tuple(value)


def pad_pairs(
    padding: Any, sizes: Sequence[int], kernel: Sequence[int], stride: Any, dilation: Any
) -> list[tuple[int, int]]:
    """Padding as (low, high) pairs; "same" is TensorFlow's: ⌈size/stride⌉ windows, the odd row at the end."""
    rank = len(sizes)
    if padding == "valid":
        return [(0, 0)] * rank
    if padding == "same":
        pairs = []
        for n, k, s, d in zip(sizes, kernel, per_axis(stride, rank), per_axis(dilation, rank), strict=True):
            windows = (n + s - 1) // s
            missing = max(0, (windows - 1) * s + (k - 1) * d + 1 - n)
            pairs.append((missing // 2, missing - missing // 2))
        return pairs
    if isinstance(padding, int):
        return [(padding, padding)] * rank
    return [(p, p) if isinstance(p, int) else tuple(p) for p in padding]


def pad_ends(x: Any, pairs: Sequence[tuple[int, int]], mode: str = "constant", value: float = 0.0) -> Any:
    """F.pad of the last axes; it wants them last axis first."""
    flat = [n for pair in reversed(pairs) for n in pair]
    mode = TORCH_MODE.get(mode, mode)
    return F.pad(x, flat, mode, value) if mode == "constant" else F.pad(x, flat, mode)


def conv(rank: int) -> Any:
    """F.conv1d, 2d or 3d; padding that differs between the ends, or has a mode, by F.pad."""
    function = (F.conv1d, F.conv2d, F.conv3d)[rank - 1]

    def counterpart(
        x: Any, w: Any, bias: Any = None, *, padding: Any = 0, padding_mode: str = "zeros", **options: Any
    ) -> Any:
        plain = padding in ("same", "valid") and options.get("stride", 1) == 1
        if padding_mode == "zeros" and (plain or isinstance(padding, int)):
            with warnings.catch_warnings():
                # "same" with an even kernel copies the input; PyTorch warns of the time that takes.
                warnings.filterwarnings("ignore", "Using padding='same' with even kernel")
                return function(x, w, bias, padding=padding, **options)
        pairs = pad_pairs(padding, x.shape[2:], w.shape[2:], options.get("stride", 1), options.get("dilation", 1))
        return function(pad_ends(x, pairs, padding_mode), w, bias, **options)

    return counterpart


def conv_transpose(rank: int) -> Any:
    """F.conv_transpose; padding that differs between the ends by cropping, a mode by extending the input first."""
    function = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)[rank - 1]

    def counterpart(
        x: Any,
        w: Any,
        bias: Any = None,
        *,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        dilation: Any = 1,
        padding_mode: str = "zeros",
    ) -> Any:
        if isinstance(padding, int) and padding_mode == "zeros":
            return function(x, w, bias, stride, padding, output_padding, groups, dilation)
        strides, dilations, more = (per_axis(v, rank) for v in (stride, dilation, output_padding))
        reach = [d * (k - 1) + 1 for d, k in zip(dilations, w.shape[2:], strict=True)]
        if padding == "same":
            # An output of size·stride: what the windows cover beyond it is cut off, the odd row at the end.
            spare = [max(k - s, 0) for k, s in zip(reach, strides, strict=True)]
            pairs = [(n // 2, n - n // 2) for n in spare]
            more = tuple(o + max(s - k, 0) for o, s, k in zip(more, strides, reach, strict=True))
        else:
            pairs = pad_pairs(padding, x.shape[2:], w.shape[2:], stride, dilation)
        sizes = zip(x.shape[2:], strides, reach, pairs, more, strict=True)
        out = [(n - 1) * s - lo - hi + k + o for n, s, k, (lo, hi), o in sizes]
        beyond = (
            [0] * rank if padding_mode == "zeros" else [min(2, n - (padding_mode == "reflect")) for n in x.shape[2:]]
        )
        x = x if padding_mode == "zeros" else pad_ends(x, [(e, e) for e in beyond], padding_mode)
        room = [max(s, d) - 1 for s, d in zip(strides, dilations, strict=True)]
        y = function(x, w, bias, stride, 0, room, groups, dilation)
        for axis, (e, s, (lo, _), n) in enumerate(zip(beyond, strides, pairs, out, strict=True), start=2):
            assert e * s + lo + n <= y.shape[axis]
            y = y.narrow(axis, e * s + lo, n)
        return y

    return counterpart


def input_gradient(rank: int) -> Any:
    """What PyTorch's convolution gives its input, for ȳ."""

    def counterpart(y_bar: Any, w: Any, *, input_size: Any, groups: int = 1, **options: Any) -> Any:
        shape = (y_bar.shape[0], w.shape[1] * groups, *per_axis(input_size, rank))
        x = torch.zeros(shape, dtype=w.dtype, requires_grad=True)
        y = conv(rank)(x, w, groups=groups, **options)
        return torch.autograd.grad(y, x, y_bar, create_graph=True)[0]

    return counterpart


def filter_gradient(rank: int) -> Any:
    """What PyTorch's convolution gives its filter, for ȳ."""

    def counterpart(x: Any, y_bar: Any, *, kernel_size: Any, groups: int = 1, **options: Any) -> Any:
        shape = (y_bar.shape[1], x.shape[1] // groups, *per_axis(kernel_size, rank))
        w = torch.zeros(shape, dtype=x.dtype, requires_grad=True)
        y = conv(rank)(x, w, groups=groups, **options)
        return torch.autograd.grad(y, w, y_bar, create_graph=True)[0]

    return counterpart


def patches(x: Any, kernel: Sequence[int], stride: Any, padding: Any, dilation: Any) -> Any:
    """The windows of x by indexing: (N,C,P,…,R,…)."""
    rank = len(kernel)
    x = pad_ends(x, pad_pairs(padding, x.shape[2:], kernel, stride, dilation))
    for axis, (k, s, d) in enumerate(zip(kernel, per_axis(stride, rank), per_axis(dilation, rank), strict=True)):
        out = (x.shape[2 + axis] - d * (k - 1) - 1) // s + 1
        at = torch.arange(out)[:, None] * s + torch.arange(k) * d
        x = x.index_select(2 + axis, at.reshape(-1)).unflatten(2 + axis, (out, k)).movedim(3 + axis, -1)
    return x


def locally_connected(rank: int) -> Any:
    """A filter per position, applied to the windows."""
    p, r = "pqz"[:rank], "rst"[:rank]

    def counterpart(x: Any, w: Any, bias: Any = None, *, stride: Any = 1, padding: Any = 0, dilation: Any = 1) -> Any:
        windows = patches(x, w.shape[-rank:], stride, padding, dilation)
        y = torch.einsum(f"o{p}i{r},ni{p}{r}->no{p}", w, windows)
        return add_bias(y, bias)

    return counterpart


def add_bias(y: Any, b: Any = None) -> Any:
    """A bias per channel, or per channel and position."""
    if b is None:
        return y
    return y + (b.reshape(-1, *(1,) * (y.dim() - 2)) if b.dim() == 1 else b)


def max_pool(rank: int) -> Any:
    """F.max_pool; padding that it has not by −∞ around the input, the switches then counted in the plane without it."""
    function = (F.max_pool1d, F.max_pool2d, F.max_pool3d)[rank - 1]

    def counterpart(
        x: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Any:
        kernel = per_axis(kernel_size, rank)
        pairs = pad_pairs(padding, x.shape[2:], kernel, kernel if stride is None else stride, dilation)
        own = 0
        # PyTorch refuses padding of more than half a kernel, even where dilation spreads it.
        if isinstance(padding, int) and all(padding <= k // 2 for k in kernel):
            own, pairs = padding, [(0, 0)] * rank
        padded = pad_ends(x, pairs, value=-torch.inf) if any(map(any, pairs)) else x
        y, switches = function(padded, kernel_size, stride, own, dilation, ceil_mode, return_indices=True)
        digits = torch.unravel_index(switches, padded.shape[2:])
        flat = torch.zeros_like(switches)
        for digit, (low, _), size in zip(digits, pairs, x.shape[2:], strict=True):
            flat = flat * size + digit - low
        return (y, flat) if return_indices else y

    return counterpart


def max_unpool(rank: int) -> Any:
    """F.max_unpool, for switches that never meet."""
    return (F.max_unpool1d, F.max_unpool2d, F.max_unpool3d)[rank - 1]


def add_at_switches(
    y: Any, switches: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Any:
    """Unpooling that adds what meets: a scatter with addition."""
    rank = y.dim() - 2
    kernel = per_axis(kernel_size, rank)
    strides, pads = per_axis(kernel if stride is None else stride, rank), per_axis(padding, rank)
    size = output_size or [
        (n - 1) * s - 2 * p + k for n, s, p, k in zip(y.shape[2:], strides, pads, kernel, strict=True)
    ]
    planes = torch.zeros(*y.shape[:2], prod(size), dtype=y.dtype)
    return planes.scatter_add(2, switches.flatten(2), y.flatten(2)).reshape(*y.shape[:2], *size)


def avg_pool(rank: int) -> Any:
    """F.avg_pool; dilated windows as a convolution of every channel with equal weights."""

    def counterpart(
        x: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: int = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
        dilation: int = 1,
    ) -> Any:
        kernel = per_axis(kernel_size, rank)
        if dilation != 1:
            assert (padding, ceil_mode, divisor_override) == (0, False, None)
            w = torch.full((x.shape[1], 1, *kernel), 1 / prod(kernel), dtype=x.dtype)
            return conv(rank)(x, w, stride=stride or kernel, dilation=dilation, groups=x.shape[1])
        if rank == 1:
            # PyTorch's avg_pool1d has no divisor_override: one row of a picture has.
            y = F.avg_pool2d(
                x.unsqueeze(2),
                (1, *kernel),
                (1, *per_axis(kernel if stride is None else stride, 1)),
                (0, padding),
                ceil_mode,
                count_include_pad,
                divisor_override,
            ).squeeze(2)
            same = divisor_override is None
            return F.avg_pool1d(x, kernel_size, stride, padding, ceil_mode, count_include_pad) if same else y
        function = (F.avg_pool2d, F.avg_pool3d)[rank - 2]
        return function(x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)

    return counterpart


def lp_pool(rank: int) -> Any:
    """F.lp_pool of |x|, because PyTorch takes no absolute value itself; zeros around it where there is padding."""
    function = (F.lp_pool1d, F.lp_pool2d, F.lp_pool3d)[rank - 1]

    def counterpart(
        x: Any,
        norm_type: float,
        kernel_size: Any,
        stride: Any = None,
        ceil_mode: bool = False,
        padding: int = 0,
        dilation: int = 1,
    ) -> Any:
        if dilation == 1 and not ceil_mode:
            return function(pad_ends(x.abs(), [(padding, padding)] * rank), norm_type, kernel_size, stride)
        kernel = per_axis(kernel_size, rank)
        if ceil_mode:
            # PyTorch scales a window that is cut off at the border by its share of the kernel; zeros make it whole.
            steps = per_axis(kernel if stride is None else stride, rank)
            short = [-(n - k) % s for n, k, s in zip(x.shape[2:], kernel, steps, strict=True)]
            return function(pad_ends(x.abs(), [(0, n) for n in short]), norm_type, kernel_size, stride)
        windows = patches(x.abs(), kernel, stride or kernel, padding, dilation)
        return windows.pow(norm_type).flatten(-rank).sum(-1).pow(1 / norm_type)

    return counterpart


def adaptive_avg_pool(rank: int) -> Any:
    """F.adaptive_avg_pool."""
    function = (F.adaptive_avg_pool1d, F.adaptive_avg_pool2d, F.adaptive_avg_pool3d)[rank - 1]
    return lambda x, output_size: function(x, _known(x, output_size) if rank == 1 else output_size)


def adaptive_max_pool(rank: int) -> Any:
    """F.adaptive_max_pool."""
    function = (F.adaptive_max_pool1d, F.adaptive_max_pool2d, F.adaptive_max_pool3d)[rank - 1]
    return lambda x, output_size, return_indices=False: function(x, _known(x, output_size), return_indices)


def _known(x: Any, output_size: Any) -> list[int]:
    """PyTorch's 1-d functions want the sizes that None stands for."""
    wanted = per_axis(output_size, x.dim() - 2)
    return [n if out is None else out for out, n in zip(wanted, x.shape[2:], strict=True)]


def global_max_pool(x: Any) -> Any:
    """The largest entry of every plane."""
    return x.amax(tuple(range(2, x.dim())), keepdim=True)


def global_avg_pool(x: Any) -> Any:
    """The mean of every plane."""
    return x.mean(tuple(range(2, x.dim())), keepdim=True)


def upsample(x: Any, scale_factor: Any) -> Any:
    """F.interpolate with whole factors."""
    scales = per_axis(scale_factor, x.dim() - 2)
    if not len(x):
        return x.new_zeros(*x.shape[:2], *(n * k for n, k in zip(x.shape[2:], scales, strict=True))) + x.sum()
    return F.interpolate(x, scale_factor=[float(k) for k in scales])
