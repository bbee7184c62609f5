"""Metrics of one's own: functions (outputs, labels) -> number, traced into the training step where they can be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pullback.autodiff import trace
from pullback.errors import ArgumentError, PullbackError, message
from pullback.graph import Traced
from pullback.interpret import run
from pullback.ops.apply import Value, shape_of
from pullback.train.callbacks import check_call
from pullback.train.history import EpochRecord

Array = NDArray[Any]

ACCURACY = "accuracy"
_TAKEN = {f.name for f in fields(EpochRecord)} | {"interrupted", "stopped_early"}


@dataclass(frozen=True, eq=False)
class Metric:
    """A number that is computed for each batch; an epoch's number is the mean over its batches, weighted by their size.

    is_traced  it is part of the step's graph; otherwise it is called on the step's output, as in validation
    """

    name: str
    function: Callable[[Value, Value], Value]
    is_traced: bool = False

    def __call__(self, outputs: Value, labels: Value) -> Value:
        """The metric of a batch."""
        return self.function(outputs, labels)

    def number(self, outputs: Array, labels: Array) -> float:
        """The metric of arrays.

        Raises: ArgumentError, where it is not one number
        """
        found = self.function(outputs, labels)
        try:
            array = np.asarray(found, np.float64)
        except (TypeError, ValueError) as error:
            raise _no_number(self.name, type(found).__name__) from error
        if array.shape != ():
            raise _no_number(self.name, f"shape {array.shape}")
        return float(array)


@dataclass(frozen=True)
class Wanted:
    """What fit is asked to count; accuracy is None where the labels decide."""

    accuracy: bool | None
    metrics: tuple[Metric, ...] = ()


def wanted_metrics(metrics: Any) -> Wanted:
    """Read fit's argument: None, words and functions in a sequence, or functions by name.

    Raises: ArgumentError
    """
    if metrics is None:
        return Wanted(None)
    if isinstance(metrics, (str, bytes)) or callable(metrics) or not isinstance(metrics, Iterable):
        raise ArgumentError(
            message("fit: metrics are a list or a dictionary", got=f"metrics={metrics!r}", need=_FORMS, fix=_FIX)
        )
    pairs = metrics.items() if isinstance(metrics, Mapping) else ((_own_name(m), m) for m in metrics)
    found: dict[str, Metric] = {}
    accuracy = False
    for name, function in pairs:
        if isinstance(function, str) and function == name == ACCURACY:
            accuracy = True
        elif name in found:
            raise ArgumentError(message("fit: two metrics of one name", got=repr(name), need=_FORMS, fix=_FIX))
        else:
            found[name] = _checked(name, function)
    return Wanted(accuracy, tuple(found.values()))


_FORMS = "'accuracy' and functions (outputs, labels) -> number"
_FIX = "metrics=['accuracy', top5], or metrics={'top 5': top5}"


def _own_name(metric: Any) -> Any:
    return metric if isinstance(metric, str) else getattr(metric, "__name__", None)


def _checked(name: Any, function: Any) -> Metric:
    if isinstance(function, str) or not callable(function) or isinstance(function, type):
        raise ArgumentError(message("fit: no such metric", got=f"{function!r}", need=_FORMS, fix=_FIX))
    if not isinstance(name, str) or not name or name == "<lambda>":
        raise ArgumentError(
            message("fit: a metric has no name", got=f"{name or function!r}", fix="metrics={'name': function}")
        )
    if name in _TAKEN or name.startswith("val_"):
        raise ArgumentError(
            message("fit: the name of a metric is taken", got=repr(name), need="another name, not val_...", fix=_FIX)
        )
    check_call(f"fit: the metric {name!r} does not take (outputs, labels)", function)
    return Metric(name, function)


def settled(metric: Metric, outputs: Array, labels: Array) -> Metric:
    """Try a metric on a batch: whether it gives one number, and whether it can be traced.

    Raises: ArgumentError
    """
    try:
        metric.number(outputs, labels)
    except PullbackError:
        raise
    except Exception as error:
        raise ArgumentError(
            message(
                f"fit: the metric {metric.name!r} fails on a batch",
                got=f"{type(error).__name__}: {error}",
                need=f"a function of outputs {outputs.shape} {outputs.dtype} and labels {labels.shape} {labels.dtype}",
            )
        ) from error
    return replace(metric, is_traced=_is_traceable(metric, outputs, labels))


def _is_traceable(metric: Metric, outputs: Array, labels: Array) -> bool:
    """Whether the metric's graph gives what the metric gives; random numbers, for one, would be frozen in the graph."""
    # A function that meets traced values may fail in any way, such as inside another library.
    try:
        tracing = trace(metric.function, outputs, labels)
    except Exception:
        return False
    if not isinstance(tracing.result, Traced) or shape_of(tracing.result) != ():
        return False
    with np.errstate(all="ignore"):
        (found,) = run(tracing.graph, [outputs, labels], outputs.dtype)
        return bool(np.isclose(found, metric.number(outputs, labels), rtol=1e-3, equal_nan=True))


def _no_number(name: str, got: str) -> ArgumentError:
    return ArgumentError(message(f"fit: the metric {name!r} is not one number", got=got, need="()", fix="np.mean"))
