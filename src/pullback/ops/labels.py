"""Integer labels: the checks, and the sums that read log-probabilities and class weights at a label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Literal, TypeAlias

import numpy as np

from pullback.errors import ArgumentError, ShapeError, message
from pullback.formula import Affine, Lookup, Ref, Sum
from pullback.formula import expr as ex
from pullback.ops import reduce
from pullback.ops.apply import Value, apply, axis_names, elementwise, is_integer, recorder, ref, shape_of

Reduction: TypeAlias = Literal["mean", "sum", "none"]
REDUCTIONS = ("mean", "sum", "none")


def check_reduction(op: str, reduction: str, count: int, allowed: Sequence[str] = REDUCTIONS) -> None:
    """Check the name, and that a mean has something to average.

    Raises: ArgumentError, ShapeError
    """
    if reduction not in allowed:
        need = ", ".join(map(repr, allowed))
        raise ArgumentError(message(f"{op}: no such reduction", got=f"reduction={reduction!r}", need=f"one of {need}"))
    if reduction == "mean" and count == 0:
        raise ShapeError(message(f"{op}: mean over an empty batch", need="at least one sample", fix='reduction="sum"'))


def reduced(losses: Value, reduction: str) -> Value:
    """The losses, their sum or their mean."""
    if reduction == "none":
        return losses
    return reduce.mean(losses) if reduction == "mean" else reduce.sum(losses)


def class_axis(op: str, name: str, scores: Value) -> int:
    """The axis of the classes: the second one, or the only one of an unbatched vector.

    Raises: ShapeError
    """
    shape = shape_of(scores)
    if not shape:
        raise ShapeError(
            message(f"{op}: {name} needs an axis of classes", got=f"{name} ()", need="(N,C), (N,C,…) or (C,)")
        )
    return min(1, len(shape) - 1)


def check_weight(op: str, weight: Value | None, classes: int) -> None:
    """Class weights: one per class.

    Raises: ShapeError
    """
    if weight is not None and shape_of(weight) != (classes,):
        raise ShapeError(message(f"{op}: one weight per class", got=f"weight {shape_of(weight)}", need=f"({classes},)"))


@dataclass(frozen=True, eq=False)
class Labels:
    """Checked labels for scores of one shape; an ignored label is −1, where every read gives 0."""

    op: str
    shape: tuple[int, ...]
    axis: int
    target: Value
    weight: Value | None
    ignoring: bool

    @staticmethod
    def of(op: str, scores: Value, target: Value, weight: Value | None, ignore_index: int | None) -> Labels:
        """Check labels and weights against the scores.

        Raises: ShapeError, ArgumentError
        """
        shape = shape_of(scores)
        axis = class_axis(op, "log_probs", scores)
        check_weight(op, weight, shape[axis])
        need = shape[:axis] + shape[axis + 1 :]
        if shape_of(target) != need:
            got = f"labels {shape_of(target)} for scores {shape}"
            fix = (
                "for one-hot or soft labels: probabilities of the same shape as the scores"
                if op == "cross_entropy"
                else ""
            )
            raise ShapeError(message(f"{op}: one label per position", got=got, need=f"labels {need}", fix=fix))
        target = _checked(op, target, shape[axis], ignore_index)
        if ignore_index is not None:
            target = elementwise(lambda t: ex.where(ex.equal(t, ignore_index), -1, t), t=target)
            weight = np.ones(shape[axis], _dtype(scores)) if weight is None else weight
        return Labels(op, shape, axis, target, weight, ignore_index is not None)

    @property
    def names(self) -> tuple[str, ...]:
        """The letters of the positions: those of the scores but the class."""
        names = axis_names(len(self.shape))
        return names[: self.axis] + names[self.axis + 1 :]

    @property
    def sizes(self) -> tuple[tuple[str, int], ...]:
        """The positions' letters with their sizes."""
        return tuple(zip(self.names, self.shape[: self.axis] + self.shape[self.axis + 1 :], strict=True))

    @property
    def count(self) -> int:
        """The number of labels."""
        return prod(n for _, n in self.sizes)

    def _out(self, reduction: str) -> Ref:
        names = self.names if reduction == "none" else ()
        return ref("loss", names, tuple(n for _, n in self.sizes) if names else ())

    def _found(self) -> Lookup:
        return Lookup("label", tuple(Affine(((k, 1),)) for k in self.names))

    def _weight_read(self) -> Ref:
        return Ref("weight", (self._found(),), (self.shape[self.axis],))

    def total_weight(self) -> Value:
        """Σ_{n,p} weight[label[n,p]]: what a weighted mean divides by.

        Raises: ArgumentError, when it is known to be 0
        """
        total = apply(Sum(self._out("sum"), (self._weight_read(),), self.sizes), self.weight, self.target)
        if recorder([total]) is None and total == 0:
            title = f"{self.op}: mean over labels that are all ignored or of weight 0"
            raise ArgumentError(message(title, got=f"{self.count} labels", fix='reduction="sum"'))
        return total

    def picked(self, log_probs: Value, reduction: str) -> Value:
        """−Σ weight[label[n,p]] · log_probs[n, label[n,p], p], over the positions unless the reduction is "none"."""
        at = [Affine(((k, 1),)) for k in self.names]
        read = Ref("logp", (*at[: self.axis], self._found(), *at[self.axis :]), self.shape)
        mean = reduction == "mean"
        if self.weight is None:
            scale = -1 / self.count if mean else -1.0
            return apply(Sum(self._out(reduction), (read,), self.sizes, scale), log_probs, self.target)
        formula = Sum(self._out(reduction), (self._weight_read(), read), self.sizes, -1.0)
        total = apply(formula, self.weight, log_probs, self.target)
        return _divided(total, self.total_weight()) if mean else total

    def spread(self, log_probs: Value, reduction: str) -> Value:
        """−Σ_o weight[o] · log_probs[n,o,p] at every label that is not ignored: the smooth part of smoothed labels."""
        losses = class_sum(log_probs, self.weight, self.axis)
        if self.ignoring:
            losses = elementwise(lambda t, s: ex.where(ex.less(t, 0), 0.0, s), t=self.target, s=losses)
        if reduction == "mean" and self.weight is not None:
            return _divided(reduce.sum(losses), self.total_weight())
        return reduced(losses, reduction)


def class_sum(losses: Value, weight: Value | None, axis: int) -> Value:
    """−Σ_o weight[o] · losses[n,o,p]."""
    shape = shape_of(losses)
    names = axis_names(len(shape))
    out = ref("loss", names[:axis] + names[axis + 1 :], shape[:axis] + shape[axis + 1 :])
    sizes, read = tuple(zip(names, shape, strict=True)), ref("logp", names, shape)
    if weight is None:
        return apply(Sum(out, (read,), sizes, -1.0), losses)
    return apply(
        Sum(out, (ref("weight", names[axis : axis + 1], shape[axis : axis + 1]), read), sizes, -1.0), weight, losses
    )


def _divided(a: Value, b: Value) -> Value:
    return elementwise(lambda a, b: a / b, a=a, b=b)


def _dtype(scores: Value) -> Any:
    return np.float64 if recorder([scores]) is not None else np.asarray(scores).dtype


def _checked(op: str, target: Value, classes: int, ignore_index: int | None) -> Value:
    """Labels are integers below the number of classes; traced ones cannot be read, and count as 0 when outside."""
    traced = recorder([target]) is not None
    target = target if traced else np.asarray(target)
    if not is_integer(target) and not (not traced and target.size == 0):
        first = "" if traced else f", the first is {target.flat[0].item()!r}"
        kind = getattr(target, "kind", None) or str(target.dtype)
        fix = "labels.astype(int)"
        raise ArgumentError(
            message(f"{op}: labels must be integers", got=f"{kind}{first}", need="class numbers", fix=fix)
        )
    if traced:
        return target
    target = target.astype(np.int64)
    wrong = (target < 0) | (target >= classes)
    if ignore_index is not None:
        wrong &= target != ignore_index
    if wrong.any():
        where = tuple(map(int, np.argwhere(wrong)[0]))
        got = f"label {target[where]} at {list(where)}" if where else f"label {target[where]}"
        fix = f"ignore_index={target[where]}, to leave such labels out" if ignore_index is None else ""
        need = f"0 <= label < {classes}" + ("" if ignore_index is None else f", or {ignore_index}")
        raise ArgumentError(message(f"{op}: label out of range", got=got, need=need, fix=fix))
    return target
