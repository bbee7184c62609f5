"""Which of our operators stands for which NumPy function when a user's NumPy code is traced.

numpy_elementwise, numpy_reduce, numpy_shape   the functions
numpy_table                                    their names, and the way from NumPy's protocols to them
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from inspect import signature
from typing import Any

import numpy as np

from pullback.errors import TracingError, message
from pullback.ops import elementwise as ew
from pullback.ops import indexing, matrix, shape
from pullback.ops import numpy_elementwise as entries
from pullback.ops import numpy_reduce as along
from pullback.ops import numpy_shape as moved
from pullback.ops.apply import Value, shape_of

UFUNCS = entries.UFUNCS
REDUCTIONS: dict[str, Callable[..., Value]] = {
    "add": along.sum_,
    "multiply": along.prod,
    "maximum": along.max_,
    "minimum": along.min_,
    "logical_and": along.all_,
    "logical_or": along.any_,
    "logaddexp": along.logsumexp,
}


def _einsum(subscripts: str, *arrays: Value, optimize: Any = None) -> Value:
    del optimize  # the order of summation, not its result
    return matrix.einsum(subscripts, *arrays)


def _inner(a: Value, b: Value) -> Value:
    return matrix.tensordot(a, b, (-1 % len(shape_of(a)), -1 % len(shape_of(b))))


def _vdot(a: Value, b: Value) -> Value:
    return along.sum_(ew.multiply(shape.reshape(a, -1), shape.reshape(b, -1)))


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "sum": along.sum_,
    "mean": along.mean,
    "prod": along.prod,
    **dict.fromkeys(("max", "amax"), along.max_),
    **dict.fromkeys(("min", "amin"), along.min_),
    "var": along.var,
    "std": along.std,
    "argmax": along.argmax,
    "argmin": along.argmin,
    "average": along.average,
    "ptp": along.ptp,
    "any": along.any_,
    "all": along.all_,
    "count_nonzero": along.count_nonzero,
    "cumsum": along.cumsum,
    "linalg.norm": along.norm,
    "reshape": moved.reshape,
    "ravel": moved.ravel,
    "transpose": shape.transpose,
    **dict.fromkeys(("matrix_transpose", "linalg.matrix_transpose"), lambda x: moved.swapaxes(x, -1, -2)),
    "swapaxes": moved.swapaxes,
    "moveaxis": moved.moveaxis,
    "broadcast_to": shape.broadcast_to,
    "expand_dims": shape.expand_dims,
    "squeeze": shape.squeeze,
    "atleast_1d": moved.at_least(1),
    "atleast_2d": moved.at_least(2),
    "atleast_3d": moved.at_least(3),
    "concatenate": moved.concatenate,
    "stack": shape.stack,
    "vstack": lambda arrays: shape.concatenate([moved.at_least(2)(x) for x in arrays], 0),
    "hstack": moved.hstack,
    "dstack": lambda arrays: shape.concatenate([moved.at_least(3)(x) for x in arrays], 2),
    "column_stack": moved.column_stack,
    "append": moved.append,
    "split": moved.split,
    "array_split": moved.array_split,
    "flip": moved.flip,
    "flipud": lambda x: moved.flip(x, 0),
    "fliplr": lambda x: moved.flip(x, 1),
    "roll": moved.roll,
    "tile": moved.tile,
    "repeat": moved.repeat,
    "diff": moved.diff,
    "pad": moved.pad,
    "diagonal": moved.diagonal,
    "linalg.diagonal": lambda x, *, offset=0: moved.diagonal(x, offset, -2, -1),
    "diag": moved.diag,
    "trace": moved.trace,
    "linalg.trace": lambda x, *, offset=0: moved.trace(x, offset, -2, -1),
    "triu": moved.triangle("triu", np.triu),
    "tril": moved.triangle("tril", np.tril),
    "lib.stride_tricks.sliding_window_view": moved.sliding_window_view,
    "where": entries.where,
    "clip": entries.clip,
    "round": entries.round_,
    "isclose": entries.isclose,
    "astype": entries.astype,
    "take": moved.take,
    "take_along_axis": indexing.take_along_axis,
    "dot": matrix.dot,
    "inner": _inner,
    **dict.fromkeys(("outer", "linalg.outer"), matrix.outer),
    "vdot": _vdot,
    **dict.fromkeys(("tensordot", "linalg.tensordot"), matrix.tensordot),
    "linalg.matmul": matrix.matmul,
    "einsum": _einsum,
    "zeros_like": entries.constant_like(0.0),
    "ones_like": entries.constant_like(1.0),
    "empty_like": entries.constant_like(0.0),
    "full_like": entries.full_like,
    "shape": shape_of,
    "ndim": lambda x: len(shape_of(x)),
    "size": lambda x: int(np.prod(shape_of(x))),
}

METHODS: dict[str, Callable[..., Value]] = {
    **{
        k: FUNCTIONS[k]
        for k in (
            *("sum", "mean", "prod", "max", "min", "var", "std", "argmax", "argmin", "any", "all", "cumsum"),
            *("ravel", "swapaxes", "squeeze", "clip", "round", "take", "repeat", "diagonal", "trace", "dot", "astype"),
        )
    },
    "reshape": moved.reshape_method,
    "transpose": moved.transpose_method,
    "flatten": moved.ravel,
    "copy": lambda x: x,
}

_ORDER = "an order known outside: pb.take(x, order, axis) or np.take_along_axis(x, order, axis)"
_SOLVE = "compute it outside the function, on arrays"
_CURES = {
    **dict.fromkeys(("sort", "argsort", "partition", "median", "percentile", "quantile", "unique"), _ORDER),
    **{f"linalg.{k}": _SOLVE for k in ("inv", "solve", "det", "slogdet", "svd", "eig", "eigh", "cholesky", "lstsq")},
    "nonzero": "np.where(condition, a, b): how many entries there are is not known while tracing",
    "convolve": "pb.conv1d, with the filter flipped",
    "correlate": "pb.conv1d",
    "allclose": "np.isclose inside np.where; the truth value of all of them is not known while tracing",
    "block": "np.concatenate",
}


def call_ufunc(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Value:
    """Record a NumPy ufunc on traced values.

    Raises: TracingError
    """
    name = ufunc.__name__
    _check_out(f"np.{name}", options.get("out"))
    if method == "reduce" and name in REDUCTIONS:
        # Without an axis a ufunc reduces the first; axis=None means all of them.
        return _call(f"np.{name}.reduce", REDUCTIONS[name], inputs, {"axis": 0, **options})
    if method == "accumulate" and name == "add":
        return _call("np.add.accumulate", along.cumsum, inputs, {"axis": 0, **options})
    given = [k for k, v in options.items() if v is not None]
    if method in ("__call__", "outer") and name in UFUNCS:
        if given:
            title = f"np.{name}: options are not traced"
            raise TracingError(message(title, got=", ".join(given), fix="leave them out"))
        if method == "outer":
            first, second = inputs
            inputs = (shape.reshape(first, (*shape_of(first), *(1,) * len(shape_of(second)))), second)
        return UFUNCS[name](*(v.item() if isinstance(v, np.generic) else v for v in inputs))
    raise _untraced(name if method == "__call__" else f"{name}.{method}")


def call_function(function: Callable[..., Any], args: Any, kwargs: Any) -> Value:
    """Record a NumPy function on traced values.

    Raises: TracingError
    """
    name = f"{function.__module__}.{function.__name__}".removeprefix("numpy.")
    if name not in FUNCTIONS:
        raise _untraced(name)
    return _call(f"np.{name}", FUNCTIONS[name], args, kwargs)


def call_method(name: str, x: Value, args: Any, kwargs: Any) -> Value:
    """Record a method of arrays on a traced value.

    Raises: TracingError
    """
    return _call(f"x.{name}", METHODS[name], (x, *args), kwargs)


def _call(name: str, ours: Callable[..., Value], args: Any, kwargs: dict[str, Any]) -> Value:
    """Call our function, when it takes these arguments."""
    _check_out(name, kwargs.get("out"))
    left_out = {"out": None, "dtype": None, "keepdims": np._NoValue, "initial": np._NoValue, "where": np._NoValue}
    options = {k: v for k, v in kwargs.items() if k not in left_out or v is not left_out[k]}
    try:
        bound = signature(ours).bind(*args, **options)
    except TypeError as error:
        raise TracingError(message(f"{name}: these arguments are not traced", got=str(error))) from None
    _check_out(name, bound.arguments.get("out"))
    return ours(*args, **options)


def _check_out(name: str, out: Any) -> None:
    """Refuse to write into an array.

    Raises: TracingError
    """
    if out is not None:
        first = out[0] if isinstance(out, tuple) else out
        title, got = f"{name}: an array cannot hold a traced value", f"out= an array of shape {shape_of(first)}"
        raise TracingError(message(title, got=got, fix="y = y + x instead of y += x; no out="))


def _untraced(name: str) -> TracingError:
    known = [*UFUNCS, *FUNCTIONS, *(f"{k}.reduce" for k in REDUCTIONS)]
    near = ", ".join(f"np.{k}" for k in get_close_matches(name, known, n=3))
    like = f" (such as {near})" if near else ""
    fix = _CURES.get(name, f"write it with functions that are traced{like}, or compute it outside the function")
    return TracingError(message(f"np.{name} cannot be traced", fix=fix))


def getitem(x: Value, key: Any) -> Value:
    """Record x[key]."""
    return indexing.index(x, key)
