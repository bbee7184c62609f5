"""What a backward function returns, matched with the arguments: by position or by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pullback import tree
from pullback.check.subject import Array, Point, Subject, fault


def matched(result: Any, subject: Subject) -> list[Array | None]:
    """One cotangent per differentiated leaf; None, and a finding, where it is missing or has another shape.

    Raises: Fault
    """
    point = subject.point
    found: list[Array | None] = []
    per_arg = _per_argument(result, point)
    flags = iter(point.checked)
    labels = iter(zip(point.labels, point.values, strict=True))
    for position, arg in enumerate(point.args):
        on = [next(flags) for _ in tree.leaves(arg)]
        if not any(on):
            continue
        parts = _leaves_like(per_arg.get(position), arg, point.names[position])
        for flag, part in zip(on, parts, strict=True):
            if flag:
                label, value = next(labels)
                found.append(_cotangent(part, label, value, subject))
    return found


def _per_argument(result: Any, point: Point) -> dict[int, Any]:
    """What was returned, by the argument's position."""
    active = point.active_args()
    names = [point.names[k] for k in active]
    if isinstance(result, Mapping) and set(result) <= {*point.names, *(f"d{n}" for n in names)}:
        return {k: result.get(n, result.get(f"d{n}")) for k, n in zip(active, names, strict=True)}
    if len(active) == 1 and _is_like(result, point.args[active[0]]):
        return {active[0]: result}
    if not isinstance(result, (tuple, list)):
        if len(active) == 1:
            return {active[0]: result}
        got = f"{type(result).__name__} for {len(active)} arguments"
        need = f"a tuple: one cotangent each for {', '.join(names)}"
        raise fault("backward returned one value for several arguments", got=got, need=need)
    if len(result) == len(point.args):
        return dict(enumerate(result))
    if len(result) == len(active):
        return dict(zip(active, result, strict=True))
    need = f"{len(active)}: one each for {', '.join(names)}"
    raise fault("backward returned another number of cotangents", got=str(len(result)), need=need)


def _is_like(result: Any, arg: Any) -> bool:
    """Whether an argument that is itself a nest got a nest of the same form."""
    if isinstance(arg, Mapping):
        return isinstance(result, Mapping) and set(result) == set(arg)
    nests = isinstance(arg, (tuple, list)) and isinstance(result, (tuple, list))
    return nests and len(result) == len(arg) and not (len(arg) == 1 and isinstance(result[0], (tuple, list)))


def _leaves_like(result: Any, arg: Any, name: str) -> list[Any]:
    """The cotangents of an argument's leaves."""
    if not isinstance(arg, (Mapping, tuple, list)):
        return [result]
    if isinstance(arg, Mapping) and isinstance(result, Mapping):
        return [leaf for key, part in arg.items() for leaf in _leaves_like(result.get(key), part, f"{name}[{key!r}]")]
    if not isinstance(arg, Mapping) and isinstance(result, (tuple, list)) and len(result) == len(arg):
        pairs = enumerate(zip(result, arg, strict=True))
        return [leaf for k, (r, part) in pairs for leaf in _leaves_like(r, part, f"{name}[{k}]")]
    if result is None:
        return [None for _ in tree.leaves(arg)]
    raise fault(f"the cotangent of {name} is not nested like it", got=type(result).__name__, need=type(arg).__name__)


def _cotangent(part: Any, label: str, value: Array, subject: Subject) -> Array | None:
    if part is None:
        subject.find(f"backward gives no cotangent for {label}", got="None", need=f"an array of shape {value.shape}")
        return None
    try:
        array = np.asarray(part)
    except ValueError:
        array = np.asarray(None)
    if array.dtype.kind not in "fiub":
        got = f"{type(part).__name__} of {array.dtype}"
        subject.find(f"the cotangent of {label} is not an array of real numbers", got=got)
        return None
    if array.shape == value.shape:
        return array
    subject.find(
        f"the cotangent of {label} has another shape than {label}",
        got=f"{array.shape}",
        need=f"{value.shape}",
        fix=_shape_hint(array.shape, value.shape),
    )
    same_but_ones = [n for n in array.shape if n != 1] == [n for n in value.shape if n != 1]
    return array.reshape(value.shape) if same_but_ones else None


def _shape_hint(got: tuple[int, ...], need: tuple[int, ...]) -> str:
    if [n for n in got if n != 1] == [n for n in need if n != 1]:
        return f"x_bar.reshape{need}" if len(need) != 1 else f"x_bar.reshape({need[0]})"
    if sorted(got) == sorted(need):
        return "the axes are in another order: a transpose is missing, or one too many"
    if len(got) == len(need) and sum(a != b for a, b in zip(got, need, strict=True)) >= 1:
        larger = all(a >= b for a, b in zip(got, need, strict=True))
        return "padding that was not cropped away, or a convolution of another mode" if larger else ""
    extra = len(got) - len(need)
    for k in range(len(got) - len(need) + 1 if extra > 0 else 0):
        if got[k : k + len(need)] == need:
            rest = tuple(a for a in range(len(got)) if not k <= a < k + len(need))
            return f"sum over the axes along which the argument was broadcast: np.sum(x_bar, axis={rest})"
    return ""
