"""Which of our operators stands for which NumPy function when a user's NumPy code is traced."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import Any

import numpy as np

from pullback.errors import TracingError, message
from pullback.ops import elementwise as ew
from pullback.ops import indexing, matrix, padding, reduce, shape
from pullback.ops.apply import Value, is_integer, normal_axis, recorder, shape_of

UFUNCS: dict[str, Callable[..., Value]] = {
    f.__name__: f
    for f in (
        *(ew.add, ew.subtract, ew.multiply, ew.divide, ew.power, ew.maximum, ew.minimum, ew.negative),
        *(ew.exp, ew.log, ew.log1p, ew.expm1, ew.sin, ew.cos, ew.tan, ew.sinh, ew.cosh, ew.tanh),
        *(ew.arcsin, ew.arccos, ew.arctan, ew.sqrt, ew.square, ew.reciprocal),
        *(ew.sign, ew.floor, ew.ceil, ew.rint, ew.isfinite, ew.logical_not),
    )
} | {
    "absolute": ew.abs,
    "fabs": ew.abs,
    "positive": lambda x: x,
    "float_power": ew.power,
    "matmul": matrix.matmul,
    "exp2": lambda x: ew.exp(ew.multiply(x, float(np.log(2.0)))),
    "log2": lambda x: ew.multiply(ew.log(x), float(1 / np.log(2.0))),
    "log10": lambda x: ew.multiply(ew.log(x), float(1 / np.log(10.0))),
    **{name: lambda x, y, name=name: ew.compare(name, x, y) for name in ew.COMPARISONS},
}
REDUCTIONS: dict[str, Callable[..., Value]] = {"add": reduce.sum, "maximum": reduce.max, "minimum": reduce.min}


def _of_truth_values(name: str, logical: Callable[..., Value]) -> Callable[..., Value]:
    """&, | and ~ of comparisons."""

    def call(*values: Value) -> Value:
        kinds = [getattr(v, "kind", None) or np.asarray(v).dtype.name for v in values]
        if any(kind != "bool" for kind in kinds):
            raise TracingError(
                message(f"np.{name} of numbers is not traced", got=", ".join(kinds), need="truth values")
            )
        return logical(*values)

    return call


UFUNCS |= {
    "bitwise_and": _of_truth_values("bitwise_and", UFUNCS["logical_and"]),
    "bitwise_or": _of_truth_values("bitwise_or", UFUNCS["logical_or"]),
    "invert": _of_truth_values("invert", UFUNCS["logical_not"]),
    "isnan": lambda x: ew.compare("not_equal", x, x),
}


def _where(condition: Value, x: Value, y: Value) -> Value:
    return ew.where(condition, x, y)


def _row_major(name: str, order: str) -> None:
    if order not in ("C", "K"):
        raise TracingError(message(f"np.{name}: only row-major order is traced", got=f"order={order!r}", need="'C'"))


def _reshape(x: Value, shape_: Any = (), order: str = "C", **named: Any) -> Value:
    _row_major("reshape", order)
    return shape.reshape(x, _only(named, "shape").get("shape", shape_))


def _ravel(x: Value, order: str = "C") -> Value:
    _row_major("ravel", order)
    return shape.reshape(x, -1)


def _clip(x: Value, low: Value = None, high: Value = None, **named: Any) -> Value:
    bounds = _only(named, "a_min", "a_max", "min", "max")
    return ew.clip(x, bounds.get("a_min", bounds.get("min", low)), bounds.get("a_max", bounds.get("max", high)))


def _take(x: Value, indices: Value, axis: int | None = None) -> Value:
    return indexing.take(shape.reshape(x, -1), indices) if axis is None else indexing.take(x, indices, axis)


def _argmax(x: Value, axis: int | None = None) -> Value:
    return reduce.argmax(shape.reshape(x, -1), 0) if axis is None else reduce.argmax(x, axis)


def _einsum(subscripts: str, *arrays: Value, optimize: Any = None) -> Value:
    del optimize  # the order of summation, not its result
    return matrix.einsum(subscripts, *arrays)


def _round(x: Value, decimals: int = 0) -> Value:
    if decimals != 0:
        raise TracingError(message("np.round: only to whole numbers", got=f"decimals={decimals}", need="0"))
    return ew.rint(x)


def _reduction(op: Callable[..., Value], *allowed: str) -> Callable[..., Value]:
    def call(x: Value, axis: Any = None, **options: Any) -> Value:
        given = {k: v for k, v in options.items() if v is not None and v is not np._NoValue}
        return op(x, axis, **_only(given, "keepdims", *allowed))

    return call


def _only(options: dict[str, Any], *allowed: str) -> dict[str, Any]:
    for k in options:
        if k not in allowed:
            raise TracingError(
                message(f"option {k} is not traced", got=f"{k}={options[k]!r}", need=f"only {', '.join(allowed)}")
            )
    return options


def _split(x: Value, sections: Any, axis: int = 0) -> list[Value]:
    size = shape_of(x)[axis]
    if isinstance(sections, int) and size % sections:
        raise TracingError(message("split: sections must divide the axis", got=f"{sections} sections of {size}"))
    cuts = list(range(0, size, size // sections))[1:] if isinstance(sections, int) else list(sections)
    before = (slice(None),) * normal_axis("split", axis, len(shape_of(x)))
    return [indexing.slice_(x, (*before, slice(a, b))) for a, b in zip([0, *cuts], [*cuts, size], strict=True)]


def _flip(x: Value, axis: Any = None) -> Value:
    rank = len(shape_of(x))
    axes = range(rank) if axis is None else axis if isinstance(axis, (tuple, list)) else [axis]
    flipped = {normal_axis("flip", a, rank) for a in axes}
    return indexing.slice_(x, tuple(slice(None, None, -1 if j in flipped else 1) for j in range(rank)))


def _pad(x: Value, pad_width: Any, mode: str = "constant", constant_values: float = 0.0) -> Value:
    names = {numpy_name: ours for ours, numpy_name in padding.MODES.items() if ours != "zeros"}
    if mode not in names:
        raise TracingError(
            message("np.pad: this mode is not traced", got=f"mode={mode!r}", need=f"one of {', '.join(names)}")
        )
    if np.ndim(constant_values) != 0:
        raise TracingError(message("np.pad: one value for all borders", got=f"constant_values={constant_values!r}"))
    return padding.pad(x, pad_width, names[mode], constant_values)


def _swapaxes(x: Value, first: int, second: int) -> Value:
    rank = len(shape_of(x))
    order = list(range(rank))
    a, b = normal_axis("swapaxes", first, rank), normal_axis("swapaxes", second, rank)
    order[a], order[b] = order[b], order[a]
    return shape.transpose(x, order)


def _moveaxis(x: Value, source: Any, destination: Any) -> Value:
    rank = len(shape_of(x))
    start = [normal_axis("moveaxis", a, rank) for a in (source if isinstance(source, (tuple, list)) else [source])]
    end = [
        normal_axis("moveaxis", a, rank)
        for a in (destination if isinstance(destination, (tuple, list)) else [destination])
    ]
    order = [a for a in range(rank) if a not in start]
    for to, a in sorted(zip(end, start, strict=True)):
        order.insert(to, a)
    return shape.transpose(x, order)


def _constant_like(value: float) -> Callable[..., Value]:
    def like(x: Value, dtype: Any = None, **_: Any) -> Value:
        return np.full(shape_of(x), value, dtype or (np.int64 if is_integer(x) else np.float64))

    return like


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "sum": _reduction(reduce.sum),
    "mean": _reduction(reduce.mean),
    "max": _reduction(reduce.max),
    "amax": _reduction(reduce.max),
    "min": _reduction(reduce.min),
    "amin": _reduction(reduce.min),
    "var": _reduction(reduce.var, "ddof"),
    "std": _reduction(lambda x, axis, **k: ew.sqrt(reduce.var(x, axis, **k)), "ddof"),
    "argmax": _argmax,
    "reshape": _reshape,
    "ravel": _ravel,
    "transpose": shape.transpose,
    "matrix_transpose": lambda x: _swapaxes(x, -1, -2),
    "swapaxes": _swapaxes,
    "moveaxis": _moveaxis,
    "broadcast_to": shape.broadcast_to,
    "expand_dims": shape.expand_dims,
    "squeeze": shape.squeeze,
    "concatenate": lambda arrays, axis=0: shape.concatenate(arrays, axis),
    "stack": shape.stack,
    "split": _split,
    "flip": _flip,
    "pad": _pad,
    "where": _where,
    "clip": _clip,
    "round": _round,
    "take": _take,
    "take_along_axis": indexing.take_along_axis,
    "dot": matrix.dot,
    "inner": lambda a, b: matrix.tensordot(a, b, (-1 % len(shape_of(a)), -1 % len(shape_of(b)))),
    "outer": matrix.outer,
    "vdot": lambda a, b: reduce.sum(ew.multiply(shape.reshape(a, -1), shape.reshape(b, -1))),
    "tensordot": matrix.tensordot,
    "einsum": _einsum,
    "zeros_like": _constant_like(0.0),
    "ones_like": _constant_like(1.0),
    "shape": shape_of,
    "ndim": lambda x: len(shape_of(x)),
    "size": lambda x: int(np.prod(shape_of(x))),
    "square": ew.square,
}

METHODS: dict[str, Callable[..., Value]] = {
    **{
        k: FUNCTIONS[k]
        for k in (
            "sum",
            "mean",
            "max",
            "min",
            "var",
            "std",
            "argmax",
            "ravel",
            "swapaxes",
            "squeeze",
            "clip",
            "take",
            "dot",
        )
    },
    "reshape": lambda x, *sizes: shape.reshape(x, sizes[0] if len(sizes) == 1 else sizes),
    "transpose": lambda x, *axes: shape.transpose(
        x, (axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes) or None
    ),
    "flatten": _ravel,
    "copy": lambda x: x,
    "astype": lambda x, dtype, **_: _astype(x, dtype),
}


def _astype(x: Value, dtype: Any) -> Value:
    """Between precisions nothing changes while tracing: the run decides; truth values become numbers."""
    kind = np.dtype(dtype).kind
    have = getattr(x, "kind", "float")
    if kind in "fc":
        return x if have == "float" else ew.multiply(x, 1.0) if have == "int" else ew.where(x, 1.0, 0.0)
    if kind in "iu" and have == "int":
        return x
    raise TracingError(message("astype: not traced", got=f"{have} to {np.dtype(dtype)}", need="a floating-point type"))


def call_ufunc(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Value:
    """Record a NumPy ufunc on traced values.

    Raises: TracingError
    """
    name = ufunc.__name__
    given = {k: v for k, v in options.items() if v is not None}
    if method == "__call__" and name in UFUNCS:
        if given:
            fix = "y = y + … instead of y += …" if "out" in given else "leave them out"
            raise TracingError(message(f"np.{name}: options are not traced", got=", ".join(given), fix=fix))
        return UFUNCS[name](*(v.item() if isinstance(v, np.generic) else v for v in inputs))
    if method == "reduce" and name in REDUCTIONS:
        given = _only({"axis": 0, **given}, "axis", "keepdims")
        return REDUCTIONS[name](inputs[0], given["axis"], keepdims=bool(given.get("keepdims", False)))
    raise _untraced(f"np.{name}" + ("" if method == "__call__" else f".{method}"))


def call_function(function: Callable[..., Any], args: Any, kwargs: Any) -> Value:
    """Record a NumPy function on traced values.

    Raises: TracingError
    """
    name = function.__name__
    if name not in FUNCTIONS:
        raise _untraced(f"np.{name}")
    return _call(f"np.{name}", FUNCTIONS[name], args, kwargs)


def call_method(name: str, x: Value, args: Any, kwargs: Any) -> Value:
    """Record a method of arrays on a traced value.

    Raises: TracingError
    """
    return _call(f"x.{name}", METHODS[name], (x, *args), kwargs)


def _call(name: str, ours: Callable[..., Value], args: Any, kwargs: Any) -> Value:
    """Call our function, when it takes these arguments."""
    try:
        signature(ours).bind(*args, **kwargs)
    except TypeError as error:
        raise TracingError(message(f"{name}: these arguments are not traced", got=str(error))) from None
    return ours(*args, **kwargs)


def _untraced(name: str) -> TracingError:
    listed = ", ".join(sorted({*UFUNCS, *FUNCTIONS}))
    return TracingError(
        message(
            f"{name} cannot be traced",
            need=f"one of {listed}",
            fix="write it with these, or compute it outside the function",
        )
    )


def getitem(x: Value, key: Any) -> Value:
    """Record x[key]: integers, slices, …, None; an integer array along one axis; or one per leading axis."""
    keys = key if isinstance(key, tuple) else (key,)
    tables = [k for k in keys if isinstance(k, (np.ndarray, list)) or recorder([k]) is not None]
    if not tables:
        return indexing.slice_(x, keys)
    if len(tables) == 1 and all(k is tables[0] or (isinstance(k, slice) and k == slice(None)) for k in keys):
        axis = next(j for j, k in enumerate(keys) if k is tables[0])
        return indexing.take(x, tables[0] if recorder(tables) else np.asarray(tables[0]), axis)
    return indexing.take_points(x, keys)
