"""ONNX's reductions. Axes come as an attribute or as an input; none means all of them, unless noop_with_empty_axes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pullback.formula import expr as ex
from pullback.io.onnx_import.registry import Array, ints, of_type, onnx_operator
from pullback.ops import elementwise as ew
from pullback.ops import reduce
from pullback.ops.apply import Value, elementwise, is_integer, normal_axes, normal_axis, shape_of
from pullback.ops.indexing import slice_
from pullback.ops.shape import expand_dims, reshape

Reduction = Callable[[Value, tuple[int, ...], bool], Value]


def _log_sum_exp(x: Value, axes: tuple[int, ...], keepdims: bool) -> Value:
    """log Σ exp(x), shifted by the largest entry, which does not change the value and cannot overflow."""
    top = ew.stop_gradient(_max(x, axes, True))
    top = elementwise(lambda m: ex.where(ex.isfinite(m), m, 0.0), m=top)
    total = reduce.sum(ew.exp(ew.subtract(x, top)), axes, keepdims)
    return ew.add(ew.log(total), top if keepdims else reshape(top, shape_of(total)))


def _max(x: Value, axes: tuple[int, ...], keepdims: bool) -> Value:
    """The largest entry; of none, −∞ (the smallest integer, or false)."""
    return _or_of_nothing(x, axes, keepdims, least=True) if _empty(x, axes) else reduce.max(x, axes, keepdims)


def _min(x: Value, axes: tuple[int, ...], keepdims: bool) -> Value:
    """The smallest entry; of none, ∞ (the largest integer, or true)."""
    if _empty(x, axes):
        return _or_of_nothing(x, axes, keepdims, least=False)
    if _kind(x) == "b":
        return ew.logical_not(reduce.max(ew.logical_not(x), axes, keepdims))
    return reduce.min(x, axes, keepdims)


def _empty(x: Value, axes: tuple[int, ...]) -> bool:
    return any(shape_of(x)[k] == 0 for k in axes)


def _kind(x: Value) -> str:
    kind = getattr(x, "kind", None)
    return kind[0] if kind is not None else np.asarray(x).dtype.kind


def _or_of_nothing(x: Value, axes: tuple[int, ...], keepdims: bool, *, least: bool) -> Array:
    shape = [1 if k in axes else n for k, n in enumerate(shape_of(x)) if keepdims or k not in axes]
    if _kind(x) == "b":
        return np.full(shape, not least)
    dtype = getattr(x, "dtype", np.dtype(np.int64 if is_integer(x) else np.float64))
    if is_integer(x):
        return np.full(shape, np.iinfo(dtype).min if least else np.iinfo(dtype).max, dtype)
    return np.full(shape, -np.inf if least else np.inf, dtype)


REDUCTIONS: dict[str, Reduction] = {
    "ReduceSum": reduce.sum,
    "ReduceMean": reduce.mean,
    "ReduceMax": _max,
    "ReduceMin": _min,
    "ReduceSumSquare": lambda x, axes, keepdims: reduce.sum(ew.square(x), axes, keepdims),
    "ReduceL1": lambda x, axes, keepdims: reduce.sum(ew.abs(x), axes, keepdims),
    "ReduceL2": lambda x, axes, keepdims: ew.lp_root(reduce.sum(ew.square(x), axes, keepdims), 2),
    "ReduceLogSum": lambda x, axes, keepdims: ew.log(reduce.sum(x, axes, keepdims)),
    "ReduceLogSumExp": _log_sum_exp,
}


def _reduction(function: Reduction) -> Callable[..., Value]:
    def call(x: Value, axes: Array | None = None, *, keepdims: int = 1, noop_with_empty_axes: int = 0) -> Value:
        given = ints(axes) or (() if noop_with_empty_axes else None)
        return of_type(function(x, normal_axes("reduction", given, len(shape_of(x))), bool(keepdims)), x)

    return call


for _name, _function in REDUCTIONS.items():
    onnx_operator(_name, concrete=("axes",))(_reduction(_function))


@onnx_operator("ArgMax")
def arg_max(x: Value, *, axis: int = 0, keepdims: int = 1, select_last_index: int = 0) -> Value:
    """The position of the largest entry along an axis, the first of equals or the last."""
    axis = normal_axis("ArgMax", axis, len(shape_of(x)))
    if select_last_index:
        backwards = slice_(x, (*(slice(None),) * axis, slice(None, None, -1)))
        found = ew.subtract(shape_of(x)[axis] - 1, reduce.argmax(backwards, axis))
    else:
        found = reduce.argmax(x, axis)
    return expand_dims(found, axis) if keepdims else found


@onnx_operator("ArgMin")
def arg_min(x: Value, *, axis: int = 0, keepdims: int = 1, select_last_index: int = 0) -> Value:
    """The position of the smallest entry along an axis, the first of equals or the last."""
    return arg_max(ew.negative(x), axis=axis, keepdims=keepdims, select_last_index=select_last_index)
